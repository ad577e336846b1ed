"""How far apart the colours of two pictures are: the loss of a network that is guided by colours (section 3.2)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from zmlib.signals.histogram import lab

DIRECTIONS = 16
UNIT = 50.0  # of Lab: about half of the range of lightness


def palette_distance(images: Tensor, others: Tensor) -> Tensor:
    """The sliced Wasserstein distance of the colours in CIE Lab, squared, in units of (`UNIT`)^2: (N,), 0 where alike.

    Along each of 16 fixed directions the pixels of both pictures are sorted, and the n-th is compared with the n-th.
    Where a colour is in the picture does not count. Unlike the distance of histograms it pulls a colour from however
    far away. Rabin et al., "Wasserstein barycenter and its application to texture mixing" (SSVM 2011).

    Args:
        images: (N, 3, H, W) in [0, 1]; the gradient flows to them.
        others: (N, 3, H, W), of as many pixels.
    """
    if images[0].numel() != others[0].numel():
        raise ValueError(f"both must have as many pixels, got {tuple(images.shape)} and {tuple(others.shape)}")
    axes = directions(DIRECTIONS).to(images.device)
    mine, theirs = (torch.einsum("dc,ncp->ndp", axes, lab(x).flatten(2)).sort(2).values for x in (images, others))
    return (mine - theirs).square().mean((1, 2)) / UNIT**2


def directions(count: int) -> Tensor:
    """Unit vectors spread evenly over a half sphere (a Fibonacci lattice), (count, 3)."""
    i = torch.arange(count, dtype=torch.float64)
    z = (i + 0.5) / count
    angle = math.pi * (1 + math.sqrt(5)) * i
    radius = (1 - z * z).sqrt()
    return torch.stack([z, radius * angle.cos(), radius * angle.sin()], 1).float()
