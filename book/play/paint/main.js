// The page that paints: what the reader chooses becomes a question to the worker, and the answer a picture.
import {gallery} from "./gallery.js";
import {asPhoto, asStyle, ready} from "./pictures.js";
import {Session} from "./session.js";
import {words} from "./words.js";

const AT = new URL("../", import.meta.url); // of the folder play/
const GROUPS = {early: [1, 2, 3], middle: [4, 5, 6], late: [7, 8, 9]};
const FIRST = {photo: "chelsea", style: "wave", second: "harvest"};
const CONTROLS = ["guide", "mixed", "strength", "stroke", "size", "engine", ...Object.keys(GROUPS)];
const root = document.getElementById("paint");
const $ = name => root.querySelector(`[data-part="${name}"]`);
const field = name => root.querySelector(`[name="${name}"]`);
const guide = () => root.querySelector('[name="guide"]:checked').value;
const canvas = $("canvas");
// What is chosen; whether Paint has been pressed; the last painting, with its photo and its name; whether it shall be
// saved as soon as it is done.
const state = {photo: null, style: null, second: null, word: null, asked: false, painted: null, save: false};
let session = null, about = null;

async function begin() {
  const [model, files] = await Promise.all([load("model/model.json"), load("files.json"), ready()]);
  about = {...model, files};
  session = new Session(about, say);
  const galleries = Object.entries({photo: "photos", style: "styles", second: "styles"}).map(([part, kind]) => {
    const shelf = about[kind].map(({name, title}) => ({
      name, title, small: `${new URL(`model/${kind}/${name}-small.jpg`, AT)}`, large: `${new URL(`model/${kind}/${name}.jpg`, AT)}`,
    }));
    const own = part === "photo" ? "Your photo …" : "Your painting …";
    return [part, gallery($(part), {shelf, own, failed: fail, chosen: picture => choose(part, picture)})];
  });
  $("credits").textContent = about.photos.map(one => one.credit).join("; ");
  root.addEventListener("input", ({target}) => {
    if (!CONTROLS.includes(target.name)) return;
    if (target.name === "engine") session.restart();
    follow();
  });
  $("go").addEventListener("click", () => {
    state.asked = true;
    paint();
  });
  $("save").addEventListener("click", save);
  $("compare").addEventListener("click", compare);
  document.querySelector(".paint-waiting").hidden = true;
  root.classList.add("ready");
  follow();
  const chosen = await Promise.all(galleries.map(([part, one]) => one.choose(FIRST[part])));
  if (chosen.every(Boolean)) say(`Ready. The first click loads ${megabytes()} MB from this site, once.`);
}

async function load(name) {
  const answer = await fetch(new URL(name, AT), {cache: "no-cache"}).catch(() => null); // or an older build's
  if (answer?.ok) return answer.json();
  throw new Error(answer
    ? "This copy of the site was built without the network: build it again with one, since npm brings what it runs on."
    : "The page could not reach its site: reload it when the connection is back.");
}

// What the processor's way loads; the graphics card's runtime has three megabytes more.
function megabytes() {
  const needed = Object.entries(about.files).filter(([name]) => name.endsWith(".onnx") || name.endsWith("threaded.wasm"));
  return Math.round(needed.reduce((sum, [, {bytes}]) => sum + bytes, 0) / 1e6);
}

function choose(part, picture) {
  state[part] = picture;
  if (part === "photo" && !state.painted) showPhoto();
  $("go").disabled = !(state.photo && state.style && state.second);
  changed();
}

// What depends on the controls alone; then a new picture, where there is one already.
function follow() {
  const kind = guide();
  $("style").hidden = kind === "word";
  $("second").hidden = $("share").hidden = kind !== "mix";
  $("plane").hidden = kind !== "word";
  if (kind === "word" && !state.word) {
    state.word = words({map: $("map"), form: $("find")}, about.words, new URL(`model/${about.words.all}`, AT), {
      moved(place, name) {
        state.word = {place, name};
        $("word").textContent = name;
        changed();
      },
      failed: fail,
    });
    $("word").textContent = state.word.name;
  }
  for (const name of ["strength", "mixed"]) {
    const slider = field(name), text = `${slider.value} %`;
    slider.nextElementSibling.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }
  changed();
}

function changed() {
  if (state.asked) paint();
}

