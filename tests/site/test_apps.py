"""Each widget app in a browser through Voila: it loads, it answers, its pictures are right, and errors are sentences.

With ZMLIB_SHOTS=FOLDER each app is pictured there, as app-NAME.desktop.png and app-NAME.phone.png.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("selenium")

from apps import changed, drag, fails, find, latency, press, served, settled, shown, until
from selenium.webdriver.support.select import Select
from visit import BOOK, DESKTOP, PHONE, keep, visit

import zmlib
from zmlib import fast
from zmlib.cli.app import TITLES
from zmlib.data import samples
from zmlib.stylize import encode_style
from zmlib.widgets.mixing import bilinear

ARROWS = {"right": "\ue014", "up": "\ue013", "next": "\ue00f"}
AXE = """
const done = arguments[0], told = one => `${one.help}: ${one.nodes.map(node => node.html.slice(0, 120)).join(" | ")}`;
axe.run().then(result => done(result.violations.map(told)), error => done([String(error)]));
"""
CHINA = samples.photos()["china"]


@pytest.fixture(scope="module", params=["stylize", "mix", "words"])
def app(request: pytest.FixtureRequest, browser: Any) -> Iterator[tuple[str, str]]:
    """An app's name and address."""
    if find_spec("voila") is None:
        lacks = pytest.fail if os.environ.get("ZMLIB_BROWSER") == "required" else pytest.skip
        lacks('no Voila to serve the apps: pip install "zmlib[app]"')
    with served(request.param) as address:
        yield request.param, address
        browser.get("about:blank")  # a page that is left tells its server, which must still be there


@pytest.fixture
def page(app: tuple[str, str], browser: Any) -> str:
    """The app's name; it is open in the browser, and its first picture is there."""
    name, address = app
    window(browser, DESKTOP)
    began = time.monotonic()
    faults = visit(browser, address)
    until(browser, lambda chrome: chrome.execute_script("return document.querySelector('.zm-picture img')"), "no app")
    print(f"{name}: {time.monotonic() - began:.1f} s from the address to the picture")
    assert not faults, "\n".join(faults)
    return name


def window(browser: Any, size: tuple[int, int]) -> None:
    device = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)


def own(*words: Any, **options: Any) -> np.ndarray:
    """What the function gives, computed as the server does."""
    with fast.using(None):
        return np.asarray(zmlib.stylize(*words, **options))


def becomes(browser: Any, wanted: np.ndarray) -> None:
    """Wait until the picture is that one, to 1 of 256: another number of threads sums in another order."""

    def there(_: Any) -> bool:
        seen = settled(browser)
        return seen.shape == wanted.shape and int(np.abs(seen.astype(int) - wanted).max()) <= 1

    until(browser, there, "the picture is not the function's")


def test_an_app_in_a_browser(page: str, browser: Any, tmp_path: Path) -> None:
    assert browser.title == TITLES[page] and find(browser, "h1").text == TITLES[page]
    first = settled(browser)
    {"stylize": _stylize, "mix": _mix, "words": _words}[page](browser)
    assert not np.array_equal(settled(browser), first)
    if page == "mix":
        _a_style_of_ones_own(browser, tmp_path)
    _another_photo(browser)
    _an_upload_that_is_no_picture(browser, tmp_path)
    _an_upload(browser, tmp_path)
    _saved(browser, tmp_path)
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe, "\n".join(severe)
    shots = os.environ.get("ZMLIB_SHOTS")
    for form, size in {"desktop": DESKTOP, "phone": PHONE}.items():
        window(browser, size)
        time.sleep(0.5)  # the plane is redrawn
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= size[0], f"{form}: the page is {wide} px wide"
        if shots:
            keep(browser, Path(shots) / f"app-{page}.{form}.png")


def test_everybody_can_use_an_app(page: str, browser: Any, axe: str) -> None:
    settled(browser)
    browser.execute_script(axe)
    found = browser.execute_async_script(AXE)
    assert not found, "\n".join(found)


@pytest.mark.browser
def test_the_chapter_leads_to_the_page_that_paints() -> None:
    chapter = BOOK / "_build" / "html" / "executed" / "apps.html"
    if not chapter.is_file():
        pytest.skip(f"{chapter.name} is not built")
    stills = chapter.read_text(encoding="utf-8").split('class="zmlib-still"')[1:]
    assert len(stills) == 3
    for one in stills:
        assert one.split("</p>")[0].count('<a href="../play.html">Paint your own photo</a>') == 1
    assert (chapter.parent / "../play.html").is_file()


def _stylize(browser: Any) -> None:
    changed(browser, lambda: find(browser, ".zm-gallery label", "wave").click())
    with fast.using(None):
        affine = encode_style(zmlib.load("styles"), samples.styles()["wave"])
    becomes(browser, own(CHINA, affine, size=256))
    changed(browser, lambda: find(browser, ".widget-checkbox label", "Style in layers 7–9").click())
    becomes(browser, own(CHINA, affine.off([7, 8, 9]), size=256))
    changed(browser, lambda: find(browser, ".zm-slider input").send_keys("\ue012"))  # left: 0.95
    becomes(browser, own(CHINA, affine.off([7, 8, 9]), size=256, strength=0.95))


