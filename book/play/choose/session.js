// A reader's twenty bouts and choices, in his browser and nowhere else: what they are, and where they are kept.

const PLACE = "zmlib-choose";

/** An array in an order of chance. */
export function shuffled(array, random = Math.random) {
  const all = [...array];
  for (let i = all.length - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [all[i], all[k]] = [all[k], all[i]];
  }
  return all;
}

/**
 * Draw bouts: of each kind as many as it says, in an order and with sides of chance.
 *
 * kinds: [{draw, bouts: [{photo, painting, pictures: [file, file]}]}]. Returns [{photo, painting, left, right}].
 * A pair is not shown twice in a row where the order can be had.
 */
export function drawn(kinds, random = Math.random) {
  const found = kinds.flatMap(({ draw, bouts }) => shuffled(bouts, random).slice(0, draw));
  const sided = shuffled(found, random).map(({ photo, painting, pictures }) => {
    const [left, right] = shuffled(pictures, random);
    return { photo, painting, left, right };
  });
  const same = (a, b) => a && b && a.photo === b.photo && a.painting === b.painting;
  for (let i = 1; i < sided.length; i++) {
    const other = sided.findIndex((one, k) => k > i && !same(one, sided[i - 1]));
    if (same(sided[i], sided[i - 1]) && other > 0) [sided[i], sided[other]] = [sided[other], sided[i]];
  }
  return sided;
}

/** What was kept of this pool of pictures; nothing if there is nothing, or if it is of other pictures. */
export function recalled(pool) {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE));
    return found?.pool === pool && Array.isArray(found.bouts) && Array.isArray(found.choices) ? found : null;
  } catch {
    return null; // a browser that keeps nothing, or something else in our place
  }
}

export function keep(session) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(session));
  } catch {
    // a browser that keeps nothing: the page works until it is left
  }
}

export const begun = data => ({ pool: data.pool, bouts: drawn(data.kinds), choices: [] });
