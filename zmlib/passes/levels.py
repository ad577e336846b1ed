"""Painting at several sizes, coarse to fine: strokes whose size is a share of the picture, not a number of its pixels.

A TNet paints strokes of the size that it was trained on, some ten pixels, whatever the size of the photo. On eight
megapixels they are too small to be seen, and the picture looks recoloured. So the photo is painted small first, and
that picture is handed on to larger ones:

    y = TNet(shrink(photo))                                     the largest strokes
    y <- returned(TNet(returned(photo, y)), y)                  at each larger size, the photo's own last
    returned(z, y) = z + enlarge(y - shrink(z))

`returned` sets what of a picture z survives shrinking to that of the smaller picture y. Applied to the photo it gives
TNet the coarser strokes to refine, with the photo's finer detail; applied to what TNet makes of them it keeps colours
and large strokes as they are. Each size is 1.4 to 3.7 times the one before, mostly about 2.4, and all passes but the
last take at most half of the last one's time. The pyramid is Burt and Adelson's (1983).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from zmlib.errors import UserError
from zmlib.tnet import MIN_SIDE

STROKES = {"fine": 768, "medium": 448, "broad": 256}  # px
MEDIUM = "medium"
#: A name of `STROKES`; the short side, in pixels, at which the largest strokes are painted; None: one pass at full size
Stroke: TypeAlias = str | int | None
#: Called before each pass with its (height, width) and the share, 0 to 1, of the work that is done
Progress: TypeAlias = Callable[[tuple[int, int], float], None]
STEP = 2.4  # how many times larger each size is than the one before, as nearly as whole numbers of steps allow
ONE = math.sqrt(2)  # a photo less than this much larger than the stroke size is one pass
# TNet's stride is 4: a photo moved by two pixels down and right gets another texture, moved by four the same again. The
# mean of the two has less of the lattice that later passes would enlarge, and twice the
# smallest pass takes at most half of the last one's time.
MOVES = (0, 2)


def stroke_pixels(stroke_size: Stroke) -> int | None:
    """The stroke size in pixels; None for one pass.

    Raises:
        UserError: an unknown name, or under 32 pixels.

    >>> stroke_pixels("broad"), stroke_pixels(600), stroke_pixels(None)
    (256, 600, None)
    """
    if stroke_size is None or stroke_size == "none":
        return None
    if isinstance(stroke_size, str) and stroke_size in STROKES:
        return STROKES[stroke_size]
    if not isinstance(stroke_size, Integral):
        names = ", ".join([*STROKES, "none"])
        raise UserError(f"The stroke size is {names} or a whole number of pixels, not {stroke_size!r}.")
    if stroke_size < MIN_SIDE:
        raise UserError(f"The stroke size must be at least {MIN_SIDE} pixels, not {stroke_size}.")
    return int(stroke_size)


def levels(height: int, width: int, stroke_size: Stroke = MEDIUM) -> list[tuple[int, int]]:
    """The sizes (height, width) at which a picture is painted, from the smallest to its own.

    Raises:
        UserError: see `stroke_pixels`.

    >>> levels(3000, 4000, 448)
    [(448, 597), (1159, 1546), (3000, 4000)]
    >>> levels(500, 700, 448)
    [(500, 700)]
    """
    stroke, short = stroke_pixels(stroke_size), min(height, width)
    if stroke is None or short < ONE * stroke:
        return [(height, width)]
    count = round(math.log(short / stroke, STEP)) or 1
    factors = [(stroke / short) ** (i / count) for i in range(count, 0, -1)]
    return [*((round(height * f), round(width * f)) for f in factors), (height, width)]


def at_levels(
    stylize: Callable[[Tensor], Tensor],
    content: Tensor,
    stroke_size: Stroke = MEDIUM,
    finest: int | None = None,
    progress: Progress = lambda size, share: None,
) -> Tensor:
    """Paint a picture coarse to fine, see the module's text.

    Args:
        stylize: one pass in one style, (1, 3, h, w) -> the same shape and type, for any size.
        content: (1, 3, H, W) in [0, 1], or uint8.
        stroke_size: the short side, in pixels, at which the largest strokes are painted, or a name of `STROKES`. A
            picture less than 1.4 times as large is one pass, as is every picture with None.
        finest: the short side, in pixels, above which nothing is painted: larger pictures get the photo's own finest
            detail in the painting's colours, for machines and browsers that cannot hold more. None: the photo's own.
        progress: told before each pass; see `Progress`.

    Returns:
        (1, 3, H, W), float32 in [0, 1], or uint8 if content is; on content's device.

    Raises:
        UserError: see `stroke_pixels`, and what `stylize` raises.

    Example:
        >>> import torch
        >>> from zmlib.passes.levels import at_levels
        >>> sizes = []
        >>> def negative(picture):  # any function of a picture can stand for a network
        ...     sizes.append(tuple(picture.shape[2:]))
        ...     return 1 - picture
        >>> at_levels(negative, torch.rand(1, 3, 300, 400), stroke_size=64).shape
        torch.Size([1, 3, 300, 400])
        >>> sizes  # the smallest twice, once moved by two pixels
        [(64, 85), (66, 87), (139, 185), (300, 400)]
    """
    device, content = content.device, content.cpu()  # torch shrinks bytes there alone
    own = (content.shape[2], content.shape[3])
    painted, short = own, min(own)
    if finest is not None and finest < short:
        painted = (round(own[0] * finest / short), round(own[1] * finest / short))
    sizes = levels(*painted, stroke_size)
    progress(sizes[0], 0.0)
    y = _averaged(lambda x: stylize(x.to(device)).cpu(), shrink(content, sizes[0]), min(painted) / min(sizes[0]))
    for i, size in enumerate(sizes[1:], 1):
        progress(size, sum(map(math.prod, sizes[:i])) / sum(map(math.prod, sizes)))
        photo = shrink(content, size)
        y = returned(stylize(returned(photo, y).to(device)).cpu(), y)
    return (y if painted == own else returned(content, y)).to(device)


def shrink(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """(1, 3, H, W) -> (1, 3, h, w), smaller or as it is, by torch's antialiased linear filter; of the same type."""
    if picture.shape[2:] == size:
        return picture
    return F.interpolate(picture, size, mode="bilinear", antialias=True)


