// Pictures made smaller and larger as torch does it, whole or band by band: the filters beneath levels.js.
//
// A picture is {width, height, pixels}: RGBA bytes, row by row, as a canvas gives them, and opaque. A size is [height,
// width]. Bytes are rounded where torch rounds them, which a Uint8ClampedArray does when it is written to.

export const blank = (height, width) => ({width, height, pixels: new Uint8ClampedArray(4 * width * height).fill(255)});

// A half goes to the even neighbour, as in Python: a picture's size is the same here and there.
export function rounded(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 ? up - 1 : up;
}

export function shrink(picture, size) {
  const shrinker = new Shrinker([picture.height, picture.width], size);
  shrinker.add(picture);
  return shrinker.picture();
}

// torch's antialiased linear filter on bytes, in whole numbers: first along the rows, which are rounded, then across
// them. The picture comes in bands, from the top.
export class Shrinker {
  constructor([height, width], [h, w]) {
    Object.assign(this, {height: h, width: w, across: taps(width, w), down: taps(height, h), row: 0, first: 0});
    this.sums = new Int32Array(4 * w * h);
    this.narrow = new Uint8ClampedArray(4 * w).fill(255); // a row, once it is as narrow as it shall be
  }

  add({width, height, pixels}) {
    const {down, sums, narrow} = this;
    for (let row = 0; row < height; row++, this.row++) {
      this.along(pixels, 4 * row * width);
      while (this.first < this.height && ends(down.of[this.first]) <= this.row) this.first++;
      for (let y = this.first; y < this.height && down.of[y].from <= this.row; y++) {
        const weight = down.of[y].weights[this.row - down.of[y].from], at = 4 * y * this.width;
        for (let i = 0; i < narrow.length; i++) sums[at + i] += weight * narrow[i];
      }
    }
  }

  along(pixels, start) {
    const {of, bits} = this.across, half = 1 << (bits - 1);
    for (let x = 0; x < this.width; x++) {
      const {from, weights} = of[x];
      let at = start + 4 * from, r = half, g = half, b = half;
      for (let k = 0; k < weights.length; k++, at += 4) {
        r += weights[k] * pixels[at];
        g += weights[k] * pixels[at + 1];
        b += weights[k] * pixels[at + 2];
      }
      this.narrow[4 * x] = r >> bits;
      this.narrow[4 * x + 1] = g >> bits;
      this.narrow[4 * x + 2] = b >> bits;
    }
  }

  picture() {
    const out = blank(this.height, this.width);
    const {bits} = this.down, half = 1 << (bits - 1);
    for (let i = 0; i < this.sums.length; i++) if (i % 4 < 3) out.pixels[i] = (this.sums[i] + half) >> bits;
    return out;
  }
}

// What each of `short` numbers takes of `long` ones: the first, and their weights, a triangle whose sum is 2^bits. As in
// torch, the largest of all weights is just under 2^15.
function taps(long, short) {
  const scale = long / short, reach = Math.max(scale, 1);
  const of = Array.from({length: short}, (_, i) => {
    const centre = scale * (i + 0.5), from = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const weights = new Float64Array(Math.min(Math.trunc(centre + reach + 0.5), long) - from);
    for (let k = 0; k < weights.length; k++) weights[k] = Math.max(0, 1 - Math.abs(k + from - centre + 0.5) / reach);
    const sum = weights.reduce((a, b) => a + b, 0);
    return {from, weights: weights.map(weight => weight / sum)};
  });
  const largest = Math.max(...of.map(({weights}) => Math.max(...weights)));
  let bits = 0;
  while (bits < 22 && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < 2 ** 15) bits++;
  return {bits, of: of.map(({from, weights}) => ({from, weights: Int32Array.from(weights, x => 0.5 + x * 2 ** bits)}))};
}

const ends = ({from, weights}) => from + weights.length;

// {width, height, numbers}: a - b, four numbers a pixel.
export function difference(a, b) {
  const numbers = Float32Array.from(a.pixels);
  for (let i = 0; i < numbers.length; i++) numbers[i] -= b.pixels[i];
  return {width: a.width, height: a.height, numbers};
}

// Add a difference, enlarged to a size by the plain linear filter, to a band of a picture of that size, in place.
// top: the row of the picture with which the band begins. The sum is in float32, as in torch: near a half, and there are
// many, it is then rounded to the same side.
export function enlarge(change, size, {width, height, pixels}, top) {
  const down = places(change.height, size[0]), across = places(change.width, width);
  const lines = [0, 1].map(() => ({row: -1, numbers: new Float32Array(4 * width)})); // of two rows, one below the other
  const line = row => {
    const one = lines[row % 2];
    if (one.row !== row) stretch(change.numbers.subarray(4 * row * change.width), across, one.numbers);
    one.row = row;
    return one.numbers;
  };
  for (let row = 0, at = 0; row < height; row++) {
    const v = down.part[top + row], above = line(down.from[top + row]), below = line(down.to[top + row]);
    for (let i = 0; i < above.length; i++, at++) pixels[at] = Math.fround(pixels[at] + (1 - v) * above[i] + v * below[i]);
  }
}

function stretch(numbers, {from, to, part}, out) {
  for (let x = 0, at = 0; x < from.length; x++) {
    for (let c = 0; c < 4; c++, at++) out[at] = (1 - part[x]) * numbers[4 * from[x] + c] + part[x] * numbers[4 * to[x] + c];
  }
}

// Between which two of `short` numbers each of `long` lies, and its distance from the first, in float32 as in torch.
function places(short, long) {
  const [from, to, part] = [new Int32Array(long), new Int32Array(long), new Float32Array(long)];
  const scale = Math.fround(short / long);
  for (let i = 0; i < long; i++) {
    const at = Math.max(Math.fround(Math.fround(scale * (i + 0.5)) - 0.5), 0);
    from[i] = Math.min(Math.floor(at), short - 1);
    to[i] = Math.min(from[i] + 1, short - 1);
    part[i] = at - from[i];
  }
  return {from, to, part};
}
