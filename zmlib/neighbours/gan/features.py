"""The features of a face: they are drawn on the ball of the head in its turned frame, so that they turn with it."""

from __future__ import annotations

import torch
from torch import Tensor

from zmlib.neighbours.gan.drawing import (
    PIXEL,
    Ball,
    F,
    blob,
    box,
    cover,
    ellipse,
    hsv,
    lift,
    mixed,
    paint,
    palette,
    step,
    window,
)

EYES = ((0.36, 0.58, 0.80), (0.42, 0.62, 0.46), (0.62, 0.46, 0.22), (0.36, 0.21, 0.11))
LIPS = ((0.80, 0.45, 0.40), (0.80, 0.28, 0.32), (0.60, 0.18, 0.26))
WHITE = torch.ones(1, 3, 1, 1)
SOFT = 2.1 * PIXEL  # a pixel in the units of the head, whose half-width is about 0.45


def eyes(f: F, picture: Tensor, head: Ball, brow: Tensor) -> None:
    """Whites, irises with pupils and a glint, lids, brows.

    Args:
        brow: the colour of the hair in shadow.
    """
    part = window(-0.55, 0.25, 0.62)
    picture, u, up = picture[part], head.u[part], head.y[part] - 0.04
    front = step(0.0, 0.3, head.w[part])
    out = u.abs() - 0.37 - 0.06 * f["eye_spacing"]
    wide = 0.20 + 0.05 * f["eye_size"]
    tall = wide * (0.68 + 0.3 * f["eye_open"]) * (1 - 0.12 * f["mouth_curve"])
    inside = cover(ellipse(out, up, wide, tall), SOFT) * front
    paint(picture, mixed(WHITE * 0.62, WHITE * 0.97, step(-0.22, -0.02, up)), inside)
    side = out + 0.05 * f["gaze"] * u.sign()
    iris, round = palette(EYES, f["eye_tone"]), wide * 0.68
    far = (side * side + up * up).sqrt_()
    paint(picture, mixed(iris * 0.5, iris * 1.3, 0.5 + up / (2 * round)), cover(far - round, SOFT) * inside)
    paint(picture, WHITE * 0.04, cover(far - round * 0.52, SOFT) * inside)
    paint(picture, WHITE, blob(side * u.sign() + 0.07, up + 0.08, 0.06, 0.06) * inside)
    lid = (up + tall * (1 - (out / wide).square())).abs() - 0.035
    paint(picture, brow * 0.4, cover(torch.maximum(lid, out.abs() - wide * 1.05), SOFT) * front * 0.9)
    arch = up + tall + 0.13 + 0.12 * f["brow_height"] - 0.5 * (0.06 - out * out) + 0.09 * f["brow_tilt"] * out
    hairs = torch.maximum(arch.abs() - (0.03 + 0.035 * f["brow_thickness"]), out.abs() - wide * 1.1)
    paint(picture, brow * 0.8, cover(hairs, SOFT) * front * 0.85)


def mouth(f: F, picture: Tensor, head: Ball, skin: Tensor) -> None:
    """Lips around an opening with teeth; a smile lifts the corners, widens and opens."""
    part = window(0.05, 0.7, 0.6)
    picture, u, v = picture[part], head.u[part], head.y[part]
    curve = f["mouth_curve"]
    wide = 0.22 + 0.06 * f["mouth_width"] + 0.14 * curve
    along = (1 - (u / wide).square()).clamp_(min=0)
    full = along.sqrt()
    front = step(0.0, 0.3, head.w[part]) * step(0.0, 0.12, along)
    upper = v - 0.62 - (0.25 * curve - 0.05) * (along - 0.6)
    lower = upper - (0.02 + curve * (0.02 + 0.20 * f["mouth_open"])) * full
    lip = lift(palette(LIPS, f["lip_tone"]), skin, 0.25) * (0.55 + 0.45 * skin.mean(1, keepdim=True))
    outer = torch.maximum(-upper - 0.06 * full, lower - 0.085 * full)
    paint(picture, mixed(lip * 0.8, lip * 1.15, step(-0.1, 0.1, lower)), cover(outer, SOFT) * front)
    inner = cover(torch.maximum(-upper, lower), SOFT) * front
    paint(picture, torch.tensor([0.30, 0.07, 0.08]).view(1, 3, 1, 1), inner)
    teeth = cover(lower + 0.05 * full, SOFT) * step(0.25, 0.45, curve)
    paint(picture, torch.tensor([0.97, 0.95, 0.92]).view(1, 3, 1, 1), teeth * inner)


def glasses(f: F, picture: Tensor, head: Ball, turn: tuple[Tensor, Tensor]) -> None:
    """Two rims in a plane before the face, a bridge, and temples to the ears.

    Args:
        turn: cosine and sine of the yaw.
    """
    part = window(-0.45, 0.38, 0.7)
    picture, v = picture[part], head.y[part] - 0.05
    u = ((head.x[part] + 0.95 * turn[1]) / turn[0]).abs()
    size = 0.29 + 0.05 * f["frame_size"]
    round = f["frame_round"]
    out = u - 0.02 - size - 0.09
    rim = box(out, v * 1.1, size, size * (0.72 + 0.28 * round), size * (0.35 + 0.6 * round))
    bridge = torch.maximum((v + 0.05).abs() - 0.025, u - 0.13)
    temple = torch.maximum((v + 0.06).abs() - 0.03, 0.1 + 2 * size - u)
    wire = torch.minimum(torch.minimum(rim.abs() - 0.03, bridge), temple)
    seen = f["frames"] * head.inside[part].ceil()
    glint = blob(out - v * 0.8 + 0.12, v * 0, 0.07, 1)
    paint(picture, WHITE, cover(rim, SOFT) * seen * (0.10 + 0.3 * glint))
    tone = f["frame_tone"]
    paint(picture, hsv(tone * 3 % 1, 0.5 * tone, 0.08 + 0.35 * tone), cover(wire, SOFT) * seen)
