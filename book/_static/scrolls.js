// A table, an equation or a diagram that is wider than its place scrolls there; the keyboard must reach it, and only then.
// The theme does the same for code.
const SCROLLS = ".pst-scrollable-table-container, div.math, .zmlib-scrolls";

function offer(place) {
  if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
  else place.removeAttribute("tabindex");
}

document.addEventListener("DOMContentLoaded", () => {
  const resized = new ResizeObserver(entries => entries.forEach(entry => offer(entry.target)));
  document.querySelectorAll(SCROLLS).forEach(place => resized.observe(place));
});
