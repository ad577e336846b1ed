// A plane with a point to drag: of words, or of styles at the corners of a square.
//
// An anywidget (the default export), and a plain function (`plane`) for pages that have no kernel. It asks for nothing
// from elsewhere, and its size is that of the element that it is put into.

const SVG = "http://www.w3.org/2000/svg";
const HANDLE = 11; // px, the handle's radius
const PICTURE = 44; // px, the side of a point's picture
const LINE = 18; // px, the height of a label
const GAP = 4; // px, between a label and whatever it must not touch
const STEPS = 50; // an arrow key moves by the plane's width over so many; with Shift by five of them
const CLICK = 4; // px; a pointer that moved less has clicked
const TAP = 10; // px; a finger that moved less has tapped
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Colours are those of the book's theme, of Jupyter, or of the system, whichever is there.
const STYLE = `
.zm-plane { --ink: var(--pst-color-text-base, var(--jp-content-font-color1, CanvasText));
  --ground: var(--pst-color-background, var(--jp-layout-color1, Canvas));
  --line: var(--pst-color-border, var(--jp-border-color1, #9aa0a6));
  --accent: var(--pst-color-primary, var(--jp-brand-color1, #0b7285));
  position: relative; width: 100%; touch-action: pan-y pinch-zoom; user-select: none; -webkit-user-select: none; cursor: crosshair }
.zm-plane svg { display: block; width: 100%; font: 13px/1 system-ui, sans-serif; overflow: hidden }
.zm-plane .area { fill: var(--ground); stroke: var(--line) }
.zm-plane .grid { stroke: var(--line); stroke-dasharray: 2 5; opacity: .7 }
.zm-plane circle { fill: var(--ink); opacity: .55 }
.zm-plane .strong circle { fill: var(--accent); opacity: 1 }
.zm-plane text { fill: var(--ink); stroke: var(--ground); stroke-width: 3px; paint-order: stroke; cursor: pointer }
.zm-plane .strong text { font-weight: 700 }
.zm-plane .pick { cursor: pointer }
.zm-plane .edge { fill: none; stroke: var(--line) }
.zm-plane-handle { position: absolute; box-sizing: border-box; width: ${2 * HANDLE}px; height: ${2 * HANDLE}px;
  margin: -${HANDLE}px 0 0 -${HANDLE}px; border: 3px solid #fff; border-radius: 50%; background: var(--accent);
  box-shadow: 0 0 0 1.5px #0009, 0 1px 5px #0008; cursor: grab; touch-action: none }
.zm-plane-handle:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
.zm-plane.dragged, .zm-plane.dragged * { cursor: grabbing }
@media (forced-colors: active) { .zm-plane-handle { background: Highlight; forced-color-adjust: none } }
`;

/**
 * Put a plane into `host`.
 *
 * points: [{x, y, label, picture?, strong?}] in the plane's units, y up; picture is an address, strong sets it off.
 * extent: [x0, y0, x1, y1], what is shown. at: [x, y], the point to drag. name: for screen readers.
 * onmove: called with ([x, y], done) while the point moves, and with done = true where it came to rest.
 *
 * A finger drags from the handle; elsewhere it taps, or scrolls the page.
 *
 * Returns {move([x, y]), show(points), close()}; none calls onmove, and close takes the plane away.
 */
