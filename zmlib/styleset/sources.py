"""Seeds and photos for users who have none; the shipped samples are kept out of every training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from rich.progress import track

from zmlib.data import samples
from zmlib.data.images import open_image, save_image
from zmlib.styleset.painter import MANNERS, paint, scenes
from zmlib.styleset.split import Picture

THUMBNAIL = 16
ALIKE = 0.02  # mean absolute difference of thumbnails, of the range 1, below which two pictures are the same


def painted(folder: Path, count: int) -> Path:
    """A folder of `count` pictures by the project's painter; existing ones are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in track(range(count), description="painting the seeds"):
        path = folder / f"{number:06d}.jpg"
        if not path.exists():
            _save_first(paint(None, number, MANNERS[number % len(MANNERS)], size=384), path)
    return folder


def drawn(folder: Path, count: int) -> Path:
    """A folder of `count` of the painter's scenes, not yet painted, in place of photographs; existing ones are kept.

    The photographs that ship are kept out of every training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:06d}.jpg"
        if not path.exists():
            scene = scenes.make(np.random.default_rng([number, 7]), 384)
            _save_first(scene.astype(np.float32), path)
    return folder


def _save_first(image: Image.Image | np.ndarray, path: Path) -> None:
    """Save a picture, unless another shard has done so meanwhile: its plan may name that file's hash already."""
    if not path.exists():
        save_image(image, path)


def without_samples(pictures: list[Picture]) -> list[Picture]:
    """The pictures without the shipped samples, whatever their size and format.

    The samples are what everyone looks at, so no network may be trained on them.
    """
    known = [_thumbnail(picture) for picture in (*samples.photos().values(), *samples.styles().values())]

    def is_sample(picture: Picture) -> bool:
        small = _thumbnail(open_image(picture.path))
        return any(np.abs(small - other).mean() < ALIKE for other in known)

    return [picture for picture in pictures if not is_sample(picture)]


def _thumbnail(image: Image.Image) -> np.ndarray:
    small = image.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255
