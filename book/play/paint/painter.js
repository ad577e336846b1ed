// What zmlib.stylize does, with what can be kept between two pictures kept: each style's value, the photo's own.
import {lerp, mix, only} from "./value.js";

const KEPT = 40; // values, about 16 kB each

export class Painter {
  constructor(net) {
    this.net = net;
    this.values = new Map(); // of paintings, by their keys, the one that was used longest ago first
    this.own = null; // of the last photo: {key, value, plain}
  }

  // y = TNet(photo, value) + (1 - t) (photo - TNet(photo, own)), value = (1 - t) own + t style, as a canvas wants it.
  // photo: {key, picture, read}, picture as it is painted and read as PNet reads it. signals: [{key, picture} or {place}].
  // weights: one for each. layers: of the paper's, those whose value is used. strength: t, 0 to 1.
  // stale(): whether nobody waits for the result any more; then it gives null.
  async paint({photo, signals, weights, layers, strength}, stale) {
    const began = performance.now();
    const values = [];
    for (const signal of signals) {
      values.push(await this.encode(signal));
      if (stale()) return null;
    }
    const read = performance.now();
    const style = only(values.length > 1 ? mix(values, weights) : values[0], this.net.norms, layers);
    if (strength === 1) return this.finish(await this.net.paint(photo.picture, style), photo.picture, began, read);
    const own = await this.ownOf(photo, stale);
    if (!own) return null;
    const painted = await this.net.paint(photo.picture, lerp(own.value, style, strength));
    return this.finish(painted, photo.picture, began, read, own.plain, 1 - strength);
  }

  async encode({key, picture, place}) {
    if (place) return this.net.encodeWord(...place); // takes no time, and a finger passes many
    const value = this.values.get(key) ?? await this.net.encode(picture);
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > KEPT) this.values.delete(this.values.keys().next().value);
    return value;
  }

  async ownOf(photo, stale) {
    if (this.own?.key === photo.key) return this.own;
    const value = await this.net.encode(photo.read);
    if (stale()) return null;
    this.own = {key: photo.key, value, plain: await this.net.paint(photo.picture, value)};
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
