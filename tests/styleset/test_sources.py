"""Where the user has no pictures; and the shipped samples, which nothing is trained on, in whatever form they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_set import fill, smooth

from zmlib.data import samples
from zmlib.data.images import open_image
from zmlib.styleset import sources
from zmlib.styleset.split import read_pictures


@pytest.fixture(scope="module")
def shelf() -> dict[str, Image.Image]:
    """The six photographs and two of the paintings."""
    styles = samples.styles()
    return {**samples.photos(), **{name: styles[name] for name in ("wave", "embers")}}


@pytest.mark.parametrize(("scale", "quality"), [(0.25, 60), (0.6, 60), (1.3, 90)])
def test_samples_are_left_out_at_another_size_and_quality(
    shelf: dict[str, Image.Image], tmp_path: Path, scale: float, quality: int
) -> None:
    """Measured: thumbnails of such copies differ by at most 0.008; 700 other pictures from every sample by 0.094."""
    fill(tmp_path, 4)
    for name, picture in shelf.items():
        size = round(picture.width * scale), round(picture.height * scale)
        picture.resize(size, Image.Resampling.BICUBIC).save(tmp_path / f"{name}.jpg", quality=quality)
    kept = sources.without_samples(read_pictures(tmp_path))
    assert [picture.name for picture in kept] == ["00.png", "01.png", "02.png", "03.png"]


def test_other_pictures_of_the_same_colours_are_kept(shelf: dict[str, Image.Image], tmp_path: Path) -> None:
    for name, picture in shelf.items():
        picture.resize((96, 72)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / f"{name}.png")
        Image.new("RGB", (64, 48), tuple(np.asarray(picture).mean((0, 1)).astype(int))).save(tmp_path / f"{name}-1.png")
    pictures = read_pictures(tmp_path)
    assert sources.without_samples(pictures) == pictures


def test_drawn_scenes_are_different_none_is_a_sample_and_those_there_are_kept(tmp_path: Path) -> None:
    folder = sources.drawn(tmp_path / "photos", 4)
    pictures = read_pictures(folder)
    assert len({picture.sha256 for picture in pictures}) == 4
    assert sources.without_samples(pictures) == pictures
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    sources.drawn(folder, 4)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_painted_seeds_are_different_and_those_there_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def paint(_: None, number: int, manner: str, *, size: int) -> Image.Image:
        asked.append((number, manner, size))
        return smooth(number)

    monkeypatch.setattr(sources, "paint", paint)
    sources.painted(tmp_path / "seeds", 2)
    folder = sources.painted(tmp_path / "seeds", 5)
    assert [number for number, _, _ in asked] == [0, 1, 2, 3, 4] and len({manner for _, manner, _ in asked}) == 3
    assert len({open_image(path).tobytes() for path in folder.iterdir()}) == 5
