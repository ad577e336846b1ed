"""The page of blind choices, by real clicks and keys: nothing is named before the end, and the tally is the reader's.

With ZMLIB_SHOTS=FOLDER the page is pictured there in use, on a desk and on a phone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from choosing import (
    CHOICES,
    DATA,
    FORGET,
    SHOWN,
    bout,
    click,
    data,
    key,
    opened,
    part,
    press,
    shows,
    table,
    through,
    until,
)
from PIL import Image
from visit import BOOK, DESKTOP, PHONE, keep, too_wide, unseen, visit

NAMES = ("zm-?net", "adain", "ost", "fst", "cin")
BUDGET = 1_500_000  # bytes of all pictures


@pytest.fixture
def page(browser: Any, top: str) -> Any:
    if not DATA.is_dir():
        pytest.skip("figures/blind keeps no pictures yet: notebooks/release.py makes them")
    return opened(browser, top)


@pytest.fixture
def built() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"{BOOK.name}/_build/html has no play/data/blind: `make book` builds it from figures/blind")
    return DATA


@pytest.mark.browser
def test_every_picture_is_there_small_and_named_by_its_content(built: Path) -> None:
    files = {file.name for file in built.glob("*.webp")}
    found = data()
    given = {one["file"] for kind in ("photos", "paintings") for one in found[kind].values()}
    chosen = {file for kind in found["kinds"] for one in kind["bouts"] for file in one["pictures"]}
    assert files == given | chosen and chosen == set(key()["pictures"])
    for name in files:
        assert name == f"{hashlib.sha256((built / name).read_bytes()).hexdigest()[:12]}.webp"
        with Image.open(built / name) as image:
            assert image.size == (found["size"], found["size"])
    assert sum(file.stat().st_size for file in built.iterdir()) < BUDGET
    assert sum(kind["draw"] for kind in found["kinds"]) == CHOICES


@pytest.mark.browser
def test_what_the_page_reads_before_the_end_names_no_method(built: Path) -> None:
    text = json.dumps(data() | {"credits": None}).lower()
    assert not [name for name in NAMES if re.search(rf"\b{name}\b", text)]
    for kind in data()["kinds"]:
        assert all(one["pictures"] == sorted(one["pictures"]) for one in kind["bouts"])


def test_twenty_choices_by_keys_and_the_tally_is_right(page: Any) -> None:
    asked = page.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    assert not [name for name in asked if "key.json" in name]
    answers = (["left", "right", "right", "skip", "left"] * 4)[:CHOICES]
    seen = through(page, answers)
    shows(page, "end")
    names = key()
    expected: dict[str, list[int]] = {}
    for one, answer in zip(seen, answers, strict=True):
        assert one["left"] != one["right"]
        for side in ("left", "right"):
            row = expected.setdefault(names["labels"][names["pictures"][one[side]]], [0, 0])
            row[0] += answer == side
            row[1] += answer != "skip"
    assert table(page) == {name: tuple(row) for name, row in expected.items() if row[1]}
    shares = [won / of for won, of in table(page).values()]
    assert shares == sorted(shares, reverse=True)
    lines = part(page, "which").find_elements("css selector", "li")
    assert len(lines) == CHOICES
    for line, one, answer in zip(lines, seen, answers, strict=True):
        said = [figure.text for figure in line.find_elements("css selector", "figcaption")]
        labels = [names["labels"][names["pictures"][one[side]]] for side in ("left", "right")]
        assert said == [
            f"{of}, your choice" if side == answer else of for of, side in zip(labels, ("left", "right"), strict=True)
        ]
    assert len({(one["photo"], one["painting"], *sorted((one["left"], one["right"]))) for one in seen}) == CHOICES
    assert page.execute_script("return document.activeElement === arguments[0]", part(page, "end-title"))


def test_a_mouse_chooses_goes_back_and_skips(page: Any) -> None:
    first = bout(page)
    assert part(page, "back").get_property("disabled")
    click(page, "left")
    shows(page, 2)
    assert bout(page) != first
    click(page, "back")
    shows(page, 1)
    assert bout(page) == first
    click(page, "right")
    shows(page, 2)
    click(page, "skip")
    shows(page, 3)
    assert part(page, "progress").text == f"Choice 3 of {CHOICES}"
    press(page, "b")
    shows(page, 2)


def test_a_reload_forgets_nothing_and_choosing_again_begins_anew(page: Any) -> None:
    through(page, ["left", "right", "left"])
    shows(page, 4)
    before = bout(page)
    page.refresh()
    shows(page, 4)
    assert bout(page) == before
    through(page, ["left"] * (CHOICES - 3))
    shows(page, "end")
    found = table(page)
    page.refresh()
    shows(page, "end")
    assert table(page) == found
    assert not unseen(page)
    click(page, "again")
    shows(page, 1)
    assert not unseen(page)
    # what was kept of other pictures does not count, nor does what is no session at all
    for text in ('{"pool": "other", "bouts": [], "choices": ["left"]}', "no json"):
        page.execute_script("localStorage.setItem('zmlib-choose', arguments[0])", text)
        page.refresh()
        shows(page, 1)


def test_the_choices_are_saved_as_files(page: Any, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    seen = through(page, ["right"] * (CHOICES - 1) + ["skip"])
    shows(page, "end")
    for name in ("json", "csv"):
        click(page, name)
        until(page, (tmp_path / f"zm-net-choices.{name}").is_file)
    time.sleep(0.2)
    saved = json.loads((tmp_path / "zm-net-choices.json").read_text(encoding="utf-8"))
    names = key()
    right = [names["labels"][names["pictures"][one["right"]]] for one in seen]
    assert [one["chosen"] for one in saved["choices"]] == [*right[:-1], None]
    assert saved["pool"] == data()["pool"]
    assert {row["method"]: (row["won"], row["of"]) for row in saved["tally"]} == table(page)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "zm-net-choices.csv").read_text(encoding="utf-8"))))
    assert [row["chosen"] for row in rows] == [*right[:-1], ""]
    assert [row["painting"] for row in rows] == [one["painting"] for one in saved["choices"]]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_fits_in_light_and_dark(page: Any, size: tuple[int, int]) -> None:
    shots = os.environ.get("ZMLIB_SHOTS")
    for where in (1, "end"):
        if where == "end":
            through(page, ["left"] * CHOICES)
        shows(page, where)
        for theme in ("light", "dark"):
            page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
            assert not too_wide(page, size)
            if shots:
                form = "phone" if size == PHONE else "desktop"
                keep(page, Path(shots) / f"choose-{where}.{form}-{theme}.png")
        small = page.execute_script("""
