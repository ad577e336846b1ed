"""The page that paints at any size: its arithmetic is that of `zmlib.passes.levels`; the whole upload comes back."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from painting import apart, arrived, as_shown, move, painted, part, status, until, upload
from PIL import Image
from serving import served
from torch import Tensor
from visit import BOOK, DESKTOP, too_wide, visit

import zmlib
from zmlib import fast
from zmlib.data import samples
from zmlib.passes.levels import STROKES, at_levels, levels

PLAY = Path(__file__).parents[2] / "book" / "play"
STYLE = BOOK / "_build" / "html" / "play" / "model" / "styles" / "wave.jpg"
NEAR = 2 / 255
# A network for both sides whose output depends on where a pixel lies, so that a move counts, on its neighbour and
# on its value
NETWORK = """
const stylize = async ({width, height, pixels}) => {
  const out = new Uint8ClampedArray(pixels);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) {
    const [x, y] = [i % width, Math.floor(i / width)], left = pixels[4 * (i - (x > 0)) + c];
    out[4 * i + c] = ((3 * pixels[4 * i + c] + left) >> 2) + 40 * ((x + 2 * y) % 4 === 1) - 20;
  }
  return {width, height, pixels: out};
};
const opened = (text, width, height) => (
  {width, height, pixels: Uint8ClampedArray.from(atob(text), x => x.charCodeAt(0))});
