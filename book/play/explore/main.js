// Fills the four parts of the page, each by itself: where one lacks its data, the others still work.

import { chapter } from "./data.js";
import { layers } from "./layers.js";
import { steps } from "./steps.js";
import { strokes } from "./strokes.js";
import { affines } from "./values.js";

const PARTS = { values: ["values", affines], layers: ["fig7", layers], steps: ["fig9", steps], strokes: ["any_size", strokes] };

for (const [name, [from, fill]] of Object.entries(PARTS)) {
  const root = document.getElementById(`explore-${name}`);
  root.classList.add("ready"); // the script runs: what only waits for it may go
  chapter(from).then(data => fill(root, data)).then(
    () => root.setAttribute("aria-busy", "false"),
    error => {
      root.setAttribute("aria-busy", "false");
      root.classList.add("failed");
      root.querySelector(".explore-wrong").textContent = error.message;
      console.warn(error);
    },
  );
}
