"""Pictures that look like stylized outputs, good and bad: what slim has to judge, hence what it learns from."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


class Dice:
    """A seeded source of the few kinds of chance that the augmentations need."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def chance(self, probability: float) -> bool:
        return bool(torch.rand((), generator=self.generator) < probability)

    def between(self, low: float, high: float) -> float:
        return float(torch.rand((), generator=self.generator)) * (high - low) + low

    def below(self, end: int) -> int:
        return int(torch.randint(end, (), generator=self.generator))

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator)

    def order(self, count: int) -> Tensor:
        return torch.randperm(count, generator=self.generator)


def blur(x: Tensor, radius: int) -> Tensor:
    """(3, H, W): two box filters of side 2 radius + 1, reflected at the border."""
    for _ in range(2):
        x = F.avg_pool2d(F.pad(x[None], (radius,) * 4, mode="reflect"), 2 * radius + 1, stride=1)[0]
    return x


def match_colours(x: Tensor, like: Tensor) -> Tensor:
    """(3, H, W): x with the mean and standard deviation of each channel of ``like``."""
    mean, std = x.mean((1, 2), keepdim=True), x.std((1, 2), keepdim=True)
    return (x - mean) / (std + 0.02) * like.std((1, 2), keepdim=True) + like.mean((1, 2), keepdim=True)


def mix(photo: Tensor, painting: Tensor, dice: Dice) -> Tensor:
    """(3, H, W) each -> a photo, a painting, or a cross of both: blend, colours, or texture of the one on the other."""
    way = dice.below(6)
    if way == 0:
        return photo
    if way == 1:
        return painting
    if way == 2:
        return photo.lerp(painting, dice.between(0.1, 0.9))
    if way == 3:
        return photo.lerp(match_colours(photo, painting), dice.between(0.4, 1.2))
    radius = 1 + dice.below(4)
    grain = (painting - blur(painting, radius)) * dice.between(0.5, 2.0)
    if way == 4:
        return photo + grain
    return match_colours(blur(photo, 1 + dice.below(2)), painting) + grain


def recolour(x: Tensor, dice: Dice) -> Tensor:
    """Channel permutation, linear mixing of the channels, contrast, saturation, gamma, inversion; each sometimes."""
    if dice.chance(0.2):
        x = x[dice.order(3)]
    if dice.chance(0.3):
        x = torch.einsum("ij,jhw->ihw", torch.eye(3) + 0.25 * dice.normal(3, 3), x - 0.5) + 0.5
    if dice.chance(0.4):
        x = (x - 0.5) * dice.between(0.4, 1.6) + 0.5 + dice.between(-0.2, 0.2)
    if dice.chance(0.3):
        grey = x.mean(0, keepdim=True)
        x = grey + (x - grey) * dice.between(0.0, 2.0)
    if dice.chance(0.2):
        x = x.clamp(1e-3, 1) ** dice.between(0.5, 2.0)
    return 1 - x if dice.chance(0.05) else x


def damage(x: Tensor, dice: Dice) -> Tensor:
    """What bad networks do: blur, sharpening, posterising, blocks, checkerboards, waves and noise; each sometimes."""
    _, height, width = x.shape
    if dice.chance(0.15):
        x = blur(x, 1 + dice.below(3))
    if dice.chance(0.2):
        x = x + dice.between(0.5, 3.0) * (x - blur(x, 1 + dice.below(2)))
    if dice.chance(0.1):
        levels = 2 + dice.below(6)
        x = (x.clamp(0, 1) * levels).round() / levels
    if dice.chance(0.1):
        mode = "nearest" if dice.chance(0.5) else "bilinear"
        small = F.avg_pool2d(x[None], 2 + dice.below(3))
        x = F.interpolate(small, size=(height, width), mode=mode)[0]
    if dice.chance(0.15):
        cell = 1 + dice.below(4)
        board = (torch.arange(height)[:, None] // cell + torch.arange(width) // cell) % 2
        x = x + (board * 2.0 - 1) * dice.normal(3, 1, 1) * 0.08
    if dice.chance(0.1):
        rows, columns = torch.arange(height)[:, None], torch.arange(width)
        wave = torch.sin(rows * dice.between(-2, 2) + columns * dice.between(-2, 2))
        x = x + wave * dice.normal(3, 1, 1) * 0.1
    if dice.chance(0.25):
        x = x + dice.normal(3 if dice.chance(0.7) else 1, height, width) * dice.between(0.01, 0.12)
    return x


def disturbed(photo: Tensor, painting: Tensor, dice: Dice) -> Tensor:
    """(3, H, W) each, in [0, 1] -> one picture of that size, in [0, 1]."""
    return damage(recolour(mix(photo, painting, dice), dice), dice).clamp(0, 1)
