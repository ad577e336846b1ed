// The picture that an app shows, the line below it that says how it stands, and two buttons that save it.

// What is being painted is said in words only after so long; a drag would else make the line flicker.
const PATIENCE = 400; // ms

function render({ model, el }) {
  el.classList.add("zm-picture");
  el.innerHTML = `<figure><img></figure>
    <p class="zm-line"><span class="zm-dot" aria-hidden="true"></span><span role="status"></span></p>
    <p class="zm-save"><button type="button" data-kind="png">Save as PNG</button>
      <button type="button" data-kind="jpg">Save as JPEG</button></p>`;
  const image = el.querySelector("img");
  const line = el.querySelector("[role=status]");
  let address = null;
  let timer = null;

  function picture() {
    const old = address;
    const type = model.get("mime");
    address = URL.createObjectURL(new Blob([model.get("data")], { type }));
    image.src = address;
    const forget = () => URL.revokeObjectURL(old);
    if (old) image.decode().then(forget, forget); // it fails where a newer one has come meanwhile, as in a drag
    size();
  }
  // The small preview takes the room of the picture that will come.
  function size() {
    image.width = model.get("width");
    image.height = model.get("height");
    image.alt = model.get("alt");
  }
  function state() {
    const now = model.get("state");
    clearTimeout(timer);
    el.dataset.state = now;
    el.querySelector("figure").setAttribute("aria-busy", String(now === "busy"));
    const tell = () => (line.textContent = now === "busy" ? "Painting …" : model.get("status"));
    if (now === "busy") timer = setTimeout(tell, PATIENCE);
    else tell();
  }

  el.querySelector(".zm-save").addEventListener("click", (event) => {
    const kind = event.target.dataset.kind;
    if (kind) model.send({ save: kind });
  });
  const save = (message, buffers) => {
    if (!message.save) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([buffers[0]], { type: message.mime }));
    link.download = message.save;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  model.on("msg:custom", save);
  model.on("change:data", picture);
  model.on("change:width change:height change:alt", size);
  model.on("change:state change:status", state);
  picture();
  state();
  return () => {
    model.off("msg:custom", save);
    model.off("change:data", picture);
    model.off("change:width change:height change:alt", size);
    model.off("change:state change:status", state);
    clearTimeout(timer);
    URL.revokeObjectURL(address);
  };
}

export default { render };
