// The plane of words: a point to drag, and a field for words that are not written on it.
import {plane} from "../plane.js";

// Fill the hosts. about: "words" of model.json; table: the address of all known words. moved(place, name): the reader
// has chosen. failed: called with an Error.
export function words({map, form}, about, table, {moved, failed}) {
  const trained = new Set(about.trained);
  const points = about.shown.map(({word, x, y}) => ({x, y, label: word, strong: trained.has(word)}));
  const start = points.find(point => point.label === "night");
  const near = ([x, y]) => points.find(point => Math.hypot(point.x - x, point.y - y) < 1e-3)?.label;
  const name = place => near(place) ?? `${place[0].toFixed(2)} ${place[1].toFixed(2)}`;
  const drawn = plane(map, {
    points, at: [start.x, start.y], extent: about.extent, name: "A place in the plane of words",
    onmove: place => moved([...place], name(place)),
  });
  let all = null;
  form.addEventListener("submit", async event => {
    event.preventDefault();
    const word = form.elements.word.value.trim().toLowerCase();
    if (!word) return;
    try {
      all ??= await (await fetch(table)).json();
    } catch {
      return failed(new Error("The list of words could not be loaded from the site: reload the page."));
    }
    if (!Object.hasOwn(all, word)) {
      return failed(new Error(`“${word}” is not among the ${Object.keys(all).length.toLocaleString("en")} words that are known here: take another.`));
    }
    drawn.move(all[word]); // to the edge, for the few words beyond it
    moved(all[word], word);
  });
  return {place: [start.x, start.y], name: start.label};
}
