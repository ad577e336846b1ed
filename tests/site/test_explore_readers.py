"""The page of affine parameters and frames: few colours, no scripts, an old cache, missing data; and its credits."""

from __future__ import annotations

import io
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chapters.frames import credited
from exploring import CHAPTERS, data, filled, opened, part, point, until
from PIL import Image
from serving import served
from visit import BOOK, visit


@pytest.fixture
def page(browser: Any, top: str) -> Any:
    return opened(browser, top)


def test_an_older_builds_data_and_frames_are_not_taken(page: Any, tmp_path: Path) -> None:
    asked = page.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
    frames = [name.split("/play/data/")[1] for name in asked if "/play/data/" in name and ".jpg" in name]
    assert len({name.split("/")[0] for name in frames}) == len(CHAPTERS)
    for name in frames:
        chapter, file, mark = re.fullmatch(r"(\w+)/([\w-]+\.jpg)\?(\w+)", name).groups()
        assert mark == data(chapter, "files")[file]
    # a file so old that a browser need not ask again whether it has changed, and it has
    (tmp_path / "explore").symlink_to(BOOK / "_build" / "html" / "play" / "explore", target_is_directory=True)
    (tmp_path / "data" / "one").mkdir(parents=True)
    found, file = [], tmp_path / "data" / "one" / "frames.json"
    with served(tmp_path) as address:
        page.get(f"{address}explore/")
        for build in (1, 2):
            file.write_text(json.dumps({"data": {"build": build}, "files": {}}))
            os.utime(file, (build * 10**8, build * 10**8))
            code = "import(arguments[0]).then(({ chapter }) => chapter('one')).then(arguments[1])"
            found.append(page.execute_async_script(code, f"{address}explore/data.js")["build"])
    assert found == [1, 2]


def test_every_part_says_whose_pictures_it_shows(page: Any) -> None:
    shows = {
        "values": (["china"], [one["name"] for one in data("values")["styles"]]),
        "layers": tuple([one[kind]["name"] for one in data("fig7")["pairs"]] for kind in ("photo", "style")),
        "steps": (["china"], [data("fig9")["style"]["name"]]),
    }
    for section, names in shows.items():
        line, expected = part(page, section, "credits"), credited(*names)
        links = [link.get_attribute("href") for link in line.find_elements("css selector", "a")]
        for photo in expected["photos"]:
            words, _, address = photo["licence"].partition(", https")
            assert f"{photo['title']}, {photo['author']}, {words} (in {photo['package']})" in line.text
            assert not photo["link"] or photo["link"] in links
            assert not address or f"https{address}" in links
        assert expected["photos"] and line.text.endswith(f"). Paintings: {', '.join(expected['paintings'])}.")
    script = page.find_element("css selector", "script[src$='explore/main.js']").get_property("src")
    code = """
const [script, done] = arguments;
import(script).then(({ credits }) => {
  const lines = [[[], []], [[], ["me"]], [[{ title: "a", author: "b", licence: "c", package: "d", link: "" }], []]];
  done(lines.map(([photos, paintings]) => {
    const host = document.createElement("p");
    credits(host, { photos, paintings });
    return host.textContent;
  }));
});"""
    said = page.execute_async_script(code, script.replace("main.js", "credits.js"))
    assert said == ["", "Paintings: me.", "Photograph: a, b, c (in d)."]


@pytest.fixture
def few_colours(page: Any) -> Any:
    """The page in the colours of a reader who has set a few of their own, as Windows' contrast themes do."""
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "forced-colors", "value": "active"}]})
    yield page
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def looks(browser: Any, element: Any) -> np.ndarray:
    """An element as it is painted, (H, W, 3) in [0, 255]."""
    browser.execute_script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element)
    return np.asarray(Image.open(io.BytesIO(element.screenshot_as_png)).convert("RGB")).astype(int)


def test_bars_and_what_is_chosen_are_seen_in_forced_colours(few_colours: Any) -> None:
    page = few_colours
    point(page, part(page, "values", "about"))
    track = looks(page, page.find_element("css selector", ".explore-track"))
    row = track[len(track) // 2]
    share = data("fig7")["pairs"][0]["distances"]["001"]["edges"][-1] / 1.5
    filled = np.abs(row - row[4]).sum(1) < 30
    assert filled.mean() == pytest.approx(share, abs=0.03) and np.abs(row[4] - row[-6]).max() > 60
    bars = page.find_elements("css selector", ".explore-moved i")
    highest = max(bars, key=lambda one: one.size["height"])
    bar = looks(page, highest.find_element("xpath", ".."))
    assert np.abs(bar[-8, bar.shape[1] // 2] - bar[2, 2]).max() > 60

    def differ(selector: str, chosen: int, other: int, at: tuple[int, int]) -> None:
        of = page.find_elements("css selector", selector)
        a, b = (looks(page, of[i])[at] for i in (chosen, other))
        assert np.abs(a - b).max() > 60, selector

    names = [one["name"] for one in data("values")["styles"]]
    others = [i for i, name in enumerate(names) if name not in ("birches", "wave")]
    for name in ("birches", "wave"):
        tile = ".explore-style i"
        differ(tile, names.index(name), others[0], (1, 12))
    norm = next(i for i, one in enumerate(data("values")["norms"]) if one["name"] == "res3b")
    differ(".explore-layer label span", norm, 0, (3, 5))
    differ(".explore-pair", 0, 1, (20, 1))
    differ(".explore-switch input", 2, 0, (10, 18))
    # the knob is left where a switch is off, and right where it is on
    off, on = (looks(page, one) for one in page.find_elements("css selector", ".explore-switch input")[1:3])
    assert np.abs(off[10, 8] - off[10, 26]).max() > 60 and np.abs(on[10, 8] - on[10, 28]).max() > 60


def test_without_scripts_it_says_so_and_nothing_else(browser: Any, top: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{top}explore.html")
        time.sleep(5)  # longer than the part that waits for a script would keep still
        assert browser.find_element("css selector", ".explore-noscript").is_displayed()
        assert not [one for one in browser.find_elements("css selector", ".explore-wrong") if one.is_displayed()]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_data_that_are_missing_are_said_to_be(browser: Any, top: str) -> None:
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*data/fig7/frames.json"]})
    try:
        visit(browser, f"{top}explore.html")
        filled(browser)
        wrong = browser.find_elements("css selector", ".explore-wrong")
        assert [one.is_displayed() for one in wrong] == [False, True, False, False]
        assert "could not be fetched" in wrong[1].text
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    browser.get_log("browser")


def test_opened_as_a_file_it_says_what_it_needs(browser: Any, top: str) -> None:
    browser.get((BOOK / "_build" / "html" / "explore.html").as_uri())
    wrong = browser.find_element("css selector", "#explore-values .explore-wrong")
    assert not wrong.is_displayed()
    until(browser, wrong.is_displayed)
    assert "web server" in wrong.text and "slow connection" in wrong.text
    browser.get_log("browser")
