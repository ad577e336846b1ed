"""Random crops of photos and paintings that depend on (seed, index) alone, so that a resumed run sees the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from zmlib.data.images import open_image
from zmlib.data.windows import PHOTO_SCALES, window
from zmlib.train.recipe import VIEW, Recipe

STYLE_SCALES = (1.0, 3.0)


def photo_crop(files: Sequence[Path], seed: int, index: int, size: int) -> Tensor:
    """Crop number `index` of the content photos: uint8 (3, size, size), randomly scaled, placed and flipped."""
    rng = np.random.default_rng([seed, 1, index])
    image = window(open_image(files[index % len(files)]), size, PHOTO_SCALES, rng)
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


def style_crop(
    files: Sequence[Path], photos: Sequence[Path], recipe: Recipe, seed: int, index: int, size: int
) -> Tensor:
    """Crop number `index` of the style pictures: uint8 (3, size, size), cut as the recipe's `style_crops` says.

    Its `photo_styles` is the share that comes from photos instead, always with changed colours.
    """
    manner = recipe.style_crops
    rng = np.random.default_rng([seed, 2, index % len(files) if manner == "fixed" else index])
    from_photo = rng.random() < recipe.photo_styles
    pool = photos if from_photo else files
    image = open_image(pool[index % len(pool)])
    if manner == "varied":
        array = window(image, size, STYLE_SCALES, rng)
    elif manner in ("window", "fixed"):
        array = window(image, size, (VIEW / size, VIEW / size), rng, flip=False)
    else:
        array = window(image, size, (1.0, 1.0), None)
    if from_photo or (manner == "varied" and rng.random() < recipe.recolour):
        array = recolour(array, rng)
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))


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
