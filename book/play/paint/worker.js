// The part of the page that computes, beside the part that a reader touches. It answers the newest request: those that
// came before it and are not done are dropped.
import {Net} from "./net.js";
import {Painter} from "./painter.js";

const pictures = new Map(); // by key, sent once
let painter = null, loading = null, newest = 0, queue = Promise.resolve();

// {kind: "picture", key, picture}             keeps a picture, {kind: "forget", key} does not any more
// {kind: "paint", number, about, engine, ...} paints, see Painter.paint, with keys of pictures instead of pictures
// answers: {kind: "progress", text, done, all}, {kind: "done", number, ...picture and times}, {kind: "error", number, text}
self.onmessage = ({data}) => {
  if (data.kind === "picture") return void pictures.set(data.key, data.picture);
  if (data.kind === "forget") return void pictures.delete(data.key);
  newest = data.number;
  queue = queue.then(() => answer(data));
};

async function answer({number, about, engine, photo, read, signals, ...rest}) {
  const stale = () => number !== newest;
  try {
    loading ??= Net.load(about, engine, (text, done, all) => self.postMessage({kind: "progress", text, done, all}));
    painter ??= new Painter(await loading);
    if (stale()) return;
    const result = await painter.paint({
      ...rest,
      photo: {key: photo, picture: pictures.get(photo), read: pictures.get(read)},
      signals: signals.map(one => (one.place ? one : {key: one.key, picture: pictures.get(one.key)})),
    }, stale);
    if (result) self.postMessage({kind: "done", number, ...result}, [result.pixels.buffer]);
  } catch (error) {
    if (painter?.net.engine !== "wasm") loading = painter = null; // the next click starts again: a card can be lost
    self.postMessage({kind: "error", number, text: readable(error)});
  }
}

function readable(error) {
  const text = String(error?.message ?? error);
  if (/memory|allocat|bad_alloc|out of bounds/i.test(text)) return "The memory of this browser does not suffice: take a smaller size.";
  return text.length < 200 ? text : `${text.slice(0, 200)}...`;
}
