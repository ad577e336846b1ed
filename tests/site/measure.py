"""What a page weighs, and how far its contents jump while it loads, as the reader's browser measures them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from visit import visit

# What every page shares is fetched once, and films and the network that paints only where a reader asks for them.
SHARED = ("_static/", "scripts/", "searchindex.js")
ASKED_FOR = (".mp4", ".onnx", ".wasm")

# The sizes are those of the files, even where the browser had one already.
LOADED = """
return performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
  .map(one => [one.name, one.encodedBodySize])"""
# A jump counts as the share of the window that moved, times how far. Jumps within a second of each other add up.
PAINTED = """
const done = arguments[0], seen = {jumps: 0, largest: 0};
let first = -Infinity, last = -Infinity, sum = 0;
new PerformanceObserver(list => list.getEntries().forEach(one => {
  if (one.startTime - last > 1000 || one.startTime - first > 5000) { first = one.startTime; sum = 0; }
  last = one.startTime;
  seen.jumps = Math.max(seen.jumps, sum += one.value);
})).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(list => list.getEntries().forEach(one => { seen.largest = one.startTime; }))
  .observe({type: "largest-contentful-paint", buffered: true});
setTimeout(() => done(seen), 100);
"""


def weights(browser: Any, address: str) -> dict[str, int]:
    """Bytes of the page itself and of each file that only it and its like need, by address below the site's."""
    visit(browser, address)
    found: dict[str, int] = {}
    for url, size in browser.execute_script(LOADED):
        path = urlsplit(url).path.lstrip("/")
        if not path.startswith(SHARED) and not path.endswith(ASKED_FOR):
            found[path] = size
    return found


def painted(browser: Any) -> tuple[float, float]:
    """Of the page that is open: its cumulative layout shift, and when its largest piece was painted, in seconds."""
    seen = browser.execute_async_script(PAINTED)
    return seen["jumps"], seen["largest"] / 1000
