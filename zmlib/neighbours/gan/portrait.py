"""How a portrait is painted, from back to front; the head is an egg in space, and its features lie on its surface."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.neighbours.gan import features, hair
from zmlib.neighbours.gan.drawing import (
    Ball,
    F,
    ball,
    blob,
    box,
    cover,
    ellipse,
    grid,
    hsv,
    lift,
    mixed,
    paint,
    palette,
    step,
    window,
)

SKIN = ((0.99, 0.87, 0.79), (0.95, 0.76, 0.63), (0.83, 0.60, 0.44), (0.64, 0.42, 0.29), (0.44, 0.28, 0.20))
WHITE = torch.ones(1, 3, 1, 1)
YAW = 0.47  # radians, where the factor is 1


@dataclass
class Sitter:
    """What several layers ask.

    Attributes:
        f: the factors.
        picture: (N, 3, H, W); the layers are laid on it.
        x, y: the places of the pixels, turned with the head's tilt; (N, H, W).
        half: half the width of the head, (N, 1, 1).
        turn: cosine and sine of the yaw.
        light: from where the light comes, -0.65 (left) to 0.65.
        skin, shadow: colours of the skin in full light and in none.
    """

    f: F
    picture: Tensor
    x: Tensor
    y: Tensor
    half: Tensor
    turn: tuple[Tensor, Tensor]
    light: Tensor
    skin: Tensor
    shadow: Tensor


def portrait(f: F) -> Tensor:
    """Paint portraits.

    Args:
        f: the factors of `faces`, each (N, 1, 1).

    Returns:
        (N, 3, H, W), RGB in [0, 1] and slightly beyond.
    """
    s = _sit(f)
    picture = s.picture
    long, dark, lit = hair.colours(f)
    mane = hair.mane(f, s.x, s.y, s.half, s.turn)
    paint(picture, mixed(dark * 0.6, dark * 0.95, step(0.8, 0.0, s.y)), mane.inside * cover(s.y + 0.1 - 2 * long, 0.1))
    _body(s)
    _ears(s)
    head = _head(s)
    features.eyes(f, picture, head, dark)
    features.mouth(f, picture, head, s.skin)
    features.glasses(f, picture, head, s.turn)
    hair.front(f, picture, mane, s.light, dark, lit)
    return picture


def _sit(f: F) -> Sitter:
    """The places and colours of a portrait, and its background: a wall with a light on it."""
    x, y = grid()
    tone = f["background_tone"]
    wall = hsv(f["background_hue"], 0.22 + 0.33 * tone, 0.97 - 0.78 * tone)
    picture = mixed(wall * 0.76, lift(wall, WHITE, 0.2), blob(x - 0.6 * f["light"], y + 0.3, 1.1, 1.0))
    angle = 0.09 * f["tilt"]
    x, y = x * 0.9, (y + 0.08) * 0.9 - 0.7
    x, y = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin() + 0.7
    half = 0.41 + 0.07 * f["face_width"]
    turn = (YAW * f["yaw"]).cos(), (YAW * f["yaw"]).sin()
    skin = palette(SKIN, f["skin_tone"])
    shadow = skin * torch.tensor([0.60, 0.46, 0.43]).view(1, 3, 1, 1)
    return Sitter(f, picture, x, y, half, turn, 0.65 * f["light"], skin, shadow)


def _body(s: Sitter) -> None:
    """Neck, clothes and a collar."""
    below = window(0.15, 1)
    f, picture, x, y = s.f, s.picture[below], s.x[below], s.y[below]
    shade = 0.85 + 0.9 * x * s.light - 1.8 * (x * x) - 1.2 * blob(x + 0.1 * s.light, y - 0.42, 0.6, 0.2)
    paint(
        picture,
        mixed(s.shadow, s.skin, shade),
        cover(box(x, y - 0.7, s.half * 0.41 + 0.1 * (y - 0.5).clamp(0), 0.4, 0.1)),
    )
    wide = 0.60 + 0.22 * f["shoulders"]
    tone = f["clothes_tone"]
    cloth = hsv(f["clothes_hue"], 0.65 - 0.5 * (tone - 0.5).abs(), 0.22 + 0.68 * tone)
    cut = ellipse(x, y - 0.60, 0.20 + 0.05 * f["collar"], 0.14 + 0.26 * f["collar"])
    trunk = cover(torch.maximum(ellipse(x, y - 1.25, wide, 0.62), -cut))
    shade = 0.3 + 0.6 * (1 - (x / wide) ** 2).clamp_(min=0) + 0.8 * s.light * x - 0.4 * step(0.12, 0.0, cut)
    paint(picture, mixed(cloth * 0.5, cloth * 1.08, shade), trunk)
    paint(picture, lift(cloth, WHITE, 0.5), cover((cut - 0.03).abs() - 0.018) * trunk * 0.8)


def _ears(s: Sitter) -> None:
    """Two ears at the sides, behind the head; the one that turns away sinks behind it."""
    beside = window(-0.4, 0.4, 0.8)
    picture, x, y = s.picture[beside], s.x[beside], s.y[beside]
    for side in (-1, 1):
        out = x * side - s.half * (0.97 - 0.12 * side * s.turn[1])
        shade = 0.8 + 0.8 * side * s.light - 0.8 * blob(out, y - 0.05, 0.05, 0.08)
        paint(picture, mixed(s.shadow, s.skin, shade), cover(ellipse(out, y - 0.04, 0.085, 0.13)))


def _head(s: Sitter) -> Ball:
    """The skin of the head, with its shading."""
    f = s.f
    x, y = s.x / s.half, (s.y + 0.06) / 0.56
    head = ball(x / (1 - (0.30 * f["jaw"] - 0.10) * y.clamp(min=0) ** 2), y, s.turn, s.half)
    part = window(-0.8, 0.68, 0.7)
    x, y, z, u = head.x[part], head.y[part], head.z[part], head.u[part].abs()
    # The nose stands out of the ball: it moves further than the ball when the head turns, and bends its surface.
    down = step(-0.05, 0.33, y)
    across = (x + s.turn[1] * (0.88 + 0.16 * down)) / ((0.09 + 0.06 * down) * (0.8 + 0.4 * f["nose"]))
    ridge = blob(across, y * 0, 1, 1) * down * step(0.47, 0.36, y)
    shade = 0.40 + 0.55 * z + 0.6 * s.light * x - 0.20 * y + 0.14 * ridge
    shade += across * ridge * (0.55 * s.light + 0.2 * s.turn[1])
    shade -= 0.16 * blob(u - 0.37, y + 0.02, 0.24, 0.2) + 0.35 * blob(across, (y - 0.46) * 9, 1.15, 1.0)
    colour = mixed(s.shadow, s.skin * 1.03, shade)
    flush = blob(u - 0.54, y - 0.36, 0.24, 0.2) * (0.1 + 0.4 * f["cheeks"])
    colour[:, 1:] *= (1 - 0.35 * flush).unsqueeze(1)
    paint(s.picture[part], colour, head.inside[part])
    return head
