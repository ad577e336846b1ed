"""Constrained editing: z* = argmin_z U(G(z)) + l1 |z - z0|^2 - l2 D(G(z)), for what brush strokes ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.neighbours.gan.bundle import Gan
from zmlib.neighbours.gan.strokes import Stroke

NEAR = 4e-3  # lambda_1
REAL = 4e-3  # lambda_2
RATE = 0.1  # of Adam, on z
STEPS = 60


@dataclass(frozen=True)
class Edited:
    """What constrained editing found.

    Attributes:
        z: (N, code).
        terms: "constraint" U, "distance" |z - z0|^2 and "realism" D(G(z)), each (steps + 1, N), without their weights.
    """

    z: Tensor
    terms: dict[str, Tensor]


def edit(
    z0: Tensor, strokes: Sequence[Stroke], gan: Gan, *, near: float = NEAR, real: float = REAL, steps: int = STEPS
) -> Edited:
    """Follow brush strokes while staying near the picture and among those that the discriminator believes.

    Args:
        z0: codes of the pictures to edit, (N, code).
        strokes: what is asked; U is the sum of their terms.
        gan: G and D.
        near, real: l1 and l2. 0 leaves a term out.
        steps: of Adam.

    Example:
        >>> from zmlib.neighbours.gan import Colour, load_gan
        >>> gan = load_gan("faces")
        >>> red = Colour(((8, 8),), (1.0, 0.0, 0.0), radius=4)
        >>> edit(torch.zeros(1, 64), [red], gan, steps=2).z.shape
        torch.Size([1, 64])
    """
    with torch.no_grad():
        before = gan.generator(z0)
    z = z0.clone().requires_grad_(True)
    adam = torch.optim.Adam([z], lr=RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(1, steps))
    terms: dict[str, list[Tensor]] = {"constraint": [], "distance": [], "realism": []}
    for step in range(steps + 1):
        x = gan.generator(z)
        constraint = sum((stroke.term(x, before) for stroke in strokes), x.new_zeros(len(x)))
        distance, realism = (z - z0).square().sum(1), gan.critic(x)[:, 0]
        for name, value in zip(terms, (constraint, distance, realism), strict=True):
            terms[name].append(value.detach())
        if step < steps:
            (z.grad,) = torch.autograd.grad((constraint + near * distance - real * realism).sum(), z)
            adam.step()
            falling.step()
    return Edited(z.detach(), {name: torch.stack(values) for name, values in terms.items()})


def carried_over(photo: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """The edit of a reconstruction, given to the photo itself: photo + G(z*) - G(z0), in [0, 1].

    A code keeps less than the photo has. What the edit leaves alone stays the photo's own, to the last pixel.
    """
    return (photo + (after - before)).clamp(0, 1)
