"""Photos that are mostly blank: an object on white, black bars, one colour all over.

Eq. 3 normalises by the photo's own statistics. Where nearly all of a photo is one colour, that colour is the mean, and
what else there is lies ten deviations away from it: everything within reach of the object is overdriven and glows. A
photo of one colour has no deviation at all, and its rounding errors are normalised to strokes along the border. The
cure is to take most of the statistics from a picture that has ordinary ones, as a correction of gamma and beta (see
`zmlib.passes.steady`). That picture is noise with the spectrum of photographs: in every layer its deviations are within
a tenth of their mean over photographs.

What is looked for are blocks of one colour each, and not all of the same: a drawn sky of a few grey levels, normalised
by its own statistics, turns into bands of every colour. A photograph has hardly any such blocks, because of its noise.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK, SHORT = 8, 256  # px: blocks of one colour are looked for where the short side is 256
NONE, ALL = 0.35, 0.5  # share of such blocks up to which nothing changes, and from which on the most does
MOST = 0.8  # of the statistics that are the reference's; with all of them white leaves the range that was trained
SIDE, SLOPE = 192, 1.25  # of the reference, and of its spectrum: the amplitude falls as 1 / frequency^1.25
MEAN, DEVIATION = 0.45, 0.2
# How lightness, red-green and blue-yellow make up red, green and blue: mostly grey, as photographs are
MIXED = ((1, 0.25, 0.1), (1, -0.25, 0.1), (1, 0, -0.3))


def blank_share(content: Tensor) -> float:
    """The share of a photo, 0 to 1, that is made of blocks of exactly one colour each: cut-outs, bars, flat drawings.

    content: (1, 3, H, W) in [0, 1], or uint8; blocks of 8 px where the short side is 256, or the photo's own if less.

    >>> photo = torch.ones(1, 3, 64, 64)
    >>> photo[..., :32] = torch.rand(1, 3, 64, 32)
    >>> blank_share(photo)
    0.5
    """
    x = content.mul(255).round().to(torch.uint8) if content.is_floating_point() else content
    factor = SHORT / min(x.shape[2:])
    if factor < 1:
        size = (round(x.shape[2] * factor), round(x.shape[3] * factor))
        x = F.interpolate(x.cpu(), size, mode="bilinear", antialias=True)
    x = x[0].float()
    most = F.max_pool2d(x, BLOCK)
    return float((most == -F.max_pool2d(-x, BLOCK)).all(0).float().mean())


def keep_of(content: Tensor) -> float:
    """The share of the statistics, 0 to `MOST`, that a photo takes from the reference; arguments as for `blank_share`.

    >>> keep_of(torch.rand(1, 3, 64, 64)), keep_of(torch.ones(1, 3, 64, 64))
    (0.0, 0.8)
    """
    return MOST * min(max((blank_share(content) - NONE) / (ALL - NONE), 0.0), 1.0)


@cache
def reference() -> Tensor:
    """The picture with ordinary statistics, (1, 3, 192, 192), uint8; the same each time."""
    noise = np.random.default_rng(0).standard_normal((3, SIDE, SIDE))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    frequency[0, 0] = 1
    z = np.fft.ifft2(np.fft.fft2(noise) / frequency**SLOPE).real
    z = (z - z.mean((1, 2), keepdims=True)) / z.std((1, 2), keepdims=True)
    rgb = np.einsum("ck,khw->chw", np.array(MIXED), z) * DEVIATION + MEAN
    return torch.from_numpy(np.uint8(rgb.clip(0, 1) * 255 + 0.5))[None]
