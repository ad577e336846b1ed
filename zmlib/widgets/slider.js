// A number on a line, as the browser's own control: it has a name for screen readers, which ipywidgets' lacks.

function render({ model, el }) {
  el.classList.add("zm-slider");
  el.innerHTML = `<label><span></span><input type="range"><output></output></label>`;
  const [name, input, output] = ["span", "input", "output"].map((kind) => el.querySelector(kind));

  function draw() {
    name.textContent = model.get("label");
    for (const part of ["min", "max", "step"]) input[part] = model.get(part);
    input.value = model.get("value");
    tell();
  }
  function tell() {
    output.textContent = Number(input.value).toFixed(2);
  }
  input.addEventListener("input", () => {
    tell();
    model.set("value", Number(input.value));
    model.save_changes();
  });
  const changes = "change:value change:label change:min change:max change:step";
  model.on(changes, draw);
  draw();
  return () => model.off(changes, draw);
}

export default { render };
