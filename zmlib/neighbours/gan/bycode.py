"""Completion of a cut-out region by the code: constrained editing in which all that is left is the constraint.

z* = argmin_z |M (G(z) - x)|^2 + l1 |z - z0|^2 - l2 D(G(z)) with M = 0 in the hole, which is then filled with G(z*).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.neighbours.gan.bundle import Gan
from zmlib.neighbours.gan.distance import LAYERS, to_features
from zmlib.neighbours.gan.edit import edit
from zmlib.neighbours.gan.fillings import blended, smooth
from zmlib.neighbours.gan.holes import check
from zmlib.neighbours.gan.strokes import Stroke
from zmlib.perceptual.slim import Slim, load_slim

NEAR, REAL, STEPS = 3e-4, 2e-4, 60  # l1, l2, and steps of Adam on z
NETWORK, GREY = 0.05, 0.5  # weight of slim's features beside the pixels, and what they are shown in the hole


class Known(Stroke):
    """A stroke over all that is left: U is the mean squared difference there, and that of slim's features.

    Args:
        x: pictures, (N, 3, 64, 64) in [0, 1].
        hole: (N, 1, 64, 64) bool.
        network: weight of the features; both pictures have the same grey in the hole there.
    """

    def __init__(self, x: Tensor, hole: Tensor, network: float = NETWORK, slim: Slim | None = None) -> None:
        self.points, self.radius = (), 0.0
        self.x, self.hole, self.network = x, hole, network
        self.slim = (slim or load_slim()) if network else None
        if self.slim is not None:
            with torch.no_grad():
                self.wanted = self.slim(torch.where(hole, GREY, x), LAYERS)

    def term(self, x: Tensor, before: Tensor) -> Tensor:
        """U of pictures, (N,)."""
        gap = ((x - self.x).square() * ~self.hole).flatten(1).sum(1)
        pixels = gap / (3 * (~self.hole).flatten(1).sum(1))
        if self.slim is None:
            return pixels
        return pixels + self.network * to_features(torch.where(self.hole, GREY, x), self.wanted, self.slim)

    def mask(self) -> Tensor:
        """Where something is left, (N, 1, 64, 64)."""
        return (~self.hole).float()


@dataclass(frozen=True)
class ByCode:
    """What completion by the code found.

    Attributes:
        pictures: (N, 3, 64, 64) in [0, 1], x itself outside of the holes.
        drawn: G(z*), of the same shape.
        z: z*, (N, code).
    """

    pictures: Tensor
    drawn: Tensor
    z: Tensor


def complete_by_code(
    x: Tensor,
    hole: Tensor,
    gan: Gan,
    *,
    start: Tensor | None = None,
    near: float = NEAR,
    real: float = REAL,
    network: float = NETWORK,
    steps: int = STEPS,
) -> ByCode:
    """Fill holes by the code that explains what is left.

    Args:
        x: pictures, (N, 3, 64, 64) in [0, 1]; what they have in their holes is not looked at.
        hole: (N, 1, 64, 64) bool, True where it is to be filled.
        gan: G and D, and En where no start is given.
        start: z0, (N, code); None: En of the pictures, their holes filled by `smooth`.
        near, real, network: l1, l2, and the weight of slim's features in U. 0 leaves a term out.
        steps: of Adam.

    Raises:
        UserError: see `zmlib.neighbours.gan.holes.check`.

    Example:
        >>> from zmlib.neighbours.gan import load_gan
        >>> from zmlib.neighbours.gan.holes import holes
        >>> found = complete_by_code(torch.rand(1, 3, 64, 64), holes("half", 1), load_gan("faces"), steps=2)
        >>> found.pictures.shape, found.z.shape
        (torch.Size([1, 3, 64, 64]), torch.Size([1, 64]))
    """
    check(x, hole)
    if start is None:
        start = gan.encode(smooth(x, hole))
    z = edit(start, [Known(x, hole, network)], gan, near=near, real=real, steps=steps).z
    drawn = gan.generate(z)
    return ByCode(blended(x, drawn, hole), drawn, z)
