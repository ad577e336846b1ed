"""Pictures of any size: what `stylize` promises for one pass it keeps where a picture is painted at several sizes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import uniform_filter
from skimage.color import rgb2lab

import zmlib
from zmlib import fast
from zmlib.data import samples
from zmlib.data.images import resize_short
from zmlib.errors import UserError
from zmlib.fast.memory import KEPT
from zmlib.passes.levels import levels
from zmlib.stylize import check_fits, encode_style, stylize

STROKE = 40  # px; a short side of 256 is painted at 40, 101 and 256
STYLES = samples.styles()
FIRST, SECOND = STYLES["evening"], STYLES["harvest"]
PHOTO = resize_short(samples.photos()["china"], 256)


@pytest.fixture(scope="module")
def net() -> zmlib.ZMNet:
    return zmlib.load("styles")


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(float)


def half(side: str) -> Image.Image:
    """A mask of PHOTO's size with a hard vertical edge in the middle."""
    (width, height), mask = PHOTO.size, Image.new("L", PHOTO.size, 0)
    mask.paste(255, (0, 0, width // 2, height) if side == "left" else (width // 2, 0, width, height))
    return mask


def test_three_levels_are_what_these_tests_paint() -> None:
    sizes = levels(PHOTO.height, PHOTO.width, STROKE)
    assert [min(size) for size in sizes] == [40, 101, 256]


def test_larger_strokes_are_another_picture_and_a_small_one_is_one_pass(net: zmlib.ZMNet) -> None:
    fine, large = (array(stylize(PHOTO, FIRST, model=net, stroke_size=stroke)) for stroke in (None, STROKE))
    assert np.abs(fine - large).mean() > 5
    for stroke in ("fine", "medium", "broad", 182):  # 256 px are less than 1.42 times that
        assert np.array_equal(array(stylize(PHOTO, FIRST, model=net, stroke_size=stroke)), fine)


def test_strength_0_is_the_photo_and_its_neighbour_nearly(net: zmlib.ZMNet) -> None:
    at = {t: array(stylize(PHOTO, FIRST, model=net, stroke_size=STROKE, strength=t)) for t in (0, 1e-6, 1 - 1e-6, 1)}
    assert np.array_equal(at[0], array(PHOTO))
    for t, end in ((1e-6, 0), (1 - 1e-6, 1)):
        assert np.abs(at[t] - at[end]).mean() < 0.2, "each size is rounded to 8 bits, and hardly anything else differs"


def test_where_no_mask_is_the_photos_own_pixels_stay(net: zmlib.ZMNet) -> None:
    middle = PHOTO.width // 2
    out = array(stylize(PHOTO, FIRST, model=net, masks=[half("left")], stroke_size=STROKE))
    assert np.array_equal(out[:, middle:], array(PHOTO)[:, middle:])
    assert np.abs(out[:, :middle] - array(PHOTO)[:, :middle]).mean() > 10


def test_a_hard_edge_between_two_styles_stays_where_it_is(net: zmlib.ZMNet) -> None:
    """A pixel is of the style whose own painting it is nearer to, in a window of 9 px; 32 px are 5 of the coarsest."""
    alone = [array(stylize(PHOTO, style, model=net, stroke_size=STROKE)) for style in (FIRST, SECOND)]
    masks = [half("left"), half("right")]
    both = array(stylize(PHOTO, [FIRST, SECOND], model=net, masks=masks, stroke_size=STROKE))
    far = [np.abs(uniform_filter(both - one, (9, 9, 1))).sum(2) for one in alone]
    place = np.arange(PHOTO.width) - PHOTO.width // 2 + 0.5
    wrong = np.where(place < 0, far[0] > far[1], far[1] > far[0])
    assert not wrong[:, np.abs(place) > 32].any()
    assert wrong.mean() < 0.02


def test_keep_colour_keeps_a_and_b(net: zmlib.ZMNet) -> None:
    muted = Image.blend(PHOTO, Image.new("RGB", PHOTO.size, "grey"), 0.8)  # nothing is clipped
    kept, plain = (stylize(muted, FIRST, model=net, stroke_size=STROKE, keep_colour=keep) for keep in (True, False))
    lab = {name: rgb2lab(np.asarray(one)) for name, one in (("photo", muted), ("kept", kept), ("plain", plain))}
    assert np.abs(lab["kept"] - lab["photo"])[..., 1:].mean() < 1 < np.abs(lab["plain"] - lab["photo"])[..., 1:].mean()
    assert np.abs(lab["kept"] - lab["photo"])[..., 0].mean() > 2


@pytest.mark.parametrize("size", [(4000, 40), (40, 4000), (33, 33), (1600, 90)])
@pytest.mark.parametrize("stroke", [32, "medium", None])
def test_any_size_comes_back(net: zmlib.ZMNet, size: tuple[int, int], stroke: int | str | None) -> None:
    """The same scene at any size: painted by TNet, in the colours that it has at another, each part where it was."""
    photo = PHOTO.resize(size)
    affine = encode_style(net, FIRST)
    usual = array(stylize(PHOTO, affine, model=net)).mean((0, 1))
    small = {"photo": array(photo.resize((16, 16), Image.Resampling.BOX))}
    both: dict[str, dict[str, Any]] = {"full": {}, "half": {"strength": 0.5, "finest": 64}}
    for name, options in both.items():
        out = stylize(photo, affine, model=net, stroke_size=stroke, **options)
        assert out.size == size
        small[name] = array(out.resize((16, 16), Image.Resampling.BOX))
    far = {name: np.abs(one - small["photo"]).mean() for name, one in small.items()}
    assert far["full"] > 30 and 0.3 < far["half"] / far["full"] < 0.7, "half the way to the style"
    assert np.abs(small["full"].mean((0, 1)) - usual).max() < 8
    light = {name: one.mean(2).ravel() for name, one in small.items()}
    assert min(np.corrcoef(light["photo"], light[name])[0, 1] for name in both) > 0.9


def test_finest_leaves_out_the_last_sizes_and_keeps_the_look(net: zmlib.ZMNet) -> None:
    seen: list[tuple[int, int]] = []
    whole = array(stylize(PHOTO, FIRST, model=net, stroke_size=STROKE))
    part = array(
        stylize(PHOTO, FIRST, model=net, stroke_size=STROKE, finest=101, progress=lambda size, _: seen.append(size))
    )
    assert [min(size) for size in seen] == [40, 101] and part.shape == whole.shape
    small = [array(resize_short(Image.fromarray(one.astype(np.uint8)), 32)) for one in (whole, part, array(PHOTO))]
    assert np.abs(small[1] - small[0]).mean() < 0.25 * np.abs(small[2] - small[0]).mean()


@pytest.mark.parametrize(("strength", "pictures"), [(1.0, 1), (0.5, 2)])
def test_progress_is_told_before_each_pass(net: zmlib.ZMNet, strength: float, pictures: int) -> None:
    told: list[tuple[tuple[int, int], float]] = []
    stylize(PHOTO, FIRST, model=net, stroke_size=STROKE, strength=strength, progress=lambda *so: told.append(so))
    assert [min(size) for size, _ in told] == [40, 101, 256] * pictures
    areas = [40**2, 101**2, 256**2]
    shares = [sum(areas[:i]) / sum(areas) for i in range(3)]
    assert [share for _, share in told] == pytest.approx(shares * pictures, abs=1e-3)


def test_both_precisions_agree(net: zmlib.ZMNet) -> None:
    found = []
    for precision in (torch.float32, torch.bfloat16):
        with fast.using(precision):
            found.append(array(stylize(PHOTO, FIRST, model=net, stroke_size=STROKE)))
    assert 0 < np.abs(found[0] - found[1]).mean() < 1.5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"stroke_size": "huge"}, "stroke size is fine, medium, broad, none or a whole number of pixels, not 'huge'"),
        ({"stroke_size": 31}, "stroke size must be at least 32 pixels, not 31"),
        ({"finest": 16}, "finest size must be at least 32 pixels, not 16"),
    ],
)
def test_what_is_no_size_gets_one_sentence(options: dict, says: str) -> None:
    with pytest.raises(UserError, match=says):
        stylize("nowhere.jpg", "nowhere.jpg", **options)  # before anything is read