return [...document.querySelectorAll("#choose button")].map(one => one.getBoundingClientRect())
  .filter(({ width, height }) => width && Math.min(width, height) < 40).length""")
        assert not small, "too small for a finger"


def test_a_finger_chooses(page: Any) -> None:
    too_wide(page, PHONE)
    button = part(page, "right")
    page.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", button)
    centre = "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]"
    x, y = page.execute_script(centre, button)
    page.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
            page.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        shows(page, 2)
    finally:
        page.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert json.loads(page.execute_script("return localStorage.getItem('zmlib-choose')"))["choices"] == ["right"]


def test_everybody_can_choose(page: Any, axe: str) -> None:
    page.execute_script(axe)
    rules = """
const done = arguments[0];
axe.run("#choose").then(({ violations }) => done(violations.map(one => one.help)), error => done([String(error)]));"""
    assert not page.execute_async_script(rules)
    images = [part(page, side).find_element("css selector", "img") for side in ("left", "right")]
    assert [image.get_attribute("alt") for image in images] == ["The left picture", "The right picture"]
    through(page, ["left"] * CHOICES)
    shows(page, "end")
    assert not page.execute_async_script(rules)


def test_both_pictures_come_at_once(page: Any) -> None:
    """Nothing changes until all four pictures of the next choice are there; what is pressed until then is not taken."""
    later = bout(page)
    page.execute_cdp_cmd("Network.enable", {})
    page.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    try:
        page.execute_cdp_cmd("Network.clearBrowserCache", {})
        page.execute_script(FORGET)
        page.refresh()
        shows(page, 1)
        later = bout(page)
        press(page, "ARROW_LEFT")
        press(page, "ARROW_LEFT")
        assert bout(page) == later or page.execute_script(SHOWN) == "2"
        shows(page, 2)
        assert len(json.loads(page.execute_script("return localStorage.getItem('zmlib-choose')"))["choices"]) == 1
    finally:
        page.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
        )


def test_without_scripts_it_explains_itself(browser: Any, top: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{top}choose.html")
        assert browser.find_element("css selector", ".explore-noscript").is_displayed()
        assert not browser.find_element("id", "choose").is_displayed()
        assert "Five methods" in browser.find_element("css selector", "article").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_data_that_are_missing_are_said_to_be(browser: Any, top: str) -> None:
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*data/blind/frames.json"]})
    try:
        visit(browser, f"{top}choose.html")
        wrong = browser.find_element("css selector", "#choose .explore-wrong")
        until(browser, wrong.is_displayed)
        assert "could not be fetched" in wrong.text
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    browser.get_log("browser")
