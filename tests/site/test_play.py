"""The page that paints, by real clicks: what it shows is what torch paints, and what it says when something is wrong.

With ZMLIB_SHOTS=FOLDER the page is pictured there at work, on a desk and on a phone.
"""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import torch
from painting import apart, arrived, as_shown, choose, move, painted, part, radio, status, until, upload
from PIL import Image
from serving import served
from visit import BOOK, DESKTOP, PHONE, keep, too_wide, traffic, visit

import zmlib
from zmlib import fast
from zmlib.data import samples
from zmlib.data.images import save_image
from zmlib.signals.words import known_words
from zmlib.stylize import encode_style

SITE = BOOK / "_build" / "html" / "play"
NEAR = 2 / 255  # of the range: the mean difference that a painted picture may have from torch's


@pytest.fixture(autouse=True)
def _as_written() -> Iterator[None]:
    with fast.using(torch.float32):
        yield


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    """A photo and a painting that must be scaled, by sizes that are no round numbers."""
    photo = samples.photos()["coffee"].crop((31, 7, 590, 398))
    save_image(photo, tmp_path / "my photo.png")
    save_image(samples.styles()["violet"].crop((0, 90, 507, 470)), tmp_path / "my painting.png")
    return {"photo": tmp_path / "my photo.png", "style": tmp_path / "my painting.png"}


@pytest.fixture
def page(browser: Any, top: str) -> Any:
    """The page, filled, in a window of a desk."""
    assert not visit(browser, f"{top}play.html")
    too_wide(browser, DESKTOP)
    until(browser, "return document.querySelector('#paint').classList.contains('ready')")
    status(browser, "Ready.")
    return browser


def test_a_picture_of_one_s_own_is_painted_as_torch_paints_it(
    page: Any, pictures: dict[str, Path], tmp_path: Path
) -> None:
    upload(page, "photo", pictures["photo"])
    upload(page, "style", pictures["style"])
    until(page, "return document.querySelectorAll('#paint input[value=own]:checked').length === 2")
    began = time.perf_counter()
    part(page, "go").click()
    found = painted(page, 1)
    first = time.perf_counter() - began
    expected = as_shown(pictures["photo"], pictures["style"], finest=512)
    differs = apart(found, expected)
    assert differs <= NEAR
    assert apart(found, as_shown(pictures["photo"], samples.styles()["wave"], finest=512)) > 5 * NEAR
    began = time.perf_counter()
    choose(page, "photo", "china")
    other = painted(page, 2)
    again = time.perf_counter() - began
    print(f"first picture {first:.2f} s after the click, the next {again:.2f} s, {differs * 255:.3f} of 255 apart")
    sample = Image.open(SITE / "model" / "photos" / "china.jpg")
    assert apart(other, as_shown(sample, pictures["style"], finest=512)) <= NEAR
    line = part(page, "status").text
    assert f"{other.shape[1]} × {other.shape[0]} pixels" in line and "processor" in line


def test_strength_layers_and_size_are_those_of_zmlib(page: Any) -> None:
    part(page, "go").click()
    painted(page, 1)
    photo, style = (Image.open(SITE / "model" / name) for name in ("photos/chelsea.jpg", "styles/wave.jpg"))
    net = zmlib.load("styles")
    affine = encode_style(net, style)
    move(page, "size", 256)
    found = painted(page, 2)
    assert apart(found, as_shown(photo, affine, model=net)) <= NEAR
    move(page, "strength", 40)
    found = painted(page, 3)
    assert apart(found, as_shown(photo, affine, model=net, strength=0.4)) <= NEAR
    page.find_element("css selector", "#paint [name=late]").click()
    found = painted(page, 4)
    expected = as_shown(photo, affine.off([7, 8, 9]), model=net, strength=0.4)
    assert apart(found, expected) <= NEAR
    move(page, "strength", 0)
    assert apart(painted(page, 5), as_shown(photo, affine, model=net, strength=0)) <= NEAR


