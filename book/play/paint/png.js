// A PNG file, written band by band: the picture is never whole in memory, only its file is.

const TABLE = Uint32Array.from({length: 256}, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

export class Png {
  constructor(width, height) {
    const header = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]); // 8 bits, RGB
    new DataView(header.buffer).setUint32(0, width);
    new DataView(header.buffer).setUint32(4, height);
    this.parts = [new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]), ...chunk("IHDR", header)];
    this.above = new Uint8Array(3 * width); // the row before
    const packing = new CompressionStream("deflate");
    this.writer = packing.writable.getWriter();
    this.packed = this.collect(packing.readable.getReader());
  }

  async collect(reader) {
    for (let part = await reader.read(); !part.done; part = await reader.read()) this.parts.push(...chunk("IDAT", part.value));
  }

  // The next rows: {width, height, pixels}, RGBA.
  async add({width, height, pixels}) {
    const line = 3 * width + 1, out = new Uint8Array(line * height);
    for (let row = 0; row < height; row++) {
      const here = new Uint8Array(3 * width);
      for (let x = 0, from = 4 * row * width, at = 0; x < width; x++, from += 4) {
        for (let c = 0; c < 3; c++) here[at++] = pixels[from + c];
      }
      filtered(here, this.above, out.subarray(row * line, (row + 1) * line));
      this.above = here;
    }
    await this.writer.write(out);
  }

  async blob() {
    await this.writer.close();
    await this.packed;
    return new Blob([...this.parts, ...chunk("IEND", new Uint8Array())], {type: "image/png"});
  }

  // Give it up.
  stop() {
    this.packed.catch(() => {});
    this.writer.abort().catch(() => {});
  }
}

// A row as its differences from what Paeth's rule expects after the pixels to the left, above and between.
function filtered(row, above, out) {
  out[0] = 4;
  for (let i = 0; i < row.length; i++) {
    const a = i < 3 ? 0 : row[i - 3], b = above[i], c = i < 3 ? 0 : above[i - 3];
    const [fromA, fromB, fromC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    out[i + 1] = row[i] - (fromA <= fromB && fromA <= fromC ? a : fromB <= fromC ? b : c);
  }
}

// Its length, its name with its content, and their check sum.
function chunk(name, content) {
  const head = new Uint8Array(8), tail = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, content.length);
  for (let i = 0; i < 4; i++) head[4 + i] = name.charCodeAt(i);
  let sum = 0xffffffff;
  for (const part of [head.subarray(4), content]) {
    for (let i = 0; i < part.length; i++) sum = TABLE[(sum ^ part[i]) & 255] ^ (sum >>> 8);
  }
  new DataView(tail.buffer).setUint32(0, ~sum >>> 0);
  return [head, content, tail];
}