def _mix(browser: Any) -> None:
    names = [one.text for one in browser.find_elements("css selector", ".zm-plane text")]
    styles = [samples.styles()[name] for name in names]
    changed(browser, lambda: drag(browser))
    found = latency(browser, [(-60, -40), (50, 30), (-20, 60), (70, -50), (0, 10)])
    _tell("mix", found)
    browser.refresh()
    until(browser, lambda chrome: chrome.execute_script("return document.querySelector('.zm-plane-handle')"), "no app")
    settled(browser)
    x = y = 0.5
    for _ in range(3):
        x, y = x + 0.02, y + 0.02
    moves = [ARROWS["right"]] * 3 + [ARROWS["up"]] * 3
    changed(browser, lambda: press(browser, *moves))
    becomes(browser, own(CHINA, styles, weights=bilinear(x, y), size=256))
    corner = find(browser, ".zm-plane [data-name='wave'] image")
    changed(browser, corner.click)
    becomes(browser, own(CHINA, samples.styles()["wave"], size=256))


def _a_style_of_ones_own(browser: Any, folder: Path) -> None:
    """It goes to the first corner; the other corners and their lists stay."""
    lists = "return [...document.querySelectorAll('.widget-dropdown select')].map(one => one.selectedOptions[0]?.text)"
    before = browser.execute_script(lists)
    samples.styles()["meadow"].save(folder / "mine.png")
    browser.find_elements("css selector", ".zm-upload input")[0].send_keys(str(folder / "mine.png"))
    until(browser, lambda chrome: chrome.execute_script(lists) == ["mine", *before[1:]], "the lists do not say it")
    assert [one.text for one in browser.find_elements("css selector", ".zm-plane text")] == ["mine", *before[1:4]]
    settled(browser)
    size = Select(browser.find_elements("css selector", ".widget-dropdown select")[-2])  # the last chooses strokes
    size.select_by_visible_text("as the photo")
    until(browser, lambda _: settled(browser).shape == np.asarray(CHINA).shape, "not of the photo's size")
    assert size.first_selected_option.text == "as the photo"
    size.select_by_visible_text("256 px")
    until(browser, lambda _: settled(browser).shape[0] == 256, "not of the size that is chosen")


def _words(browser: Any) -> None:
    net = zmlib.load("words")
    changed(browser, lambda: drag(browser))
    _tell("words", latency(browser, [(-60, -40), (50, 30), (-20, 60), (70, -50), (0, 10)]))
    for word in ("noon", "sunset"):  # a click on the label goes to the word
        changed(browser, find(browser, ".zm-plane text", word).click)
        becomes(browser, own(CHINA, net.encode(word), model=net, size=256))
    field = find(browser, ".widget-text input")
    said = fails(browser, lambda: field.send_keys("nihgt\n"))
    assert said.startswith('The word "nihgt" is not among') and "did you mean night" in said
    field.clear()
    changed(browser, lambda: field.send_keys("thunder\n"))
    becomes(browser, own(CHINA, net.encode("thunder"), model=net, size=256))
    find(browser, ".zm-plane text", "thunder")


def _tell(name: str, found: list[tuple[float, float]]) -> None:
    preview, whole = (statistics.median(times) for times in zip(*found, strict=True))
    print(f"{name}: a new picture {preview:.0f} ms after the touch, the whole one {whole:.0f} ms ({len(found)} times)")
    assert preview < 5000


def _another_photo(browser: Any) -> None:
    seen = changed(browser, lambda: find(browser, ".zm-gallery label", "rocket").click())
    assert seen.shape[:2] == (256, 384)


def _an_upload_that_is_no_picture(browser: Any, folder: Path) -> None:
    notes = folder / "notes.txt"
    notes.write_text("no picture at all")
    for upload in browser.find_elements("css selector", ".zm-upload input"):
        said = fails(browser, lambda upload=upload: upload.send_keys(str(notes)))
        assert said.startswith("notes.txt is not a picture that can be read here")
        changed(browser, lambda: find(browser, ".zm-gallery label", "rocket").click() or _other_photo(browser))


def _other_photo(browser: Any) -> None:
    """Whichever sample is not chosen."""
    chosen = browser.execute_script("return document.querySelector('.zm-gallery input[value=coffee]').checked")
    find(browser, ".zm-gallery label", "chelsea" if chosen else "coffee").click()


def _an_upload(browser: Any, folder: Path) -> None:
    """More than a notebook's server takes in one message."""
    large = folder / "large.bmp"
    CHINA.resize((2400, 1600)).save(large)
    assert large.stat().st_size > 11_000_000
    upload = browser.find_elements("css selector", ".zm-upload input")[-1]
    seen = changed(browser, lambda: upload.send_keys(str(large)))
    assert seen.shape[:2] == (256, 384)
    assert browser.execute_script("return document.querySelector('.zm-gallery input[value=large]').checked")


def _saved(browser: Any, folder: Path) -> None:
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    find(browser, ".zm-save button", "Save as PNG").click()
    until(browser, lambda _: list(folder.glob("large*.png")), "no file")
    time.sleep(0.3)  # until it is whole
    file = next(folder.glob("large*.png"))
    assert np.array_equal(zmlib.data.images.open_image(file), shown(browser)[1])