LARGE = Image.new("RGB", (4000, 3000))


def test_of_a_finest_size_the_whole_picture_must_fit_too(net: zmlib.ZMNet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Painted at 64 pixels, it still takes 12 megapixels to hold and to enlarge."""
    monkeypatch.setattr("zmlib.device.memory_free", lambda device: 4e8)
    check_fits(net, LARGE, None, finest=64)
    monkeypatch.setattr("zmlib.device.memory_free", lambda device: 2e8)
    with pytest.raises(UserError, match=r"4000 x 3000 pixels needs about 0\.\d GB") as caught:
        check_fits(net, LARGE, None, finest=64)
    assert "finest=" not in str(caught.value), "none is small enough"


def test_what_is_too_large_gets_a_size_and_a_finest_one_that_fit(
    net: zmlib.ZMNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmlib.device.memory_free", lambda device: 6e8)
    with pytest.raises(UserError, match=r"size=\d+ \(--size \d+\), or .* finest=\d+ \(--finest \d+\)\.$") as caught:
        check_fits(net, LARGE, None)
    size, finest = (int(re.search(rf" {name}=(\d+)", str(caught.value))[1]) for name in ("size", "finest"))  # type: ignore[index]
    check_fits(net, LARGE, size)
    check_fits(net, LARGE, None, finest=finest)
    for more in ({"size": 2 * size}, {"size": None, "finest": 2 * finest}):
        with pytest.raises(UserError, match="GB is free"):
            check_fits(net, LARGE, **more)
    with pytest.raises(UserError, match=r"with style_size=\d+ \(--style-size \d+\)\.$"):
        encode_style(net, LARGE, None)


PEAK = """
import importlib, sys
from bench.child import _forget_peak, peak_memory
from PIL import Image
import zmlib
module, net = importlib.import_module("zmlib.stylize"), zmlib.load("styles")
require, checked = module.require_memory, []
def noted(size, needed, *more):
    checked.append(needed(size))
    require(size, needed, *more)
module.require_memory = noted
options = {"model": net, "finest": 256, "strength": 0.5, "keep_colour": True}
style, photo = (Image.effect_noise(size, 80).convert("RGB") for size in ((256, 256), (3000, 2000)))
module.stylize(style, style, **options)
before = _forget_peak()
checked.clear()
module.stylize(photo, style, **options)
print(-1 if before is None else peak_memory() - before, max(checked))
"""


def test_what_is_checked_is_taken_below_strength_1() -> None:
    """In a process of its own, whose peak can be told apart."""
    root = Path(__file__).parents[1]
    env = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'notebooks'}"}
    done = subprocess.run([sys.executable, "-c", PEAK], env=env, capture_output=True, text=True, check=True)
    taken, checked = map(int, done.stdout.split())
    if taken < 0:
        pytest.skip("this system does not tell a process's peak")
    assert 0.5 * checked < taken < checked + KEPT, "freed memory that is kept for later comes on top"
