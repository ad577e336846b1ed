// Painting at several sizes, coarse to fine: the arithmetic of zmlib/passes/levels.py, on bytes.
// Pictures and sizes are those of resize.js.
import {blank, difference, enlarge, rounded, shrink} from "./resize.js";

const STEP = 2.4; // about how many times larger each size is than the one before
const ONE = Math.SQRT2; // a photo less than this much larger than the strokes is one pass
const MOVES = [0, 2]; // down and right

// The size at which the last pass paints: that of the picture, or one whose short side is `finest`.
export function paintedSize(height, width, finest = Infinity) {
  const short = Math.min(height, width);
  return finest < short ? [rounded((height * finest) / short), rounded((width * finest) / short)] : [height, width];
}

// The sizes at which a picture is painted, from the smallest to its own. stroke: in pixels, or null for one pass.
export function levels(height, width, stroke) {
  const short = Math.min(height, width);
  if (!stroke || short < ONE * stroke) return [[height, width]];
  const count = rounded(Math.log(short / stroke) / Math.log(STEP)) || 1;
  const factors = Array.from({length: count}, (_, i) => (stroke / short) ** ((count - i) / count));
  return [...factors.map(factor => [rounded(height * factor), rounded(width * factor)]), [height, width]];
}

// A whole picture, painted: stylize(picture) gives a promise of one of the same size.
export async function atLevels(stylize, content, stroke, finest) {
  const sizes = levels(...paintedSize(content.height, content.width, finest), stroke);
  return returned(content, await climb(stylize, sizes.map(size => shrink(content, size))));
}

// The painting at the last size. photos: the photo at each of `levels`. go(i) is asked before each of them is painted,
// and gives a promise: where that of a false value, this gives null.
export async function climb(stylize, photos, go = async () => true) {
  if (!await go(0)) return null;
  const side = ({width, height}) => Math.min(width, height);
  let y = await averaged(stylize, photos[0], side(photos.at(-1)) / side(photos[0]));
  for (let i = 1; i < photos.length; i++) {
    if (!await go(i)) return null;
    y = returned(await stylize(returned(photos[i], y)), y);
  }
  return y;
}

// The mean of the passes over a picture and its move, whose border is mirrored, where the last size is `factor` = 2
// times as large or more; where it is not, the picture's pass.
async function averaged(stylize, small, factor) {
  if (factor < 2) return stylize(small);
  const sum = new Float32Array(small.pixels.length), mean = blank(small.height, small.width);
  for (const move of MOVES) {
    const moved = cut(await stylize(cut(small, -move)), move);
    moved.pixels.forEach((x, i) => { sum[i] += x / MOVES.length; });
  }
  mean.pixels.set(sum);
  return mean;
}

// A picture without its first rows and columns, or with some more than it has, mirrored: as many of both.
function cut(picture, count) {
  const out = blank(picture.height - count, picture.width - count);
  const [from, to] = [picture, out].map(({pixels}) => new Uint32Array(pixels.buffer));
  for (let row = 0, i = 0; row < out.height; row++) {
    const start = Math.abs(row + count) * picture.width;
    for (let column = 0; column < out.width; column++) to[i++] = from[start + Math.abs(column + count)];
  }
  return out;
}

// z + enlarge(y - shrink(z)).
export function returned(picture, small) {
  const out = {...picture, pixels: picture.pixels.slice()};
  enlarge(difference(small, shrink(picture, [small.height, small.width])), [picture.height, picture.width], out, 0);
  return out;
}
