// A photo as it was uploaded, however large, in the worker: read band by band, so that only the browser holds it whole.
import {Shrinker} from "./resize.js";

const BAND = 1 << 20; // pixels read at once

export class Upload {
  static async open(blob) {
    return new Upload(await createImageBitmap(blob, {imageOrientation: "from-image"}));
  }

  constructor(bitmap) {
    Object.assign(this, {bitmap, width: bitmap.width, height: bitmap.height, size: [bitmap.height, bitmap.width]});
  }

  // Its pixels, over white: {top, band}, from the top. Between two of them the worker hears what it is told meanwhile.
  async *bands() {
    const rows = Math.max(1, Math.min(this.height, Math.floor(BAND / this.width)));
    const pen = new OffscreenCanvas(this.width, rows).getContext("2d", {alpha: false, willReadFrequently: true});
    for (let top = 0; top < this.height; top += rows) {
      await breath();
      const height = Math.min(rows, this.height - top);
      pen.fillStyle = "white";
      pen.fillRect(0, 0, this.width, height);
      pen.drawImage(this.bitmap, 0, top, this.width, height, 0, 0, this.width, height);
      yield {top, band: {width: this.width, height, pixels: pen.getImageData(0, 0, this.width, height).data}};
    }
  }

  // The photo at several sizes; null once stale() holds.
  async shrunk(sizes, stale) {
    const shrinkers = sizes.map(size => new Shrinker(this.size, size));
    for await (const {band} of this.bands()) {
      if (stale()) return null;
      for (const one of shrinkers) one.add(band);
    }
    return shrinkers.map(one => one.picture());
  }

  close() {
    this.bitmap.close();
  }
}

// A turn of the worker's loop, in which it hears messages.
export const breath = () => new Promise(go => setTimeout(go));
