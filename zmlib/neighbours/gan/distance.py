"""How far two pictures are apart: by pixels, and by another network."""

from __future__ import annotations

from torch import Tensor

from zmlib.perceptual.slim import Slim

LAYERS = ("relu2_2", "relu3_3")  # of slim: 32 and 16 positions a side at 64 pixels


def by_pixels(x: Tensor, y: Tensor) -> Tensor:
    """Mean squared difference, (N,), of pictures (N, 3, H, W) in [0, 1]."""
    return (x - y).square().flatten(1).mean(1)


def by_network(x: Tensor, y: Tensor, network: Slim) -> Tensor:
    """Squared difference of slim's features over their own mean square, the mean of `LAYERS`, (N,).

    The gradient goes to x alone.
    """
    return to_features(x, network(y, LAYERS), network)


def to_features(x: Tensor, wanted: dict[str, Tensor], network: Slim) -> Tensor:
    """`by_network` to a picture whose features, of `LAYERS`, are known."""
    found, parts = network(x, LAYERS), []
    for layer in LAYERS:
        aim = wanted[layer].detach()
        gap = (found[layer] - aim).square().flatten(1).mean(1)
        parts.append(gap / aim.square().flatten(1).mean(1).clamp_min(1e-6))
    return sum(parts[1:], parts[0]) / len(parts)
