// Figure 7: the three groups of layers as switches, and the way from gamma = 1, beta = 0 to the style's as a slider.

import { credits } from "./credits.js";
import { about, address, load, paint } from "./data.js";
import { add, percent } from "./draw.js";

const MOST = 1.5; // of the bars: how far all on goes is 1

export function layers(root, data) {
  const part = name => root.querySelector(`[data-part="${name}"]`);
  const { groups, strengths, pairs } = data;
  const canvas = part("picture");
  const slider = part("strength");
  let pair = 0;

  const switches = groups.map((group, i) => {
    const label = add(part("switches"), "label", { className: "explore-switch" });
    const input = add(label, "input", { type: "checkbox", checked: i === 2, dataset: { group } });
    input.setAttribute("role", "switch");
    add(label, "span", { textContent: group.replace("-", "\u2013") });
    input.setAttribute("aria-label", `layers ${group.replace("-", " to ")}`);
    input.addEventListener("change", update);
    return input;
  });
  const bars = Object.keys(pairs[0].distances["111"]).map(what => {
    const row = add(part("bars"), "div", { className: "explore-bar", dataset: { what } });
    add(row, "span", { textContent: what });
    const track = add(row, "div", { className: "explore-track" });
    return { what, fill: add(track, "i"), says: add(row, "span") };
  });
  pairs.forEach(({ photo, style }, i) => {
    const label = add(part("pairs"), "label", { className: "explore-pair" });
    const input = add(label, "input", { type: "radio", name: "explore-pair", value: i, checked: !i });
    input.setAttribute("aria-label", `${photo.name} in the style ${style.name}`);
    for (const one of [photo, style]) {
      add(label, "img", { src: address(data, one), alt: one.name, width: 56, height: 56, loading: "lazy" });
    }
    input.addEventListener("change", () => ((pair = i), update()));
  });

  /** Numbers at the strength, between those that were computed. */
  const along = (row, [first, second, share]) => row[first] + share * (row[second] - row[first]);

  let turn = 0;
  async function draw(setting, where) {
    const mine = ++turn;
    const { frames } = pairs[pair];
    const off = await load(data, frames["000"]);
    const on = setting === "000" ? off : await load(data, frames[setting]);
    if (mine !== turn) return;
    const [first, second, share] = where;
    const frame = k => (k === 0 || on === off ? [off, 0] : [on, k - 1]); // at no strength nothing is on
    paint(canvas, [[...frame(first), 1], [...frame(second), share]]);
    canvas.dataset.shows = `${pair}-${setting}-${slider.value}`;
  }

  function update() {
    const setting = switches.map(one => Number(one.checked)).join("");
    const t = Number(slider.value) / Number(slider.max);
    const where = about(t, strengths.length);
    const { distances, photo, style } = pairs[pair];
    for (const { what, fill, says } of bars) {
      const row = setting === "000" ? strengths.map(() => 0) : [0, ...distances[setting][what]];
      const share = along(row, where);
      fill.style.width = `${(100 * Math.min(share, MOST)) / MOST}%`;
      says.textContent = percent(share);
    }
    const on = groups.filter((_, i) => switches[i].checked).map(group => group.replace("-", "\u2013"));
    const says = on.length && t > 0
      ? `layers ${on.join(", ")} on${t < 1 ? `, at ${percent(t)}` : ""}`
      : "all layers off";
    part("strength-says").textContent = percent(t);
    slider.setAttribute("aria-valuetext", percent(t));
    part("caption").textContent = `${photo.name} in the style ${style.name}: ${says}`;
    canvas.setAttribute("aria-label", part("caption").textContent);
    draw(setting, where).catch(error => {
      part("caption").textContent = `The picture could not be fetched (${error.message}).`;
    });
  }
  credits(part("credits"), data.credits);
  slider.addEventListener("input", update);
  update();
}
