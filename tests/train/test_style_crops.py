"""What a recipe's `style_crops` and `style_size` say of the crops that a training sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import fill as fill_folder
from tiny import losses, tiny

import zmlib.train.loop as loop
from zmlib.train.crops import style_crop
from zmlib.train.recipe import VIEW, Recipe

PLAIN = Recipe("", photo_styles=0.0, recolour=0.0)


@pytest.fixture
def chart(tmp_path: Path) -> list[Path]:
    """One picture of 500 x 400 px whose red and green say where each pixel lies, in halves of pixels."""
    y, x = np.mgrid[0:400, 0:500] / 2
    path = tmp_path / "chart.png"
    Image.fromarray(np.stack([x, y, 0 * x], -1).round().astype(np.uint8)).save(path)
    return [path]


def places(chart: list[Path], recipe: Recipe, size: int, count: int = 30) -> np.ndarray:
    """(count, 3): left edge, top edge and width, in the picture's pixels, of so many crops; a flip has width < 0."""
    crops = torch.stack([style_crop(chart, chart, recipe, 0, i, size) for i in range(count)]).double() * 2
    red, green = crops[:, 0].mean(1), crops[:, 1].mean(2)
    return torch.stack([red[:, 0], green[:, 0], (red[:, -1] - red[:, 0]) * size / (size - 1)], 1).numpy()


@pytest.mark.parametrize("size", [64, 128])
def test_window_has_one_scale_many_places_and_no_flip(chart: list[Path], size: int) -> None:
    seen = places(chart, Recipe("", style_crops="window", photo_styles=0.0), size)
    assert seen[:, 2] == pytest.approx(400 * size / VIEW, abs=5), "what a picture of 256 px shows in so many"
    assert np.ptp(seen[:, 0]) > 150 and np.ptp(seen[:, 1]) > 100


def test_whole_is_the_centre_square_always(chart: list[Path]) -> None:
    seen = places(chart, Recipe("", style_crops="whole", photo_styles=0.0), 64, 4)
    assert seen == pytest.approx(np.array([[50, 0, 400]] * 4), abs=7)


def test_fixed_is_one_window_a_picture(chart: list[Path]) -> None:
    seen = places(chart * 3, Recipe("", style_crops="fixed", photo_styles=0.0), 64, 9)
    assert seen[:, 2] == pytest.approx(400 * 64 / VIEW, abs=5)
    assert (seen == np.tile(seen[:3], (3, 1))).all(), "the same each time that the picture comes round"
    assert len(np.unique(seen[:, 0].round())) == 3, "every picture has a place of its own"


def test_varied_has_scales_places_and_flips(chart: list[Path]) -> None:
    seen = places(chart, PLAIN, 64, 60)
    widths = np.abs(seen[:, 2])
    assert widths.min() > 125 and widths.max() < 408 and np.ptp(widths) > 200
    assert 15 < (seen[:, 2] < 0).sum() < 45


def test_only_varied_crops_get_another_palette(chart: list[Path]) -> None:
    """The chart has no blue; another palette mostly has."""
    for manner, some in (("varied", True), ("window", False), ("fixed", False), ("whole", False)):
        recipe = Recipe("", style_crops=manner, photo_styles=0.0, recolour=1.0)  # type: ignore[arg-type]
        blue = torch.stack([style_crop(chart, chart, recipe, 0, i, 32)[2] for i in range(12)])
        assert bool((blue > 0).any()) is some, manner


@pytest.mark.parametrize(
    ("name", "size", "count"), [("styles", 32, 9), ("fst", 64, 1), ("cin-10", 64, 3), ("concat", 64, 3)]
)
def test_what_a_training_sees(
    name: str, size: int, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Style crops have `style_size` where it is given; whole pictures and fixed windows are one crop each."""
    photos = fill_folder(tmp_path / "photos", 2)
    styles = fill_folder(tmp_path / "styles", 1 if name == "fst" else 3, 50)
    seen, limits = [], set()
    real = loop.Trainer.signal

    def signal(self: loop.Trainer, crops: torch.Tensor, indices: np.ndarray) -> torch.Tensor:
        seen.append(tuple(crops.shape[2:]))
        limits.add(self._styles.limit)
        return real(self, crops, indices)

    monkeypatch.setattr(loop.Trainer, "signal", signal)
    pictures = 3 if name == "cin-10" else None
    losses(tiny(name, 2, contents=5, styles=9, pictures=pictures), photos, styles, tmp_path / "run")
    assert set(seen) == {(size, size)} and limits == {count}