const closed = ({pixels}) => btoa(pixels.reduce((text, x) => text + String.fromCharCode(x), ""));
"""


def network(x: Tensor) -> Tensor:
    """The same in torch, on uint8."""
    left = torch.cat([x[..., :1], x[..., :-1]], -1).int()
    rows, columns = torch.arange(x.shape[2])[:, None], torch.arange(x.shape[3])
    lattice = 40 * ((columns + 2 * rows) % 4 == 1).int()
    return ((3 * x.int() + left) // 4 + lattice - 20).clamp(0, 255).to(torch.uint8)


@pytest.fixture(scope="module")
def script(browser: Any) -> Iterator[str]:
    """The address of levels.js as it stands in the sources, in a page of its own."""
    with served(PLAY) as address:
        browser.get(f"{address}paint/paint.html")
        yield f"{address}paint/levels.js"


def photo(height: int, width: int) -> np.ndarray:
    """Noise, soft and hard edges, and black and white parts, which clamp: (H, W, 3) bytes."""
    rng, y, x = np.random.default_rng(height), *np.mgrid[:height, :width]
    soft = 128 + 120 * np.sin(x / 9 + y / 23)[..., None] * np.array([1, 0.5, -1])
    out = soft + rng.normal(0, 25, (height, width, 3))
    out[height // 3 : height // 2, width // 4 : width // 2] = 255
    out[: height // 5, -width // 3 :] = 0
    return out.clip(0, 255).round().astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "stroke", "finest"),
    [
        (90, 131, None, None),  # one pass
        (131, 90, 80, None),  # one pass, as the photo is little larger
        (97, 143, 48, None),  # two sizes, the first moved
        (301, 222, 53, None),  # three sizes
        (301, 222, 53, 111),  # the painting is enlarged
        (150, 401, 256, 64),  # one pass at a small size
    ],
)
def test_the_scripts_paint_as_at_levels_does(
    height: int, width: int, stroke: int | None, finest: int | None, browser: Any, script: str
) -> None:
    content = photo(height, width)
    opaque = np.dstack([content, np.full((height, width), 255, np.uint8)])
    code = f"""
        const [address, text, height, width, stroke, finest, done] = arguments;{NETWORK}
        import(address).then(async ({{atLevels, levels}}) => done([
          levels(height, width, stroke),
          closed(await atLevels(stylize, opened(text, width, height), stroke, finest ?? undefined)),
        ])).catch(error => done(String(error)))"""
    encoded = base64.b64encode(opaque.tobytes()).decode()
    found = browser.execute_async_script(code, script, encoded, height, width, stroke, finest)
    assert isinstance(found, list), found
    sizes, picture = found
    assert [tuple(size) for size in sizes] == levels(height, width, stroke)
    pixels = np.frombuffer(base64.b64decode(picture), np.uint8).reshape(height, width, 4)
    expected = at_levels(network, torch.from_numpy(content.transpose(2, 0, 1).copy())[None], stroke, finest)
    difference = np.abs(pixels[..., :3].astype(int) - expected[0].permute(1, 2, 0).numpy())
    # Rounding to the other side, by 1, is rare, and at each further size it may happen once more.
    assert difference.max() <= max(1, len(sizes) - 1) and (difference > 0).mean() < 1e-3
    assert (pixels[..., 3] == 255).all()


def test_the_strokes_have_the_sizes_and_names_of_zmlib() -> None:
    html = (PLAY / "paint" / "paint.html").read_text(encoding="utf-8")
    control = re.search(r'<select name="stroke">(.*?)</select>', html, re.S)
    assert control is not None
    found = {name: int(size) for size, name in re.findall(r'value="(\d+)"[^>]*>([\w ]+)<', control[1])}
    assert found == {**STROKES, "one pass": 0}


@pytest.fixture
def page(browser: Any, top: str, tmp_path: Path) -> Any:
    """The page with an upload that is read in two bands, painted at 256 px; what is saved comes into tmp_path."""
    assert not visit(browser, f"{top}play.html")
    too_wide(browser, DESKTOP)
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    status(browser, "Ready.")
    samples.photos()["coffee"].resize((1500, 1100)).save(tmp_path / "large.png")
    upload(browser, "photo", tmp_path / "large.png")
    until(browser, "return document.querySelector('#paint input[value=own]:checked')")
    move(browser, "size", 256)
    part(browser, "go").click()
    painted(browser, 1)
    return browser


def saved(page: Any, folder: Path) -> np.ndarray:
    """Press the button, and the picture that comes of it."""
    (folder / "large-wave.png").unlink(missing_ok=True)
    part(page, "save").click()
    status(page, "Saved: 1500 × 1100 pixels")
    return np.asarray(arrived(folder / "large-wave.png"))


def test_the_whole_upload_comes_back_as_zmlib_paints_it(page: Any, tmp_path: Path) -> None:
    whole = tmp_path / "large.png"
    with fast.using(torch.float32):
        assert apart(saved(page, tmp_path), zmlib.stylize(whole, STYLE, finest=256)) <= NEAR
        move(page, "strength", 40)
        painted(page, 2)
        assert apart(saved(page, tmp_path), zmlib.stylize(whole, STYLE, finest=256, strength=0.4)) <= NEAR
        move(page, "strength", 100)
        move(page, "size", 512)
        move(page, "stroke", STROKES["broad"])  # before the painting at 512 px is done, which is dropped
        shown = painted(page, 3)
        assert "256 and 512" in status(page, "698 × 512 pixels")
        assert apart(shown, as_shown(whole, STYLE, finest=512, stroke_size="broad")) <= NEAR
        broad = zmlib.stylize(whole, STYLE, finest=512, stroke_size="broad")
        found = saved(page, tmp_path)
        assert apart(found, broad) <= NEAR < apart(found, zmlib.stylize(whole, STYLE, finest=512))


def test_a_new_choice_ends_the_saving_and_saving_waits_for_the_painting(page: Any, tmp_path: Path) -> None:
    page.execute_script(
        """document.querySelector('#paint [data-part="save"]').click();
        const slider = document.querySelector('#paint [name="strength"]');
        slider.value = 0; slider.dispatchEvent(new Event("input", {bubbles: true}))"""
    )
    painted(page, 2)
    time.sleep(0.5)
    assert not (tmp_path / "large-wave.png").exists()
    page.execute_script(
        """const slider = document.querySelector('#paint [name="strength"]');
        slider.value = 100; slider.dispatchEvent(new Event("input", {bubbles: true}));
        document.querySelector('#paint [data-part="save"]').click()"""
    )
    status(page, "Saved: 1500 × 1100 pixels")
    with fast.using(torch.float32):
        found = np.asarray(arrived(tmp_path / "large-wave.png"))
        assert apart(found, zmlib.stylize(tmp_path / "large.png", STYLE, finest=256)) <= NEAR


def test_a_photo_smaller_than_what_the_network_paints_is_refused(page: Any, tmp_path: Path) -> None:
    Image.effect_noise((40, 31), 60).convert("RGB").save(tmp_path / "tiny.png")
    upload(page, "photo", tmp_path / "tiny.png")
    assert "at least 32 × 32" in status(page, "“tiny.png” is 40 × 31 pixels")


def test_photos_with_a_transparent_part_stand_on_white_and_turned_ones_upright(page: Any, tmp_path: Path) -> None:
    rgba = Image.new("RGBA", (90, 60), (200, 40, 40, 255))
    rgba.paste((0, 0, 0, 0), (0, 0, 45, 60))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    rgba.save(tmp_path / "large.png", exif=exif)
    move(page, "strength", 0)
    painted(page, 2)
    upload(page, "photo", tmp_path / "large.png")
    shown = painted(page, 3)
    assert shown.shape == (90, 60, 3) and (shown[:40] > 253).all() and np.abs(shown[50:] - [200, 40, 40]).max() <= 1
