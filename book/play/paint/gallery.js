// Pictures to choose one from, and a button and a place to drop for one's own. Radio buttons beneath, so that the keys
// and a screen reader work as everywhere.
import {open, openFrom} from "./pictures.js";

let galleries = 0;

// Fill a <fieldset class="paint-gallery">. shelf: [{name, title, small, large}], addresses of the pictures.
// own: what the button says. chosen: called with {key, name, title, canvas}; failed: with an Error.
// Gives {choose(name)}, which says whether it went well.
export function gallery(host, {shelf, own, chosen, failed}) {
  const group = `gallery-${(galleries += 1)}`;
  const row = host.querySelector(".paint-row");
  let newest = 0; // pictures take a moment to open; one that is chosen later counts
  let current = null; // the radio button of what was chosen last and could be opened

  // make: gives the picture. input: its radio button, or a function that makes one. Says whether the picture is taken.
  async function take(make, input) {
    const mine = (newest += 1);
    let picture = null;
    try {
      picture = await make();
    } catch (error) {
      if (mine !== newest) return false;
      if (current) current.checked = true;
      failed(error);
      return false;
    }
    const radio = typeof input === "function" ? input(picture) : input; // one's own picture stays to be chosen later
    if (mine !== newest) return false;
    radio.checked = true;
    current = radio;
    chosen(picture);
    return true;
  }

  function add({name, title, small}, make) {
    const label = document.createElement("label");
    const [input, image] = [document.createElement("input"), document.createElement("img")];
    Object.assign(input, {type: "radio", name: group, value: name});
    Object.assign(image, {src: small, alt: title, title, width: 72, height: 72});
    input.addEventListener("change", () => take(make, input));
    label.append(input, image);
    row.insertBefore(label, row.querySelector(".paint-own"));
    return input;
  }

  const samples = new Map(shelf.map(one => {
    const make = async () => ({key: one.large, name: one.name, ...await openFrom(one.large, one.title)});
    return [one.name, {make, input: add(one, make)}];
  }));

  let mine = null; // the radio button of one's own picture, once there is one
  function read(file) {
    if (!file) return;
    const [key, name] = [`${file.name} ${file.size} ${file.lastModified}`, file.name.replace(/\.[^.]*$/, "")];
    take(async () => ({key, name, ...await open(file, file.name)}), picture => {
      mine?.parentElement.remove();
      mine = add({name: "own", title: file.name, small: thumbnail(picture.canvas)}, async () => picture);
      return mine;
    });
  }

  const button = document.createElement("label");
  button.className = "paint-own";
  button.append(own, Object.assign(document.createElement("input"), {type: "file", accept: "image/*"}));
  const input = button.querySelector("input");
  input.setAttribute("aria-label", own);
  input.addEventListener("change", () => {
    read(input.files[0]);
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
      return take(make, input);
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
