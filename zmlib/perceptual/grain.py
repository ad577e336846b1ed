"""How much of a picture's detail is not the photo's own: grain, chequers, smears."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

WINDOW = 5  # pixels
FLAT = 1e-4  # variance, in [0, 1] squared: a window with less has no detail to follow
TINY = 1e-6


def grain_share(outputs: Tensor, photos: Tensor) -> Tensor:
    """The share of an output's variation in small windows that is no linear function of the photo's lightness, (N,).

    What only changes colours is such a function in every small window (Levin et al. 2008 on matting; Luan et al. 2017
    on photographs as styles). In each window of 5 x 5 pixels, for each channel y of the output and the photo's
    lightness c, what is left of the variance is var(y) - cov(y, c)^2 / (var(c) + `FLAT`); the share is the sum over
    windows and channels over that of var(y). In [0, 1], with a gradient to the outputs. It sees neither contrast nor
    colours.

    Args:
        outputs, photos: (N, 3, H, W) of the same size, at least `WINDOW` a side, about [0, 1].
    """
    y, c = outputs.float(), photos.float().mean(1, keepdim=True)
    # From the picture's mean, as small numbers: the difference of two large squares is no variance.
    y, c = (x - x.mean((2, 3), keepdim=True) for x in (y, c))

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, WINDOW, 1)

    var_y, var_c = (mean(x * x) - mean(x).square() for x in (y, c))
    covariance = mean(y * c) - mean(y) * mean(c)
    left = var_y - covariance.square() / (var_c.clamp_min(0) + FLAT)
    return left.clamp_min(0).sum((1, 2, 3)) / (var_y.clamp_min(0).sum((1, 2, 3)) + TINY * left[0].numel())
