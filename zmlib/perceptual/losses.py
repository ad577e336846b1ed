"""Losses, one number for each picture of a batch: eq. 2 as the paper writes it, scale-free, and of colours alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from zmlib.perceptual.network import Measured
from zmlib.signals.histogram import lab

TINY = 1e-30  # keeps a ratio finite where both pictures are without any feature, and touches no other
DIRECTIONS = 16
PALETTE_UNIT = 50.0  # of Lab: about half of the range of lightness


def _square(x: Tensor) -> Tensor:
    """(N, ...) -> (N,): squared Frobenius norm, at least in float32."""
    return x.float().square().flatten(1).sum(1) if x.dtype.itemsize < 4 else x.square().flatten(1).sum(1)


def moved(output: Measured, content: Measured) -> Tensor:
    """The content term that is free of scale, (N,).

    It is the squared norm of phi(Y) - phi(C) over that of phi(C), each over all entries.
    """
    left = _square(output.content.float() - content.content.float())
    return left / _square(content.content).clamp_min(TINY)


def paper_style_loss(output: Measured, style: Measured, scale: Mapping[str, float] | float = 1.0) -> Tensor:
    """Eq. 2, L_s = sum over l of |G(phi_l(Y)) - G(phi_l(X_s))|_F^2 / Z_l^2, Z_l = C_l H_l W_l. Returns (N,).

    G is eq. 1's, without normalisation; with G divided by H_l W_l, which is what ``Measured`` holds, the term is
    |.|^2 / C_l^2 exactly. Where the style picture has another size than Y, its Gram counts per pixel, as if Y's size.
    scale: ``network.scale`` gives the paper's units back (features times scale, hence Grams times scale^2, and their
    squared difference times scale^4). style may hold one picture for the whole batch.
    """
    total = None
    for name, value in output.grams.items():
        factor = scale if isinstance(scale, float | int) else scale[name]
        term = _square(value - style.grams[name]) * (factor**4 / value.shape[-1] ** 2)
        total = term if total is None else total + term
    assert total is not None, "no style layer"
    return total


def paper_content_loss(output: Measured, content: Measured, scale: float = 1.0) -> Tensor:
    """Eq. 2, L_c = |phi_l(Y) - phi_l(X_c)|_F^2 / Z_l, Z_l = C_l H_l W_l, for the one content layer. Returns (N,).

    scale: ``network.scale[network.content_layer]`` for the paper's units.
    """
    return _square(output.content.float() - content.content.float()) * (scale**2 / output.content[0].numel())


def scale_free_parts(output: Measured, style: Measured, content: Measured) -> tuple[Tensor, Tensor]:
    """Style and content terms, each (N,), which mean the same for every style picture and every loss network.

    style: mean over l of |G(Y) - G(S)|^2 / (|G(S)|^2 + |G(C)|^2);  content: |phi(Y) - phi(C)|^2 / |phi(C)|^2,
    not yet weighted. Only ``output`` needs a graph. style may hold one picture for the whole batch.
    """
    terms = [
        _square(value - style.grams[name]) / (_square(style.grams[name]) + _square(content.grams[name])).clamp_min(TINY)
        for name, value in output.grams.items()
    ]
    return sum(terms[1:], terms[0]) / len(terms), moved(output, content)


def relative_parts(output: Measured, style: Measured, content: Measured, floor: float = 0.0) -> tuple[Tensor, Tensor]:
    """The two parts of J without its 0.2, each (N,).

    style: mean over l of |G(Y) - G(S)|^2 / |G(C) - G(S)|^2, which is 1 for the photo; content: |phi(Y) - phi(C)|^2 /
    |phi(C)|^2. floor: the least denominator, as a share of |G(S)|^2 + |G(C)|^2, for training: pairs that are
    nearly alike would own the gradient.
    """
    terms = []
    for name, value in output.grams.items():
        s, c = style.grams[name], content.grams[name]
        whole = _square(c - s)
        if floor:
            whole = whole.maximum(floor * (_square(s) + _square(c)))
        terms.append(_square(value - s) / whole.clamp_min(TINY))
    return sum(terms[1:], terms[0]) / len(terms), moved(output, content)


def scale_free(output: Measured, style: Measured, content: Measured, content_weight: float = 0.1) -> Tensor:
    """The scale-free loss, style + content_weight * content of :func:`scale_free_parts`. Returns (N,)."""
    style_part, content_part = scale_free_parts(output, style, content)
    return style_part + content_weight * content_part


def palette_distance(images: Tensor, others: Tensor) -> Tensor:
    """How far apart the colours of two pictures are, wherever in the picture they stand; (N,), 0 where alike.

    The squared sliced Wasserstein distance of the pixels in CIE Lab, in units of `PALETTE_UNIT`^2: along each of 16
    fixed directions the pixels of both pictures are sorted, and the n-th is compared with the n-th. Unlike the distance
    of histograms it pulls a colour from however far away. It is the loss of a network that is guided by colours. Rabin
    et al., "Wasserstein barycenter and its application to texture mixing" (SSVM 2011).

    Args:
        images: (N, 3, H, W) in [0, 1]; the gradient flows to them.
        others: (N, 3, H, W), the same number of pixels.
    """
    if images[0].numel() != others[0].numel():
        raise ValueError(f"both must have as many pixels, got {tuple(images.shape)} and {tuple(others.shape)}")
    axes = directions(DIRECTIONS).to(images.device)
    mine, theirs = (torch.einsum("dc,ncp->ndp", axes, lab(x).flatten(2)).sort(2).values for x in (images, others))
    return (mine - theirs).square().mean((1, 2)) / PALETTE_UNIT**2


def directions(count: int) -> Tensor:
    """Unit vectors spread evenly over a half sphere (a Fibonacci lattice), (count, 3)."""
    i = torch.arange(count, dtype=torch.float64)
    z = (i + 0.5) / count
    angle = math.pi * (1 + math.sqrt(5)) * i
    radius = (1 - z * z).sqrt()
    return torch.stack([z, radius * angle.cos(), radius * angle.sin()], 1).float()
