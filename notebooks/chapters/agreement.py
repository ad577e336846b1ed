"""How well a cheap judge agrees with the full one: does it put the stylized versions of a photograph in the same order?

Its numbers are in the card of the loss network `slim`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from scipy.stats import spearmanr
from slim.augment import match_colours
from torch import Tensor

from zmlib.baselines.objective import Relative
from zmlib.baselines.ost import Optimisation
from zmlib.evaluate.judge import Judge, judged
from zmlib.evaluate.statistics import summary
from zmlib.perceptual import LossNetwork

OST_STEPS = (1, 3, 5, 10, 20)
OST_STYLE_WEIGHTS = (1.0, 0.1)
BLENDS = (0.25, 0.5, 0.75)


def differently_stylized(
    content: Tensor,
    style: Tensor,
    network: LossNetwork,
    *,
    steps: Sequence[int] = OST_STEPS,
    style_weights: Sequence[float] = OST_STYLE_WEIGHTS,
) -> dict[str, Tensor]:
    """Versions of N photographs from untouched to well stylized, and some wrong ones, for a judge to put in order.

    Args:
        content, style: (N, 3, H, W) in [0, 1], of one size.
        network: of OST.
        steps: iterations of OST (Adam, 0.02) after which its pictures are taken.
        style_weights: of OST, against J's content weight.

    Returns:
        name -> (N, 3, H, W): the photograph, the painting, their blends, the photograph with the painting's mean and
        deviation of each channel, and OST after each number of steps with each style weight.
    """
    made = {"photo": content, "painting": style}
    for share in BLENDS:
        made[f"blend {share:g}"] = content.lerp(style, share)
    made["colours"] = torch.stack([match_colours(c, s) for c, s in zip(content, style, strict=True)]).clamp(0, 1)
    for weight in style_weights:
        run = Optimisation(content, style, Relative(network, style_weight=weight))
        for step in range(1, max(steps) + 1):
            run.step()
            if step in steps:
                made[f"OST {step}, style weight {weight:g}"] = run.images
    return made


def rank_correlation(outputs: Sequence[Tensor], content: Tensor, style: Tensor, cheap: Judge, full: Judge) -> float:
    """Spearman's rank correlation of the cheap judge's J with the full one's over the outputs of one pair, -1 to 1.

    outputs: (1, 3, H, W) each, in [0, 1]; fewer than ten say little. content, style: (1, 3, H, W).
    """
    return float(spearmanr(judged(outputs, content, style, cheap), judged(outputs, content, style, full)).statistic)


def agreement(
    contents: Tensor, styles: Tensor, cheap: Judge, full: Judge, extra: dict[str, Tensor] | None = None
) -> dict[str, Any]:
    """The cheap judge's rank correlation with the full one over N pairs.

    Args:
        contents, styles: (N, 3, H, W) in [0, 1].
        extra: further outputs by name, (N, 3, H, W), such as those of a trained network. The OST among the outputs
            minimises the full judge's J.

    Returns:
        "median", "low" and "high": the median over pairs with its bootstrap interval; "n" pairs; "each" correlation;
        "outputs": the names of the versions.
    """
    made = differently_stylized(contents, styles, full.network) | (extra or {})
    each = [
        rank_correlation([out[i : i + 1] for out in made.values()], contents[i : i + 1], styles[i : i + 1], cheap, full)
        for i in range(len(contents))
    ]
    return summary(each) | {"each": each, "outputs": list(made)}
