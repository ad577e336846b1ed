"""Drawing by distances: every shape is a function of the pixel's place, for a batch of pictures at once.

Places run from -1 to 1, x to the right and y down, so a pixel of the 64-px picture is 1/32 wide. A number that differs
from picture to picture is (N, 1, 1), a place (1, 1, W) or (1, H, 1), and a shape (N, H, W).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import EllipsisType

import torch
from torch import Tensor

SIZE = 64  # pixels of a picture's side
FINE = 2  # a picture is painted this much larger, then averaged
PIXEL = 2 / (SIZE * FINE)  # the width of a pixel while painting
Number = Tensor | float
F = dict[str, Tensor]  # the factors of a batch by name, each (N, 1, 1)


def grid() -> tuple[Tensor, Tensor]:
    """The places of the pixels' centres: x (1, 1, W) and y (1, H, 1)."""
    places = (torch.arange(SIZE * FINE) + 0.5) * PIXEL - 1
    return places.view(1, 1, -1), places.view(1, -1, 1)


def window(top: float, bottom: float, side: float = 1.0) -> tuple[EllipsisType, slice, slice]:
    """The part of an array between two places y and within |x| < `side`: painting there alone saves time."""
    cells = [int((place + 1) / PIXEL) for place in (top, bottom, -side, side)]
    return ..., slice(*cells[:2]), slice(*cells[2:])


def cover(distance: Tensor, soft: float = PIXEL) -> Tensor:
    """How much of each pixel a shape covers, 0 to 1, from the signed distance to its edge (negative inside).

    Args:
        soft: the width of the ramp; one pixel is anti-aliasing, more is a blur.
    """
    return distance.mul(-1 / soft).add_(0.5).clamp_(0, 1)


def ellipse(x: Tensor, y: Tensor, a: Number, b: Number) -> Tensor:
    """Signed distance to an ellipse of half-axes a and b around the origin; exact to first order at its edge."""
    u, v = x / a, y / b
    square = u * u + v * v
    return (square - 1).mul_(0.5).mul_(((u / a).square() + (v / b).square()).add_(1e-6).rsqrt_())


def box(x: Tensor, y: Tensor, a: Number, b: Number, round: Number = 0.0) -> Tensor:
    """Signed distance to a box of half-sides a and b around the origin whose corners have a radius."""
    u, v = x.abs() - (a - round), y.abs() - (b - round)
    outside = (u.clamp(min=0).square_() + v.clamp(min=0).square_()).sqrt_()
    return outside.add_(torch.maximum(u, v).clamp_(max=0)).sub_(round)


def blob(x: Tensor, y: Tensor, a: Number, b: Number) -> Tensor:
    """A soft spot: 1 at the origin, a third at the half-axes a and b, 0 from twice as far."""
    t = ((x / a).square() + (y / b).square()).mul_(-0.25).add_(1).clamp_(min=0)
    return t.square_().square_()  # nearly a bell curve, at a tenth of its cost


def step(low: Number, high: Number, value: Tensor) -> Tensor:
    """From 0 at `low` to 1 at `high`, smoothly."""
    t = ((value - low) / (high - low)).clamp_(0, 1)
    return t * t * (3 - 2 * t)


def paint(picture: Tensor, colour: Tensor, mask: Tensor) -> None:
    """Lay a colour, (N, 3, 1, 1) or (N, 3, H, W), over a picture, in place, where and as far as a mask says."""
    picture.lerp_(colour.expand_as(picture), mask.unsqueeze(1).expand_as(picture))


def mixed(dark: Tensor, bright: Tensor, shade: Tensor) -> Tensor:
    """From one colour (N, 3, 1, 1) to another by a shade (N, H, W); beyond 1 it goes on past the second."""
    return torch.addcmul(dark, bright - dark, shade.unsqueeze(1))


def palette(stops: tuple[tuple[float, float, float], ...], place: Tensor) -> Tensor:
    """The colour (N, 3, 1, 1) at a place (N, 1, 1) in [0, 1] on the straight lines through the stops, evenly spaced."""
    colours = torch.tensor(stops)
    along = place.flatten() * (len(stops) - 1)
    index = along.long().clamp_(0, len(stops) - 2)
    colour = torch.lerp(colours[index], colours[index + 1], (along - index)[:, None])
    return colour[:, :, None, None]


def hsv(hue: Tensor, saturation: Number, value: Number) -> Tensor:
    """The colour (N, 3, 1, 1) of a hue (0 and 1 are red), a saturation and a value, each (N, 1, 1) in [0, 1]."""
    wheel = (hue[:, None] + torch.tensor([0, 2 / 3, 1 / 3]).view(1, 3, 1, 1)) % 1
    full = ((wheel * 6 - 3).abs() - 1).clamp(0, 1)
    return _channel(value) * (1 - _channel(saturation) * (1 - full))


def _channel(number: Number) -> Number:
    """Give a number that differs from picture to picture an axis for the colours."""
    return number[:, None] if isinstance(number, Tensor) else number


def lift(colour: Tensor, other: Tensor, share: Number) -> Tensor:
    """A colour moved towards another by a share in [0, 1]."""
    return torch.lerp(colour, other.expand_as(colour), torch.as_tensor(_channel(share)).expand_as(colour))


@dataclass
class Ball:
    """A round shape in space that faces the viewer, and the frame that turns with it.

    Attributes:
        x, y: places on it, -1 to 1 between its edges; (N, H, W).
        z: its height towards the viewer, 0 at the edge.
        u, w: x and z in its turned frame: on a head, u = 0 is the middle of the face and w = 0 lies above the ears.
        inside: how much of a pixel it covers.
    """

    x: Tensor
    y: Tensor
    z: Tensor
    u: Tensor
    w: Tensor
    inside: Tensor


def ball(x: Tensor, y: Tensor, turn: tuple[Tensor, Tensor], half: Tensor) -> Ball:
    """A ball of places whose edge is where x^2 + y^2 is 1.

    Args:
        turn: cosine and sine of the angle by which it turns to the left.
        half: its half-width in the picture.
    """
    square = x * x + y * y
    z = (1 - square).clamp_(min=1e-4).sqrt_()
    cos, sin = turn
    return Ball(x, y, z, x * cos + z * sin, z * cos - x * sin, cover((square.sqrt_() - 1) * half))
