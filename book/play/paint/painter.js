// What zmlib.stylize does. Between two pictures it keeps gamma and beta of each style and of the photo.
import {lerp, mix, only} from "./affine.js";

const KEPT = 40; // styles, whose affine parameters are about 16 kB each

export class Painter {
  constructor(net) {
    this.net = net;
    this.affines = new Map(); // of paintings, by their keys, the one that was used longest ago first
    this.own = null; // of the last photo: {key, affine, plain}
  }

  // y = TNet(photo, affine) + (1 - t) (photo - TNet(photo, own)) with affine = (1 - t) own + t style, for a canvas.
  // photo: {key, picture, read}, picture as it is painted and read as PNet reads it. signals: [{key, picture} or {place}].
  // weights: one for each. layers: of the paper's, those in which the style's gamma and beta are used. strength: t, 0 to 1.
  // stale(): whether nobody waits for the result any more; then it gives null.
  async paint({photo, signals, weights, layers, strength}, stale) {
    const began = performance.now();
    const affines = [];
    for (const signal of signals) {
      affines.push(await this.encode(signal));
      if (stale()) return null;
    }
    const read = performance.now();
    const style = only(affines.length > 1 ? mix(affines, weights) : affines[0], this.net.norms, layers);
    if (strength === 1) return this.finish(await this.net.paint(photo.picture, style), photo.picture, began, read);
    const own = await this.ownOf(photo, stale);
    if (!own) return null;
    const painted = await this.net.paint(photo.picture, lerp(own.affine, style, strength));
    return this.finish(painted, photo.picture, began, read, own.plain, 1 - strength);
  }

  async encode({key, picture, place}) {
    if (place) return this.net.encodeWord(...place); // takes no time, and a finger passes many
    const affine = this.affines.get(key) ?? await this.net.encode(picture);
    this.affines.delete(key);
    this.affines.set(key, affine);
    if (this.affines.size > KEPT) this.affines.delete(this.affines.keys().next().value);
    return affine;
  }

  async ownOf(photo, stale) {
    if (this.own?.key === photo.key) return this.own;
    const affine = await this.net.encode(photo.read);
    if (stale()) return null;
    this.own = {key: photo.key, affine, plain: await this.net.paint(photo.picture, affine)};
    return stale() ? null : this.own;
  }

  finish(painted, {width, height, pixels}, began, read, plain, share) {
    const plane = width * height;
    const out = new Uint8ClampedArray(4 * plane); // which rounds and clamps
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) {
        const back = plain ? share * (pixels[4 * i + c] / 255 - plain[c * plane + i]) : 0;
        out[4 * i + c] = 255 * (painted[c * plane + i] + back);
      }
      out[4 * i + 3] = 255;
    }
    return {width, height, pixels: out, reading: read - began, painting: performance.now() - read, engine: this.net.engine};
  }
}
