"""How much of a picture's slow variation is a glow around the outlines of the photo that it was made from."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CELL = 4  # pixels: brush strokes are finer than what is compared, halos are not
AROUND = 9  # cells: what counts as the surroundings of a cell, 36 pixels
REACH = (2, 4, 8)  # cells between the two places that are compared
ALIKE = 0.06  # of the photo's range: places that differ by much more are not asked to look alike
FLOOR = 1e-5  # mean square of a difference: a photo without outlines, an output without variation
TINY = 1e-12


def halo_share(outputs: Tensor, photos: Tensor) -> Tensor:
    """The share of an output's slow variation that follows the photo's outlines where the photo is flat; in [0, 1].

    Two places of the photo that look alike (both of one sky, say) should still look alike in the output. A halo makes
    them differ by what is *around* them: the sky beside a dark roof becomes lighter than the sky away from it. So over
    pairs of places i, j, weighted by w = exp(-|c_i - c_j|^2 / 2 ALIKE^2), this is the squared correlation of the
    output's difference y_i - y_j with the difference of surroundings u_i - u_j, where u is the photo's lightness less
    its mean over the surroundings. It has no unit, and sees neither contrast nor brightness nor strokes finer than
    `CELL`; 0 where the photo has no outline.

    Args:
        outputs, photos: (N, 3, H, W) of the same size, at least `AROUND` cells a side, about [0, 1].

    Returns:
        (N,), with a gradient to the outputs.
    """
    y, c = (F.avg_pool2d(x.float(), CELL) for x in (outputs, photos))
    light = c.mean(1, keepdim=True)
    around = light - F.avg_pool2d(light, AROUND, 1, AROUND // 2, count_include_pad=False)
    pairs = [(down, across) for k in REACH for down, across in ((0, k), (k, 0), (k, k), (k, -k))]

    def differences(x: Tensor) -> Tensor:  # (N, C, pairs), of all pairs
        return torch.cat([_difference(x, *pair).flatten(2) for pair in pairs], 2)

    w = torch.exp(differences(c).square().sum(1, keepdim=True) / (-2 * ALIKE**2))
    du, dc, dy = differences(around), differences(light), differences(y)
    # What is left of "alike" is a small difference of the photo's own, which the output may well follow: take it out.
    du = du - (w * du * dc).sum(2, keepdim=True) / (w * dc.square()).sum(2, keepdim=True).clamp_min(TINY) * dc
    outlines, varied = (w * du.square()).sum((1, 2)), (w * dy.square()).sum((1, 2))
    floor = FLOOR * w.shape[2]
    return (w * du * dy).sum(2).square().sum(1) / ((outlines + floor) * (varied + 3 * floor))


def _difference(x: Tensor, down: int, across: int) -> Tensor:
    """The map less itself moved, where both are."""
    height, width = x.shape[-2:]
    here = x[..., : height - down, max(0, -across) : width - max(0, across)]
    return here - x[..., down:, max(0, across) : width - max(0, -across)]
