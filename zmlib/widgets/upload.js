// A picture file from the reader's disk, or dropped on the button, handed to Python in parts.
//
// In parts, because a notebook's server ends the connection at a message of more than ten megabytes.

const PART = 1 << 20; // bytes

function render({ model, el }) {
  el.classList.add("zm-upload");
  el.innerHTML = `<label><span></span><input type="file" accept="image/*,.heic,.tif,.tiff"></label>`;
  const [label, text, input] = ["label", "span", "input"].map((name) => el.querySelector(name));
  let file = null;

  function idle() {
    text.textContent = model.get("label");
    input.disabled = false;
    input.value = ""; // so that the same file can be chosen again
    file = null;
  }
  async function send(start) {
    if (!file) return;
    const { name, size } = file;
    try {
      const part = await file.slice(start, start + PART).arrayBuffer();
      text.textContent = `Reading ${name}: ${Math.round((100 * start) / (size || 1))} %`;
      model.send({ name, size, start }, undefined, [part]);
    } catch (error) {
      idle();
      text.textContent = `${name} could not be read (${error.message})`;
    }
  }
  function take(files) {
    if (!files.length || file) return;
    file = files[0];
    input.disabled = true;
    send(0);
  }

  input.addEventListener("change", () => take(input.files));
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    label.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation();
      label.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
  // Python asks for the next part, or says that it has all.
  const answer = (message) => ("next" in message ? send(message.next) : idle());
  model.on("msg:custom", answer);
  model.on("change:label", idle);
  idle();
  return () => {
    model.off("msg:custom", answer);
    model.off("change:label", idle);
  };
}

export default { render };
