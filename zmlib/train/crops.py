"""Random crops of photos and paintings, and their measurements by the loss network.

A crop depends on (seed, index) alone, so that a resumed run sees the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zmlib.data.images import PHOTO_SCALES, open_image, window
from zmlib.perceptual import LossNetwork, Measured
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
    """Another palette for the same brushwork: permuted channels, a gamma for each channel, rarely a negative.

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


@dataclass
class Bank:
    """Crops and their measurements, each measured once and kept in memory.

    A training draws the same crop several times, and the targets of eq. 2 (Gram matrices of the style, features of the
    content) never change: measuring them again in each step would cost two thirds of the loss.
    """

    crop: Callable[[int], Tensor]  # number of a crop -> uint8 (3, S, S)
    network: LossNetwork
    autocast: Callable[[], AbstractContextManager[Any]]  # makes the precision in which to measure
    device: torch.device
    limit: int  # number of crops that exist
    content_layer: str | None = None  # whose features to keep; None: the loss network's own
    style_layers: tuple[str, ...] | None = None  # whose Gram matrices to keep; None: the loss network's own
    keep_content: bool = True  # style crops need only the Gram matrices
    chunk: int = 1  # consecutive crops measured together, whatever was asked before: a resumed run repeats the numbers
    budget: int = 4 << 30  # bytes; beyond them the oldest are forgotten, and measured again when they are drawn

    def __post_init__(self) -> None:
        self._kept: dict[int, tuple[Tensor, Measured]] = {}
        self._bytes = 0

    def draw(self, indices: Sequence[int]) -> tuple[Tensor, Measured]:
        """Crops as float (N, 3, S, S) in [0, 1], channels-last, and their measurements, on the device."""
        found = [self._kept[i] if i in self._kept else self._fill(i) for i in indices]
        crops = torch.stack([crop for crop, _ in found]).to(self.device, torch.float32) / 255
        measured = [m for _, m in found]
        joined = Measured(
            {k: torch.cat([m.grams[k] for m in measured]).to(self.device) for k in measured[0].grams},
            torch.cat([m.content for m in measured]).to(self.device),
        )
        return crops.contiguous(memory_format=torch.channels_last), joined

    @torch.no_grad()
    def _fill(self, wanted: int) -> tuple[Tensor, Measured]:
        start = wanted // self.chunk * self.chunk
        indices = range(start, min(start + self.chunk, self.limit))
        crops = torch.stack([self.crop(i) for i in indices])
        images = (crops.to(self.device, torch.float32) / 255).contiguous(memory_format=torch.channels_last)
        with self.autocast():
            measured = self.network.measure(images, self.style_layers, self.content_layer)
        for n, i in enumerate(indices):
            # clone: a slice would keep the whole chunk alive
            content = measured.content[n : n + 1] if self.keep_content else measured.content[n : n + 1, :, :0, :0]
            grams = {k: g[n : n + 1].cpu().clone() for k, g in measured.grams.items()}
            self._forget(i)
            self._kept[i] = (crops[n].clone(), Measured(grams, content.cpu().clone()))
            self._bytes += _size(self._kept[i])
        result = self._kept[wanted]
        while self._bytes > self.budget and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))
        return result

    def _forget(self, index: int) -> None:
        if index in self._kept:
            self._bytes -= _size(self._kept.pop(index))


def _size(entry: tuple[Tensor, Measured]) -> int:
    crop, measured = entry
    return sum(t.numel() * t.element_size() for t in (crop, measured.content, *measured.grams.values()))
