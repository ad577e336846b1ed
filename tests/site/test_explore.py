"""The page of affine parameters and frames, by real clicks and keys: it shows what zmlib computes and the build made.

With ZMLIB_SHOTS=FOLDER the page is pictured there in use, on a desk and on a phone.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exploring import (
    CHAPTERS,
    DATA,
    NEAR,
    PICTURE,
    SET,
    data,
    filled,
    frame,
    numbers,
    opened,
    part,
    point,
    press,
    same,
    shown,
    shows,
    style,
    until,
)
from PIL import Image
from visit import BOOK, DESKTOP, PHONE, keep, too_wide, visit

import zmlib
from zmlib.data import samples
from zmlib.data.images import centre_square, to_tensor


@pytest.fixture
def page(browser: Any, top: str) -> Any:
    return opened(browser, top)


@pytest.mark.browser
def test_every_frame_is_there_and_is_as_large_as_its_json_says() -> None:
    if not DATA.is_dir():
        pytest.skip(f"{BOOK.name}/_build/html has no play/data: `make book` builds it")

    def strips(found: Any) -> list[dict[str, Any]]:
        inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        own = [found] if isinstance(found, dict) and "file" in found else []
        return own + [one for member in inside for one in strips(member)]

    for chapter in CHAPTERS:
        listed = strips(data(chapter))
        assert {one["file"] for one in listed} == {file.name for file in (DATA / chapter).glob("*.jpg")}
        for one in listed:
            with Image.open(DATA / chapter / one["file"]) as image:
                image.load()
                assert image.size == (one["width"] * one["frames"], one["height"]), one["file"]
        contents = {one["file"]: (DATA / chapter / one["file"]).read_bytes() for one in listed}
        assert data(chapter, "files") == {name: hashlib.sha256(of).hexdigest()[:12] for name, of in contents.items()}
    styles = len(data("values")["styles"])
    assert len(data("values")["paths"]["pairs"]) == styles * (styles - 1) // 2


def test_pointing_at_a_style_shows_its_picture_and_its_affine_parameters(page: Any) -> None:
    found = data("values")
    index, name = next((i, one["name"]) for i, one in enumerate(found["styles"]) if one["name"] == "cypresses")
    before = shown(page)
    page.execute_script(SET, part(page, "values", "channel"), 18)
    point(page, style(page, name))
    shows(page, str(index))
    assert part(page, "values", "caption").text == name
    assert same(shown(page), frame("values", found["pictures"], index)) and not same(shown(page), before)
    point(page, part(page, "values", "about"))
    until(page, lambda: "of the way from" in part(page, "values", "caption").text)
    until(page, lambda: same(shown(page), before))


def test_the_numbers_are_zmlibs(page: Any) -> None:
    net = zmlib.load("styles")
    affine = net.encode(to_tensor(centre_square(samples.styles()["wave"], 256)))
    point(page, style(page, "wave"))
    for name, channel in (("res3b", 18), ("conv2", 64), ("up2", 1)):
        i = next(i for i, norm in enumerate(net.tnet.spec) if norm.name == name)
        page.execute_script("arguments[0].click()", page.find_elements("css selector", "[name=explore-norm]")[i])
        page.execute_script(SET, part(page, "values", "channel"), channel)
        expected = [affine.gamma[i][0, channel - 1].item(), affine.beta[i][0, channel - 1].item()]
        assert numbers(page) == pytest.approx(expected, abs=NEAR), name
        assert name in part(page, "values", "about").text
    point(page, part(page, "values", "about"))


def test_two_styles_and_the_way_between_them(page: Any) -> None:
    found = data("values")
    names = [one["name"] for one in found["styles"]]
    a, b = names.index("meadow"), names.index("evening")  # from the later to the earlier one: its frames run backwards
    point(page, style(page, "meadow"), click=True)
    shows(page, f"{a}-{names.index('wave')}-0.000")
    point(page, style(page, "evening"), click=True)
    point(page, part(page, "values", "about"))
    shows(page, f"{a}-{b}-1.000")
    page.execute_script(SET, part(page, "values", "channel"), 7)
    ends = [(found["styles"][i]["gamma"][8][6], found["styles"][i]["beta"][8][6]) for i in (a, b)]
    assert numbers(page) == pytest.approx(ends[1], abs=0.001)
    slider = part(page, "values", "way")
    press(page, "HOME", slider)
    shows(page, f"{a}-{b}-0.000")
    assert numbers(page) == pytest.approx(ends[0], abs=0.001)
    press(page, "ARROW_RIGHT", slider, times=50)
    shows(page, f"{a}-{b}-0.250")
    assert numbers(page) == pytest.approx([0.75 * x + 0.25 * y for x, y in zip(*ends, strict=True)], abs=0.001)
    assert part(page, "values", "caption").text == "25 % of the way from meadow to evening"
    # a quarter of the way is half-way between the first and the second of five frames between
    strip = next(one for one in found["paths"]["pairs"] if (one["from"], one["to"]) == (b, a))
    backwards = [frame("values", strip, strip["frames"] - 1 - k) for k in range(strip["frames"])]
    assert same(shown(page), (backwards[0] + backwards[1]) / 2)
    page.execute_script(SET, slider, 100)  # half-way there is a frame
    shows(page, f"{a}-{b}-0.500")
    assert same(shown(page), backwards[2])


def test_the_keyboard_does_it_all(page: Any) -> None:
    found = data("values")
    first = style(page, found["styles"][0]["name"])
    page.execute_script("arguments[0].focus()", first)
    press(page, "TAB")
    shows(page, "1")
    press(page, "ENTER")
    until(page, lambda: style(page, found["styles"][1]["name"]).get_attribute("aria-pressed") == "true")
    radios = page.find_elements("css selector", "[name=explore-norm]")
    page.execute_script("arguments[0].focus()", next(one for one in radios if one.is_selected()))
    press(page, "ARROW_RIGHT")
    assert part(page, "values", "about").text.startswith("res4a, layer 7")


def test_a_click_on_a_dot_takes_its_channel(page: Any) -> None:
    plane = part(page, "values", "plane")
    assert not numbers(page)
    point(page, plane, click=True)
    assert len(numbers(page)) == 2 and len(plane.find_elements("css selector", "image")) == len(
        data("values")["styles"]
    )
    point(page, plane, click=True)
    assert not numbers(page) and not plane.find_elements("css selector", "image")


def test_switches_and_strength_of_figure_7(page: Any) -> None:
    found = data("fig7")
    pair = found["pairs"][0]
    boxes = page.find_elements("css selector", "#explore-layers [role=switch]")
    assert [box.is_selected() for box in boxes] == [False, False, True]
    shows(page, "0-001-100", "layers")
    assert same(shown(page, "layers"), frame("fig7", pair["frames"]["001"], 3))
    point(page, boxes[1], click=True)
    shows(page, "0-011-100", "layers")
    assert same(shown(page, "layers"), frame("fig7", pair["frames"]["011"], 3))
    bars = [row.text.split("\n") for row in page.find_elements("css selector", ".explore-bar")]
    assert bars == [[what, f"{100 * row[3] + 1e-9:.0f} %"] for what, row in pair["distances"]["011"].items()]
    strength = part(page, "layers", "strength")
    page.execute_script(SET, strength, 25)
    shows(page, "0-011-25", "layers")
    assert same(shown(page, "layers"), frame("fig7", pair["frames"]["011"], 0))
    press(page, "HOME", strength)
    shows(page, "0-011-0", "layers")
    assert same(shown(page, "layers"), frame("fig7", pair["frames"]["000"], 0))
    assert "all layers off" in part(page, "layers", "caption").text
    press(page, "END", strength)
    for box in boxes:
        if box.is_selected() != (box is boxes[0]):
            point(page, box, click=True)
    page.execute_script("arguments[0].click()", page.find_elements("css selector", "[name=explore-pair]")[-1])
    last = len(found["pairs"]) - 1
    shows(page, f"{last}-100-100", "layers")
    assert same(shown(page, "layers"), frame("fig7", found["pairs"][last]["frames"]["100"], 3))


def test_iterations_of_figure_9(page: Any) -> None:
    found = data("fig9")
    root, slider = page.find_element("id", "explore-steps"), part(page, "steps", "step")
    press(page, "END", slider)
    last = len(found["steps"]) - 1
    until(page, lambda: root.get_attribute("data-shows") == str(found["steps"][last]))
    canvases = root.find_elements("css selector", "canvas")
    for way, canvas in zip(found["ways"], canvases, strict=True):
        encoded = base64.b64decode(page.execute_script(PICTURE, canvas))
        assert same(
            np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")) / 255, frame("fig9", way["frames"], last)
        )
    assert [f"J = {way['j'][last]:.3f}" in root.text for way in found["ways"]] == [True, True]
    marks = [mark.get_attribute("cx") for mark in root.find_elements("css selector", ".mark")]
    press(page, "ARROW_LEFT", slider)
    until(page, lambda: root.get_attribute("data-shows") == str(found["steps"][last - 1]))
    moved = [mark.get_attribute("cx") for mark in root.find_elements("css selector", ".mark")]
    assert all(float(a) > float(b) for a, b in zip(marks, moved, strict=True))
    page.execute_script("arguments[0].click()", root.find_element("css selector", "[value=loss]"))
    assert f"loss = {found['ways'][1]['loss'][last - 1]:.3f}" in root.text


def test_strokes_of_four_sizes(page: Any) -> None:
    found, root = data("any_size"), page.find_element("id", "explore-strokes")
    slider = part(page, "strokes", "stroke")
    point(page, slider)
    for at in (0, len(found["strokes"]) - 1):
        page.execute_script(SET, slider, at)
        until(page, lambda at=at: root.get_attribute("data-shows") == str(at))
        for name, canvas in zip(("whole", "detail"), root.find_elements("css selector", "canvas"), strict=True):
            encoded = page.execute_script(PICTURE, canvas)
            picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGB")) / 255
            assert same(picture, frame("any_size", found[name], at))
    stroke = found["strokes"][-1]
    assert f"{stroke} px" in part(page, "strokes", "stroke-says").text
    assert (found["photo"]["credit"] or found["photo"]["name"]) in root.text


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_jumps_while_it_comes_and_all_fits(size: tuple[int, int], browser: Any, below: str) -> None:
    too_wide(browser, size)
    assert not visit(browser, f"{below}explore.html")
    filled(browser)
    jumped = browser.execute_async_script("""
const done = arguments[0];
let sum = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => (sum += entry.value)))
  .observe({ type: "layout-shift", buffered: true });
setTimeout(() => done(sum), 300);""")
    assert jumped < 0.02
    point(browser, style(browser, "regatta"), click=True)
    browser.execute_script(SET, part(browser, "values", "channel"), 3)
    shots = os.environ.get("ZMLIB_SHOTS")
    for theme in ("light", "dark"):
        browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        assert not too_wide(browser, size)
        if shots:
            keep(browser, Path(shots) / f"explore-used.{'phone' if size == PHONE else 'desktop'}-{theme}.png")
    small = [
        box
        for box in browser.execute_script("""
return [...document.querySelectorAll(".explore button, .explore label")].map(one => {
  const { width, height } = one.getBoundingClientRect();
  return [one.textContent.trim(), width, height];
})""")
        if min(box[1:]) < 20
    ]
    assert not small, "too small for a finger"
