// The plane of gamma (to the right) and beta (upwards) of one normalisation, with a dot for each channel.
//
// All dots of a kind are one path, of lines of no length with round ends. So a thousand of them move without a stutter.
// With one channel chosen the plane goes close to it, and the styles stand where their gamma and beta of it are.

import { fitted, number, put, ticks } from "./draw.js";

const EDGE = { left: 46, right: 10, top: 10, bottom: 34 };
const SHAPE = 0.8; // height over width; that of the host, in explore.css, is the same
const REACH = 26; // px: how far from a dot a pointer still means it
const SIDE = 30; // px, of a style's picture at its place
const MORE = 10; // px, by which those set off are larger

const dots = points => points.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("");

/** As many digits as tell the ticks of an axis apart. */
const digits = values => (values.length < 2 ? 1 : Math.max(0, -Math.floor(Math.log10(values[1] - values[0]) + 1e-9)));

/**
 * Put the plane into `host`.
 *
 * onpoint: called with (channel, done): a channel's number or null, and whether it was clicked or only pointed at.
 * picture: (svg, index, x, y, side) draws a style's picture about that place.
 *
 * Returns show({gamma, beta, all, ends, channel, pointed, strong}):
 *   gamma, beta: what is drawn strongly, a number for each channel. all: [{gamma, beta}] of every style, drawn faintly.
 *   ends: the two styles between which lines go, or null. channel: the one chosen, or null. pointed: the one that the
 *   pointer is at, or null. strong: styles set off.
 */
export function scatter(host, { onpoint, picture }) {
  const svg = put(host, "svg", { "aria-hidden": "true", focusable: "false" });
  const inside = put(put(svg, "clipPath", { id: "explore-inside" }), "rect", { x: EDGE.left, y: EDGE.top });
  const ground = put(svg, "g");
  const moving = put(svg, "g", { "clip-path": "url(#explore-inside)" });
  let size = null;
  let shown = null;
  let drawn = []; // what the ground was drawn for
  let scale = null; // gamma -> x, beta -> y

  /** What is shown of gamma or of beta: all styles in all channels, or in the chosen one. */
  function span(part, neutral, pixels) {
    const { all, channel } = shown;
    const values = channel === null ? all.flatMap(one => one[part]).concat(neutral) : all.map(one => one[part][channel]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = channel === null ? 0.06 : (SIDE + MORE) / 2 / (pixels - SIDE - MORE);
    const margin = room * (high - low) || 0.1;
    return [low - margin, high + margin];
  }

  function drawGround() {
    const { width, height } = size;
    const [right, bottom] = [width - EDGE.right, height - EDGE.bottom];
    const g = span("gamma", 1, right - EDGE.left);
    const b = span("beta", 0, bottom - EDGE.top);
    const x = value => EDGE.left + ((value - g[0]) / (g[1] - g[0])) * (right - EDGE.left);
    const y = value => bottom - ((value - b[0]) / (b[1] - b[0])) * (bottom - EDGE.top);
    scale = { x, y };
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    inside.setAttribute("width", right - EDGE.left);
    inside.setAttribute("height", bottom - EDGE.top);
    ground.replaceChildren();
    const across = ticks(...g);
    for (const value of across) {
      put(ground, "line", { x1: x(value), x2: x(value), y1: EDGE.top, y2: bottom, class: "grid" });
      put(ground, "text", { x: x(value), y: bottom + 16, class: "tick", "text-anchor": "middle" }, number(value, digits(across)));
    }
    const up = ticks(...b).filter(value => y(value) > EDGE.top + 20); // room for the axis's name
    for (const value of up) {
      put(ground, "line", { x1: EDGE.left, x2: right, y1: y(value), y2: y(value), class: "grid" });
      put(ground, "text", { x: EDGE.left - 6, y: y(value) + 4, class: "tick", "text-anchor": "end" }, number(value, digits(up)));
    }
    if (g[0] < 1 && g[1] > 1) put(ground, "line", { x1: x(1), x2: x(1), y1: EDGE.top, y2: bottom, class: "neutral" });
    if (b[0] < 0 && b[1] > 0) put(ground, "line", { x1: EDGE.left, x2: right, y1: y(0), y2: y(0), class: "neutral" });
    put(ground, "text", { x: right, y: height - 3, class: "name", "text-anchor": "end" }, "γ \u2192");
    put(ground, "text", { x: 4, y: EDGE.top + 10, class: "name" }, "β \u2191");
    const every = shown.all.flatMap(({ gamma, beta }) => gamma.map((value, i) => [x(value), y(beta[i])]));
    const faint = put(ground, "g", { "clip-path": "url(#explore-inside)" });
    put(faint, "path", { d: dots(every), class: "faint" });
  }

  const at = (one, i) => [scale.x(one.gamma[i]), scale.y(one.beta[i])];

  function drawMoving() {
    const { all, ends, channel, pointed, strong } = shown;
    const one = channel ?? pointed;
    moving.replaceChildren();
    moving.classList.toggle("one", one !== null);
    if (ends) {
      const lines = shown.gamma.map((_, i) => `M${at(all[ends[0]], i)}L${at(all[ends[1]], i)}`);
      put(moving, "path", { d: lines.join(""), class: "way" });
      if (one !== null) put(moving, "path", { d: lines[one], class: "way this" });
    }
    put(moving, "path", { d: dots(shown.gamma.map((_, i) => at(shown, i))), class: "strong" });
    if (channel !== null) drawStyles(channel, strong);
    if (one === null) return;
    const [cx, cy] = at(shown, one);
    put(moving, "circle", { cx, cy, r: 6.5, class: "here" });
  }

  function drawStyles(channel, strong) {
    const { all } = shown;
    // those set off come last, and so lie on top
    const order = [...all.keys()].sort((a, b) => strong.includes(a) - strong.includes(b));
    for (const style of order) {
      const off = strong.includes(style);
      const side = off ? SIDE + MORE : SIDE;
      const [x, y] = at(all[style], channel);
      picture(moving, style, x, y, side);
      const rim = { x: x - side / 2, y: y - side / 2, width: side, height: side, rx: 3 };
      put(moving, "rect", { ...rim, class: off ? "rim this" : "rim" });
    }
  }

  function draw() {
    const now = [shown.all, shown.channel, size];
    if (now.some((one, i) => one !== drawn[i])) drawGround();
    drawn = now;
    drawMoving();
  }

  function nearest(event) {
    const box = svg.getBoundingClientRect();
    let [best, found] = [REACH, null];
    shown.gamma.forEach((_, i) => {
      const [x, y] = at(shown, i);
      const far = Math.hypot(x - (event.clientX - box.left), y - (event.clientY - box.top));
      if (far < best) [best, found] = [far, i];
    });
    return found;
  }
  svg.addEventListener("pointermove", event => {
    if (event.pointerType === "mouse" && scale) onpoint(shown.channel === null ? nearest(event) : null, false);
  });
  svg.addEventListener("pointerleave", () => onpoint(null, false));
  svg.addEventListener("click", event => scale && onpoint(shown.channel === null ? nearest(event) : null, true));

  fitted(host, width => {
    size = { width, height: Math.round(width * SHAPE) };
    if (shown) draw();
  });

  return state => {
    shown = state;
    if (size) draw();
  };
}
