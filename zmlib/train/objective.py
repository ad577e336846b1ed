"""The two parts of the loss, style and content: one number for each picture, from the loss network's measurements."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from zmlib.perceptual import (
    LossNetwork,
    Measured,
    palette_distance,
    paper_content_loss,
    paper_style_loss,
    relative_parts,
    scale_free_parts,
)
from zmlib.perceptual.losses import moved
from zmlib.train.recipe import Recipe

# "relative": least denominator, as a share of the scale-free one, so that near-equal pairs do not own the gradient
FLOOR = 0.05
CELL = 4  # pixels


def loss_parts(
    recipe: Recipe, network: LossNetwork, output: Measured, style: Measured, content: Measured
) -> tuple[Tensor, Tensor]:
    """Weighted style and content loss of each picture, (N,) each; their sum's mean is minimised."""
    if recipe.objective == "paper":
        parts = (
            paper_style_loss(output, style, network.scale),
            paper_content_loss(output, content, network.scale[network.content_layer]),
        )
    elif recipe.objective == "scale-free":
        parts = scale_free_parts(output, style, content)
    else:
        parts = relative_parts(output, style, content, FLOOR)
    return recipe.style_weight * parts[0], recipe.content_weight * parts[1]


def colour_parts(
    recipe: Recipe, output: Tensor, style: Tensor, measured: Measured, content: Measured
) -> tuple[Tensor, Tensor]:
    """The same for the objective "colours": distance of the palettes, and content loss. output, style: (N, 3, H, W).

    Palettes are taken from means over `CELL` pixels: in single pixels a chequered sky has two colours and would be
    nearer to a palette than a plain one.
    """
    palettes = palette_distance(F.avg_pool2d(output, CELL), F.avg_pool2d(style, CELL))
    return recipe.style_weight * palettes, recipe.content_weight * moved(measured, content)


def own_colours(styles: Tensor, contents: Tensor) -> Tensor:
    """The style crops (N, 3, S, S), with the first photo in place of the first: its own colours change nothing.

    So a network of colours also learns to keep a photo, and paths from a photo's colours to others begin at the photo.
    A batch of one keeps its style.
    """
    return torch.cat([contents[:1], styles[1:]]) if len(styles) > 1 else styles
