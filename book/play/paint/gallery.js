// Pictures to choose one from, and a button and a place to drop for one's own. Radio buttons beneath, so that the keys
// and a screen reader work as everywhere.
import {open, openFrom} from "./pictures.js";

let galleries = 0;

// Fill a <fieldset class="paint-gallery">. shelf: [{name, title, small, large}], addresses of the pictures.
// own: what the button says. chosen: called with {key, name, title, canvas}; failed: with an Error.
// Gives {choose(name)}.
export function gallery(host, {shelf, own, chosen, failed}) {
  const group = `gallery-${(galleries += 1)}`;
  const row = host.querySelector(".paint-row");
  let newest = 0; // pictures take a moment to open; one chosen later counts

  async function take(make) {
    const mine = (newest += 1);
    try {
      const picture = await make();
      if (mine === newest) chosen(picture);
      return true;
    } catch (error) {
      if (mine === newest) failed(error);
      return false;
    }
  }

  function add({name, title, small}, make, checked) {
    const label = document.createElement("label");
    const [input, image] = [document.createElement("input"), document.createElement("img")];
    Object.assign(input, {type: "radio", name: group, value: name, checked});
    Object.assign(image, {src: small, alt: title, title, width: 72, height: 72});
    input.addEventListener("change", () => take(make));
    label.append(input, image);
    row.insertBefore(label, row.querySelector(".paint-own"));
    return input;
  }

  const samples = new Map(shelf.map(one => {
    const make = async () => ({key: one.large, name: one.name, ...await openFrom(one.large, one.title)});
    return [one.name, {make, input: add(one, make, false)}];
  }));

  let mine = null; // the radio button of one's own picture, once there is one
  async function read(file) {
    if (!file) return;
    const good = await take(async () => {
      const [key, name] = [`${file.name} ${file.size} ${file.lastModified}`, file.name.replace(/\.[^.]*$/, "")];
      const picture = {key, name, ...await open(file, file.name)};
      const thumb = thumbnail(picture.canvas);
      mine?.parentElement.remove();
      mine = add({name: "own", title: file.name, small: thumb}, async () => picture, true);
      return picture;
    });
    if (good) mine.checked = true;
  }

  const button = document.createElement("label");
  button.className = "paint-own";
  button.append(own, Object.assign(document.createElement("input"), {type: "file", accept: "image/*"}));
  const input = button.querySelector("input");
  input.setAttribute("aria-label", own);
  input.addEventListener("change", async () => {
    await read(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  row.append(button);

  host.addEventListener("dragover", event => {
    event.preventDefault();
    host.classList.add("over");
  });
  host.addEventListener("dragleave", event => host.contains(event.relatedTarget) || host.classList.remove("over"));
  host.addEventListener("drop", event => {
    event.preventDefault();
    host.classList.remove("over");
    read(event.dataTransfer.files[0]);
  });

  return {
    choose(name) {
      const {input, make} = samples.get(name);
      input.checked = true;
      return take(make);
    },
  };
}

function thumbnail(canvas) {
  const small = Object.assign(document.createElement("canvas"), {width: 96, height: 96});
  const side = Math.min(canvas.width, canvas.height);
  const pen = small.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(canvas, (canvas.width - side) / 2, (canvas.height - side) / 2, side, side, 0, 0, 96, 96);
  return small.toDataURL("image/jpeg", 0.85);
}