export function plane(host, { points, at, extent, name, onmove }) {
  const [x0, y0, x1, y1] = extent;
  const box = host.ownerDocument.createElement("div");
  box.className = "zm-plane";
  box.innerHTML = `<style>${STYLE}</style><svg aria-hidden="true" focusable="false"></svg>
    <div class="zm-plane-handle" role="slider" tabindex="0" aria-roledescription="point in a plane"></div>`;
  host.append(box);
  const svg = box.querySelector("svg");
  const handle = box.querySelector(".zm-plane-handle");
  handle.setAttribute("aria-label", name);
  handle.setAttribute("aria-valuemin", x0);
  handle.setAttribute("aria-valuemax", x1);

  let here = clamp(at);
  let drawn = { labels: [], px: (p) => p, at: (p) => p }; // what is on the screen, and the way between px and units
  let held = null; // the pointer that drags, or the finger that may tap: {id, from, offset, still, tap}
  let byKey = false;

  function clamp([x, y]) {
    return [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
  }

  function place() {
    const [x, y] = drawn.px(here);
    handle.style.left = `${x}px`;
    handle.style.top = `${y}px`;
    const near = nearest(points, here);
    handle.setAttribute("aria-valuenow", here[0].toFixed(2));
    const where = `${here[0].toFixed(2)} across, ${here[1].toFixed(2)} up`;
    handle.setAttribute("aria-valuetext", near ? `${where}, nearest to ${near.label}` : where);
    makeWay(drawn.labels, around([x, y], HANDLE + GAP), drawn.size);
  }

  function go(to, done) {
    here = clamp(to);
    place();
    onmove([...here], done);
  }

  function draw() {
    const width = Math.round(box.clientWidth);
    if (!width) return; // not shown yet; the observer calls again
    drawn = paint(svg, width, points, extent);
    place();
  }

  function spotOf(event) {
    const frame = svg.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  box.addEventListener("pointerdown", (event) => {
    if (event.button || held) return;
    event.preventDefault(); // no selecting of text, no dragging of pictures
    box.setPointerCapture(event.pointerId);
    const word = event.target.closest("[data-point]");
    const spot = spotOf(event);
    const start = word ? [points[word.dataset.point].x, points[word.dataset.point].y] : drawn.at(spot);
    // The handle is taken where it was touched, and does not jump.
    const offset = event.target === handle ? drawn.px(here).map((v, i) => v - spot[i]) : [0, 0];
    held = { id: event.pointerId, from: spot, offset, still: word !== null || event.target === handle };
    if (["touch", "pen"].includes(event.pointerType) && event.target !== handle) {
      held.tap = start; // unless it scrolls
      return;
    }
    handle.focus({ preventScroll: true });
    box.classList.add("dragged");
    if (event.target !== handle) go(start, false);
  });
  box.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.id) return;
    const spot = spotOf(event);
    const way = Math.hypot(spot[0] - held.from[0], spot[1] - held.from[1]);
    if ("tap" in held) {
      if (way >= TAP) held.tap = null;
      return;
    }
    if (held.still && way < CLICK) return;
    held.still = false;
    go(drawn.at([spot[0] + held.offset[0], spot[1] + held.offset[1]]), false);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    box.addEventListener(end, (event) => {
      if (event.pointerId !== held?.id) return;
      const { tap } = held;
      held = null;
      box.classList.remove("dragged");
      if (tap === undefined) go(here, true);
      else if (tap && end === "pointerup") {
        handle.focus({ preventScroll: true });
        go(tap, true);
      }
    });
  }

  handle.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = ((x1 - x0) / STEPS) * (event.shiftKey ? 5 : 1);
    const turn = { PageDown: 1, PageUp: -1 }[event.key]; // from word to word, in the order of the points
    if (KEYS[event.key]) go(here.map((v, i) => v + step * KEYS[event.key][i]), false);
    else if (turn && points.length) {
      const now = points.indexOf(nearest(points, here));
      const next = points[(now + turn + points.length) % points.length];
      go([next.x, next.y], false);
    } else return;
    byKey = true;
    event.preventDefault(); // the page does not scroll
    event.stopPropagation(); // nor does a notebook take the key for its own
  });
  const rest = () => {
    if (byKey) go(here, true);
    byKey = false;
  };
  handle.addEventListener("keyup", rest);
  handle.addEventListener("blur", rest);

  draw();
  const watch = new ResizeObserver(() => box.clientWidth !== drawn.size?.[0] && draw());
  watch.observe(box);
  return {
    move(to) {
      if (held) return; // whoever drags it knows better
      here = clamp(to);
      place();
    },
    show(others) {
      points = others;
      draw();
    },
    close() {
      watch.disconnect();
      box.remove();
    },
  };
}

function nearest(points, [x, y]) {
  const far = (p) => Math.hypot(p.x - x, p.y - y);
  return points.reduce((best, p) => (!best || far(p) < far(best) ? p : best), null);
}

/** Draw everything but the handle; its labels, its size in px, and the functions between px and the plane's units. */
function paint(svg, width, points, [x0, y0, x1, y1]) {
  const pictured = points.some((p) => p.picture);
  const side = pictured ? PICTURE / 2 + GAP : HANDLE + GAP;
  const above = pictured ? side + LINE : side;
  const scale = (width - 2 * side) / (x1 - x0);
  const height = Math.round((y1 - y0) * scale + 2 * above);
  const px = ([x, y]) => [side + (x - x0) * scale, above + (y1 - y) * scale];
  const at = ([left, top]) => [x0 + (left - side) / scale, y1 - (top - above) / scale];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren();
  const [left, top] = px([x0, y1]);
  const [right, bottom] = px([x1, y0]);
  add(svg, "rect", { class: "area", x: left, y: top, width: right - left, height: bottom - top, rx: 4 });
  const middle = [(left + right) / 2, (top + bottom) / 2];
  add(svg, "path", { class: "grid", d: `M${left} ${middle[1]}H${right}M${middle[0]} ${top}V${bottom}` });
  const groups = points.map((point, i) => mark(svg, point, i, px([point.x, point.y])));
  const taken = points.map((p) => around(px([p.x, p.y]), p.picture ? PICTURE / 2 : 3));
  const labels = [];
  // The strong ones choose their places first; of the others, one that finds none is left to its dot.
  const order = points.map((_, i) => i).sort((i, j) => Boolean(points[j].strong) - Boolean(points[i].strong));
  for (const i of order) {
    if (!points[i].label) continue;
    const text = add(groups[i], "text", { "data-point": i, "text-anchor": "middle" });
    text.textContent = points[i].label;
    const size = [text.getComputedTextLength() + 2, LINE];
    const up = px([points[i].x, points[i].y])[1] < middle[1];
    const places = beside4(px([points[i].x, points[i].y]), size, points[i].picture ? up : null);
    const others = taken.filter((_, j) => j !== i);
    const free = places.find((one) => inside(one, [width, height]) && !others.some((other) => hits(one, other)));
    if (!free && !points[i].strong && !points[i].picture) {
      text.remove();
      continue;
    }
    const chosen = free ?? keepIn(places[0], [width, height]);
    taken.push(chosen);
    labels.push({ text, box: chosen });
    write(text, chosen);
  }
  return { labels, px, at, size: [width, height] };
}

