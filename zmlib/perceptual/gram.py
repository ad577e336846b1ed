"""Eq. 1: the Gram matrix."""

from __future__ import annotations

import torch
from torch import Tensor


def gram(features: Tensor, normalise: bool = True) -> Tensor:
    """Eq. 1: G_{c,c'} = sum over h, w of phi_{c,h,w} phi_{c',h,w}; ``normalise`` divides it by H W (as J needs).

    features: (N, C, H, W), any floating type. Returns (N, C, C), symmetric, at least float32 whatever autocast says:
    sums over a whole picture, and the differences of two of them, want more than bfloat16's eight bits.

    Example:
        >>> import torch
        >>> from zmlib.perceptual import gram
        >>> gram(torch.rand(2, 64, 32, 48)).shape
        torch.Size([2, 64, 64])
        >>> gram(torch.ones(1, 2, 4, 4), normalise=False)[0].tolist()
        [[16.0, 16.0], [16.0, 16.0]]
    """
    n, c, h, w = features.shape
    with torch.autocast(features.device.type, enabled=False):
        flat = features.permute(0, 2, 3, 1).reshape(n, h * w, c)  # a view of a channels_last tensor
        flat = flat.to(torch.promote_types(flat.dtype, torch.float32))
        product = flat.transpose(1, 2) @ flat
        return product / (h * w) if normalise else product
