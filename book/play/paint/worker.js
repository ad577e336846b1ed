// The part of the page that computes, beside the part that a reader touches. It answers the newest request: those that
// came before it and are not done are dropped.
import {Net} from "./net.js";
import {Painter} from "./painter.js";
import {saved} from "./saving.js";

const kept = new Map(); // by key, sent once: pictures, and files of photos
let painter = null, loading = null, newest = 0, queue = Promise.resolve();

// {kind: "keep", key, what}                   keeps a picture or a file, {kind: "forget", key} does not any more
// {kind: "paint", number, about, engine, ...} paints, see Painter.paint, with keys in place of what is kept
// {kind: "save", number, photo, painted}      brings back the whole photo, by its key, see saved()
// answers: {kind: "progress", text, done, all, amount}, {kind: "done", number, ...}, {kind: "error", number, text}
self.onmessage = ({data}) => {
  if (data.kind === "keep") return void kept.set(data.key, data.what);
  if (data.kind === "forget") return void kept.delete(data.key);
  newest = data.number;
  queue = queue.then(() => answer(data));
};

async function answer({kind, number, ...asked}) {
  const stale = () => number !== newest;
  try {
    const result = stale() ? null : await (kind === "save" ? save(asked, stale) : paint(asked, stale));
    if (result && !stale()) self.postMessage({kind: "done", number, ...result}, result.pixels ? [result.pixels.buffer] : []);
  } catch (error) {
    if (painter?.net.engine !== "wasm") loading = painter = null; // the next click starts again: a card can be lost
    self.postMessage({kind: "error", number, text: readable(error)});
  }
}

async function paint({about, engine, photo, read, signals, ...rest}, stale) {
  loading ??= Net.load(about, engine, (text, done, all) => {
    tell(text, done, all, all ? `${(done / 1e6).toFixed(0)} of ${(all / 1e6).toFixed(0)} MB` : "");
  });
  painter ??= new Painter(await loading);
  if (stale()) return null;
  return painter.paint({
    ...rest,
    photo: {key: photo, file: kept.get(photo), read: {key: read, picture: kept.get(read)}},
    signals: signals.map(one => (one.place ? one : {key: one.key, picture: kept.get(one.key)})),
  }, stale, tell);
}

function save({photo, painted}, stale) {
  return saved(kept.get(photo), painted, stale, (text, done, all) => {
    tell(text, done, all, all ? `${Math.round((100 * done) / all)} %` : "");
  });
}

function tell(text, done, all, amount) {
  self.postMessage({kind: "progress", text, done, all, amount});
}

function readable(error) {
  const text = String(error?.message ?? error);
  if (/memory|allocat|bad_alloc|out of bounds/i.test(text)) return "The memory of this browser does not suffice: take a smaller size.";
  return text.length < 200 ? text : `${text.slice(0, 200)}...`;
}
