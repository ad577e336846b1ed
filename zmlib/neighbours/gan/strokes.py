"""Brush strokes as constraints: U(G(z)) of the lecture, zero where the picture does what the stroke asks.

Places are (x, y) in pixels of the 64 x 64 picture, from its upper left corner; radii are in pixels as well.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from zmlib.errors import UserError
from zmlib.neighbours.gan.networks import SIZE

Point = tuple[float, float]
LUMA = (0.299, 0.587, 0.114)
CONTRAST = 0.25  # the step in lightness, over 3 pixels, at which a sketched line is there
MISSING = 0.4  # U of a line that is not there at all, beside the squared difference of a colour, which is at most 1
MOVED = 4.0  # times the squared difference of what was dragged, of which little differs: so that one lambda_1 fits all


class Stroke(ABC):
    """One stroke. `points` are its corners, one or more."""

    points: tuple[Point, ...]
    radius: float

    def __post_init__(self) -> None:
        if not self.points:
            raise UserError("A stroke needs at least one point.")
        for x, y in self.points:
            if not (0 <= x < SIZE and 0 <= y < SIZE):
                raise UserError(
                    f"The brush is outside the picture at {x:g}, {y:g}: both must lie from 0 to {SIZE - 1}."
                )
        if not 0 < self.radius <= SIZE / 2:
            raise UserError(f"The brush's radius must lie above 0 and up to {SIZE // 2} pixels, not {self.radius:g}.")

    @abstractmethod
    def term(self, x: Tensor, before: Tensor) -> Tensor:
        """U of pictures, (N,): 0 where the stroke's wish is fulfilled.

        Args:
            x: G(z), (N, 3, 64, 64) in [0, 1].
            before: G(z_0), of the same shape.
        """

    def mask(self) -> Tensor:
        """Where the brush was, (64, 64) in [0, 1], with an edge of a pixel."""
        return _mask(tuple((float(x), float(y)) for x, y in self.points), self.radius)


@lru_cache(maxsize=64)  # a search asks for the same ones at each of its steps
def _mask(points: tuple[Point, ...], radius: float) -> Tensor:
    return (radius + 0.5 - far(points)).clamp(0, 1)


def far(points: Sequence[Point]) -> Tensor:
    """The distance of each pixel from a line through points, (64, 64)."""
    axis = torch.arange(SIZE, dtype=torch.float32)
    here = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)  # (64, 64, 2), x first
    ends = torch.tensor([*points, points[-1]], dtype=torch.float32)
    from_, along = ends[:-1], ends[1:] - ends[:-1]
    away = here[:, :, None] - from_
    share = ((away * along).sum(-1) / along.square().sum(-1).clamp_min(1e-9)).clamp(0, 1)
    return (away - share[..., None] * along).norm(dim=-1).min(-1).values


def sample(x: Tensor, places: Tensor) -> Tensor:
    """Values of (N, C, 64, 64) at places (P, 2), x and y in pixels, between pixels linearly: (N, C, P)."""
    grid = (places / (SIZE - 1) * 2 - 1).expand(len(x), 1, -1, 2)
    return F.grid_sample(x, grid, align_corners=True, padding_mode="border")[:, :, 0]


@dataclass(frozen=True)
class Colour(Stroke):
    """Under the brush the picture has a colour: U = mean |x - colour|^2 there. colour: R, G, B in [0, 1]."""

    points: tuple[Point, ...]
    colour: tuple[float, float, float]
    radius: float = 3.0

    def term(self, x: Tensor, before: Tensor) -> Tensor:
        """U of pictures, (N,)."""
        mask = self.mask().to(x)
        gap = (x - x.new_tensor(self.colour)[:, None, None]).square().mean(1)
        return (gap * mask).flatten(1).sum(1) / mask.sum()


@dataclass(frozen=True)
class Sketch(Stroke):
    """A contour runs along the line: U = MISSING times the mean of max(0, 1 - |step across| / CONTRAST)^2."""

    points: tuple[Point, ...]
    radius: float = 1.5  # half of the distance over which the step is taken

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) < 2:
            raise UserError("A sketched line needs two points or more.")

    def term(self, x: Tensor, before: Tensor) -> Tensor:
        """U of pictures, (N,)."""
        places, across = self._along()
        light = (x * x.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
        sides = [sample(light, (places + side * self.radius * across).to(x))[:, 0] for side in (-1, 1)]
        return MISSING * (1 - (sides[1] - sides[0]).abs() / CONTRAST).relu().square().mean(1)

    def _along(self) -> tuple[Tensor, Tensor]:
        """Points on the line a pixel apart, (P, 2), and the unit vectors across it."""
        ends = torch.tensor(self.points, dtype=torch.float32)
        places, across = [], []
        for a, b in zip(ends, ends[1:], strict=False):
            length = float((b - a).norm().clamp_min(1e-6))
            share = torch.linspace(0, 1, max(2, round(length) + 1))[:, None]
            places.append(a + share * (b - a))
            across.append((torch.stack([a[1] - b[1], b[0] - a[0]]) / length).expand(len(share), 2))
        return torch.cat(places), torch.cat(across)


@dataclass(frozen=True)
class Warp(Stroke):
    """What was around p, the first point, is around q: U = MOVED mean |x(q + d) - before(p + d)|^2, |d| <= radius."""

    points: tuple[Point, ...]
    radius: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.points) < 2:
            raise UserError("A warp needs two points: from where to where.")

    def term(self, x: Tensor, before: Tensor) -> Tensor:
        """U of pictures, (N,)."""
        reach = int(self.radius)
        axis = torch.arange(-reach, reach + 1, dtype=torch.float32)
        near = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1).view(-1, 2)
        near = near[near.norm(dim=1) <= self.radius]
        p, q = (torch.tensor(point, dtype=torch.float32) for point in (self.points[0], self.points[-1]))
        aim = sample(before, (p + near).to(x)).detach()
        return MOVED * (sample(x, (q + near).to(x)) - aim).square().mean((1, 2))


KINDS: dict[str, Any] = {"colour": Colour, "sketch": Sketch, "warp": Warp}
