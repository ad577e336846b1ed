"""Loss networks, Gram matrices (eq. 1), perceptual losses (eq. 2) and the terms that a recipe may add.

Example:
    >>> import torch
    >>> network = loss_network("slim")
    >>> photos, paintings, outputs = torch.rand(3, 2, 3, 64, 64)
    >>> content, style = network.measure(photos), network.measure(paintings)
    >>> scale_free(network.measure(outputs), style, content).shape
    torch.Size([2])
"""

from __future__ import annotations

from zmlib.perceptual.gram import gram
from zmlib.perceptual.losses import (
    palette_distance,
    paper_content_loss,
    paper_style_loss,
    relative_parts,
    scale_free,
    scale_free_parts,
)
from zmlib.perceptual.network import LossNetwork, Measured
from zmlib.perceptual.registry import NAMES, best_available, loss_network
from zmlib.perceptual.terms import TERMS, Term

__all__ = [
    "NAMES",
    "TERMS",
    "LossNetwork",
    "Measured",
    "Term",
    "best_available",
    "gram",
    "loss_network",
    "palette_distance",
    "paper_content_loss",
    "paper_style_loss",
    "relative_parts",
    "scale_free",
    "scale_free_parts",
]