// What the worker is asked, once it has the pictures; and the photo and the name of what comes of it.
async function question() {
  const {photo, word} = state, kind = guide();
  const chosen = kind === "word" ? [] : kind === "mix" ? [state.style, state.second] : [state.style];
  const keys = {photo: whole(photo), read: `${photo.key} read`};
  const share = Number(field("mixed").value) / 100;
  const asked = {
    ...keys,
    signals: kind === "word" ? [{place: word.place}] : chosen.map(({key}) => ({key})),
    weights: kind === "mix" ? [1 - share, share] : [1],
    layers: Object.entries(GROUPS).flatMap(([name, layers]) => (field(name).checked ? layers : [])),
    strength: Number(field("strength").value) / 100,
    stroke: Number(field("stroke").value), // 0: one pass
    finest: Number(field("size").value),
    engine: field("engine").value,
  };
  const name = [photo.name, ...(kind === "word" ? [word.name] : chosen.map(style => style.name))].join("-");
  await session.keep(keys.photo, () => asPhoto(photo));
  await session.keep(keys.read, () => asStyle(photo, about.style_size));
  for (const style of chosen) await session.keep(style.key, () => asStyle(style, about.style_size));
  return {asked, photo, name};
}

// The name under which the worker keeps a photo's file.
const whole = photo => `${photo.key} whole`;

let asking = 0;
async function paint() {
  const mine = (asking += 1);
  state.save = false;
  busy(true);
  try {
    const {asked, photo, name} = await question();
    if (mine !== asking) return;
    if (!state.painted) say("Loading the network");
    const found = await session.ask("paint", asked);
    if (!found || mine !== asking) return;
    state.painted = {...found, photo, name};
    draw();
    const by = found.engine === "webgpu" ? "graphics card" : "processor";
    const reading = found.reading > 50 ? `, of which ${seconds(found.reading)} for reading the style` : "";
    const [width, height] = found.whole, more = width > found.width ? ` Saved, the picture has ${width} × ${height}.` : "";
    say(`${found.width} × ${found.height} pixels, ${painting(found.sides)} in ${seconds(found.reading + found.painting)} by the ${by}${reading}.${more}`);
  } catch (error) {
    if (mine !== asking) return;
    fail(error);
    state.save = false;
  }
  if (mine !== asking) return;
  busy(false);
  if (state.save) save();
}

const painting = sides => (sides.length > 1 ? `painted at ${sides.slice(0, -1).join(", ")} and ${sides.at(-1)}` : "painted");
const busy = yes => $("frame").setAttribute("aria-busy", yes);
const isBusy = () => $("frame").getAttribute("aria-busy") === "true";
const seconds = ms => `${(ms / 1000).toFixed(2)} s`;

function draw() {
  const {width, height, pixels, name, photo} = state.painted;
  Object.assign(canvas, {width, height});
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  canvas.setAttribute("aria-label", `The photo ${photo.name}, painted: ${name}`);
  $("compare").setAttribute("aria-pressed", "false");
  $("save").disabled = $("compare").disabled = false;
  root.dataset.painted = Number(root.dataset.painted ?? 0) + 1;
}

// Before anything is painted, the photo stands where the picture will be.
function showPhoto() {
  const {canvas: whole, name} = state.photo;
  const scale = 256 / Math.min(whole.width, whole.height);
  Object.assign(canvas, {width: whole.width * scale, height: whole.height * scale});
  canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
  canvas.setAttribute("aria-label", `The photo ${name}, not painted yet`);
}

// The photo of the painting in its place, and back.
function compare() {
  if ($("compare").getAttribute("aria-pressed") === "true") return draw();
  const {photo} = state.painted;
  canvas.getContext("2d").drawImage(photo.canvas, 0, 0, canvas.width, canvas.height);
  canvas.setAttribute("aria-label", `The photo ${photo.name} as it was`);
  $("compare").setAttribute("aria-pressed", "true");
}

// The picture at the photo's own size, into a file. What is being painted is waited for; a new choice ends it.
async function save() {
  if (isBusy()) {
    state.save = true;
    return;
  }
  const mine = (asking += 1), {photo, name, width, height, pixels} = state.painted;
  busy(true);
  try {
    await session.keep(whole(photo), () => photo.file);
    const found = await session.ask("save", {photo: whole(photo), painted: {width, height, pixels}});
    if (!found || mine !== asking) return;
    const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(found.blob), download: `${name}.png`});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    const size = `${(found.blob.size / 1e6).toFixed(1)} MB`;
    say(`Saved: ${found.width} × ${found.height} pixels, ${size}, brought back in ${seconds(found.took)}.`);
  } catch (error) {
    if (mine === asking) fail(error);
  }
  if (mine === asking) busy(false);
}

// The amount stands beside the sentence, since a screen reader would read each of its changes.
function say(text, done, all, amount = "") {
  const [status, part] = [$("status"), $("progress")];
  part.hidden = !all;
  if (all) Object.assign(part, {value: done, max: all});
  $("amount").textContent = amount;
  if (status.textContent !== text) status.textContent = text;
  status.classList.remove("wrong");
}

function fail(error) {
  if (!root.classList.contains("ready")) {
    const note = document.querySelector(".paint-waiting"); // all else is hidden
    note.textContent = error.message;
    note.classList.add("said");
  }
  say(error.message);
  $("status").classList.add("wrong");
}

begin().catch(fail);
