// One large photo painted with strokes of several sizes: the whole picture, and a part of it at 100 %.

import { load, paint } from "./data.js";
import { add } from "./draw.js";

const PARTS = { whole: "the whole picture", detail: "a part of it, pixel by pixel" };

export function strokes(root, data) {
  const part = name => root.querySelector(`[data-part="${name}"]`);
  const slider = part("stroke");
  slider.max = data.strokes.length - 1;
  const canvases = Object.entries(PARTS).map(([name, says]) => {
    const figure = add(part("pictures"), "figure", { className: "explore-picture" });
    const canvas = add(figure, "canvas", { width: data[name].width, height: data[name].height });
    canvas.setAttribute("role", "img");
    add(figure, "figcaption", { textContent: says });
    return { name, canvas };
  });
  const { name, credit, size } = data.photo;
  part("credits").textContent = `Photograph: ${credit || name}, ${size.join(" × ")} pixels.`;

  let turn = 0;
  async function draw(at) {
    const mine = ++turn;
    const strips = await Promise.all(canvases.map(one => load(data, data[one.name])));
    if (mine !== turn) return;
    strips.forEach((strip, i) => paint(canvases[i].canvas, [[strip, at, 1]]));
    root.dataset.shows = at;
  }

  function update() {
    const at = Number(slider.value);
    const stroke = data.strokes[at];
    const says = stroke === null ? "one pass" : `${stroke} px`;
    part("stroke-says").textContent = says;
    slider.setAttribute("aria-valuetext", stroke === null ? says : `largest strokes painted at ${stroke} pixels`);
    for (const { name: which, canvas } of canvases) canvas.setAttribute("aria-label", `${PARTS[which]}, ${says}`);
    draw(at).catch(error => (part("stroke-says").textContent = `The pictures could not be fetched (${error.message}).`));
  }
  slider.addEventListener("input", update);
  update();
}
