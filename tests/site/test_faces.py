"""The editor of faces in a browser, through Voila: mouse, finger and keys paint, and the face follows.

With ZMLIB_SHOTS=FOLDER it is pictured there, as faces.1200.png and faces.400.png.
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

from apps import changed, fails, find, served, settled, shown, until
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from test_apps import AXE, window
from visit import keep, visit

from zmlib.data.images import open_image

STROKES = "return document.querySelectorAll('.zm-board .done > *').length"
SIDES = (1200, 400)


@pytest.fixture(scope="module")
def opened(browser: Any) -> Iterator[Any]:
    """The browser with the editor in it."""
    if find_spec("voila") is None:
        lacks = pytest.fail if os.environ.get("ZMLIB_BROWSER") == "required" else pytest.skip
        lacks('no Voila to serve the apps: pip install "zmlib[app]"')
    with served("faces") as address:
        faults = visit(browser, address)
        until(browser, lambda chrome: chrome.execute_script("return document.querySelector('.zm-board img')"), "none")
        assert not faults, "\n".join(faults)
        yield browser
        browser.get("about:blank")  # a page that is left tells its server, which must still be there


@pytest.fixture
def page(opened: Any) -> Any:
    """The editor as it was at first."""
    window(opened, (SIDES[0], 900))
    press(opened, "Reset")
    tool(opened, "Colour")
    time.sleep(0.5)
    settled(opened)
    return opened


def paint(browser: Any, *places: tuple[int, int]) -> None:
    """Press on the face, move, release: at pixels of the face."""
    face = find(browser, ".zm-face")
    scale = face.size["width"] / 64
    spots = [(round((x - 31.5) * scale), round((y - 31.5) * scale)) for x, y in places]
    chain = ActionChains(browser, duration=20).move_to_element_with_offset(face, *spots[0]).click_and_hold()
    for spot in spots[1:]:
        chain = chain.move_to_element_with_offset(face, *spot)
    chain.release().perform()


def tool(browser: Any, name: str) -> None:
    find(browser, ".zm-board fieldset label", name).click()


def press(browser: Any, text: str) -> None:
    find(browser, ".zm-board button", text).click()


def saved(browser: Any, folder: Path, button: str, ending: str) -> np.ndarray:
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    press(browser, button)
    until(browser, lambda _: list(folder.glob(f"*{ending}")), "no file")
    time.sleep(0.3)  # until it is whole
    return np.asarray(open_image(next(folder.glob(f"*{ending}"))))


def test_strokes_are_painted_followed_and_undone(page: Any, tmp_path: Path) -> None:
    none = shown(page)[1]
    one = changed(page, lambda: paint(page, (14, 12), (30, 9), (48, 14)))
    assert not np.array_equal(one, none) and page.execute_script(STROKES) == 1
    assert "pixels, painted in" in find(page, ".zm-board [role=status]").text
    tool(page, "Warp")
    two = changed(page, lambda: paint(page, (24, 44), (27, 44), (32, 44)))
    tool(page, "Sketch")
    changed(page, lambda: paint(page, (20, 44), (32, 47), (44, 44)))
    assert np.array_equal(changed(page, lambda: press(page, "Undo")), two)
    assert np.array_equal(changed(page, lambda: press(page, "Undo")), one)
    assert np.array_equal(saved(page, tmp_path, "Save 64 px", "64.png"), one)
    assert saved(page, tmp_path, "Save 512 px", "512.png").shape == (512, 512, 3)
    slider = page.find_elements("css selector", ".zm-slider input")[2]
    changed(page, lambda: slider.send_keys(Keys.ARROW_RIGHT))
    assert np.array_equal(changed(page, lambda: press(page, "Reset")), none) and page.execute_script(STROKES) == 0
    until(page, lambda chrome: slider.get_attribute("value") == "0", "the slider stays")
    severe = [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]
    assert not severe, "\n".join(severe)


def test_the_editor_fits_a_desk_and_a_phone(page: Any) -> None:
    changed(page, lambda: paint(page, (14, 12), (30, 9), (48, 14)))
    for side in SIDES:
        window(page, (side, 900))
        time.sleep(0.5)
        assert page.execute_script("return document.documentElement.scrollWidth") <= side
        if folder := os.environ.get("ZMLIB_SHOTS"):
            keep(page, Path(folder) / f"faces.{side}.png")
    window(page, (SIDES[0], 900))
    changed(page, lambda: press(page, "Undo"))


def test_the_keyboard_paints(page: Any) -> None:
    none = shown(page)[1]
    face = find(page, ".zm-face")
    page.execute_script("arguments[0].focus()", face)
    face.send_keys(Keys.ARROW_UP * 6 + " " + Keys.ARROW_RIGHT * 3 + Keys.ESCAPE)
    assert page.execute_script(STROKES) == 0 and page.execute_script(STROKES.replace("done", "now")) == 0
    changed(page, lambda: face.send_keys(" " + Keys.ARROW_RIGHT * 6 + Keys.ENTER))
    path = page.execute_script("return document.querySelector('.zm-board .done path').getAttribute('d')")
    assert path == "M35 26L37 26L39 26L41 26L41 26"
    assert find(page, ".zm-said").get_attribute("textContent") == "Brush up at 41, 26"
    assert np.array_equal(changed(page, lambda: face.send_keys(Keys.CONTROL + "z")), none)


def test_a_finger_paints_and_a_line_of_one_point_is_none(page: Any) -> None:
    tool(page, "Sketch")
    paint(page, (30, 30))
    assert page.execute_script(STROKES) == 0 and "contour" in find(page, ".zm-board [role=status]").text
    tool(page, "Colour")
    window(page, (400, 900))
    page.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.execute_script("document.querySelector('.zm-face').scrollIntoView({block: 'center'})")
    x, y, side = page.execute_script(
        "const box = document.querySelector('.zm-face').getBoundingClientRect(); return [box.x, box.y, box.width]"
    )

    def touch(kind: str, *places: tuple[float, float]) -> None:
        spots = [{"x": x + side * a, "y": y + side * b, "id": 1} for a, b in places]
        page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    def draw() -> None:
        touch("touchStart", (0.3, 0.2))
        for step in range(5):
            touch("touchMove", (0.3 + step / 20, 0.2 + step / 20))
        touch("touchEnd")

    before = page.execute_script("return scrollY")
    changed(page, draw)
    page.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert page.execute_script(STROKES) == 1 and page.execute_script("return scrollY") == before


def test_files_that_are_no_faces_are_said(page: Any, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    said = fails(page, lambda: page.find_element("css selector", ".zm-upload input").send_keys(str(notes)))
    assert said.startswith("notes.txt is not a picture")
    seen = changed(page, lambda: find(page, ".zm-gallery label", "face 4").click())
    assert seen.shape == (64, 64, 3)
    changed(page, lambda: find(page, ".zm-gallery label", "face 1").click())


def test_from_a_stroke_to_the_face(page: Any) -> None:
    watch = """const image = document.querySelector('.zm-board img'), seen = window.seen = [];
    document.querySelector('.zm-face').addEventListener('pointerup',
      () => { seen.length = 0; window.lifted = performance.now() }, true);
    image.addEventListener('load', () => seen.push(performance.now() - window.lifted));"""
    page.execute_script(watch)
    times = []
    for y in (10, 20, 30, 40, 50):
        changed(page, lambda y=y: paint(page, (16, y), (40, y)))
        until(page, lambda chrome: len(chrome.execute_script("return seen")) >= 2, "no preview, or no face")
        times.append(page.execute_script("return seen"))
    preview, whole = (statistics.median(one[i] for one in times) for i in (0, -1))
    print(f"faces: {preview:.0f} ms from the end of a stroke to the first picture, {whole:.0f} ms to the last")
    assert preview < 5000


def test_everybody_can_use_it(page: Any, axe: str) -> None:
    find(page, "button.widget-toggle-button").click()
    assert len(page.find_elements("css selector", ".zm-slider")) == 9
    assert all(one.is_displayed() for one in page.find_elements("css selector", ".zm-slider"))
    page.execute_script(axe)
    found = page.execute_async_script(AXE)
    assert not found, "\n".join(found)
