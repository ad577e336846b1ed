"""Random crops of photos and paintings that depend on (seed, index) alone, so that a resumed run sees the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.data.images import open_image
from zmlib.train.recipes import Recipe

PHOTO_SCALES = (1.0, 2.4)  # short side over crop size: from the whole picture to a detail
STYLE_SCALES = (1.0, 3.0)


def photo_crop(files: Sequence[Path], seed: int, index: int, size: int) -> Tensor:
    """Crop number `index` of the content photos: uint8 (3, size, size), randomly scaled, placed and flipped."""
    rng = np.random.default_rng([seed, 1, index])
    image = _crop(open_image(files[index % len(files)]), size, PHOTO_SCALES, rng)
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


def style_crop(
    files: Sequence[Path], photos: Sequence[Path], recipe: Recipe, seed: int, index: int, size: int
) -> Tensor:
    """Crop number `index` of the style pictures: uint8 (3, size, size).

    The recipe's `photo_styles` is the share that comes from photos instead, always with changed colours. Without its
    `augment` the whole picture is used, scaled and cut square.
    """
    rng = np.random.default_rng([seed, 2, index])
    from_photo, augment = rng.random() < recipe.photo_styles, recipe.augment
    pool = photos if from_photo else files
    image = open_image(pool[index % len(pool)])
    array = _crop(image, size, STYLE_SCALES if augment else (1.0, 1.0), rng if augment else None)
    if augment and (from_photo or rng.random() < recipe.recolour):
        array = recolour(array, rng)
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))


def _crop(image: Image.Image, size: int, scales: tuple[float, float], rng: np.random.Generator | None) -> np.ndarray:
    """(size, size, 3) uint8. The picture is never enlarged beyond what the crop needs."""
    short = min(image.size)
    scale, across, down = (
        (1.0, 0.5, 0.5) if rng is None else (np.exp(rng.uniform(*np.log(scales))), rng.random(), rng.random())
    )
    side = min(short, short / min(scale, max(1.0, short / size)))  # of the crop, in the picture's own pixels
    left, top = across * (image.width - side), down * (image.height - side)
    box = (left, top, left + side, top + side)
    array = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box))
    return array[:, ::-1] if rng is not None and rng.random() < 0.5 else array


def recolour(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another palette for the same brushwork: permuted channels, a gamma a channel, rarely a negative.

    uint8 in and out.
    """
    x = array.astype(np.float32) / 255
    if rng.random() < 0.5:
        x = x[..., rng.permutation(3)]
    if rng.random() < 0.6:
        x = x ** np.exp(rng.uniform(-0.5, 0.5, 3)).astype(np.float32)
    if rng.random() < 0.1:
        x = 1 - x
    return (x * 255 + 0.5).astype(np.uint8)
