// Fetching with news of how far it is.

// Fetch files one after another; tell(bytes, of) is called as they arrive. Gives an ArrayBuffer a file.
// files: [{address, bytes}], bytes as they will be when unpacked.
export async function fetchAll(files, tell) {
  const all = files.reduce((sum, file) => sum + file.bytes, 0);
  let before = 0;
  const found = [];
  for (const file of files) {
    found.push(await fetchOne(file, bytes => tell(Math.min(before + bytes, all), all)));
    before += file.bytes;
  }
  return found;
}

async function fetchOne({address, bytes}, tell) {
  let answer;
  try {
    answer = await fetch(address);
  } catch {
    answer = {ok: false};
  }
  const name = new URL(address).pathname.split("/").pop();
  if (!answer.ok) throw new Error(`${name} could not be loaded from the site: try again when the connection is back.`);
  const reader = answer.body.getReader();
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    if (at + value.length > bytes) at = NaN; // the site has been built anew since the page was opened
    if (!Number.isNaN(at)) whole.set(value, at);
    at += value.length;
    tell(at);
  }
  if (at !== bytes) throw new Error(`${name} did not arrive whole: reload the page.`);
  return whole.buffer;
}