/** A point's dot or picture, in a group of its own. */
function mark(svg, point, i, [x, y]) {
  const group = add(svg, "g", { class: point.strong ? "strong" : "", "data-name": point.label ?? "" });
  if (point.picture) {
    const frame = { x: x - PICTURE / 2, y: y - PICTURE / 2, width: PICTURE, height: PICTURE };
    const shown = { ...frame, href: point.picture, class: "pick", "data-point": i };
    add(group, "image", { ...shown, preserveAspectRatio: "xMidYMid slice" });
    add(group, "rect", { ...frame, class: "edge" });
  } else {
    add(group, "circle", { cx: x, cy: y, r: point.strong ? 4.5 : 3 });
    // A finger is wider than a dot.
    const touch = add(group, "circle", { cx: x, cy: y, r: 9, "data-point": i, class: "pick", style: "opacity: 0" });
    add(touch, "title", {}).textContent = point.label ?? "";
  }
  return group;
}

function add(parent, kind, attributes) {
  const element = document.createElementNS(SVG, kind);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// Boxes are [left, top, right, bottom] in px.

function around([x, y], radius) {
  return [x - radius, y - radius, x + radius, y + radius];
}

/** Places for a label: right, left, above and below of a dot; above (up) or below of a picture. */
function beside4([x, y], [width, height], up) {
  const off = up === null ? 8 : PICTURE / 2 + GAP / 2;
  const beside = (left, top) => [left, top, left + width, top + height];
  const over = beside(x - width / 2, y - off - height);
  const under = beside(x - width / 2, y + off);
  if (up !== null) return up ? [over, under] : [under, over];
  return [beside(x + off, y - height / 2), beside(x - off - width, y - height / 2), over, under];
}

function hits(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function inside(box, [width, height]) {
  return box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height;
}

function moved(box, dx, dy) {
  return [box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy];
}

function keepIn(box, [width, height]) {
  const shift = (low, high, most) => Math.max(-low, 0) || Math.min(most - high, 0);
  return moved(box, shift(box[0], box[2], width), shift(box[1], box[3], height));
}

function write(text, box) {
  text.setAttribute("x", (box[0] + box[2]) / 2);
  text.setAttribute("y", (box[1] + box[3]) / 2 + 4.5);
}

/** Move the labels that the handle would cover, by as little as does; the others go back to their places. */
function makeWay(labels, handle, size) {
  for (const { text, box } of labels) {
    if (!hits(box, handle)) {
      write(text, box);
      continue;
    }
    const ways = [
      moved(box, handle[2] - box[0], 0),
      moved(box, handle[0] - box[2], 0),
      moved(box, 0, handle[3] - box[1]),
      moved(box, 0, handle[1] - box[3]),
    ].filter((way) => inside(way, size));
    const far = (way) => Math.abs(way[0] - box[0]) + Math.abs(way[1] - box[1]);
    const crowd = (way) => labels.filter((other) => other.text !== text && hits(other.box, way)).length;
    ways.sort((a, b) => crowd(a) - crowd(b) || far(a) - far(b));
    write(text, ways[0] ?? box);
  }
}

/** The anywidget: `at` and `done` go to Python as the point moves. */
function render({ model, el }) {
  const build = () =>
    plane(el, {
      points: model.get("points"),
      at: model.get("at"),
      extent: model.get("extent"),
      name: model.get("name"),
      onmove(at, done) {
        model.set({ at, done });
        model.save_changes();
      },
    });
  let shown = build();
  const answers = {
    "change:at": () => shown.move(model.get("at")),
    "change:points": () => shown.show(model.get("points")),
    "change:extent": () => {
      shown.close();
      shown = build();
    },
  };
  for (const [change, answer] of Object.entries(answers)) model.on(change, answer);
  return () => {
    for (const [change, answer] of Object.entries(answers)) model.off(change, answer);
    shown.close();
  };
}

export default { render };
