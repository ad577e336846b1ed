// Fetching with news of how far it is.

// Fetch files one after another; tell(bytes, of) is called as they arrive. Gives an ArrayBuffer a file.
// files: [{address, bytes}], bytes as they will be when unpacked.
export async function fetchAll(files, tell) {
  const all = files.reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  const found = [];
  for (const file of files) {
    found.push(await fetchOne(file, bytes => tell(before + bytes, all)));
    before += file.bytes;
  }
  return found;
}

async function fetchOne({address, bytes}, tell) {
  const name = new URL(address).pathname.split("/").pop();
  const whole = new Uint8Array(bytes);
  let at = 0;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > bytes) throw new Error("too long");
      whole.set(part.value, at);
      at += part.value.length;
      tell(at);
    }
    if (at !== bytes) throw new Error("too short");
  } catch {
    throw new Error(`${name} could not be loaded from the site: try again when the connection is back, or reload the page.`);
  }
  return whole.buffer;
}