def test_two_paintings_and_a_word(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    move(page, "size", 256)
    part(page, "go").click()
    painted(page, 1)
    photo = Image.open(SITE / "model" / "photos" / "chelsea.jpg")
    page.find_element("css selector", "#paint [value=mix]").click()
    painted(page, 2)
    move(page, "mixed", 25)
    found = painted(page, 3)
    two = [Image.open(SITE / "model" / "styles" / f"{name}.jpg") for name in ("wave", "harvest")]
    assert apart(found, as_shown(photo, two, weights=[3, 1])) <= NEAR
    page.find_element("css selector", "#paint [value=word]").click()
    net = zmlib.load("words")
    night = painted(page, 4)
    assert apart(night, as_shown(photo, net.encode("night"), model=net)) <= NEAR
    word = page.find_element("css selector", "#paint [name=word]")
    word.send_keys("noon", Keys.ENTER)
    assert apart(painted(page, 5), as_shown(photo, net.encode("noon"), model=net)) <= NEAR
    handle = page.find_element("css selector", "#paint [role=slider]")
    handle.send_keys(Keys.ARROW_RIGHT)  # a small step from noon: nearly the same picture, and not the same
    place = [float(x) for x in handle.get_attribute("aria-valuetext").replace(",", "").split() if x[-1].isdigit()]
    near = torch.tensor([place], dtype=torch.float32)
    assert apart(painted(page, 6), as_shown(photo, net.encode(near), model=net)) <= NEAR
    word.clear()
    word.send_keys("qwertz", Keys.ENTER)
    assert f"among the {len(known_words()):,} words" in status(page, "“qwertz”")


def test_what_is_no_picture_gets_a_sentence_and_changes_nothing(page: Any, tmp_path: Path) -> None:
    move(page, "size", 256)
    part(page, "go").click()
    before = painted(page, 1)
    bad = {"notes.txt": b"no picture", "cut.png": _png((300, 200))[:400], "dot.png": _png((3, 3))}
    says = {"notes.txt": "no picture that this", "cut.png": "no picture that this", "dot.png": "is 3 × 3 pixels"}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        upload(page, "photo", tmp_path / name)
        assert says[name] in status(page, f"“{name}”")
    long = tmp_path / "long.png"
    long.write_bytes(_png((900, 100)))
    upload(page, "photo", long)
    assert "cut it first" in status(page, "“long.png”")
    assert np.array_equal(painted(page, 1), before)
    upload(page, "style", long)  # of a long style the middle is read, as zmlib does it; the photo is the long one still
    choose(page, "photo", "chelsea")
    found = painted(page, 2)
    sample = Image.open(SITE / "model" / "photos" / "chelsea.jpg")
    assert apart(found, as_shown(sample, long)) <= NEAR


def _png(size: tuple[int, int]) -> bytes:
    ramp = np.linspace(0, 255, size[0] * size[1] * 3).astype(np.uint8).reshape(size[1], size[0], 3)
    buffer = io.BytesIO()
    Image.fromarray(np.roll(ramp, 7, 2)).save(buffer, "png")
    return buffer.getvalue()


def test_only_the_newest_question_is_answered(page: Any) -> None:
    move(page, "size", 256)
    part(page, "go").click()
    painted(page, 1)
    for strength in range(95, 50, -5):  # far faster than it paints
        move(page, "strength", strength)
    found = painted(page, 2)
    count = int(page.execute_script("return document.querySelector('#paint').dataset.painted"))
    assert count <= 4, "what is out of date is painted all the same"
    sample, style = (Image.open(SITE / "model" / name) for name in ("photos/chelsea.jpg", "styles/wave.jpg"))
    assert apart(found, as_shown(sample, style, strength=0.55)) <= NEAR


def test_it_works_from_a_path_below_and_by_the_keyboard_alone(browser: Any, below: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    too_wide(browser, DESKTOP)
    assert not visit(browser, f"{below}play.html")
    status(browser, "Ready.")
    move(browser, "size", 256)
    browser.execute_script("arguments[0].focus()", radio(browser, "photo", "chelsea"))
    keys = ActionChains(browser)
    keys.send_keys(Keys.ARROW_RIGHT).pause(0.5).perform()  # the next photo
    assert radio(browser, "photo", "china").is_selected()
    for _ in range(60):
        if browser.execute_script("return document.activeElement.dataset.part") == "go":
            break
        ActionChains(browser).send_keys(Keys.TAB).perform()
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    found = painted(browser, 1)
    sample, style = (Image.open(SITE / "model" / name) for name in ("photos/china.jpg", "styles/wave.jpg"))
    assert apart(found, as_shown(sample, style)) <= NEAR
    ActionChains(browser).send_keys(Keys.TAB, Keys.SPACE).perform()  # the photo, for comparison
    assert part(browser, "compare").get_attribute("aria-pressed") == "true"


def test_the_picture_is_saved_under_a_name(page: Any, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    move(page, "size", 256)
    part(page, "go").click()
    painted(page, 1)
    part(page, "save").click()
    status(page, "Saved: ")
    found = np.asarray(arrived(tmp_path / "chelsea-wave.png"))
    photo, style = (Image.open(SITE / "model" / name) for name in ("photos/chelsea.jpg", "styles/wave.jpg"))
    assert apart(found, zmlib.stylize(photo, style, finest=256)) <= NEAR  # of the photo's own size


def test_the_networks_are_small_and_nothing_leaves_the_machine(browser: Any, tmp_path: Path) -> None:
    assert sum(file.stat().st_size for file in (SITE / "model").glob("*.onnx")) < 12e6
    with served(SITE.parent, tmp_path / "log") as address:
        too_wide(browser, DESKTOP)
        assert not visit(browser, f"{address}play.html")
        status(browser, "Ready.")
        move(browser, "size", 256)
        part(browser, "go").click()
        painted(browser, 1)
        assert not traffic(browser.get_log("performance"), urlsplit(address).netloc)
    asked = re.findall(r'"(\w+) (\S+) HTTP', (tmp_path / "log").read_text())
    assert {kind for kind, _ in asked} == {"GET"}, "the page sends something"
    loaded = [where for _, where in asked if ".onnx" in where or ".wasm?" in where]
    assert len(loaded) == 4 and all(
        "?" in where and "jspi" not in where for where in loaded
    )  # also what the worker does


def test_a_site_without_the_network_says_so(browser: Any, tmp_path: Path) -> None:
    with _lacking(browser, tmp_path, "play", "model", "pnet.onnx"):
        status(browser, "Ready.")
        move(browser, "size", 256)
        part(browser, "go").click()
        assert "could not be loaded" in status(browser, "pnet.onnx")
        (tmp_path / "site" / "play" / "model" / "pnet.onnx").symlink_to(SITE / "model" / "pnet.onnx")
        part(browser, "go").click()  # and again, when the connection is back
        painted(browser, 1)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (("play", "model", "model.json"), "built without the network"),
        (("play", "files.json"), "built without the network"),
        (("scripts", "pica.min.mjs"), "lacks the scripts that paint"),
    ],
)
def test_a_site_without_its_scripts_says_so(missing: tuple[str, ...], says: str, browser: Any, tmp_path: Path) -> None:
    with _lacking(browser, tmp_path, *missing):
        status(browser, "This copy")
        assert says in browser.find_element("css selector", ".paint-waiting").text


def test_a_worker_that_does_not_start_is_told_of(browser: Any, tmp_path: Path) -> None:
    with _lacking(browser, tmp_path, "play", "paint", "net.js"):
        status(browser, "Ready.")
        part(browser, "go").click()
        assert "could not be started" in status(browser, "The network's script")


def test_a_choice_that_comes_to_nothing_changes_nothing(page: Any, tmp_path: Path) -> None:
    """Of two that are chosen one after the other the later counts, however long it takes to open the first."""
    slow = tmp_path / "slow.png"
    Image.effect_noise((5000, 4000), 60).convert("RGB").save(slow, compress_level=1)
    move(page, "size", 256)
    upload(page, "photo", slow)
    choose(page, "photo", "china")
    until(page, "return document.querySelector('#paint input[value=own]')")
    assert radio(page, "photo", "china").is_selected() and not radio(page, "photo", "own").is_selected()
    part(page, "go").click()
    found = painted(page, 1)
    sample, style = (Image.open(SITE / "model" / name) for name in ("photos/china.jpg", "styles/wave.jpg"))
    assert apart(found, as_shown(sample, style)) <= NEAR
    (tmp_path / "notes.txt").write_text("no picture")
    upload(page, "photo", tmp_path / "notes.txt")
    status(page, "“notes.txt”")
    assert radio(page, "photo", "china").is_selected()


def test_the_photo_that_is_shown_is_the_painting_s_own(page: Any, tmp_path: Path) -> None:
    move(page, "size", 256)
    part(page, "go").click()
    before = painted(page, 1)
    long = tmp_path / "long.png"
    long.write_bytes(_png((900, 100)))
    upload(page, "photo", long)
    status(page, "“long.png”")
    part(page, "compare").click()
    shown = painted(page, 1)
    sample = Image.open(SITE / "model" / "photos" / "chelsea.jpg")
    assert apart(shown, sample.resize(shown.shape[1::-1])) < 0.03
    assert "chelsea as it was" in part(page, "canvas").get_attribute("aria-label")
    part(page, "compare").click()
    assert np.array_equal(painted(page, 2), before)


@contextmanager
def _lacking(browser: Any, folder: Path, *missing: str) -> Iterator[None]:
    """The page, open, of a site in which one file is not there."""
    _linked(SITE.parent, folder / "site", *missing)
    with served(folder / "site") as address:
        too_wide(browser, DESKTOP)
        visit(browser, f"{address}play.html")
        yield


def _linked(source: Path, target: Path, *left_out: str) -> None:
    """A folder of links to all that is in another, but for one file, which lies at this path inside."""
    target.mkdir(parents=True)
    for entry in source.iterdir():
        if entry.name != left_out[0]:
            (target / entry.name).symlink_to(entry)
        elif len(left_out) > 1:
            _linked(entry, target / entry.name, *left_out[1:])


@pytest.mark.parametrize("form", ["desktop", "phone"])
def test_it_fits_and_is_pictured(form: str, page: Any) -> None:
    move(page, "size", 256)
    part(page, "go").click()
    painted(page, 1)
    for guide in ("one", "mix", "word"):
        page.find_element("css selector", f"#paint [value={guide}]").click()
        painted(page, 1)
        faults = too_wide(page, PHONE if form == "phone" else DESKTOP)
        assert not faults, "\n".join(faults)
        shots = os.environ.get("ZMLIB_SHOTS")
        if shots:
            for theme in ("light", "dark"):
                page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
                keep(page, Path(shots) / f"play-{guide}.{form}-{theme}.png")
