"""The shuffled-signal test: does the network use its signal at all?

A network that gives every photo the same pleasant treatment can score well on average. So each photo is stylised three
times, with the value of its own style, with that of another pair's, and with the mean over all styles, and each result
is judged against its own style.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from zmlib.affine import Affine
from zmlib.evaluate.judge import Judge, judged
from zmlib.zmnet import ZMNet


def derange(names: Sequence[str], seed: int = 0) -> list[str] | None:
    """For every pair the name of another pair's style, never its own; None where there is only one style.

    The styles are put in a circle in an order drawn from seed, and each gives way to its neighbour: a derangement in
    which every style serves as wrong as often as its neighbour serves as right.
    """
    circle = sorted(set(names))
    if len(circle) < 2:
        return None
    random.Random(seed).shuffle(circle)
    following = dict(zip(circle, circle[1:] + circle[:1], strict=True))
    return [following[name] for name in names]


def average(affines: Sequence[Affine]) -> Affine:
    """The mean of several styles' parameters, with equal weights: what is left of a signal when it names no style."""
    return type(affines[0]).mix(affines, [1.0] * len(affines))  # also of what a baseline gives in their place


@torch.no_grad()
def uses_signal(net: ZMNet, judge: Judge, contents: Sequence[Tensor], styles: Sequence[Tensor]) -> dict[str, float]:
    """The test over every content in every style.

    Args:
        contents, styles: pictures (1, 3, H, W) in [0, 1] of one size, on the network's and the judge's device; two
            styles or more.

    Returns:
        `rate`, the share of pairs whose J with the right value is below that with another style's, and
        `mean_over_right`, the median J with the mean value over the median J with the right one.
    """
    values = [net.encode(style) for style in styles]
    mean = average(values)
    right: list[float] = []
    wrong: list[float] = []
    blurred: list[float] = []
    for i, style in enumerate(styles):
        other = values[(i + 1) % len(values)]
        for content in contents:
            outputs = [net.stylize(content, value) for value in (values[i], other, mean)]
            for found, j in zip((right, wrong, blurred), judged(outputs, content, style, judge), strict=True):
                found.append(j)
    rate = float(np.mean(np.less(right, wrong)))
    return {"rate": rate, "mean_over_right": float(np.median(blurred) / np.median(right))}
