// Figure 9: finetuning on an unseen style as a slider over iterations, with the numbers as curves.

import { credits } from "./credits.js";
import { address, load, paint } from "./data.js";
import { add, fitted, number, put, ticks } from "./draw.js";

const EDGE = { left: 40, right: 12, top: 8, bottom: 36 };
const HEIGHT = 190;
const KINDS = { j: "J", loss: "content and style loss" };

export function steps(root, data) {
  const part = name => root.querySelector(`[data-part="${name}"]`);
  const { steps: stops, ways } = data;
  const slider = part("step");
  slider.max = stops.length - 1;
  let kind = "j";
  let width = 0;

  const shown = ways.map(({ name }, i) => {
    const figure = add(part("pictures"), "figure", { className: "explore-picture" });
    const canvas = add(figure, "canvas", { width: data.photo.width, height: data.photo.height });
    canvas.setAttribute("role", "img");
    const caption = add(figure, "figcaption");
    add(caption, "b", { className: `way-${i}`, textContent: name.split(",")[0] });
    return { canvas, says: add(caption, "span") };
  });
  for (const [name, alt] of [["photo", "the photograph"], ["style", `the style, ${data.style.name}`]]) {
    add(part(name), "img", { src: address(data, data[name]), alt, width: 96, height: 96, loading: "lazy" });
  }
  Object.entries(KINDS).forEach(([value, text]) => {
    const label = add(part("kinds"), "label");
    const input = add(label, "input", { type: "radio", name: "explore-kind", value, checked: value === kind });
    label.append(` ${text}`);
    input.addEventListener("change", () => ((kind = value), update()));
  });

  const svg = put(part("curve"), "svg", { "aria-hidden": "true", focusable: "false" });
  function drawCurve(at) {
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const [last, most] = [stops.at(-1), Math.max(...ways.flatMap(way => way[kind]))];
    const x = step => EDGE.left + (step / last) * (width - EDGE.left - EDGE.right);
    const y = value => HEIGHT - EDGE.bottom - (value / (1.05 * most)) * (HEIGHT - EDGE.top - EDGE.bottom);
    for (const value of ticks(0, most, 4)) {
      put(svg, "line", { x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value), class: "grid" });
      put(svg, "text", { x: EDGE.left - 6, y: y(value) + 4, class: "tick", "text-anchor": "end" }, number(value, 1));
    }
    for (const step of ticks(0, last, 5)) {
      put(svg, "text", { x: x(step), y: HEIGHT - 20, class: "tick", "text-anchor": "middle" }, step);
    }
    put(svg, "text", { x: width - EDGE.right, y: HEIGHT - 3, class: "name", "text-anchor": "end" }, "iterations \u2192");
    put(svg, "line", { x1: x(stops[at]), x2: x(stops[at]), y1: EDGE.top, y2: HEIGHT - EDGE.bottom, class: "now" });
    ways.forEach((way, i) => {
      const d = way[kind].map((value, k) => `${k ? "L" : "M"}${x(stops[k]).toFixed(1)} ${y(value).toFixed(1)}`).join("");
      put(svg, "path", { d, class: `curve way-${i}` });
      put(svg, "circle", { cx: x(stops[at]), cy: y(way[kind][at]), r: 5.5, class: `mark way-${i}` });
    });
  }

  let turn = 0;
  async function draw(at) {
    const mine = ++turn;
    const strips = await Promise.all(ways.map(way => load(data, way.frames)));
    if (mine !== turn) return;
    strips.forEach((strip, i) => paint(shown[i].canvas, [[strip, at, 1]]));
    root.dataset.shows = stops[at];
  }

  function update() {
    const at = Number(slider.value);
    const says = stops[at] === 1 ? "1 iteration" : `${stops[at]} iterations`;
    part("step-says").textContent = says;
    const found = ways.map((way, i) => {
      shown[i].says.textContent = `${kind === "j" ? "J" : "loss"} = ${number(way[kind][at])}`;
      shown[i].canvas.setAttribute("aria-label", `${way.name}, after ${says}`);
      return `${way.name.split(",")[0]} ${shown[i].says.textContent}`;
    });
    slider.setAttribute("aria-valuetext", `${says}: ${found.join(", ")}`);
    if (width) drawCurve(at);
    draw(at).catch(error => (part("step-says").textContent = `The pictures could not be fetched (${error.message}).`));
  }
  credits(part("credits"), data.credits);
  slider.addEventListener("input", update);
  fitted(part("curve"), found => ((width = found), update()));
  update();
}
