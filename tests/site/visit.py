"""What a reader's browser shows of a page: each function lists what is wrong with it, nothing where all is well."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: The book, or the one that ZMLIB_BOOK names: a folder with _toc.yml and _build/html.
BOOK = Path(os.environ.get("ZMLIB_BOOK") or Path(__file__).parents[2] / "book").resolve()

DESKTOP, PHONE = (1280, 900), (390, 844)
LARGEST = 16_000  # pixels of height that Chromium can paint at once

# Done when formulas are typeset and pictures are read, also those that wait for being scrolled to. From then on nothing
# glides to its place: it is there.
SETTLED = """
const done = arguments[0], still = document.createElement("style");
still.textContent = "*, *::before, *::after { transition: none !important }";
document.head.append(still);
const pictures = [...document.images].map(one => { one.loading = "eager"; return one.decode().catch(() => null) });
Promise.all([window.MathJax?.startup?.promise, document.fonts.ready, ...pictures]).then(() => done(), () => done());
"""
# A page's script may have added pictures since it was settled: they are waited for too.
SEEN = """
const done = arguments[0], pictures = [...document.images];
Promise.all(pictures.map(one => { one.loading = "eager"; return one.decode().catch(() => null) })).then(() => done({
  pictures: pictures.map(one => [one.src, one.naturalWidth, one.alt]),
  formulas: [...document.querySelectorAll(".math")].map(one => [
    one.textContent.trim(), !!one.querySelector("mjx-container"), !!one.querySelector("mjx-merror, [data-mjx-error]")]),
}));"""
FILMS = """
const done = arguments[0];
const tried = film => new Promise(tell => {
  if (!film.canPlayType('video/mp4; codecs="avc1.64001f"')) tell(null);
  film.onloadeddata = () => tell(film.videoWidth && film.duration > 0 ? null : `${film.src} shows nothing`);
  film.onerror = () => tell(`${film.src} does not play: ${film.error.message}`);
  film.preload = "auto";
  film.load();
});
Promise.all([...document.querySelectorAll("video")].map(tried)).then(all => done(all.filter(one => one)));
"""
EXTENT = "const all = document.documentElement; return [all.clientWidth, all.scrollHeight]"
WIDE = """
const width = arguments[0], page = document.documentElement.scrollWidth;
const scrolls = one => one && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
if (page <= width) return [];
return [...document.querySelectorAll("article *")]
  .filter(one => one.getBoundingClientRect().right > width && !scrolls(one.parentElement))
  .map(one => `${one.outerHTML.slice(0, 90)} ends at ${Math.round(one.getBoundingClientRect().right)} px`)
  .slice(0, 8).concat([`the page is ${page} px wide`])"""


def visit(browser: Any, address: str) -> list[str]:
    """Open a page and wait until it is settled; what its console calls an error, and requests that failed or left."""
    browser.get_log("browser"), browser.get_log("performance")  # read once, gone: what earlier pages left
    browser.get(address)
    browser.execute_async_script(SETTLED)
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    return errors + traffic(browser.get_log("performance"), urlsplit(address).netloc)


def traffic(log: list[dict[str, Any]], host: str) -> list[str]:
    """Requests in Chromium's log that failed or went to another host than this one."""
    wrong, asked = [], {}
    for entry in log:
        event = json.loads(entry["message"])["message"]
        number, what = event["params"].get("requestId"), event["params"]
        if event["method"] == "Network.requestWillBeSent":
            asked[number] = url = what["request"]["url"]
            own = urlsplit(url).scheme in ("data", "blob", "chrome", "chrome-untrusted")  # the page's and the browser's
            if not own and urlsplit(url).netloc != host:
                wrong.append(f"asks another host: {url}")
        elif event["method"] == "Network.responseReceived" and what["response"]["status"] >= 400:
            wrong.append(f"{what['response']['status']}: {what['response']['url']}")
        elif event["method"] == "Network.loadingFailed" and number in asked and not what.get("canceled"):
            wrong.append(f"{what['errorText']}: {asked.get(number)}")
    return wrong


def unseen(browser: Any) -> list[str]:
    """Pictures that do not show or say nothing to the blind, and formulas that are not typeset."""
    seen = browser.execute_async_script(SEEN)
    wrong = [f"the picture {source[-80:]} does not show" for source, width, _ in seen["pictures"] if not width]
    wrong += [f"the picture {source[-80:]} has no alternative text" for source, _, alt in seen["pictures"] if not alt]
    wrong += [f"the formula {text[:60]} is not typeset" for text, typeset, _ in seen["formulas"] if not typeset]
    return wrong + [f"MathJax finds a fault in {text[:60]}" for text, _, fault in seen["formulas"] if fault]


def unplayed(browser: Any) -> list[str]:
    """Films that do not play; none where the browser plays no MP4 at all, as a Chromium without its codecs."""
    return browser.execute_async_script(FILMS)


def too_wide(browser: Any, size: tuple[int, int]) -> list[str]:
    """What makes the page scroll sideways in a window of this size, which is set."""
    width, height = size
    device = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    return browser.execute_script(WIDE, width)


def keep(browser: Any, path: Path) -> None:
    """Save a picture of the whole page, as long as it is."""
    width, height = browser.execute_script(
        "const all = document.documentElement; return [all.clientWidth, all.scrollHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, LARGEST), "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(shot["data"]))
