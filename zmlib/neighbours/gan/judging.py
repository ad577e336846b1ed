"""What a classifier of the attributes says of pictures, and how far two sets of pictures are apart in its features."""

from __future__ import annotations

import torch
from torch import Tensor

from zmlib.neighbours.gan.networks import Critic


@torch.no_grad()
def chances(classifier: Critic, pictures: Tensor, batch: int = 256) -> Tensor:
    """The chance of each attribute, (N, A) in [0, 1], of pictures (N, 3, 64, 64), uint8 or float in [0, 1]."""
    found = [classifier(as_unit(part)).sigmoid() for part in pictures.split(batch)]
    return torch.cat(found)


@torch.no_grad()
def features(classifier: Critic, pictures: Tensor, batch: int = 256) -> Tensor:
    """The means over positions of the classifier's last maps, (N, 128): what `frechet` compares."""
    side = 4
    width = classifier.head.in_features // side**2
    return torch.cat(
        [classifier.trunk(2 * as_unit(p) - 1).view(-1, width, side**2).mean(2) for p in pictures.split(batch)]
    )


def as_unit(pictures: Tensor) -> Tensor:
    """uint8 to [0, 1]; floats as they are."""
    return pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures


def frechet(a: Tensor, b: Tensor) -> float:
    """Frechet distance of two clouds of features (N, F), as in FID: |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)).

    The trace of the root is the sum of the roots of the eigenvalues of C_a C_b, which are real and not negative.
    """
    a, b = a.double(), b.double()
    gap = (a.mean(0) - b.mean(0)).square().sum()
    first, second = torch.cov(a.T), torch.cov(b.T)
    root = torch.linalg.eigvals(first @ second).real.clamp_min(0).sqrt().sum()
    return float(gap + first.trace() + second.trace() - 2 * root)
