"""Hair: a second egg around the head, open before the face; strands run down from its top."""

from __future__ import annotations

import torch
from torch import Tensor

from zmlib.neighbours.gan.drawing import Ball, F, ball, blob, cover, ellipse, lift, mixed, paint, palette, step

#: from the lightest to the darkest; the luminance of its middle, 0.40, parts light hair from dark
HAIR = (
    (0.95, 0.89, 0.74),
    (0.88, 0.71, 0.40),
    (0.74, 0.42, 0.19),
    (0.44, 0.27, 0.15),
    (0.25, 0.16, 0.12),
    (0.10, 0.09, 0.10),
)


def colours(f: F) -> tuple[Tensor, Tensor, Tensor]:
    """How long the hair is, (N, 1, 1), and its colours in shadow and in full light."""
    lit = palette(HAIR, f["hair_tone"])
    grey = (lit * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    lit = lift(lit, grey, 0.9 * step(0.8, 0.95, f["hair_grey"]))
    return f["hair_length"], lit * 0.5, lit


def mane(f: F, x: Tensor, y: Tensor, half: Tensor, turn: tuple[Tensor, Tensor]) -> Ball:
    """The volume of the hair. Its upper half is an egg; the lower is a cylinder, longer the longer the hair is."""
    long = f["hair_length"]
    wave = 0.06 * f["waves"] * (9 * y + 5 * f["parting"]).sin() * step(-0.3, 0.5, y) * x.sign()
    grown = 0.08 + 0.12 * f["hair_volume"]
    grown = 1 + (grown + 0.1 * long) * step(0.25, -0.35, y).maximum(step(0.3, 0.6, long))
    x = (x + wave - 0.04 * turn[1]) / (half * grown)
    y = (y + 0.10) / (0.56 * (1.04 + 0.10 * f["hair_volume"]))
    y = torch.where(y > 0, y / (1 + 0.75 * long), y)
    volume = ball(x, y.clamp(max=0), turn, half)
    volume.y, volume.inside = y, cover(ellipse(x, torch.where(y > 0, y * y, y), 1, 1) * half)
    return volume


def front(f: F, picture: Tensor, volume: Ball, light: Tensor, dark: Tensor, lit: Tensor) -> None:
    """The hair before the face: a cap down to the hairline, and at the sides as far as it grows.

    Args:
        dark, lit: its colours in shadow and in full light.
    """
    u, v, long = volume.u, volume.y, f["hair_length"]
    strand = u / (1.08 - v.clamp(-1, 0).square()).sqrt_() + 0.10 * f["waves"] * (7 * v).sin()
    part = (u - 0.45 * f["parting"]).abs()
    ends = 0.035 * (17 * strand + 6 * f["parting"]).sin()
    fringe = -0.62 + 0.28 * f["fringe"] - 0.22 * (1 - f["fringe"]) * step(0.35, 0.0, part) + ends
    side = 0.02 + 0.1 * f["fringe"] + 2.2 * step(0.2, 0.6, long)
    line = fringe + (side - fringe) * step(0.62, 0.17, volume.w)
    shade = 0.28 + 0.5 * volume.z + 0.5 * light * volume.x - 0.25 * v
    shade += 0.16 * (19 * strand + 3 * f["waves"]).sin() + 0.10 * (37 * strand + 5 * f["fringe"]).sin()
    gleam = blob(volume.x - 0.4 * light, v + 0.55, 0.6, 0.16) * (0.35 + 0.65 * (29 * strand).sin().square_())
    colour = mixed(dark, lit * 1.1, shade)
    colour += (0.22 * gleam + 0.08 * step(0.35, 0.0, volume.z)).unsqueeze(1)
    paint(picture, colour, cover((v - line) * 0.5) * volume.inside)
