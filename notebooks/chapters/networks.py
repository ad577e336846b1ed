"""The networks that ship: how each was trained, and how it does on styles that it saw and on styles that it did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.common import Bench, text
from chapters.matrix import signals
from chapters.measures import FST, losses, unseen_over_seen
from zmlib.evaluate import speckle
from zmlib.evaluate.statistics import summary
from zmlib.perceptual.speckle import CHANNELS
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def styles_of(bench: Bench, name: str, net: ZMNet) -> dict[str, Tensor]:
    """The styles that a network can be judged on: "unseen" and "seen" -> (S, 3, size, size), what there is of them.

    A table and a constant know no other styles than theirs: the ten seen ones, and one of these.
    """
    if net.reading.one:
        return {} if bench.ten is None or name not in FST else {"seen": bench.ten[FST[name] : FST[name] + 1]}
    found = {} if net.reading.numbered else {"unseen": bench.unseen}
    return found if bench.ten is None else found | {"seen": bench.ten}


def measure(bench: Bench) -> dict[str, Any]:
    """J of each of the bench's networks on unseen styles, and on seen ones where the bench has them.

    Returns:
        name -> {"unseen": {...} or None, "seen": {...} or None, "ratio": {...} or None}: medians over every photograph
        in every style, with bootstrap intervals over photographs and styles; the ratio is `unseen_over_seen`.
    """
    found: dict[str, Any] = {}
    for name, net in bench.nets.items():
        on = styles_of(bench, name, net)
        j = {kind: losses(net, bench.judge, bench.photos, styles)["J"] for kind, styles in on.items()}
        found[name] = {kind: _parts(j[kind], bench.seed) if kind in j else None for kind in ("unseen", "seen")}
        both = [j[kind].sum(0) for kind in ("unseen", "seen") if kind in j]
        found[name]["ratio"] = unseen_over_seen(both[0], both[1], bench.seed) if len(both) == 2 else None
    return found


def _parts(found: Tensor, seed: int) -> dict[str, Any]:
    """Median J over all pairs, with its interval, and the medians of its two parts."""
    return summary(found.sum(0), seed) | {"style": float(found[0].median()), "content": float(found[1].median())}


def speckle_and_gain(bench: Bench) -> dict[str, dict[str, Any]]:
    """What J does not hear, on the pictures of `measure`: unseen styles, or seen ones where a network knows no other.

    Returns name -> {"speckle": {...}, "gain": {...} or None}, see `over_all`. A network that no
    style is given for is not among the names.
    """
    styles = {name: styles_of(bench, name, net) for name, net in bench.nets.items()}
    return {
        name: over_all(bench.nets[name], bench.photos, some["unseen" if "unseen" in some else "seen"], bench.seed)
        for name, some in styles.items()
        if some
    }


@torch.no_grad()
def over_all(net: ZMNet, contents: Tensor, styles: Tensor, seed: int = 0, flat: int = 4) -> dict[str, Any]:
    """Speckle of every style on every photo, and gain of the first `flat` styles on one photo each.

    net, contents, styles: as for `chapters.matrix.judge_all`. Returns {"speckle": {...}, "gain": {...} or None}.
    """
    photos, affines = contents.split(1), [net.encode(one) for one in signals(net, styles).split(1)]
    found = [
        speckle.ratios(torch.cat([net.stylize(photo, affine) for photo in photos]), style)
        for affine, style in zip(affines, styles.split(1), strict=True)
    ]
    few = affines[:flat]
    noise = speckle.gain(net, few, [photos[i % len(photos)] for i in range(len(few))], seed)
    return {"speckle": speckle.summarise(torch.cat(found), seed), "gain": noise}


def training(nets: Mapping[str, ZMNet]) -> list[dict[str, Any]]:
    """How each network was trained, from the model card in its file: a row for each network."""
    return [
        {
            "name": name,
            "steps": net.card.get("steps"),
            "minutes": round(net.card.get("seconds", 0) / 60),
            "device": net.card.get("device"),
            "styles": net.card.get("styles"),
            "final loss": net.card.get("final_loss"),
            "parameters": sum(p.numel() for p in net.parameters()),
        }
        for name, net in nets.items()
    ]


def results(found: Mapping[str, Any], noise: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `measure` and `speckle_and_gain` found, a row for each network."""

    def interval(part: Mapping[str, Any] | None, what: str) -> str | None:
        return None if part is None else text(part, what)

    def unheard(name: str) -> dict[str, float | None]:
        own = noise.get(name, {})
        grain, gain = own.get("speckle") or {}, own.get("gain") or {}
        row = {"speckle": grain.get("median"), "speckle, largest tenth": grain.get("largest_tenth")}
        return row | {f"gain, {colour}": gain.get(colour, {}).get("mean") for colour in CHANNELS[1:]}

    return [
        {
            "name": name,
            "J, unseen styles": interval(one["unseen"], "median"),
            "J, seen styles": interval(one["seen"], "median"),
            "content part": (one["unseen"] or one["seen"])["content"],
            "unseen over seen": interval(one["ratio"], "ratio"),
        }
        | unheard(name)
        for name, one in found.items()
        if one["unseen"] or one["seen"]
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """J with its interval, a row for each network: seen styles as circles, unseen ones as filled squares."""
    import matplotlib.pyplot as plt

    rows = {name: one for name, one in found.items() if one["unseen"] or one["seen"]}
    figure, axes = plt.subplots(figsize=(7, 0.5 + 0.4 * len(rows)), layout="constrained")
    marks = {"seen": ("o", "white", -0.12), "unseen": ("s", "#D55E00", 0.12)}
    for kind, (mark, fill, shift) in marks.items():
        label: str | None = f"{kind} styles"
        for row, one in enumerate(rows.values()):
            if one[kind] is None:
                continue
            if one[kind]["low"] is not None:
                axes.plot([one[kind]["low"], one[kind]["high"]], [row + shift] * 2, color="#D55E00", linewidth=2)
            axes.plot(
                one[kind]["median"],
                row + shift,
                mark,
                markeredgecolor="#D55E00",
                markerfacecolor=fill,
                markersize=7,
                linestyle="none",
                label=label,
            )
            label = None
    axes.set(yticks=range(len(rows)), yticklabels=list(rows), xlabel="J, median over pairs (the photo itself: 1)")
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
