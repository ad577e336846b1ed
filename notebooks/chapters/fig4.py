"""Figure 4: one ZM-Net of ten styles beside OST, FST and CIN, on the styles that it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from chapters.common import Bench
from chapters.measures import FST, bounds, fst_own, fst_own_j, losses, median, signal, text
from zmlib.evaluate.matrix import ost_all
from zmlib.evaluate.statistics import paired

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEN, MANY, CIN = "styles-10", "styles", "cin-10"
KNOW = {"cin": CIN, "zmnet": TEN, "many": MANY}  # all ten styles
LABELS = {"ost": "OST", "fst": "FST", "cin": "CIN", "zmnet": "ZM-Net, 10 styles", "many": "ZM-Net, many styles"}


def measure(bench: Bench) -> dict[str, Any]:
    """J of the four methods; the claim is judged on the two styles that all of them know.

    Returns:
        "loss": medians over the pairs of two styles and all photographs; "content_part": of each method; "summary":
        the medians with intervals; "by_style": style -> method -> median; "ten": medians over all ten styles of the
        methods that know them; and what the claim and the standing rules read besides.
    """
    assert bench.ten is not None
    two = list(FST.values())
    all_ten = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten)["J"] for key, name in KNOW.items()}
    own = fst_own(bench)
    floor = ost_all(bench.judge, bench.photos, bench.ten[two], bench.steps)
    parts = {"ost": floor, "fst": torch.cat(list(own.values()), 1)} | {key: j[:, two] for key, j in all_ten.items()}
    j = {key: one.sum(0) for key, one in parts.items()}
    loss = {key: float(np.median(one.numpy())) for key, one in j.items()}
    ratio = paired([j["zmnet"]], [j["fst"], j["cin"]], bench.seed)
    return {
        "loss": loss | {"fst_and_cin": (loss["fst"] + loss["cin"]) / 2},
        "ratio": ratio,
        "ratio_many": paired([j["many"]], [j["fst"], j["cin"]], bench.seed),
        "interval": bounds(ratio),
        "content_part": {key: float(one[1].median()) for key, one in parts.items()},
        "summary": {key: median(one, bench.seed) for key, one in j.items()},
        "by_style": {
            bench.names["ten"][row]: {key: float(np.median(one[i].numpy())) for key, one in j.items()}
            for i, row in enumerate(two)
        },
        "ten": {key: median(one.sum(0), bench.seed) for key, one in all_ten.items()},
        "styles": bench.nets[TEN].card.get("styles"),
        "fst_own_j": fst_own_j(bench),
        "signal": signal(bench, TEN, bench.ten),
        "pairs": int(j["fst"].numel()),
        "judge": bench.judge.name,
        "ost_steps": bench.steps,
    }


def distances(rows: Sequence[Sequence[Tensor]]) -> dict[str, float]:
    """How far CIN's pictures are from those of the two FST networks.

    Args:
        rows: one for each photograph: the photograph, then FST and CIN for the first painting, then both for the
            second, (1, 3, H, W) each.

    Returns:
        "own", the distance from FST's picture of the same painting, and "other", from that of the other painting: root
        mean squares over pixels, medians over photographs and paintings.
    """
    found: dict[str, list[float]] = {"own": [], "other": []}
    for _, *pictures in rows:
        fst, cin = pictures[::2], pictures[1::2]
        for i, painted in enumerate(cin):
            found["own"].append(float((painted - fst[i]).square().mean().sqrt()))
            found["other"].append(float((painted - fst[i - 1]).square().mean().sqrt()))
    return {key: float(np.median(one)) for key, one in found.items()}


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each method, from what `measure` returned or a kept run's values; no row for no values."""
    return [
        {
            "method": label,
            "J, two styles": text(found["summary"][key]),
            "content part": found["content_part"][key],
            **{f"J, {style}": one[key] for style, one in found["by_style"].items()},
            "J, ten styles": text(found["ten"][key]) if key in found["ten"] else None,
        }
        for key, label in LABELS.items()
        if found
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """J of each method with its interval, from what `measure` returned; a line at 1.15 times FST and CIN."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
    for row, key in enumerate(LABELS):
        one = found["summary"][key]
        colour = "#D55E00" if key in ("zmnet", "many") else "0.4"
        if one["low"] is not None:
            axes.plot([one["low"], one["high"]], [row, row], color=colour, linewidth=2)
        axes.plot(one["median"], row, "o", color=colour, markersize=7)
    axes.axvline(1.15 * found["loss"]["fst_and_cin"], color="0.7", linestyle="--", linewidth=1)
    axes.set(yticks=range(len(LABELS)), yticklabels=list(LABELS.values()), xlabel="J, median over pairs")
    axes.set_xlim(left=0)
    axes.set_ylim(len(LABELS) - 0.5, -0.5)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
