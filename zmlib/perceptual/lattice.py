"""How much of a picture's fine detail repeats on a fixed lattice: the weave that up-sampling networks like to leave."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

PERIOD = 4  # pixels: TNet's residual blocks work at a quarter of the size
BLOCK = 32  # pixels: large enough to average over 64 repeats, small enough for a weave that changes over the picture


def lattice_share(images: Tensor, period: int = PERIOD, block: int = BLOCK) -> Tensor:
    """The share of fine detail that repeats every `period` pixels, (N,) in [0, 1], with a gradient to the images.

    Fine detail is what a 5x5 mean leaves over. In each block of `block` pixels its mean is taken over all places that
    have the same position modulo `period`; the energy of these means over all fine energy is the share. It is 1 for a
    perfect weave of that period, (period / block)^2 = 0.016 for noise; paintings and photographs have 0.01 to 0.04.

    images: (N, C, H, W) of any range, H and W at least `block`; what a last incomplete block would hold is left out.
    """
    fine = images.float() - F.avg_pool2d(F.pad(images.float(), (2, 2, 2, 2), mode="reflect"), 5, 1)
    height, width = (side // block * block for side in images.shape[-2:])
    repeats = block // period
    cells = fine[..., :height, :width].unflatten(3, (-1, repeats, period)).unflatten(2, (-1, repeats, period))
    mean = cells.mean((3, 6))  # (N, C, blocks, period, blocks, period)
    mean = mean - mean.mean((3, 5), keepdim=True)
    return mean.square().mean((1, 2, 3, 4, 5)) / cells.square().mean((1, 2, 3, 4, 5, 6, 7)).clamp_min(1e-8)
