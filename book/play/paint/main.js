// The page that paints: what the reader chooses becomes a question to the worker, and the answer a picture.
import {gallery} from "./gallery.js";
import {asPhoto, asStyle} from "./pictures.js";
import {Session} from "./session.js";
import {words} from "./words.js";

const AT = new URL("../", import.meta.url); // of the folder play/
const GROUPS = {early: [1, 2, 3], middle: [4, 5, 6], late: [7, 8, 9]};
const FIRST = {photo: "chelsea", style: "wave", second: "harvest"};
const root = document.getElementById("paint");
const $ = name => root.querySelector(`[data-part="${name}"]`);
const canvas = $("canvas");
const state = {photo: null, style: null, second: null, word: null, asked: false, painted: null};
let session = null, about = null;

async function begin() {
  const [model, runtime] = await Promise.all(["model/model.json", "ort/files.json"].map(async name => {
    const answer = await fetch(new URL(name, AT), {cache: "no-cache"}); // or an older build's
    if (!answer.ok) throw new Error("This copy of the site was built without the network: build it with `make book`.");
    return answer.json();
  }));
  about = {...model, runtime};
  session = new Session(about, say);
  const shelf = kind => about[kind].map(({name, title}) => ({
    name, title, small: `${new URL(`model/${kind}/${name}-small.jpg`, AT)}`, large: `${new URL(`model/${kind}/${name}.jpg`, AT)}`,
  }));
  const chooser = (part, kind, own) => gallery($(part), {
    shelf: shelf(kind), own, failed: fail,
    chosen(picture) {
      state[part] = picture;
      if (part === "photo") showPhoto();
      changed();
    },
  });
  const galleries = {
    photo: chooser("photo", "photos", "Your photo …"),
    style: chooser("style", "styles", "Your painting …"),
    second: chooser("second", "styles", "Your painting …"),
  };
  $("credits").textContent = about.photos.map(one => one.credit).join("; ");
  const first = Object.entries(galleries).map(([part, one]) => one.choose(FIRST[part]));
  root.addEventListener("input", event => isControl(event.target) && follow());
  $("go").addEventListener("click", () => {
    state.asked = true;
    paint();
  });
  $("save").addEventListener("click", save);
  $("compare").addEventListener("click", compare);
  $("engine").addEventListener("input", () => session.restart()); // before the question, which bubbles
  root.classList.add("ready");
  await Promise.all(first);
  follow();
  say(`Ready. The first click loads ${megabytes()} MB from this site, once.`);
}

function megabytes() {
  const network = Object.values(about.files).reduce((sum, bytes) => sum + bytes, 0);
  return Math.round((network + about.runtime["ort/ort-wasm-simd-threaded.wasm"]) / 1e6);
}

const CONTROLS = ["guide", "mixed", "strength", "size", ...Object.keys(GROUPS)]; // besides what has its own listener
const isControl = target => CONTROLS.includes(target.name) || target.dataset.part === "engine";
const field = name => root.querySelector(`[name="${name}"]`);
const guide = () => root.querySelector('[name="guide"]:checked').value;

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
  for (const name of ["strength", "mixed"]) field(name).nextElementSibling.textContent = `${field(name).value} %`;
  changed();
}

function changed() {
  if (state.asked) paint();
}

async function question() {
  const size = Number(field("size").value);
  const photo = {...state.photo, key: `${state.photo.key} ${size}`};
  await session.keep(photo.key, () => asPhoto(photo, size));
  await session.keep(`${photo.key} read`, () => asStyle(photo, about.style_size));
  const kind = guide();
  const chosen = kind === "word" ? [] : kind === "mix" ? [state.style, state.second] : [state.style];
  for (const style of chosen) await session.keep(style.key, () => asStyle(style, about.style_size));
  const share = Number(field("mixed").value) / 100;
  return {
    photo: photo.key,
    signals: kind === "word" ? [{key: `word ${state.word.place}`, place: state.word.place}] : chosen.map(({key}) => ({key})),
    weights: kind === "mix" ? [1 - share, share] : [1],
    layers: Object.entries(GROUPS).flatMap(([name, layers]) => (field(name).checked ? layers : [])),
    strength: Number(field("strength").value) / 100,
    engine: $("engine").value,
    name: [state.photo.name, ...(kind === "word" ? [state.word.name] : chosen.map(style => style.name))].join("-"),
  };
}

let asking = 0;
async function paint() {
  const mine = (asking += 1);
  root.setAttribute("aria-busy", "true");
  try {
    const asked = await question();
    if (mine !== asking) return;
    if (!state.painted) say("Loading the network");
    const found = await session.ask(asked);
    if (!found || mine !== asking) return;
    state.painted = {...found, name: asked.name};
    draw();
    const by = found.engine === "webgpu" ? "graphics card" : "processor";
    const reading = found.reading > 5 ? `, of which ${seconds(found.reading)} for reading the style` : "";
    say(`${found.width} × ${found.height} pixels in ${seconds(found.reading + found.painting)} by the ${by}${reading}.`);
  } catch (error) {
    if (mine === asking) fail(error);
  }
  if (mine === asking) root.setAttribute("aria-busy", "false");
}

const seconds = ms => `${(ms / 1000).toFixed(2)} s`;

function draw() {
  const {width, height, pixels, name} = state.painted;
  Object.assign(canvas, {width, height});
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  canvas.setAttribute("aria-label", `The photo ${state.photo.name}, painted: ${name}`);
  $("compare").setAttribute("aria-pressed", "false");
  $("save").disabled = $("compare").disabled = false;
  root.classList.add("painted");
  root.dataset.painted = Number(root.dataset.painted ?? 0) + 1;
}

// Before anything is painted, the photo stands where the picture will be.
function showPhoto() {
  if (state.painted) return;
  const {canvas: whole, name} = state.photo;
  const scale = 256 / Math.min(whole.width, whole.height);
  Object.assign(canvas, {width: whole.width * scale, height: whole.height * scale});
  canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
  canvas.setAttribute("aria-label", `The photo ${name}, not painted yet`);
}

function compare() {
  const plain = $("compare").getAttribute("aria-pressed") !== "true";
  if (!plain) return draw();
  const {width, height} = canvas;
  canvas.getContext("2d").drawImage(state.photo.canvas, 0, 0, width, height);
  $("compare").setAttribute("aria-pressed", "true");
}

function save() {
  if ($("compare").getAttribute("aria-pressed") === "true") draw();
  canvas.toBlob(blob => {
    const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(blob), download: `${state.painted.name}.png`});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

// The amount stands beside the sentence, since a screen reader would read each of its changes.
function say(text, done, all) {
  const [status, part] = [$("status"), $("progress")];
  part.hidden = !all;
  if (all) Object.assign(part, {value: done, max: all});
  $("amount").textContent = all ? `${(done / 1e6).toFixed(0)} of ${(all / 1e6).toFixed(0)} MB` : "";
  if (status.textContent !== text) status.textContent = text;
  status.classList.remove("wrong");
}

function fail(error) {
  if (!root.classList.contains("ready")) document.querySelector(".paint-waiting").textContent = error.message; // all else is hidden
  say(error.message);
  $("status").classList.add("wrong");
  root.setAttribute("aria-busy", "false");
}

begin().catch(fail);
