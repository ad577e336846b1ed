// Small helpers for SVG and for text; no library.

const SVG = "http://www.w3.org/2000/svg";

/** A new element of SVG in `parent`. */
export function put(parent, name, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

/** A new element of HTML in `parent`. */
export function add(parent, name, properties = {}) {
  const made = document.createElement(name);
  const { dataset = {}, style = {}, ...plain } = properties;
  Object.assign(made, plain);
  Object.assign(made.dataset, dataset);
  Object.assign(made.style, style);
  parent.append(made);
  return made;
}

/** A number with a true minus sign, as wide as its neighbours. */
export const number = (value, digits = 3) => value.toFixed(digits).replace("-", "\u2212");

export const percent = share => `${Math.round(100 * share)} %`;

/** Round values between two numbers, about `count` of them, for an axis. */
export function ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(one => one * power).find(one => one >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) found.push(i * step);
  return found;
}

/** Call `draw(width)` now and whenever the width of `host` changes. */
export function fitted(host, draw) {
  let last = 0;
  new ResizeObserver(() => {
    if (host.clientWidth && host.clientWidth !== last) draw((last = host.clientWidth));
  }).observe(host);
}

/** A picture out of a strip as an element's ground; the element must be as high as it is wide. */
export function thumb(element, source, strip, index) {
  element.style.backgroundImage = `url("${source}")`;
  element.style.backgroundSize = `${strip.frames * 100}% 100%`;
  element.style.backgroundPosition = `${strip.frames > 1 ? (100 * index) / (strip.frames - 1) : 0}% 0`;
}
