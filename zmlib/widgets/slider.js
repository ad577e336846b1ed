// A number on a line, as the browser's own control: it has a name for screen readers, which ipywidgets' lacks.

function render({ model, el }) {
  el.classList.add("zm-slider");
  el.innerHTML = `<label><span></span><input type="range"><span class="zm-number" aria-hidden="true"></span></label>`;
  const [name, input, number] = ["span", "input", ".zm-number"].map((one) => el.querySelector(one));

  function draw() {
    name.textContent = model.get("label");
    for (const part of ["min", "max", "step"]) input[part] = model.get(part);
    input.value = model.get("value");
    tell();
  }
  function tell() {
    number.textContent = Number(input.value).toFixed(2);
    input.setAttribute("aria-valuetext", number.textContent);
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
