"""The losses of every style on every photograph, and the statistics that the chapters take of them.

Every photograph is painted in every style, and each output gets two numbers: J (`zmlib.evaluate.judge.Judge`, lower is
better, 1 is the untouched photograph) and the loss that the shipped networks were trained with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.matrix import signals
from zmlib.evaluate.judge import CONTENT_WEIGHT, Judge
from zmlib.evaluate.statistics import ratio_of_ratios, summary
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


def fst_own(bench: Bench) -> Tensor:
    """The parts of J of the two FST networks, each on its own style: (2, 2, C), rows in the order of `FST`."""
    assert bench.ten is not None
    own = [(bench.nets[name], bench.ten[number : number + 1]) for name, number in FST.items()]
    return torch.cat([losses(net, bench.judge, bench.photos, style)["J"] for net, style in own], 1)


def median(values: Tensor, seed: int = 0) -> dict[str, Any]:
    """The median of a table (S, C), styles and photographs, with its interval: `zmlib.evaluate.statistics.summary`."""
    return summary(values, seed)


def text(found: Mapping[str, Any], what: str = "median", digits: int = 3) -> str:
    """A statistic with its interval, for a table.

    what: the key of the statistic. digits: behind the point.

    >>> text({"median": 0.312, "low": 0.29, "high": 0.344})
    '0.312 [0.290, 0.344]'
    """
    interval = "" if found["low"] is None else f" [{found['low']:.{digits}f}, {found['high']:.{digits}f}]"
    return f"{found[what]:.{digits}f}{interval}"


def unseen_over_seen(unseen: Tensor, seen: Tensor, seed: int = 0) -> dict[str, Any]:
    """The median over unseen styles over that over seen ones, with its interval.

    unseen, seen: (S, C) and (T, C), J on the same photographs, or J over OST's: some styles are hard for every method.
    """
    return ratio_of_ratios(unseen, torch.ones_like(unseen), seen, torch.ones_like(seen), seed)


def conditions(net: ZMNet) -> dict[str, Any]:
    """What should be equal of two networks that are compared, from the model card: width, crops, steps, photographs.

    "crops" are the sizes and batches that it was trained with, and how style pictures were cut. Cards of before
    version 2 of the claims' rules do not say.
    """
    card = net.card
    known = {name: card.get(key) for name, key in (("crops", "crops"), ("steps", "steps"), ("photographs", "photos"))}
    return {"width": net.config.width} | known


def alike(nets: Sequence[ZMNet]) -> dict[str, Any]:
    """For a result: "same", whether networks were trained in the same `conditions`; "differ", the names of the others.

    A condition that is not known of one of them counts as different.
    """
    every = [conditions(net) for net in nets]
    differ = [name for name in every[0] if any(one[name] is None or one[name] != every[0][name] for one in every)]
    return {"same": not differ, "differ": differ}
