// The explorer: the styles, their gamma and beta in any normalisation, and the straight line between two of them.

import { credits } from "./credits.js";
import { address } from "./data.js";
import { add, number, percent, put, thumb } from "./draw.js";
import { norms } from "./norms.js";
import { scatter } from "./scatter.js";
import { way } from "./way.js";

const START = { from: "birches", to: "wave", norm: "res3b" };
const GLIDE = 280; // ms, from one style's dots to another's

export function affines(root, data) {
  const part = name => root.querySelector(`[data-part="${name}"]`);
  const { styles, norms: spec, thumbs } = data;
  const whereIs = (list, name, otherwise) => {
    const found = list.findIndex(one => one.name === name);
    return found < 0 ? otherwise : found;
  };
  const ends = { from: whereIs(styles, START.from, 0), to: whereIs(styles, START.to, styles.length - 1) };
  const sprite = address(data, thumbs);
  const [canvas, slider, channels] = [part("picture"), part("way"), part("channel")];
  const picture = way(canvas, data);
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  let norm = whereIs(spec, START.norm, 0);
  let channel = null; // chosen
  let pointed = null; // a channel that is pointed at
  let preview = null; // a style that is pointed at
  let next = "from"; // the end that the next style goes to
  let shares = null; // of each style in what the plane shows
  let rows = null; // of the chosen normalisation: [{gamma, beta}]
  let glide = 0;

  const t = () => Number(slider.value) / Number(slider.max);
  const wanted = () => styles.map((_, i) =>
    preview === null ? (i === ends.from) * (1 - t()) + (i === ends.to) * t() : Number(i === preview));

  // --- the plane
  const show = scatter(part("plane"), {
    onpoint(found, done) {
      if (done) chooseChannel(found);
      else if (found !== pointed) (pointed = found), drawPlane();
    },
    picture(parent, style, x, y, side) {
      const { width, height, frames } = thumbs;
      const corner = { x: x - side / 2, y: y - side / 2, width: side, height: side };
      const frame = put(parent, "svg", { ...corner, viewBox: `${style * width} 0 ${width} ${height}` });
      put(frame, "image", { href: sprite, width: width * frames, height });
    },
  });

  function mixed(name) {
    const found = Array(spec[norm].channels).fill(0);
    shares.forEach((share, style) => {
      if (share) rows[style][name].forEach((one, i) => (found[i] += share * one));
    });
    return found;
  }

  function drawPlane() {
    const [gamma, beta] = [mixed("gamma"), mixed("beta")];
    const two = [ends.from, ends.to];
    const line = preview === null && ends.from !== ends.to ? two : null;
    show({ gamma, beta, all: rows, ends: line, channel, pointed, strong: preview === null ? two : [preview] });
    const { name, layer, channels: count, found } = spec[norm];
    const one = channel ?? pointed;
    const range = row => `${number(Math.min(...row), 2)} to ${number(Math.max(...row), 2)}`;
    const says = one === null
      ? `${count} channels: γ from ${range(gamma)}, β from ${range(beta)}.`
      : `Channel ${one + 1} of ${count}: γ = ${number(gamma[one])}, β = ${number(beta[one])}.`;
    part("numbers").textContent = says;
    channels.setAttribute("aria-valuetext", says);
    part("about").textContent = `${name}, layer ${layer}. By its γ and β alone ${percent(found)} of the quarters of `
      + "these paintings find another of their own.";
  }

  /** Let the dots fly to where they belong, or put them there. */
  function settle(fly) {
    cancelAnimationFrame(glide);
    const [before, after, began] = [shares, wanted(), performance.now()];
    const step = now => {
      const s = fly && !still.matches ? Math.min(1, Math.max(0, now - began) / GLIDE) : 1;
      const eased = s * s * (3 - 2 * s);
      shares = after.map((share, i) => before[i] + eased * (share - before[i]));
      drawPlane();
      root.dataset.settled = s === 1;
      if (s < 1) glide = requestAnimationFrame(step);
    };
    step(began);
  }

  function update(fly) {
    const [from, to] = [styles[ends.from].name, styles[ends.to].name];
    const alone = preview !== null ? styles[preview].name : ends.from === ends.to || t() === 0 ? from : t() === 1 ? to : "";
    const says = alone || `${percent(t())} of the way from ${from} to ${to}`;
    part("caption").textContent = says;
    canvas.setAttribute("aria-label", `The photograph, ${alone ? `in the style ${says}` : says}`);
    slider.setAttribute("aria-valuetext", `${percent(t())} of the way from ${from} to ${to}`);
    settle(fly);
    picture.draw({ ends: { ...ends }, t: t(), preview }).catch(error => {
      part("caption").textContent = `The picture could not be fetched (${error.message}).`;
    });
  }

  // --- the styles
  const buttons = styles.map((style, i) => {
    const button = add(part("styles"), "button", { type: "button", className: "explore-style", dataset: { style: style.name } });
    thumb(add(button, "i"), sprite, thumbs, i);
    add(button, "span", { textContent: style.name });
    button.addEventListener("pointerenter", event => event.pointerType === "mouse" && look(i));
    button.addEventListener("pointerleave", () => look(null));
    button.addEventListener("focus", () => button.matches(":focus-visible") && look(i));
    button.addEventListener("blur", () => look(null));
    button.addEventListener("click", () => choose(i));
    return button;
  });

  function look(style) {
    if (style === preview) return;
    preview = style;
    update(true);
  }

  function choose(style) {
    ends[next] = style;
    slider.value = next === "from" ? 0 : slider.max;
    next = next === "from" ? "to" : "from";
    preview = null;
    markEnds();
    update(true);
  }

  function markEnds() {
    for (const end of ["from", "to"]) {
      const { name } = styles[ends[end]];
      const input = part(end).querySelector("input");
      thumb(part(end).querySelector("i"), sprite, thumbs, ends[end]);
      part(end).querySelector("span").textContent = name;
      input.checked = end === next;
      input.setAttribute("aria-label", `The next style goes to the ${end === "from" ? "left" : "right"}, in place of ${name}`);
    }
    part("hint").textContent = `The next style that you choose goes to the ${next === "from" ? "left" : "right"}.`;
    buttons.forEach((button, i) => {
      button.classList.toggle("from", i === ends.from);
      button.classList.toggle("to", i === ends.to);
      button.setAttribute("aria-pressed", i === ends.from || i === ends.to);
    });
    picture.fetch(ends);
  }
  for (const end of ["from", "to"]) {
    part(end).querySelector("input").addEventListener("change", () => ((next = end), markEnds()));
  }
  slider.addEventListener("input", () => ((preview = null), update(false)));

  // --- the normalisations and their channels
  function chooseChannel(one) {
    [channel, pointed] = [one, null];
    channels.value = one === null ? 0 : one + 1;
    part("channel-says").textContent = one === null ? "all" : one + 1;
    drawPlane();
  }

  function chooseNorm(i) {
    norm = i;
    rows = styles.map(style => ({ gamma: style.gamma[norm], beta: style.beta[norm] }));
    channels.max = spec[norm].channels;
    chooseChannel(channel !== null && channel < spec[norm].channels ? channel : null);
  }
  channels.addEventListener("input", () => chooseChannel(Number(channels.value) ? Number(channels.value) - 1 : null));
  norms(part("norms"), { norms: spec, moved: data.moved, first: norm, onchoose: chooseNorm });

  credits(part("credits"), data.credits);
  shares = wanted();
  chooseNorm(norm);
  markEnds();
  update(false);
}
