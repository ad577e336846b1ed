"""Cut-out regions: which there are, and whether they can be filled.

A hole is a mask, (N, 1, 64, 64) bool, True where the picture is cut out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from zmlib.errors import UserError
from zmlib.neighbours.gan.networks import SIZE
from zmlib.neighbours.gan.strokes import far

SIDES, MARGIN = (16, 28), 6  # of a square, and what is left around it: pixels
STROKES, RADII, TURN = (
    (2, 4),
    (2.0, 4.5),
    0.9,
)  # of the brush: how many, pixels, standard deviation of a turn in radians
STEP = 9.0  # pixels, of the brush between two turns


def square(rng: np.random.Generator) -> Tensor:
    """A square of 16 to 28 pixels, nowhere at the picture's border: (64, 64), bool."""
    side = int(rng.integers(SIDES[0], SIDES[1] + 1))
    top, left = rng.integers(MARGIN, SIZE - side - MARGIN + 1, size=2)
    mask = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    mask[top : top + side, left : left + side] = True
    return mask


def brush(rng: np.random.Generator) -> Tensor:
    """Two to four strokes of a brush by free hand: (64, 64), bool."""
    mask = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    for _ in range(rng.integers(STROKES[0], STROKES[1] + 1)):
        turns = rng.uniform(-np.pi, np.pi) + np.cumsum(rng.normal(0, TURN, size=rng.integers(3, 8)))
        ways = STEP * np.stack([np.cos(turns), np.sin(turns)], 1)
        points = rng.uniform(8, SIZE - 8, size=2) + np.concatenate([np.zeros((1, 2)), np.cumsum(ways, 0)])
        mask |= far([(x, y) for x, y in points]) <= rng.uniform(*RADII)
    return mask


def half(rng: np.random.Generator) -> Tensor:
    """The left, right, upper or lower half of the picture: (64, 64), bool."""
    mask = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    mask[: SIZE // 2] = True
    return torch.rot90(mask, int(rng.integers(4)))


#: the kinds of holes by name
HOLES: dict[str, Callable[[np.random.Generator], Tensor]] = {"square": square, "brush": brush, "half": half}


def holes(kind: str, count: int, seed: int = 0) -> Tensor:
    """Holes, (count, 1, 64, 64) bool; hole i depends on the seed and on i alone.

    Args:
        kind: one of `HOLES`.

    Raises:
        UserError: an unknown kind.

    Example:
        >>> holes("half", 2).flatten(1).float().mean(1)
        tensor([0.5000, 0.5000])
    """
    if kind not in HOLES:
        raise UserError(f"There is no kind of hole {kind!r}: take one of {', '.join(HOLES)}.")
    return torch.stack([HOLES[kind](np.random.default_rng([seed, 8, i])) for i in range(count)])[:, None]


def any_holes(rng: np.random.Generator, count: int) -> Tensor:
    """Holes of all kinds in turn, (count, 1, 64, 64) bool, for a training."""
    kinds = list(HOLES.values())
    return torch.stack([kinds[i % len(kinds)](rng) for i in range(count)])[:, None]


def check(x: Tensor, hole: Tensor) -> None:
    """Whether pictures and holes belong together and can be filled.

    Raises:
        UserError: pictures of another size, a mask of another size or type, one that is empty, or one that is full.
    """
    if x.ndim != 4 or x.shape[1:] != (3, SIZE, SIZE):
        raise UserError(f"The pictures must be (N, 3, 64, 64), not {tuple(x.shape)}: make them 64 x 64 pixels first.")
    if hole.shape != (len(x), 1, SIZE, SIZE) or hole.dtype != torch.bool:
        raise UserError(
            f"The mask must be ({len(x)}, 1, 64, 64) of True and False, one for each picture, not {tuple(hole.shape)} "
            f"of {str(hole.dtype).removeprefix('torch.')}."
        )
    share = hole.flatten(1).float().mean(1)
    if share.min() == 0:
        raise UserError("The mask is empty: mark what is cut out, or there is nothing to complete.")
    if share.max() == 1:
        raise UserError("The mask covers the whole picture: leave something of it, or there is nothing to go by.")
