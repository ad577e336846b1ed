// ZM-Net in a browser: PNet for pictures, PNet for words and TNet, by ONNX Runtime on the processor (WebAssembly) or on
// the graphics card (WebGPU).
import {fetchAll} from "./fetching.js";

const AT = new URL("../", import.meta.url); // of the folder play/
const RUNTIMES = {
  wasm: {script: "ort/ort.wasm.min.mjs", files: "ort/ort-wasm-simd-threaded"},
  webgpu: {script: "ort/ort.jspi.min.mjs", files: "ort/ort-wasm-simd-threaded.jspi"}, // has the processor in it as well
};
const PARTS = ["tnet", "pnet", "words"];
const TRIAL = 128; // pixels a side of the picture on which the two are compared
const CLOSE = 1 / 255; // mean difference that counts as the same

// A picture is {width, height, pixels}: RGBA bytes, row by row, as a canvas gives them.
// A tensor's numbers are RGB in [0, 1], (1, 3, height, width).
function toTensor(ort, {width, height, pixels}) {
  const plane = width * height;
  const numbers = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) numbers[c * plane + i] = pixels[4 * i + c] / 255;
  return new ort.Tensor("float32", numbers, [1, 3, height, width]);
}

export class Net {
  // Load runtime and weights. tell(text, done, all): how far it is, in bytes.
  // engine: "wasm", the processor; "webgpu", the card, untried; "auto", the card where there is one, it paints what the
  // processor paints, and it takes no longer.
  static async load(about, engine, tell) {
    if (engine === "wasm") return Net.onProcessor(about, tell);
    if (await hasCard(engine === "webgpu")) {
      const net = await Net.onCard(about, engine, tell).catch(error => {
        if (engine === "webgpu") throw error;
      });
      if (net) return net;
    } else if (engine === "webgpu") {
      throw new Error("This browser offers no graphics card to pages: take the processor.");
    }
    return Net.onProcessor(about, tell);
  }

  static async onProcessor(about, tell) {
    const {ort, models} = await runtime(RUNTIMES.wasm, about, tell);
    return new Net(ort, "wasm", models, about.norms).started();
  }

  static async onCard(about, engine, tell) {
    const {ort, models} = await runtime(RUNTIMES.webgpu, about, tell);
    tell("Trying the graphics card");
    const card = await new Net(ort, "webgpu", models, about.norms).started();
    if (engine === "webgpu") return card;
    const processor = await new Net(ort, "wasm", models, about.norms).started();
    const [taken, left] = await alike(processor, card).catch(() => false) ? [card, processor] : [processor, card];
    for (const session of Object.values(left.sessions)) await session.release();
    return taken;
  }

  // models: the files of PARTS, as ArrayBuffers.
  constructor(ort, engine, models, norms) {
    Object.assign(this, {ort, engine, models, norms, sessions: {}});
  }

  async started() {
    await this.session("tnet");
    await this.session("pnet");
    return this;
  }

  // The running form of a part, made when it is first asked for: it takes a moment, and not every reader takes words.
  async session(part) {
    const options = {executionProviders: [this.engine], graphOptimizationLevel: "all", logSeverityLevel: 3};
    this.sessions[part] ??= await this.ort.InferenceSession.create(this.models[PARTS.indexOf(part)], options);
    return this.sessions[part];
  }

  // The affine parameters of a picture: see affine.js.
  async encode(picture) {
    return affineOf(await (await this.session("pnet")).run({signal: toTensor(this.ort, picture)}));
  }

  // Those of a place in the plane of words.
  async encodeWord(x, y) {
    return affineOf(await (await this.session("words")).run({signal: new this.ort.Tensor("float32", [x, y], [1, 2])}));
  }

  // TNet's output for a picture and a style: numbers in [0, 1], (3, height, width).
  async paint(picture, affine) {
    const feeds = {content: toTensor(this.ort, picture)};
    for (const [name, numbers] of Object.entries(affine)) {
      feeds[name] = new this.ort.Tensor("float32", numbers, [1, numbers.length]);
    }
    return (await (await this.session("tnet")).run(feeds)).picture.data;
  }
}

// ONNX Runtime, ready, and the models' files. What is in a file is in its address: no cache gives one of an older build.
async function runtime({script, files}, about, tell) {
  const at = name => `${new URL(name, AT)}?${about.files[name].hash}`;
  const [code, models] = [`${files}.wasm`, PARTS.map(part => `model/${part}.onnx`)];
  const wanted = [code, ...models].map(name => ({address: at(name), bytes: about.files[name].bytes}));
  const [binary, ...found] = await fetchAll(wanted, (done, all) => tell("Loading the network", done, all));
  tell("Starting the network");
  const ort = await import(at(script));
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
  ort.env.wasm.wasmPaths = {mjs: at(`${files}.mjs`)};
  ort.env.wasm.wasmBinary = binary;
  ort.env.logLevel = "error";
  return {ort, models: found};
}

function affineOf(outputs) {
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, Float32Array.from(tensor.data)]));
}

// Whether there is a graphics card that pages may use, in a browser that the runtime for it knows.
// any: one that is only imitated by the processor will do.
async function hasCard(any) {
  if (!navigator.gpu || !("Suspending" in WebAssembly)) return false;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return Boolean(adapter) && (any || !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter));
}

// Whether a second network paints what the first one paints, and in no more time.
export async function alike(net, other) {
  const pixels = Uint8Array.from({length: 4 * TRIAL * TRIAL}, (_, i) => (i * 37 + (i >> 8) * 11) % 256);
  const picture = {width: TRIAL, height: TRIAL, pixels};
  const tried = [];
  for (const one of [net, other]) {
    const affine = await one.encode(picture);
    await one.paint(picture, affine); // once for what is made only once, such as the card's programs
    const before = performance.now();
    tried.push({painted: await one.paint(picture, affine), took: performance.now() - before});
  }
  const [a, b] = tried;
  const apart = a.painted.reduce((sum, x, i) => sum + Math.abs(x - b.painted[i]), 0) / a.painted.length;
  return apart <= CLOSE && b.took <= a.took; // not where it gives no numbers: no comparison holds of them
}
