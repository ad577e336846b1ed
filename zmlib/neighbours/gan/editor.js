// A face to paint on with mouse, finger or keys. A finished stroke goes to Python, and the face follows.

const SIDE = 64; // pixels of the face
const GAP = 2; // pixels from one corner of a stroke to the next
const PATIENCE = 400; // ms, after which the line says that the face is on its way
const SVG = "http://www.w3.org/2000/svg";
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TOOLS = {
  colour: ["Colour", "Paint: under the brush the SHOWS takes this colour."],
  sketch: ["Sketch", "Draw a line: a contour will run along it."],
  warp: ["Warp", "Drag: what is under the brush moves there."],
};
const KEYS = "By keyboard: arrows move the brush, Space puts it down and lifts it, Escape drops the stroke.";

let number = 0;

function render({ model, el }) {
  const own = `zm-board-${Date.now()}-${number++}`;
  el.classList.add("zm-picture", "zm-board");
  const kinds = Object.entries(TOOLS).map(
    ([kind, [name]]) => `<label><input type="radio" name="${own}" value="${kind}"><span>${name}</span></label>`,
  );
  el.innerHTML = `<div class="zm-tools"><fieldset><legend>Brush</legend>${kinds.join("")}</fieldset>
      <label class="zm-of-colour">Its colour <input type="color"></label>
      <label class="zm-of-radius">Radius <input type="range" min="1" max="12" step="0.5"></label></div>
    <p class="zm-help" id="${own}"></p>
    <div class="zm-face" tabindex="0" role="application" aria-describedby="${own}"><img>
      <svg viewBox="-0.5 -0.5 64 64" aria-hidden="true"><g class="done"></g><g class="now"></g>
      <circle class="brush"/></svg></div>
    <p class="zm-line"><span class="zm-dot" aria-hidden="true"></span><span role="status"></span></p>
    <p class="zm-save"><button type="button" data-act="undo" title="Take the last stroke back">Undo</button>
      <button type="button" data-act="reset" title="No strokes, and all sliders at 0">Reset</button>
      <button type="button" data-save="64">Save 64 px</button>
      <button type="button" data-save="512">Save 512 px</button></p>
    <p class="zm-looks"><label><input type="checkbox" data-look="marks" checked> Show strokes</label>
      <label><input type="checkbox" data-look="smooth" checked> Smooth</label></p>
    <p class="zm-said" aria-live="polite"></p>`;
  const [face, image, done, now, brush, line, help, said, colour, radius] = [
    ".zm-face", "img", ".done", ".now", ".brush", "[role=status]", ".zm-help", ".zm-said", "[type=color]", "[type=range]",
  ].map((one) => el.querySelector(one));
  let address = null;
  let timer = null;
  let finger = null; // the pointer that paints
  let points = null; // of the stroke that is being painted
  let at = [32, 32]; // where the keys' brush is

  // The face, and the line that says how it stands: as in the widgets' canvas.js.
  function picture() {
    const old = address;
    address = URL.createObjectURL(new Blob([model.get("data")], { type: model.get("mime") }));
    image.src = address;
    const forget = () => URL.revokeObjectURL(old);
    if (old) image.decode().then(forget, forget);
  }
  function state() {
    const is = model.get("state");
    clearTimeout(timer);
    el.dataset.state = is;
    face.setAttribute("aria-busy", String(is === "busy"));
    const tell = () => (line.textContent = is === "busy" ? `The ${model.get("shows")} follows …` : model.get("status"));
    if (is === "busy") timer = setTimeout(tell, PATIENCE);
    else tell();
  }
  const named = () => (image.alt = model.get("alt"));

  function tools() {
    const tool = model.get("tool");
    const shows = model.get("shows");
    for (const one of el.querySelectorAll("[type=radio]")) one.checked = one.value === tool;
    colour.value = model.get("colour");
    radius.value = model.get("radius");
    radius.setAttribute("aria-valuetext", `${radius.value} pixels`);
    el.querySelector(".zm-of-colour").hidden = tool !== "colour";
    el.querySelector(".zm-of-radius").hidden = tool === "sketch"; // a line has no width
    help.textContent = `${TOOLS[tool][1].replace("SHOWS", shows)} ${KEYS}`;
    face.setAttribute("aria-label", `The ${shows} to paint on`);
    draw();
  }

  function add(parent, name, values) {
    const one = document.createElementNS(SVG, name);
    for (const key in values) one.setAttribute(key, values[key]);
    parent.append(one);
  }
  function mark(parent, stroke) {
    const ends = stroke.points;
    const path = `M${[...ends, ends.at(-1)].map((one) => one.join(" ")).join("L")}`;
    if (stroke.kind === "colour")
      return add(parent, "path", { class: "colour", d: path, stroke: stroke.colour, "stroke-width": 2 * stroke.radius });
    if (stroke.kind === "warp")
      for (const [i, [cx, cy]] of [ends[0], ends.at(-1)].entries())
        add(parent, "circle", { class: i ? "to" : "from", cx, cy, r: stroke.radius });
    add(parent, "path", { class: "under", d: path });
    add(parent, "path", { class: "over", d: path });
  }
  function draw() {
    done.replaceChildren();
    now.replaceChildren();
    for (const stroke of model.get("strokes")) mark(done, stroke);
    if (points) mark(now, stroke());
    const [cx, cy] = at;
    for (const [key, value] of Object.entries({ cx, cy, r: stroke([at]).radius ?? 1 })) brush.setAttribute(key, value);
    el.querySelector("[data-act=undo]").disabled = !model.get("strokes").length;
  }

  function stroke(of = points) {
    const kind = model.get("tool");
    if (kind === "sketch") return { kind, points: of };
    const one = { kind, points: kind === "warp" ? [of[0], of.at(-1)] : of, radius: model.get("radius") };
    return kind === "warp" ? one : { ...one, colour: model.get("colour") };
  }
  function extend(point, gap = GAP) {
    const [x, y] = points.at(-1);
    if (Math.hypot(point[0] - x, point[1] - y) >= gap) points.push(point);
  }
  function finish() {
    const one = stroke();
    points = null;
    if (one.kind !== "colour" && (one.points.length < 2 || String(one.points[0]) === String(one.points.at(-1)))) {
      said.textContent = line.textContent = TOOLS[one.kind][1];
    } else {
      model.set("strokes", [...model.get("strokes"), one]);
      model.save_changes();
    }
    draw();
  }
  function drop() {
    points = finger = null;
    draw();
  }
  function undo() {
    model.set("strokes", model.get("strokes").slice(0, -1));
    model.save_changes();
    draw();
  }

  function place(event) {
    const box = face.getBoundingClientRect();
    const within = (share) => Math.min(SIDE - 1, Math.max(0, Math.round(2 * (share * SIDE - 0.5)) / 2));
    return [within((event.clientX - box.x) / box.width), within((event.clientY - box.y) / box.height)];
  }
  face.addEventListener("pointerdown", (event) => {
    if (event.button || finger !== null) return;
    finger = event.pointerId;
    face.setPointerCapture(finger);
    points = [place(event)];
    draw();
  });
  face.addEventListener("pointermove", (event) => {
    if (event.pointerId !== finger) return;
    extend(place(event));
    draw();
  });
  face.addEventListener("pointerup", (event) => {
    if (event.pointerId !== finger) return;
    finger = null;
    extend(place(event), 0.5);
    finish();
  });
  face.addEventListener("pointercancel", drop);
  face.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    if (way) {
      at = at.map((one, i) => Math.min(SIDE - 1, Math.max(0, one + way[i] * (event.shiftKey ? 5 : 1))));
      if (points) extend(at);
      draw();
    } else if (event.key === " " || event.key === "Enter") {
      if (points) extend(at, 0.5), finish();
      else (points = [at]), draw();
    } else if (event.key === "Escape" && points) drop();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
    else return;
    event.preventDefault();
    said.textContent = `Brush ${points ? "down" : "up"} at ${at.join(", ")}`;
  });

  el.addEventListener("input", (event) => {
    const { type, value, checked, dataset } = event.target;
    if (dataset.look) return el.classList.toggle(`zm-no-${dataset.look}`, !checked);
    model.set({ radio: "tool", color: "colour", range: "radius" }[type], type === "range" ? Number(value) : value);
    model.save_changes();
    tools();
  });
  el.addEventListener("click", ({ target: { dataset } }) => {
    if (dataset.save) model.send({ save: Number(dataset.save) });
    if (dataset.act === "undo") undo();
    if (dataset.act === "reset") model.send({ reset: true });
  });
  const save = (message, buffers) => {
    if (!message.save) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([buffers[0]], { type: message.mime }));
    link.download = message.save;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  const heard = {
    "msg:custom": save,
    "change:data": picture,
    "change:alt": named,
    "change:state change:status": state,
    "change:tool change:colour change:radius change:shows": tools,
    "change:strokes": draw,
  };
  for (const [names, call] of Object.entries(heard)) model.on(names, call);
  picture();
  named();
  state();
  tools();
  return () => {
    for (const [names, call] of Object.entries(heard)) model.off(names, call);
    clearTimeout(timer);
    URL.revokeObjectURL(address);
  };
}

export default { render };