def returned(picture: Tensor, small: Tensor) -> Tensor:
    """z + enlarge(y - shrink(z)): the picture z with what survives shrinking taken from a smaller one y.

    picture: (1, 3, H, W), float in [0, 1] or uint8; small: (1, 3, h, w), of the same type. The result is like picture.

    Example:
        >>> import torch
        >>> from zmlib.passes.levels import returned, shrink
        >>> z, y = torch.rand(1, 3, 64, 64), torch.full((1, 3, 16, 16), 0.5)
        >>> round(float(shrink(returned(z, y), (16, 16)).std()), 1)  # nothing of z is left at that size
        0.0
    """
    change = small.float() - shrink(picture, (small.shape[2], small.shape[3])).float()
    out = torch.empty_like(picture)
    for i in range(picture.shape[1]):  # one channel at a time: three as floats take four times the photo's bytes
        z = F.interpolate(change[:, i : i + 1], picture.shape[2:], mode="bilinear").add_(picture[:, i : i + 1])
        out[:, i : i + 1] = z.clamp_(0, 1) if out.is_floating_point() else z.clamp_(0, 255).round_()
    return out


def _averaged(stylize: Callable[[Tensor], Tensor], small: Tensor, factor: float) -> Tensor:
    """The mean of the passes over a picture and its move, where the last size is `factor` = 2 times as large or more.

    Where it is not, the picture's pass: twice would take as long as the last one.
    """
    if factor < 2:
        return stylize(small)
    height, width = small.shape[2:]
    total = torch.zeros(small.shape)
    for move in MOVES:
        rows, columns = torch.arange(-move, height).abs(), torch.arange(-move, width).abs()  # the border is mirrored
        moved = stylize(small[:, :, rows][..., columns])
        total += moved[..., move:, move:]
    mean = total / len(MOVES)
    return mean if small.is_floating_point() else mean.round().to(small.dtype)
