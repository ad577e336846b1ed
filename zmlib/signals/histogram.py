"""Colour histograms as guiding signals: "a vector representing the pixel color distribution" (section 3.2).

The histogram is a joint one over CIE Lab, in which equal distances look about equally large, and soft: a colour between
the centres of bins counts in its neighbours by nearness. So it has a gradient to the pixels, and can be a loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from PIL import ImageColor
from torch import Tensor

from zmlib.errors import UserError

BINS = (4, 8, 8)  # along L*, a* and b*
LOW, HIGH = (
    (0.0, -72.0, -72.0),
    (100.0, 72.0, 72.0),
)  # centres of the first and last bins; what lies beyond counts there
SPREAD = 8.0  # of Lab: a named colour's shades
SHADES = 512
SIZE = BINS[0] * BINS[1] * BINS[2]
_TO_XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
_WHITE = (0.95047, 1.0, 1.08883)  # D65, two degrees


def lab(images: Tensor) -> Tensor:
    """sRGB (N, 3, H, W) in [0, 1] to CIE Lab (D65), the same shape: L* 0 to 100, a* and b* about -100 to 100.

    As `skimage.color.rgb2lab`, with a gradient.
    """
    x = images.float().clamp(0, 1)
    linear = torch.where(x > 0.04045, ((x.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4, x / 12.92)
    matrix = x.new_tensor(_TO_XYZ) / x.new_tensor(_WHITE)[:, None]
    xyz = torch.einsum("ij,njhw->nihw", matrix, linear)
    f = torch.where(xyz > 0.008856, xyz.clamp_min(0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    fx, fy, fz = f.unbind(1)
    return torch.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], 1)


def histogram(images: Tensor) -> Tensor:
    """The guiding signal of pictures (N, 3, H, W) in [0, 1]: the shares of the colours, (N, SIZE), each row's sum 1.

    Where in the picture a colour is does not count, nor how large the picture is. Has a gradient to the pixels.

    Example:
        >>> import torch
        >>> from zmlib.signals.histogram import histogram
        >>> shares = histogram(torch.rand(2, 3, 64, 64))
        >>> shares.shape, shares.sum(1)
        (torch.Size([2, 256]), tensor([1., 1.]))
    """
    return _shares(lab(images).flatten(2))


def roots(histograms: Tensor) -> Tensor:
    """What a network reads of histograms (N, SIZE): sqrt(SIZE a), the same shape, with a mean square of 1.

    The shares themselves would be hundredths of what a layer is made for; and of the roots the ordinary distance is
    the Hellinger distance.
    """
    return (SIZE * histograms.clamp_min(0)).sqrt()


def palette(colours: Mapping[str, float], spread: float = SPREAD) -> Tensor:
    """The guiding signal of a palette that somebody names: (1, SIZE), of sum 1.

    Args:
        colours: name or #rrggbb of each colour, as CSS has them, and its share; the shares need no particular sum.
        spread: standard deviation of the shades around each colour, in units of Lab. Without any (0) the palette is
            one that no photo has, whose colours always vary.

    Raises:
        UserError: no colour, an unknown one, a share below 0 (or none above), or a negative spread.

    Example:
        >>> import zmlib
        >>> from zmlib.signals.histogram import palette
        >>> signal = palette({"teal": 2, "orange": 1})
        >>> signal.shape
        torch.Size([1, 256])
        >>> zmlib.load("colours").encode(signal).gamma[0].shape
        torch.Size([1, 16])
    """
    total = sum(colours.values())
    if not (total > 0 and min(colours.values()) >= 0 and math.isfinite(total) and 0 <= spread < math.inf):
        raise UserError(f"A palette has colours with shares of 0 or more, and a spread likewise: {dict(colours)}.")
    generator = torch.Generator().manual_seed(0)  # the same shades always
    shades = spread * torch.randn(3, SHADES, generator=generator)
    parts = [share / total * _shares(lab(colour(name))[0].flatten(1)[None] + shades) for name, share in colours.items()]
    return torch.stack(parts).sum(0)


def colour(name: str) -> Tensor:
    """A colour by its CSS name or as #rrggbb: one pixel, (1, 3, 1, 1) in [0, 1]. UserError: no such colour."""
    try:
        rgb = ImageColor.getrgb(name)[:3]
    except ValueError as error:
        raise UserError(f'There is no colour "{name}": give a CSS name such as teal, or #rrggbb.') from error
    return torch.tensor(rgb).view(1, 3, 1, 1) / 255


def _shares(pixels: Tensor) -> Tensor:
    """Pixels in Lab, (N, 3, P) -> the histogram, (N, SIZE)."""
    weights = []
    for axis, bins in enumerate(BINS):
        step = (HIGH[axis] - LOW[axis]) / (bins - 1)
        at = ((pixels[:, axis] - LOW[axis]) / step).clamp(0, bins - 1)
        centres = torch.arange(bins, device=at.device)
        weights.append((1 - (at[:, None] - centres[:, None]).abs()).clamp_min(0))  # (N, bins, P)
    light, green_red, blue_yellow = weights
    chroma = torch.einsum("njp,nkp->njkp", green_red, blue_yellow).flatten(1, 2)
    return torch.einsum("nip,nqp->niq", light, chroma).flatten(1) / pixels.shape[2]
