"""What slim learns from: crops, pictures on their way to a style, and the teacher's answers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from slim.augment import Dice
from zmlib.errors import UserError
from zmlib.perceptual.gram import gram
from zmlib.perceptual.losses import scale_free
from zmlib.perceptual.network import LossNetwork
from zmlib.perceptual.slim import TEACHERS

# The regression reads every n-th row and column of a layer: neighbours say nearly the same.
STRIDES = {"relu1_2": 4, "relu2_2": 2, "relu3_3": 1, "relu4_1": 1}


class Pictures:
    """Random square crops of the pictures of one folder; decoded once, kept at a short side of at most 224."""

    def __init__(self, folder: Path, leave_out: str = "skimage_") -> None:
        self.paths = sorted(path for path in folder.glob("*.jpg") if not path.name.startswith(leave_out))
        if not self.paths:
            raise UserError(f"{folder}: no .jpg pictures; give a folder that holds photos/train and paintings/train.")
        self.read = lru_cache(maxsize=None)(self._read)

    def _read(self, path: Path) -> Tensor:
        with Image.open(path) as image:
            image.draft("RGB", (224, 224))
            picture = image.convert("RGB")
        ratio = 224 / min(picture.size)
        if ratio < 1:
            picture = picture.resize(
                (round(picture.width * ratio), round(picture.height * ratio)), Image.Resampling.LANCZOS
            )
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1)

    def crop(self, size: int, dice: Dice) -> Tensor:
        """(3, size, size), float in [0, 1], flipped half of the time."""
        picture = self.read(self.paths[dice.below(len(self.paths))])
        top, left = dice.below(picture.shape[1] - size + 1), dice.below(picture.shape[2] - size + 1)
        patch = picture[:, top : top + size, left : left + size].float() / 255
        return patch.flip(2) if dice.chance(0.5) else patch


class Pursuit:
    """A few photos on their way to paintings, one Adam step at a time, under a loss network's scale-free loss."""

    def __init__(self, network: LossNetwork, photos: Tensor, paintings: Tensor) -> None:
        self.network = network
        self.pictures = photos.clone().requires_grad_()
        self.optimiser = torch.optim.Adam([self.pictures], lr=0.03)
        self.age = 0
        with torch.no_grad():  # slim changes a little while it learns; a pursuit is short
            self.content, self.style = network.measure(photos), network.measure(paintings)

    def step(self) -> Tensor:
        """One step; the pictures, clamped to [0, 1], cut from the graph."""
        output = self.network.measure(self.pictures)
        scale_free(output, self.style, self.content, 0.05).sum().backward(inputs=[self.pictures])
        self.optimiser.step()
        self.optimiser.zero_grad()
        with torch.no_grad():
            self.pictures.clamp_(0, 1)
        self.age += 1
        return self.pictures.detach().clone()


class Lesson(NamedTuple):
    """A batch and the teacher's answer: features on a grid of places, and Gram matrices, by slim's layer names."""

    x: Tensor
    features: dict[str, Tensor]
    grams: dict[str, Tensor]


def grid(stride: int) -> tuple[slice, slice, slice, slice]:
    """Index of every ``stride``-th row and column of (N, C, H, W)."""
    return slice(None), slice(None), slice(stride // 2, None, stride), slice(stride // 2, None, stride)


@torch.no_grad()
def ask(teacher: LossNetwork, x: Tensor) -> Lesson:
    """The teacher's answer to x, (N, 3, H, W) with H and W multiples of 8."""
    said = teacher(x, tuple(TEACHERS.values()))
    features = {name: said[TEACHERS[name]][grid(stride)].clone() for name, stride in STRIDES.items()}
    return Lesson(x, features, {name: gram(said[TEACHERS[name]]) for name in STRIDES})
