// What zmlib.stylize does, up to the painted size. Between two pictures it keeps gamma and beta of each style and of the
// photo, the photo at each size, and what the network makes of it without a style.
import {lerp, mix, only} from "./affine.js";
import {climb, levels, paintedSize} from "./levels.js";
import {blank} from "./resize.js";
import {breath, Upload} from "./upload.js";

const KEPT = 40; // styles, whose affine parameters are about 16 kB each

export class Painter {
  constructor(net) {
    this.net = net;
    this.affines = new Map(); // by the keys of pictures, the one that was used longest ago first
    this.photos = null; // the last photo at its levels: {key, pictures, whole: [width, height]}
    this.plain = null; // what is painted of it with its own gamma and beta: {key, picture}
  }

  // y = P(photo, affine) + (1 - t) (photo - P(photo, own)) with affine = (1 - t) own + t style, where P paints at several
  // sizes, see levels.js.
  // photo: {key, file, read}, its file, and as PNet reads it: {key, picture}. signals: [{key, picture} or {place}].
  // weights: one for each. layers: of the paper's, those in which the style's gamma and beta are used. strength: t, 0 to 1.
  // stroke, finest: short sides in pixels; no stroke is one pass.
  // stale(): whether nobody waits for the result any more; then it gives null. tell(text): what it is doing.
  async paint({photo, signals, weights, layers, strength, stroke, finest}, stale, tell) {
    const began = performance.now();
    const affines = [];
    for (const signal of signals) {
      affines.push(await this.encode(signal));
      if (stale()) return null;
    }
    const read = performance.now();
    const photos = await this.atSizes(photo, stroke, finest, stale, tell);
    if (!photos) return null;
    const style = only(affines.length > 1 ? mix(affines, weights) : affines[0], this.net.norms, layers);
    const found = await this.atStrength(photos, style, photo.read, strength, stale, tell);
    return found && {
      ...found, whole: photos.whole, sides: photos.pictures.map(side), engine: this.net.engine,
      reading: read - began, painting: performance.now() - read,
    };
  }

  async encode({key, picture, place}) {
    if (place) return this.net.encodeWord(...place); // takes no time, and a finger passes many
    const affine = this.affines.get(key) ?? await this.net.encode(picture);
    this.affines.delete(key);
    this.affines.set(key, affine);
    if (this.affines.size > KEPT) this.affines.delete(this.affines.keys().next().value);
    return affine;
  }

  async atSizes({key, file}, stroke, finest, stale, tell) {
    const wanted = `${key} ${stroke} ${finest}`;
    if (this.photos?.key === wanted) return this.photos;
    tell("Reading the photo");
    const upload = await Upload.open(file);
    const pictures = await upload.shrunk(levels(...paintedSize(...upload.size, finest), stroke), stale);
    upload.close();
    if (!pictures) return null;
    this.photos = {key: wanted, pictures, whole: [upload.width, upload.height]};
    return this.photos;
  }

  async atStrength({key, pictures}, style, read, t, stale, tell) {
    const painted = (affine, doing) => climb(picture => this.pass(picture, affine), pictures, async i => {
      tell(`${doing} ${side(pictures[i])} pixels${pictures.length > 1 ? ` (${i + 1} of ${pictures.length})` : ""}`);
      await breath();
      return !stale();
    });
    if (t === 1) return painted(style, "Painting");
    const own = await this.encode(read);
    if (this.plain?.key !== key) {
      const picture = await painted(own, "First without the style: painting");
      if (!picture) return null;
      this.plain = {key, picture};
    }
    const y = await painted(lerp(own, style, t), "Painting");
    if (!y) return null;
    const [photo, plain] = [pictures.at(-1).pixels, this.plain.picture.pixels];
    y.pixels.forEach((x, i) => { y.pixels[i] = x + (1 - t) * (photo[i] - plain[i]); }); // which rounds and clamps
    return y;
  }

  // One pass of the network: a picture of the same size.
  async pass(picture, affine) {
    const numbers = await this.net.paint(picture, affine), out = blank(picture.height, picture.width);
    const plane = picture.width * picture.height;
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) out.pixels[4 * i + c] = 255 * numbers[c * plane + i];
    return out;
  }
}

const side = ({width, height}) => Math.min(width, height);
