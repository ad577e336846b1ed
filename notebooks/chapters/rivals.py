"""ZM-Net beside two published methods for unseen styles: AdaIN, and a style predictor after Ghiasi et al."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.common import Bench, losses, median, paired, signal, style_rows, text
from chapters.timing import interleaved
from zmlib.baselines.adain import Statistics
from zmlib.evaluate.matrix import over_ost

NETS = {"zmnet": "styles-expanded", "parallel": "parallel", "predictor": "predictor", "adain": "adain"}
LABELS = {
    "zmnet": "ZM-Net, serial",
    "parallel": "ZM-Net, parallel",
    "predictor": "style predictor",
    "adain": "AdaIN, small",
}


def rows(bench: Bench, photos: Sequence[Tensor], styles: Tensor) -> list[list[Tensor]]:
    """A row a style (S, 3, h, w): photo, style, and the output of each network; photos are taken in turn."""
    return style_rows(bench, NETS.values(), photos, styles)


def measure(bench: Bench, most: int = 20) -> dict[str, Any]:
    """Every network on the unseen styles.

    Returns:
        "J" summaries over pairs, "content" medians of its content part, "test_loss" means, "over_ost" (J over that of
        OST, mean over styles), "ratio" of J to ZM-Net's with its interval over pairs, "signal" (the shuffled-signal
        test on the first `most` photos and styles), "parameters" that were trained and in all; each by key of `NETS`.
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
    """Parameters that training left alone: AdaIN's encoder, which it holds twice."""
    net = bench.nets[name]
    return [p for key, p in net.named_parameters() if isinstance(net.source, Statistics) and "encoder" in key]


def times(bench: Bench, content: Tensor, style: Tensor, repeats: int) -> dict[str, dict[str, float]]:
    """Median seconds of one photo in a style that is known ("known") and in one that is new ("new"), by key of `NETS`.

    Measured in turns. content, style: (1, 3, H, W) and (1, 3, h, w).
    """
    jobs: dict[str, Callable[[], object]] = {}
    for key, name in NETS.items():
        net = bench.nets[name]
        with torch.no_grad():
            affine = net.encode(style)
        jobs[f"{key} known"] = torch.no_grad()(lambda net=net, affine=affine: net.stylize(content, affine))
        jobs[f"{key} new"] = torch.no_grad()(lambda net=net: net.stylize(content, net.encode(style)))
    taken = interleaved(jobs, repeats)
    return {key: {what: float(np.median(taken[f"{key} {what}"])) for what in ("known", "new")} for key in NETS}


def table(found: Mapping[str, Any], taken: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """What `measure` and `times` returned, or a kept run's, a row a network; none for none."""
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
