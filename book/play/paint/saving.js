// The whole upload out of what was painted of it: the photo's own finest detail in the painting's colours.
import {Png} from "./png.js";
import {difference, enlarge} from "./resize.js";
import {Upload} from "./upload.js";

// The last step of at_levels (zmlib/passes/levels.py), returned(photo, painted), band by band, as a PNG file.
//
// Where the strength t is below 1, `painted` is what the page shows, y + (1 - t) (photo - plain) at the painted size.
// `returned` is linear, so that the same comes out as if y and plain had been brought to full size, one by one.
// blob: the upload's file. painted: a picture. stale(): whether nobody waits any more; then it gives null.
// tell(text, done, all): how far it is. Gives {blob, width, height, took}.
export async function saved(blob, painted, stale, tell) {
  const began = performance.now(), upload = await Upload.open(blob);
  const {width, height, size} = upload, file = new Png(width, height), text = `Bringing back ${width} × ${height}`;
  try {
    tell(text);
    const small = await upload.shrunk([[painted.height, painted.width]], stale);
    if (!small) return null;
    const change = difference(painted, small[0]);
    for await (const {top, band} of upload.bands()) {
      if (stale()) return null;
      enlarge(change, size, band, top);
      await file.add(band);
      tell(text, top + band.height, height);
    }
    return {blob: await file.blob(), width, height, took: performance.now() - began};
  } finally {
    upload.close();
    file.stop(); // which does nothing to a file that is whole
  }
}
