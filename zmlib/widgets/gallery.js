// Small pictures of which one is chosen: radio buttons, so that keys and screen readers work as everywhere.

let number = 0;

function render({ model, el }) {
  const group = `zm-gallery-${Date.now()}-${number++}`;
  el.classList.add("zm-gallery");

  function draw() {
    const set = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = model.get("title");
    set.append(legend);
    for (const { name, picture } of model.get("items")) {
      const item = document.createElement("label");
      const button = document.createElement("input");
      const image = document.createElement("img");
      const text = document.createElement("span");
      Object.assign(button, { type: "radio", name: group, value: name, checked: name === model.get("value") });
      Object.assign(image, { src: picture, alt: "" });
      text.textContent = name;
      item.title = name;
      item.append(button, image, text);
      set.append(item);
    }
    const credit = document.createElement("p");
    credit.className = "zm-credit";
    el.replaceChildren(set, credit);
    tell();
  }
  function tell() {
    const chosen = model.get("items").find((item) => item.name === model.get("value"));
    el.querySelector(".zm-credit").textContent = chosen?.credit ?? "";
  }
  function choose() {
    for (const button of el.querySelectorAll("input")) button.checked = button.value === model.get("value");
    tell();
  }

  el.addEventListener("change", (event) => {
    model.set("value", event.target.value);
    model.save_changes();
  });
  model.on("change:items change:title", draw);
  model.on("change:value", choose);
  draw();
  return () => {
    model.off("change:items change:title", draw);
    model.off("change:value", choose);
  };
}

export default { render };
