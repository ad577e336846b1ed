"""The losses of every style on every photograph, and the statistics that the chapters take of them.

Every photograph is painted in every style, and each output gets two numbers: J (`zmlib.evaluate.judge.Judge`, lower is
better, 1 is the untouched photograph) and the loss that the shipped networks were trained with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from zmlib.evaluate.judge import CONTENT_WEIGHT, Judge
from zmlib.evaluate.matrix import signals
from zmlib.evaluate.signal_test import uses_signal
from zmlib.evaluate.statistics import RESAMPLES, summary
from zmlib.perceptual import relative_parts, scale_free
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from chapters.common import Bench

FST = {"fst-rhone": 0, "fst-anthill": 7}  # network of one style -> the number of this style among the ten seen ones
TRAINING_CONTENT = 0.1  # weight of the content term in the loss that the shipped networks were trained with
CHUNK = 8  # photographs at a time


@torch.no_grad()
def losses(net: ZMNet, judge: Judge, contents: Tensor, styles: Tensor) -> dict[str, Tensor]:
    """J and the training loss of every style on every photograph.

    Args:
        net: any network. Of a table, row i belongs to style i. A network of one style paints that one.
        contents, styles: (C, 3, H, W) and (S, 3, h, w) in [0, 1], on the judge's device.

    Returns:
        "J": (2, S, C), the style part and the content part, whose sum is J. "training": (S, C), the loss that the
        shipped networks were trained with, without its term against a lattice. On the CPU.
    """
    network, guide, columns = judge.network, signals(net, styles), []
    wanted = [network.measure(style[None]) for style in styles]
    affines = [net.encode(guide[i : i + 1]) for i in range(1 if net.reading.one else len(styles))]
    for part in contents.split(CHUNK):
        photo, found = network.measure(part), []
        for i, style in enumerate(wanted):
            if i < len(affines):  # a network of one style makes the same picture for all of them
                output = network.measure(torch.cat([net.stylize(content[None], affines[i]) for content in part]))
            style_part, content_part = relative_parts(output, style, photo)
            training = scale_free(output, style, photo, TRAINING_CONTENT)
            found.append(torch.stack([style_part, CONTENT_WEIGHT * content_part, training]))
        columns.append(torch.stack(found, 1))
    table = torch.cat(columns, 2).cpu()
    return {"J": table[:2], "training": table[2]}


def fst_own(bench: Bench, photos: Tensor | None = None) -> dict[str, Tensor]:
    """The parts of J of each FST network on its own style: name -> (2, 1, C).

    photos: (C, 3, H, W) in [0, 1]; None takes the bench's, which must have the ten seen styles.
    """
    assert bench.ten is not None
    contents, own = bench.photos if photos is None else photos, {}
    for name, number in FST.items():
        own[name] = losses(bench.nets[name], bench.judge, contents, bench.ten[number : number + 1])["J"]
    return own


def fst_own_j(bench: Bench) -> float:
    """J of FST on its own style for the standing rule: the median over all pairs with the photographs for that rule."""
    own = fst_own(bench, bench.standing)
    return float(np.median(torch.cat([j.sum(0).flatten() for j in own.values()]).numpy()))


def signal(bench: Bench, name: str, styles: Tensor, most: int = 100) -> dict[str, float]:
    """The signal test of one network on the first `most` photographs and styles (S, 3, h, w)."""
    photos, paintings = ([picture[None] for picture in pictures[:most]] for pictures in (bench.photos, styles))
    return uses_signal(bench.nets[name], bench.judge, photos, paintings)


def signal_table(tests: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """Results of the signal test, a row for each network; tests: label -> what `signal` returned."""
    return [
        {
            "network": label,
            "right style beats another": f"{test['rate']:.0%} of the pairs",
            "J with the mean of all styles over J with the right one": f"{test['mean_over_right']:.2f}",
        }
        for label, test in tests.items()
    ]


def median(values: Tensor, seed: int = 0) -> dict[str, Any]:
    """Median of a tensor of any shape, with its bootstrap interval: see `zmlib.evaluate.statistics.summary`."""
    return summary(values.flatten().tolist(), seed)


def bounds(found: Mapping[str, Any]) -> list[float] | None:
    """[low, high] of a statistic with an interval, None where there is none: a result's `values.interval`."""
    return None if found["low"] is None else [found["low"], found["high"]]


def text(found: Mapping[str, Any], what: str = "median") -> str:
    """A statistic with its interval, for a table.

    >>> text({"median": 0.312, "low": 0.29, "high": 0.344})
    '0.312 [0.290, 0.344]'
    """
    interval = "" if found["low"] is None else f" [{found['low']:.3f}, {found['high']:.3f}]"
    return f"{found[what]:.3f}{interval}"


def ratio(above: Tensor, below: Tensor, seed: int = 0) -> dict[str, Any]:
    """Mean of `above` over mean of `below`, with the bootstrap 95 % interval over styles.

    Both have a number for each style, (A,) and (B,), and are resampled independently: their styles may differ. Returns
    {"ratio", "low", "high", "n"}, n the two numbers of styles.
    """
    a, b = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    rng = np.random.default_rng(seed)
    tops = a[rng.integers(len(a), size=(RESAMPLES, len(a)))].mean(1)
    bottoms = b[rng.integers(len(b), size=(RESAMPLES, len(b)))].mean(1)
    low, high = np.percentile(tops / bottoms, (2.5, 97.5))
    return {"ratio": float(a.mean() / b.mean()), "low": float(low), "high": float(high), "n": [len(a), len(b)]}


def over_ost(found: Tensor, floor: Tensor) -> Tensor:
    """A network's J over OST's for each style, means over photos: (2, S, C) of both to (S,).

    Some styles are hard for every method; divided by OST's J, seen and unseen styles compare.
    """
    return found.sum(0).mean(1) / floor.sum(0).mean(1)


def unseen_over_seen(found: dict[str, Tensor], floor: dict[str, Tensor], seed: int = 0) -> dict[str, Any]:
    """`ratio` of the unseen styles' J over OST's to the seen ones'; both dicts hold "seen" and "unseen", (2, S, C)."""
    above, below = (over_ost(found[kind], floor[kind]) for kind in ("unseen", "seen"))
    return ratio(above, below, seed)
