"""What a training minimises: one number a picture, from what the loss network measured."""

from __future__ import annotations

import torch
from torch import Tensor

from zmlib.perceptual import LossNetwork, Measured, paper_content_loss, paper_style_loss, scale_free_parts
from zmlib.train.recipes import Recipe

# "relative": least denominator, as a share of the scale-free one, so that near-equal pairs do not own the gradient
FLOOR = 0.05


def _square(x: Tensor) -> Tensor:
    return x.float().square().flatten(1).sum(1)


def relative_parts(output: Measured, style: Measured, content: Measured) -> tuple[Tensor, Tensor]:
    """The two parts of J, without its 0.2.

    Mean over layers of |G(Y)-G(S)|^2 / |G(C)-G(S)|^2, and |phi(Y)-phi(C)|^2 / |phi(C)|^2. (N,) each.
    """
    terms = []
    for name, gram in output.grams.items():
        s, c = style.grams[name], content.grams[name]
        terms.append(
            _square(gram - s) / torch.maximum(_square(c - s), FLOOR * (_square(s) + _square(c))).clamp_min(1e-30)
        )
    left = _square(output.content.float() - content.content.float())
    return torch.stack(terms).mean(0), left / _square(content.content).clamp_min(1e-30)


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
        parts = relative_parts(output, style, content)
    return recipe.style_weight * parts[0], recipe.content_weight * parts[1]
