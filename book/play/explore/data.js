// What notebooks have written: a JSON, and strips of frames, each one file with pictures of one size side by side.

/**
 * The chapter's data, with `place`, the address that its files count from, and `files`, a hash of each file's content.
 *
 * Throws an Error that a reader can read.
 */
export async function chapter(name) {
  const place = new URL(`../data/${name}/`, import.meta.url);
  let answer;
  try {
    answer = await fetch(new URL("frames.json", place), { cache: "no-cache" }); // or an older build's
  } catch {
    throw new Error("The data could not be fetched: is the network, or the server of this page, still there?");
  }
  if (!answer.ok) throw new Error(`This site lacks the data of ${name}: make book runs the notebook that makes it.`);
  const { data, files } = await answer.json();
  return { ...data, place, files };
}

/** The address of a strip's file in a chapter's data: another one when the file has changed, or a cache keeps the old. */
export const address = ({ place, files }, strip) => new URL(`${strip.file}?${files[strip.file]}`, place).href;

const asked = new Map(); // address -> what load() returned; each file is fetched once

/** Fetch a strip of a chapter's data; resolves to what `paint` takes. */
export function load(data, strip) {
  const source = address(data, strip);
  if (!asked.has(source)) {
    const image = new Image();
    image.src = source;
    const loaded = image.decode().then(() => ({ ...strip, image }));
    loaded.catch(() => asked.delete(source)); // the next one who wants it tries again
    asked.set(source, loaded);
  }
  return asked.get(source);
}

/**
 * Draw frames over one another on a canvas, which gets their size.
 *
 * layers: [strip, index, share]; the first is drawn whole, and each further one covers by its share, 0 to 1.
 */
export function paint(canvas, layers) {
  const [{ width, height }] = layers[0];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext("2d");
  for (const [strip, index, share] of layers) {
    pen.globalAlpha = share;
    pen.drawImage(strip.image, index * width, 0, width, height, 0, 0, width, height);
  }
  pen.globalAlpha = 1;
}

/** The two frames about a place on a way of `count` frames, t from 0 to 1, and the share of the second. */
export function about(t, count) {
  const at = t * (count - 1);
  const first = Math.min(Math.floor(at), Math.max(count - 2, 0));
  return [first, Math.min(first + 1, count - 1), at - first];
}
