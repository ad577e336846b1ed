// From a file to a canvas, upright and over white, and to the pixels that the network reads of a style, scaled as zmlib
// does it (Lanczos). The photo's own file goes to the worker, see upload.js.
import {rounded} from "./resize.js";

const LARGEST = 16e6; // pixels that every browser's canvas holds; larger pictures are first drawn smaller
const LEAST = 8; // pixels a side
const LEAST_PHOTO = 32; // that the network paints
const LONGEST = 4; // short sides; of a longer style the middle is read, a longer photo is refused
let scaler = null;

// Fetch what scales. Throws an Error with a sentence where the site was built without it.
export async function ready() {
  try {
    scaler ??= (await import("../../scripts/pica.min.mjs")).default();
  } catch {
    throw new Error(
      "This copy of the site lacks the scripts that paint: they come from npm while the book is built. Build it again with a network.");
  }
}

// A picture out of a file: {title, canvas, file}. Throws an Error with a sentence for the reader.
export async function open(blob, title) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, {imageOrientation: "from-image"});
  } catch {
    throw new Error(`“${title}” is no picture that this browser can read: choose a JPEG, PNG or WebP.`);
  }
  const {width, height} = bitmap;
  if (Math.min(width, height) < LEAST) {
    throw new Error(`“${title}” is ${width} × ${height} pixels: choose a picture of at least ${LEAST} × ${LEAST}.`);
  }
  const scale = Math.min(1, Math.sqrt(LARGEST / (width * height)));
  const canvas = canvasOf(Math.round(width * scale), Math.round(height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white"; // shows through what is transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return {title, canvas, file: blob};
}

// The same from an address of the site.
export async function openFrom(address, title) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) throw new Error(`${title} could not be loaded from the site: reload the page.`);
  return open(await answer.blob(), title);
}

// {width, height, pixels} of a picture as a style is read: scaled to a short side, of very long ones the middle.
export async function asStyle({canvas}, short) {
  const limit = LONGEST * Math.min(canvas.width, canvas.height);
  const [width, height] = [Math.min(canvas.width, limit), Math.min(canvas.height, limit)];
  let middle = canvas;
  if (width < canvas.width || height < canvas.height) {
    middle = canvasOf(width, height);
    const [left, top] = [Math.floor((canvas.width - width) / 2), Math.floor((canvas.height - height) / 2)];
    middle.getContext("2d").drawImage(canvas, -left, -top);
  }
  return scaled(middle, short);
}

// The file of a photo. Throws an Error with a sentence where it cannot be painted.
export function asPhoto({canvas: {width, height}, title, file}) {
  if (Math.max(width, height) > LONGEST * Math.min(width, height)) {
    throw new Error(`“${title}” is more than ${LONGEST} times as long as it is wide: cut it first.`);
  }
  if (Math.min(width, height) < LEAST_PHOTO) {
    throw new Error(`“${title}” is ${width} × ${height} pixels: choose a photo of at least ${LEAST_PHOTO} × ${LEAST_PHOTO}.`);
  }
  return file;
}

async function scaled(canvas, short) {
  const scale = short / Math.min(canvas.width, canvas.height);
  const [width, height] = [canvas.width, canvas.height].map(side => Math.max(short, rounded(side * scale)));
  const target = canvasOf(width, height);
  if (scale === 1) target.getContext("2d").drawImage(canvas, 0, 0);
  else await scaler.resize(canvas, target, {filter: "lanczos3"});
  return {width, height, pixels: target.getContext("2d").getImageData(0, 0, width, height).data};
}

function canvasOf(width, height) {
  return Object.assign(document.createElement("canvas"), {width, height});
}
