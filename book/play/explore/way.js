// The photograph on the straight line between two styles, faded from frame to frame.

import { about, load, paint } from "./data.js";

/**
 * Draw on `canvas` what a state asks for.
 *
 * Returns draw({ends, t, preview}): the two styles, how far on the way, 0 to 1, and a style to show instead, or null.
 * It resolves when the picture is there, or a newer one is asked for. fetch(ends) fetches a way's frames ahead.
 */
export function way(canvas, data) {
  const { pictures, paths } = data;
  const pair = ({ from, to }) =>
    paths.pairs.find(one => one.from === Math.min(from, to) && one.to === Math.max(from, to));
  let turn = 0;

  async function layers({ ends, t, preview }) {
    const whole = await load(data, pictures);
    if (preview !== null) return [[whole, preview, 1]];
    if (t === 0 || ends.from === ends.to) return [[whole, ends.from, 1]];
    if (t === 1) return [[whole, ends.to, 1]];
    const strip = await load(data, pair(ends));
    const last = paths.between + 1;
    // frames are kept from the style with the lower number to the other
    const frame = k => (k % last ? [strip, ends.from < ends.to ? k - 1 : last - 1 - k] : [whole, k ? ends.to : ends.from]);
    const [first, second, share] = about(t, last + 1);
    return [[...frame(first), 1], [...frame(second), share]];
  }

  async function draw(state) {
    const mine = ++turn;
    const found = await layers(state);
    if (mine !== turn) return;
    paint(canvas, found);
    const { ends, t, preview } = state;
    canvas.dataset.shows = preview ?? `${ends.from}-${ends.to}-${t.toFixed(3)}`;
  }

  const fetch = ends => ends.from !== ends.to && load(data, pair(ends)).catch(() => {}); // drawing it will say so
  return { draw, fetch };
}
