"""Loss networks, Gram matrices (eq. 1), perceptual losses (eq. 2) and their scale-free form.

Used like this::

    network = loss_network("slim")
    with torch.no_grad():
        style, content = network.measure(style_images), network.measure(photos)
    loss = scale_free(network.measure(output), style, content).mean()
"""

from __future__ import annotations

from zmlib.perceptual.gram import gram
from zmlib.perceptual.losses import (
    paper_content_loss,
    paper_style_loss,
    relative_parts,
    scale_free,
    scale_free_parts,
)
from zmlib.perceptual.network import LossNetwork, Measured
from zmlib.perceptual.palette import palette_distance
from zmlib.perceptual.registry import NAMES, loss_network

__all__ = [
    "NAMES",
    "LossNetwork",
    "Measured",
    "gram",
    "loss_network",
    "palette_distance",
    "paper_content_loss",
    "paper_style_loss",
    "relative_parts",
    "scale_free",
    "scale_free_parts",
]
