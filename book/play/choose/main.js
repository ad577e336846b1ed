// Twenty choices between two pictures without names. The key that names them is fetched after the last one.

import { credits } from "../explore/credits.js";
import { chapter } from "../explore/data.js";
import { add } from "../explore/draw.js";
import { asCsv, asJson, named, save, tally } from "./result.js";
import { begun, keep, recalled } from "./session.js";

const root = document.getElementById("choose");
const part = name => root.querySelector(`[data-part="${name}"]`);
const SIDES = ["left", "right"];

function choosing(data) {
  let session = recalled(data.pool) ?? begun(data);
  let turn = 0; // of what is being fetched: an earlier one that comes late is not shown
  let result = null; // {rows, labels} once the key is there
  const address = file => new URL(file, data.place).href;
  const title = (which, name) => data[which][name].title;

  const pictures = new Map(); // file -> what comes of fetching it, an <img> that can be shown at once
  function fetched(file) {
    if (!pictures.has(file)) {
      const image = new Image(data.size, data.size);
      image.src = address(file);
      const loaded = image.decode().then(() => image);
      loaded.catch(() => pictures.delete(file)); // the next one who wants it tries again
      pictures.set(file, loaded);
    }
    return pictures.get(file);
  }
  const files = ({ photo, painting, left, right }) => [data.photos[photo].file, data.paintings[painting].file, left, right];

  /** Show the bout that is next, both pictures at once; or the end. */
  async function show() {
    const mine = ++turn;
    const at = session.choices.length;
    const last = at === session.bouts.length;
    keep(session);
    if (last) return end(mine);
    const bout = session.bouts[at];
    root.setAttribute("aria-busy", "true");
    root.dataset.waits = "";
    const [photo, painting, ...two] = await Promise.all(files(bout).map(fetched));
    if (mine !== turn) return;
    part("stage").hidden = false;
    part("end").hidden = true;
    part("bar").max = session.bouts.length;
    part("bar").value = at;
    part("progress").textContent = `Choice ${at + 1} of ${session.bouts.length}`;
    for (const [which, image] of Object.entries({ photo, painting })) {
      const name = title(`${which}s`, bout[which]);
      image.alt = `The ${which}: ${name}`;
      part(which).replaceChildren(image);
      part(`${which}-title`).textContent = name;
    }
    SIDES.forEach((side, i) => {
      two[i].alt = `The ${side} picture`;
      part(side).querySelector(".choose-picture").replaceChildren(two[i]);
    });
    part("back").disabled = at === 0;
    delete root.dataset.waits;
    root.dataset.shows = at + 1;
    root.setAttribute("aria-busy", "false");
    const next = session.bouts[at + 1];
    if (next) files(next).forEach(file => fetched(file).catch(() => {})); // ahead, so that it is there at once
  }

  async function end(mine) {
    const answer = await fetch(new URL("key.json", data.place), { cache: "no-cache" });
    if (!answer.ok) throw new Error("The names of the methods could not be fetched.");
    const key = await answer.json();
    if (mine !== turn) return;
    const rows = named(session, key);
    result = { rows, labels: key.labels };
    part("tally").replaceChildren();
    for (const { method, won, of } of tally(rows, key.labels)) {
      const line = add(part("tally"), "tr");
      add(line, "th", { scope: "row", textContent: method });
      [won, of, `${Math.round((100 * won) / of)} %`].forEach(value => add(line, "td", { textContent: value }));
    }
    part("which").replaceChildren();
    rows.forEach((row, i) => which(row, session.bouts[i]));
    part("stage").hidden = true;
    part("end").hidden = false;
    root.dataset.shows = "end";
    root.setAttribute("aria-busy", "false");
    part("end-title").focus({ preventScroll: true });
    root.scrollIntoView({ block: "start" });
  }

  function which(row, bout) {
    const item = add(part("which"), "li");
    const about = `${title("photos", row.photo)}, in the manner of ${title("paintings", row.painting)}`;
    add(item, "p", { textContent: row.chosen ? about : `${about} (skipped)` });
    for (const side of SIDES) {
      const mine = row.chosen !== null && row.chosen === row[side];
      const figure = add(item, "figure", { className: mine ? "chosen" : "" });
      add(figure, "img", { src: address(bout[side]), alt: `The ${side} picture, by ${row[side]}`, width: 128, height: 128, loading: "lazy" });
      add(figure, "figcaption", { textContent: mine ? `${row[side]}, your choice` : row[side] });
    }
  }

  function choose(what) {
    if ("waits" in root.dataset || root.dataset.shows === "end") return; // of a second press before the next pair is there
    session.choices.push(what);
    shown();
  }
  function back() {
    if ("waits" in root.dataset || root.dataset.shows === "end" || !session.choices.length) return;
    session.choices.pop();
    shown();
  }
  function shown() {
    show().catch(failed);
  }

  SIDES.forEach(side => part(side).addEventListener("click", () => choose(side)));
  part("skip").addEventListener("click", () => choose("skip"));
  part("back").addEventListener("click", back);
  part("again").addEventListener("click", () => {
    session = begun(data);
    shown();
  });
  part("json").addEventListener("click", () =>
    save(asJson(result.rows, session, result.labels), "zm-net-choices.json", "application/json"));
  part("csv").addEventListener("click", () => save(asCsv(result.rows), "zm-net-choices.csv", "text/csv"));
  document.addEventListener("keydown", event => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.repeat) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], [role=region], dialog")) return;
    const act = {
      ArrowLeft: () => choose("left"),
      ArrowRight: () => choose("right"),
      s: () => choose("skip"),
      b: back,
    }[event.key];
    if (!act || root.dataset.shows === "end") return;
    event.preventDefault();
    act();
  });
  credits(part("credits"), data.credits);
  return show();
}

function failed(error) {
  root.setAttribute("aria-busy", "false");
  root.classList.add("failed");
  root.querySelector(".explore-wrong").textContent = error.message;
  console.warn(error);
}

root.classList.add("ready"); // the script runs: what only waits for it may go
chapter("blind").then(choosing).catch(failed);
