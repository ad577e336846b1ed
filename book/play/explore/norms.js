// The choice of a normalisation: the paper's nine layers in a row, each with its one or two, and how far it moves the picture.

import { add, percent } from "./draw.js";

const TALL = 3.2; // rem, the longest bar

/**
 * Put the row into `host`.
 *
 * norms: [{name, channels, layer}] in order. moved: layer -> share of the way. first: which is chosen at first.
 * onchoose: called with the number of the one chosen.
 */
export function norms(host, { norms, moved, first, onchoose }) {
  const most = Math.max(...Object.values(moved));
  const columns = new Map();
  norms.forEach(({ name, channels, layer }, i) => {
    if (!columns.has(layer)) {
      const column = add(host, "div", { className: "explore-layer" });
      const share = moved[layer] ?? 0;
      const bar = add(column, "div", { className: "explore-moved", textContent: percent(share) });
      add(bar, "i", { style: { height: `${(TALL * share) / most}rem` } });
      add(column, "span", { className: "explore-number", textContent: layer });
      columns.set(layer, column);
    }
    const label = add(columns.get(layer), "label", { title: `${name}: layer ${layer}, ${channels} channels` });
    const input = add(label, "input", { type: "radio", name: "explore-norm", value: i, checked: i === first });
    input.setAttribute("aria-label", `layer ${layer}, ${name}`);
    add(label, "span", { textContent: name });
    input.addEventListener("change", () => onchoose(i));
  });
}
