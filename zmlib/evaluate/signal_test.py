"""The signal test: does the network use its signal at all?

A network that gives every photo the same pleasant treatment can score well on average. So each photo is stylized three
times, with its own style, with another style, and with the mean over all styles, and each output is judged against its
own style. The other style is always the next one in the given order, and after the last comes the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from zmlib.affine import Affine
from zmlib.evaluate.judge import Judge, judged
from zmlib.zmnet import ZMNet


def next_names(names: Iterable[str]) -> dict[str, str]:
    """For each name the one after it, in the order in which they first appear; after the last comes the first.

    >>> next_names(["wave", "agate", "wave", "harvest"])
    {'wave': 'agate', 'agate': 'harvest', 'harvest': 'wave'}
    """
    order = list(dict.fromkeys(names))
    return dict(zip(order, [*order[1:], *order[:1]], strict=True))


def average(affines: Sequence[Affine]) -> Affine:
    """The mean of several styles' gamma and beta, with equal weights: what is left of a signal that names no style."""
    return type(affines[0]).mix(affines, [1.0] * len(affines))  # also of what a baseline gives in their place


def compare_signals(right: Sequence[float], other: Sequence[float], mean: Sequence[float]) -> dict[str, float]:
    """The statistics of the test.

    Args:
        right, other, mean: J (or another error) of each pair with its own style, another style, and the mean style.

    Returns:
        "rate", the share of pairs whose J is lower with the right style than with the other one, and
        "mean_over_right", the median J with the mean style over the median J with the right one.
    """
    return {
        "rate": float(np.mean(np.less(right, other))),
        "mean_over_right": float(np.median(mean) / np.median(right)),
    }


@torch.no_grad()
def uses_signal(net: ZMNet, judge: Judge, contents: Sequence[Tensor], styles: Sequence[Tensor]) -> dict[str, float]:
    """The test over every content in every style.

    Args:
        contents, styles: pictures (1, 3, H, W) in [0, 1] of one size, on the network's and the judge's device; two
            styles or more.

    Returns:
        What `compare_signals` returns.
    """
    affines = [net.encode(style) for style in styles]
    mean = average(affines)
    found: list[list[float]] = []
    for right, other, style in zip(affines, [*affines[1:], *affines[:1]], styles, strict=True):
        for content in contents:
            outputs = [net.stylize(content, affine) for affine in (right, other, mean)]
            found.append(judged(outputs, content, style, judge))
    return compare_signals(*zip(*found, strict=True))
