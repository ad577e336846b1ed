"""The painter: the same arguments give the same picture, others another; each manner does what its name says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from zmlib.data.samples import RESERVED, SAMPLES, Sample, photos, styles
from zmlib.errors import UserError
from zmlib.styleset.painter import MANNERS, noise, paint, paint_sample, paint_samples, scenes
from zmlib.styleset.painter.colours import choose, clusters, from_hex, ramp, shifted, to_oklab, to_srgb


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float32) / 255


@pytest.mark.parametrize("manner", MANNERS)
def test_the_same_arguments_give_the_same_picture(manner: str) -> None:
    np.random.seed(1)
    first = paint(None, 5, manner, size=64)
    np.random.seed(2)
    assert first.size == (64, 64) and first.mode == "RGB"
    assert np.array_equal(pixels(first), pixels(paint(None, 5, manner, size=64)))
    others = [paint(None, seed, manner, size=64) for seed in (6, 7, 8)]
    assert all(np.abs(pixels(first) - pixels(other)).mean() > 0.05 for other in others)


def test_the_seed_varies_the_hand_too() -> None:
    source = photos()["coffee"]
    for manner in MANNERS:
        a, b = (pixels(paint(source, seed, manner, size=64)) for seed in (1, 2))
        assert np.abs(a - b).mean() > 0.02


@pytest.mark.parametrize("manner", MANNERS)
def test_a_source_is_recognised_and_keeps_its_proportions(manner: str) -> None:
    source = photos()["china"]
    painted = paint(source, 3, manner, size=128)
    assert painted.size == (192, 128)
    wanted, got = (gaussian_filter(pixels(image.resize((192, 128))).mean(-1), 3) for image in (source, painted))
    assert np.corrcoef(wanted.ravel(), got.ravel())[0, 1] > 0.7


@pytest.mark.parametrize("scene", scenes.SCENES)
def test_scenes_are_pictures_and_the_same_at_any_size(scene: str) -> None:
    small, large = (scenes.make(np.random.default_rng(4), size, scene) for size in (48, 96))
    assert small.shape == (48, 48, 3) and 0 <= small.min() and large.max() <= 1
    assert large.std((0, 1)).max() > 0.06  # not one flat colour
    halved = large.reshape(48, 2, 48, 2, 3).mean((1, 3))
    blurred = [gaussian_filter(image, (4, 4, 0)) for image in (small, halved)]
    assert np.abs(blurred[0] - blurred[1]).mean() < 0.06


def test_a_woodblock_is_flat_and_outlined_and_a_painting_is_not() -> None:
    """Few colours cover most of a print; strokes and hatching have far more energy between neighbouring pixels."""
    rough = {}
    for manner in MANNERS:
        light = pixels(paint(None, 11, manner, size=160, scene="mountain")).mean(-1)
        rough[manner] = np.median(np.abs(light - gaussian_filter(light, 1.5)))
    assert rough["woodblock"] < 0.6 * rough["hatching"]
    assert rough["strokes"] > 0.002


def test_hatching_lines_have_the_pens_spacing_at_any_size() -> None:
    """Twice the size has the same lines at twice the distance, so the same share of ink."""
    small, large = (pixels(paint(None, 2, "hatching", size=size, scene="hills")).mean() for size in (128, 256))
    assert abs(small - large) < 0.06


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"manner": "crayon"}, "There is no manner 'crayon'.*strokes, hatching, woodblock"),
        ({"scene": "moonbase"}, "There is no scene 'moonbase'"),
        ({"seed": -1}, "seed -1"),
        ({"size": 8}, "size 8"),
        ({"source": Path("none.jpg")}, "There is no file none.jpg"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        paint(**({"source": None, "seed": 0, "manner": "strokes"} | arguments))  # type: ignore[arg-type]


# ---- the samples that ship --------------------------------------------------------------------------------------


def test_samples_have_seeds_that_no_training_uses() -> None:
    assert len({sample.seed for sample in SAMPLES}) == len(SAMPLES) == 12
    assert all(sample.seed >= RESERVED for sample in SAMPLES)
    assert {sample.manner for sample in SAMPLES} == set(MANNERS)


def test_a_shipped_sample_can_be_made_again() -> None:
    sample = next(sample for sample in SAMPLES if sample.name == "regatta")
    assert np.abs(pixels(paint_sample(sample)) - pixels(styles()["regatta"])).mean() < 0.03  # what JPEG takes


@cache
def small(name: str) -> np.ndarray:
    """A shipped sample without its lines and strokes: 64 px, blurred."""
    return gaussian_filter(pixels(styles()[name].resize((64, 64), Image.Resampling.BOX)), (3, 3, 0))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_each_shipped_sample_is_its_own_recipe(sample: Sample) -> None:
    """Painted again at an eighth of the size, it is liker the shipped picture of its name than any other."""
    again = gaussian_filter(pixels(paint_sample(sample, 64)), (3, 3, 0)).ravel()
    alike = {other.name: np.corrcoef(again, small(other.name).ravel())[0, 1] for other in SAMPLES}
    assert max(alike, key=alike.__getitem__) == sample.name and alike[sample.name] > 0.8


def test_build_writes_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmlib.styleset.painter.paint", lambda *_, **__: Image.new("RGB", (8, 8)))
    assert {path.name for path in paint_samples(tmp_path)} == {f"{sample.name}.jpg" for sample in SAMPLES}


# ---- colour and noise -------------------------------------------------------------------------------------------


def test_oklab_against_published_values() -> None:
    red, white = to_oklab(from_hex("ff0000 ffffff"))
    np.testing.assert_allclose(red, [0.62796, 0.22486, 0.12585], atol=1e-3)
    np.testing.assert_allclose(white, [1, 0, 0], atol=1e-3)
    colours = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(to_srgb(to_oklab(colours)), colours, atol=1e-3)


def test_ramp_and_shift() -> None:
    ends = from_hex("000000 ffffff")
    np.testing.assert_allclose(ramp(ends, np.array([0.0, 1.0, 2.0])), [[0] * 3, [1] * 3, [1] * 3], atol=1e-3)
    blue = shifted(from_hex("d04040")[0], hue=np.pi)
    assert blue[0] < blue[1] and blue[0] < blue[2]  # red turned half round
    assert shifted(blue, light=20).mean() > blue.mean() > shifted(blue, light=-20).mean()


def test_palettes_differ_with_the_seed() -> None:
    skies = np.stack([choose(np.random.default_rng(seed)).sky.ravel() for seed in range(40)])
    distances = np.abs(skies[:, None] - skies[None]).mean(-1)[~np.eye(40, dtype=bool)]
    assert distances.min() > 0.005 and np.median(distances) > 0.15


def test_noise_is_the_same_field_at_any_size() -> None:
    small, large = (noise.fractal(np.random.default_rng(3), (side, side), 4, 2) for side in (64, 256))
    assert abs(small.mean()) < 1e-4 and abs(small.std() - 1) < 1e-3
    reduced = large.reshape(64, 4, 64, 4).mean((1, 3))
    assert np.corrcoef(small.ravel(), reduced.ravel())[0, 1] > 0.98


def test_clusters_find_a_small_bright_spot() -> None:
    image = np.full((96, 96, 3), 0.5, np.float32)
    image[:, 48:] = (0.1, 0.2, 0.6)
    image[40:46, 20:26] = (0.95, 0.1, 0.1)
    colours, labels = clusters(np.random.default_rng(0), image, 3)
    assert (np.diff(colours[:, 0]) <= 0).all()
    assert len({labels[0, 0], labels[0, 95], labels[43, 23]}) == 3
