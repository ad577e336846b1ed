"""Terms that a recipe may add to eq. 2: faults that a picture shows and that a VGG does not penalise.

To add one, write a function of (output, content, style), each (N, 3, H, W) in [0, 1], that returns (N,) with a gradient
to the output; enter it in `TERMS`; and give its weight in a recipe: `Recipe(..., terms={"name": 0.5})`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from zmlib.perceptual.speckle import speckle

Term: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]

TINY = 1e-12  # keeps a ratio finite

LATTICE_PERIOD = 4  # pixels: TNet's residual blocks work at a quarter of the size
LATTICE_BLOCK = 32  # pixels: large enough to average over 64 repeats, small enough for a weave that changes

HALO_CELL = 4  # pixels: brush strokes are finer than what is compared, halos are not
HALO_AROUND = 9  # cells: what counts as the surroundings of a cell, 36 pixels
HALO_REACH = (2, 4, 8)  # cells between the two places that are compared
HALO_ALIKE = 0.06  # of the photo's range: places that differ by much more are not asked to look alike
HALO_FLOOR = 1e-5  # mean square of a difference: a photo without outlines, an output without variation

GRAIN_WINDOW = 5  # pixels
GRAIN_FLAT = 1e-4  # variance, in [0, 1] squared: a window with less has no detail to follow
GRAIN_TINY = 1e-6


def lattice_share(images: Tensor, period: int = LATTICE_PERIOD, block: int = LATTICE_BLOCK) -> Tensor:
    """The share of fine detail that repeats every `period` pixels: the weave that up-sampling networks leave.

    Fine detail is what remains after subtracting a 5x5 mean. Each block of `block` pixels is averaged over all places
    with the same position modulo `period`; the share is the energy of these means over all fine energy. It is 1 for a
    perfect weave of that period and (period / block)^2 = 0.016 for noise; paintings and photographs have 0.01 to 0.04.

    Args:
        images: (N, C, H, W) of any range, H and W at least `block`; an incomplete last block is ignored.

    Returns:
        (N,) in [0, 1], with a gradient to the images.
    """
    fine = images.float() - F.avg_pool2d(F.pad(images.float(), (2, 2, 2, 2), mode="reflect"), 5, 1)
    height, width = (side // block * block for side in images.shape[-2:])
    repeats = block // period
    cells = fine[..., :height, :width].unflatten(3, (-1, repeats, period)).unflatten(2, (-1, repeats, period))
    mean = cells.mean((3, 6))  # (N, C, blocks, period, blocks, period)
    mean = mean - mean.mean((3, 5), keepdim=True)
    return mean.square().mean((1, 2, 3, 4, 5)) / cells.square().mean((1, 2, 3, 4, 5, 6, 7)).clamp_min(1e-8)


def halo_share(outputs: Tensor, photos: Tensor) -> Tensor:
    """The share of an output's slow variation that glows around the photo's outlines where the photo is flat.

    Two places of the photo that look alike (both of one sky, say) should still look alike in the output. A halo makes
    them differ by what is *around* them: the sky beside a dark roof becomes lighter than the sky away from it. So over
    pairs of places i, j, weighted by w = exp(-|c_i - c_j|^2 / 2 ALIKE^2), this is the squared correlation of the
    output's difference y_i - y_j with the difference of surroundings u_i - u_j, where u is the photo's lightness less
    its mean over the surroundings. It ignores contrast, brightness and strokes finer than `HALO_CELL`; it is 0 where
    the photo has no outline.

    Args:
        outputs, photos: (N, 3, H, W) of the same size, at least `HALO_AROUND` cells a side, about [0, 1].

    Returns:
        (N,) in [0, 1], with a gradient to the outputs.
    """
    y, c = (F.avg_pool2d(x.float(), HALO_CELL) for x in (outputs, photos))
    light = c.mean(1, keepdim=True)
    around = light - F.avg_pool2d(light, HALO_AROUND, 1, HALO_AROUND // 2, count_include_pad=False)
    pairs = [(down, across) for k in HALO_REACH for down, across in ((0, k), (k, 0), (k, k), (k, -k))]

    def differences(x: Tensor) -> Tensor:  # (N, C, pairs), of all pairs
        return torch.cat([_difference(x, *pair).flatten(2) for pair in pairs], 2)

    w = torch.exp(differences(c).square().sum(1, keepdim=True) / (-2 * HALO_ALIKE**2))
    du, dc, dy = differences(around), differences(light), differences(y)
    # What is left of "alike" is a small difference of the photo's own, which the output may well follow: take it out.
    du = du - (w * du * dc).sum(2, keepdim=True) / (w * dc.square()).sum(2, keepdim=True).clamp_min(TINY) * dc
    outlines, varied = (w * du.square()).sum((1, 2)), (w * dy.square()).sum((1, 2))
    floor = HALO_FLOOR * w.shape[2]
    return (w * du * dy).sum(2).square().sum(1) / ((outlines + floor) * (varied + 3 * floor))


def _difference(x: Tensor, down: int, across: int) -> Tensor:
    """The map less itself moved, where both are."""
    height, width = x.shape[-2:]
    here = x[..., : height - down, max(0, -across) : width - max(0, across)]
    return here - x[..., down:, max(0, across) : width - max(0, -across)]


def grain_share(outputs: Tensor, photos: Tensor) -> Tensor:
    """The share of an output's variation in small windows that is no linear function of the photo's lightness.

    A change of colours alone is such a function in every small window (Levin et al. 2008 on matting; Luan et al. 2017
    on photographs as styles); grain, chequers and smears are not. In each window of 5 x 5 pixels, for each channel y of
    the output and the photo's lightness c, var(y) - cov(y, c)^2 / (var(c) + `GRAIN_FLAT`) is unexplained; the share is
    its sum over windows and channels over that of var(y). It ignores contrast and colours.

    Args:
        outputs, photos: (N, 3, H, W) of the same size, at least `GRAIN_WINDOW` a side, about [0, 1].

    Returns:
        (N,) in [0, 1], with a gradient to the outputs.
    """
    y, c = outputs.float(), photos.float().mean(1, keepdim=True)
    # From the picture's mean, as small numbers: the difference of two large squares is no variance.
    y, c = (x - x.mean((2, 3), keepdim=True) for x in (y, c))

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, GRAIN_WINDOW, 1)

    var_y, var_c = (mean(x * x) - mean(x).square() for x in (y, c))
    covariance = mean(y * c) - mean(y) * mean(c)
    left = var_y - covariance.square() / (var_c.clamp_min(0) + GRAIN_FLAT)
    return left.clamp_min(0).sum((1, 2, 3)) / (var_y.clamp_min(0).sum((1, 2, 3)) + GRAIN_TINY * left[0].numel())


#: name in `Recipe.terms` -> term; a training adds them to the loss in this order
TERMS: dict[str, Term] = {
    "lattice": lambda output, content, style: lattice_share(output),
    "halo": lambda output, content, style: halo_share(output, content),
    "grain": lambda output, content, style: grain_share(output, content),
    "speckle": lambda output, content, style: speckle(output, style),
}
