"""How a shoe is painted: seen from the side, its toe to the right, on a floor before a wall."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.neighbours.gan.drawing import F, Number, blob, box, cover, ellipse, grid, hsv, lift, mixed, paint, step

WHITE = torch.ones(1, 3, 1, 1)
GROUND = 0.62


@dataclass
class Shape:
    """A shoe as places and distances, each (N, H, W) or (N, 1, 1).

    Attributes:
        x, y: from the heel's back, and up from the ground; a raised heel lifts the shoe, and y with it.
        length: from heel to toe.
        sole: the thickness of the sole.
        top: the height of the opening.
        upper: signed distance to all above the sole.
    """

    x: Tensor
    y: Tensor
    length: Tensor
    sole: Tensor
    top: Tensor
    upper: Tensor


def footwear(f: F) -> Tensor:
    """Paint shoes.

    Args:
        f: the factors of `shoes`, each (N, 1, 1).

    Returns:
        (N, 3, H, W), RGB in [0, 1] and slightly beyond.
    """
    x, y = grid()
    picture = _room(f, x, y)
    shape = _shape(f, x, y)
    leather = hsv(f["hue"], 0.75 * f["colourful"], 0.97 - 0.85 * f["tone"])
    rubber = hsv(f["hue"], 0.15, 0.94 - 0.82 * f["sole_tone"])
    _heel(f, picture, shape, x, y, rubber)
    _opening(picture, shape, leather)
    _upper(f, picture, shape, leather)
    edge = box(shape.x - shape.length / 2, shape.y - shape.sole / 2, shape.length / 2 + 0.02, shape.sole / 2, 0.04)
    paint(picture, mixed(rubber * 0.6, rubber, step(0.0, 1.0, shape.y / shape.sole) + 0.1), cover(edge))
    _laces(f, picture, shape)
    return picture


def _room(f: F, x: Tensor, y: Tensor) -> Tensor:
    """Wall and floor, and the shadow under the shoe."""
    tone = f["background_tone"]
    wall = hsv(f["background_hue"], 0.12 + 0.35 * tone, 0.96 - 0.72 * tone)
    shade = blob(x + 0.9 - 1.8 * f["light"], y + 0.3, 1.3, 1.0) + 0.5 * step(0.3, 0.5, y)
    picture = mixed(wall * 0.8, lift(wall, WHITE, 0.2), shade)
    paint(picture, wall * 0.3, 0.85 * blob(x - 0.1 + 0.2 * f["light"], y - GROUND - 0.01, 0.72, 0.10))
    return picture


def _shape(f: F, x: Tensor, y: Tensor) -> Shape:
    """The outline: a toe, an instep and a heel that melt into one another, and a shaft."""
    length = 1.25 + 0.3 * f["length"]
    along = x + length / 2
    up = GROUND - y - 0.42 * f["heel_height"] * step(0.66, 0.12, along / length)
    sole = 0.06 + 0.10 * f["sole"]
    over = up - sole
    toe = ellipse(along - length + 0.36, over - 0.02, 0.36, 0.22 + 0.10 * f["toe"])
    top = 0.35 + 0.62 * f["shaft"]
    back = box(along - 0.26, over - top / 2, 0.245 - 0.05 * (over - 0.3), top / 2, 0.06)
    instep = _rod(along, over, 0.30, 0.20 + 0.17 * f["shaft"], length - 0.42, 0.08, 0.14)
    base = box(along - length / 2, over - 0.1, length / 2 - 0.15, 0.12)
    body = _melt(torch.minimum(_melt(toe, instep, 0.10), base), back, 0.08)
    return Shape(along, up, length, sole, top + sole, torch.maximum(torch.maximum(body, -over), over - top))


def _rod(x: Tensor, y: Tensor, x0: Number, y0: Number, x1: Number, y1: Number, radius: Number) -> Tensor:
    """Signed distance to a rod with round ends."""
    dx, dy = x1 - x0, y1 - y0
    share = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp_(0, 1)
    return ((x - x0 - share * dx).square() + (y - y0 - share * dy).square()).sqrt_() - radius


def _melt(one: Tensor, other: Tensor, soft: float) -> Tensor:
    """The union of two shapes, whose inner corner is filled."""
    return torch.minimum(one, other) - (soft - (one - other).abs()).clamp_(min=0).square_() / (4 * soft)


def _heel(f: F, picture: Tensor, s: Shape, x: Tensor, y: Tensor, rubber: Tensor) -> None:
    """The block under a raised heel; the higher, the thinner, and narrower below."""
    down = GROUND - y
    wide = 0.20 - 0.09 * f["heel_height"] + 0.22 * (down - 0.1).clamp(min=0)
    block = torch.maximum(torch.maximum((s.x - 0.04 - wide).abs() - wide, s.y - s.sole / 2), -down)
    paint(picture, mixed(rubber * 0.55, rubber * 0.95, 1.2 - 2.5 * (s.x - 0.1).abs()), cover(block))


def _opening(picture: Tensor, s: Shape, leather: Tensor) -> None:
    """The dark inside, seen a little from above."""
    hole = ellipse(s.x - 0.26, s.y - s.top, 0.235 - 0.05 * (s.top - 0.5), 0.06)
    paint(picture, leather * 0.32, cover(hole))
    paint(picture, leather * 0.9, cover(hole.abs() - 0.014))


def _upper(f: F, picture: Tensor, s: Shape, leather: Tensor) -> None:
    """Leather, round and shining, with a cap on the toe and seams."""
    inside = cover(s.upper)
    depth = step(0.0, 0.28, -s.upper)
    lean = (f["light"] - 0.5) * (s.x / s.length - 0.5)
    shade = 0.30 + 0.40 * depth + 0.40 * (s.y / s.top) + 0.8 * lean
    cap = s.x - s.length + 0.44 - 0.5 * (s.y - 0.15).square()
    share = step(0.55, 0.75, f["toecap"]) * step(0.0, 0.03, cap) * 0.6
    colour = mixed(leather * 0.45, leather * 1.05 + 0.03, shade)
    colour = torch.lerp(colour, mixed(WHITE * 0.35, WHITE * 0.92, shade), share.unsqueeze(1).expand_as(colour))
    gleam = blob(s.x - s.length + 0.34, s.y - s.sole - 0.20, 0.16, 0.07)
    gleam = gleam + 0.8 * blob(s.x - 0.17 - 0.1 * f["light"], s.y - 0.75 * s.top, 0.05, 0.28 * s.top)
    colour += (gleam * (0.08 + 0.5 * f["gloss"])).unsqueeze(1)
    paint(picture, colour, inside)
    counter = ellipse(s.x - 0.02, s.y - s.sole, 0.34, 0.34).abs()
    seam = cover(torch.minimum(counter, cap.abs()) - 0.010) + cover((s.upper + 0.06).abs() - 0.007) * 0.6
    paint(picture, lift(leather, WHITE, 0.15) * 0.5, seam.clamp_(max=1) * inside * 0.55)


def _laces(f: F, picture: Tensor, s: Shape) -> None:
    """Five laces across the instep, and a bow above them."""
    over = s.y - s.sole
    x0, y0, x1, y1 = 0.46, 0.31 + 0.12 * f["shaft"], s.length - 0.50, 0.22
    dx, dy = x1 - x0, y1 - y0
    size = (dx * dx + dy * dy).sqrt()
    share = ((s.x - x0) * dx + (over - y0) * dy) / (size * size)
    off = ((over - y0) * dx - (s.x - x0) * dy) / size
    stroke = (((share * 5 - 1.2 * off) % 1) - 0.5).abs() * size / 5 - 0.026
    lace = torch.maximum(torch.maximum(stroke, (share - 0.5).abs() - 0.5), (off + 0.01).abs() - 0.13)
    colour = hsv(f["hue"], 0.1, 1 - 0.88 * f["lace_tone"])
    tongue = torch.maximum(torch.maximum((share - 0.48).abs() - 0.52, (off + 0.01).abs() - 0.11), s.upper)
    paint(picture, colour * 0.25, cover(tongue) * 0.65 * f["laced"])
    paint(picture, colour, cover(torch.maximum(lace, s.upper - 0.02)) * f["laced"])
    for side in (-1, 1):
        loop = ellipse(s.x - x0 - 0.02 - 0.10 * side, over - y0 - 0.04 + 0.05 * side, 0.10, 0.055)
        paint(picture, colour, cover(loop.abs() - 0.018) * f["laced"])
