"""ZM-Net beside two published methods for unseen styles: AdaIN, and the style predictor of Ghiasi et al."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from chapters.common import Bench, losses, median, paired, signal, text
from chapters.measures import over_ost
from chapters.timing import interleaved
from zmlib.baselines.adain import Statistics
from zmlib.zmnet import ZMNet

NETS = {"zmnet": "styles-expanded", "parallel": "parallel", "predictor": "predictor", "adain": "adain"}
LABELS = {
    "zmnet": "ZM-Net, serial",
    "parallel": "ZM-Net, parallel",
    "predictor": "style predictor",
    "adain": "AdaIN, small",
}


def measure(bench: Bench, most: int = 20) -> dict[str, Any]:
    """Every network on the unseen styles.

    Returns:
        By key of `NETS` each: "J" (summaries over pairs), "content" (medians of its content part), "test_loss" (means),
        "over_ost" (J over OST's, mean over styles), "ratio" (of J to ZM-Net's, with its interval over pairs), "signal"
        (the signal test on the first `most` photos and styles), "parameters" (trained ones), "fixed" (the others) and
        "steps". Besides "ost_steps" and "judge".
    """
    every = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.unseen) for key, name in NETS.items()}
    floor, ours = bench.floor("unseen"), every["zmnet"]["J"].sum(0)
    counts = {key: sum(p.numel() for p in bench.nets[name].parameters()) for key, name in NETS.items()}
    fixed = {key: sum(p.numel() for p in _frozen(bench, name)) for key, name in NETS.items()}
    return {
        "J": {key: median(one["J"].sum(0), bench.seed) for key, one in every.items()},
        "content": {key: float(one["J"][1].median()) for key, one in every.items()},
        "test_loss": {key: float(one["training"].mean()) for key, one in every.items()},
        "over_ost": {key: float(over_ost(one["J"], floor).mean()) for key, one in every.items()},
        "ratio": {key: paired([one["J"].sum(0)], [ours], bench.seed) for key, one in every.items()},
        "signal": {key: signal(bench, name, bench.unseen, most) for key, name in NETS.items()},
        "parameters": {key: counts[key] - fixed[key] for key in NETS},
        "fixed": fixed,
        "steps": {key: bench.nets[name].card.get("steps") for key, name in NETS.items()},
        "ost_steps": bench.steps,
        "judge": bench.judge.name,
    }


def _frozen(bench: Bench, name: str) -> list[Tensor]:
    """Parameters that were not trained: AdaIN's encoder, which it holds twice."""
    net = bench.nets[name]
    return [p for key, p in net.named_parameters() if isinstance(net.source, Statistics) and "encoder" in key]


def times(bench: Bench, content: Tensor, style: Tensor, repeats: int) -> dict[str, dict[str, float]]:
    """Median seconds of one photo in a known style and in a new one, measured in turns.

    Args:
        content, style: (1, 3, H, W) and (1, 3, h, w) in [0, 1].
        repeats: rounds that count.

    Returns:
        key of `NETS` -> "known" and "new" -> seconds.
    """
    jobs: dict[str, Callable[[], object]] = {}
    for key, name in NETS.items():
        net = bench.nets[name]
        jobs[f"{key} known"] = partial(net.stylize, content, net.encode(style))
        jobs[f"{key} new"] = partial(_new, net, content, style)
    taken = interleaved(jobs, repeats)
    return {key: {what: float(np.median(taken[f"{key} {what}"])) for what in ("known", "new")} for key in NETS}


def _new(net: ZMNet, content: Tensor, style: Tensor) -> Tensor:
    return net.stylize(content, net.encode(style))


def table(found: Mapping[str, Any], taken: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """What `measure` and `times` returned, a row for each network; no rows where nothing was found."""
    return [
        {
            "method": LABELS[key],
            "J, unseen styles": text(found["J"][key]),
            "over ZM-Net's": text(found["ratio"][key], "ratio"),
            "content part": found["content"][key],
            "right style beats another": f"{found['signal'][key]['rate']:.0%}",
            "trained parameters": found["parameters"][key],
            "ms, known style": f"{1000 * taken[key]['known']:.0f}",
            "ms, new style": f"{1000 * taken[key]['new']:.0f}",
        }
        for key in NETS
        if found
    ]
