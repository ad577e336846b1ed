"""The networks that ship, side by side: how each was trained, and how it does on styles that it saw and did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from zmlib.data.folders import evenly, list_images
from zmlib.data.images import centre_square, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all, ost_all, unseen_over_seen
from zmlib.evaluate.speckle import over_all
from zmlib.evaluate.statistics import summary
from zmlib.experiments.compare import Comparison
from zmlib.perceptual.speckle import CHANNELS
from zmlib.zmnet import ZMNet, available, load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEN = 10  # the styles of the small networks: so many of the seen ones, evenly spread
KNOWN_ONLY = ("table", "constant")  # kinds of networks that no unseen style can be given to


def of_styles(device: torch.device | str = "cpu") -> dict[str, ZMNet]:
    """The shipped networks that styles guide: those of words and of colours are judged in other chapters."""
    return {name: net for name in available() if not (net := load(name, device)).kind.endswith("vector")}


def squares(images: Sequence[Image.Image], size: int) -> Tensor:
    """Centre squares as (N, 3, size, size) in [0, 1]."""
    return torch.cat([to_tensor(centre_square(image, size)) for image in images])


def seen_styles(folder: str, count: int = TEN) -> list[Path]:
    """The seen styles on which to measure: `count` of the folder's, chosen as the recipes with `pictures=10` choose.

    So they are in the training set of every network that was trained on this folder.
    """
    return evenly(list_images(Path(folder)), count)


def measure(
    nets: Mapping[str, ZMNet],
    judge: Judge,
    contents: Tensor,
    unseen: Tensor,
    seen: Tensor | None,
    iterations: int,
    seed: int = 0,
) -> dict[str, Any]:
    """J of each network on unseen styles, and where `seen` is given on seen ones, with OST's J beside.

    Args:
        nets: by name. A table and a constant are judged on the seen styles alone: they know no other.
        contents, unseen, seen: (N, 3, H, W) in [0, 1]; on the judge's device, where the networks are too.
        iterations: of OST.

    Returns:
        name -> {"unseen": {...}, "seen": {...} or None, "ratio": {...} or None}; "ost" is among the names. Medians over
        pairs with bootstrap intervals; the ratio is that of `unseen_over_seen`, over styles.
    """
    kinds = {"unseen": unseen} | ({"seen": seen} if seen is not None else {})
    floor = {kind: ost_all(judge, contents, styles, iterations) for kind, styles in kinds.items()}
    found: dict[str, Any] = {"ost": {kind: _parts(floor[kind], seed) for kind in kinds} | {"ratio": None}}
    for name, net in nets.items():
        known = [kind for kind in kinds if kind == "seen" or net.kind not in KNOWN_ONLY]
        j = {kind: judge_all(net, judge, contents, kinds[kind]) for kind in known}
        found[name] = {kind: _parts(j[kind], seed) if kind in j else None for kind in ("unseen", "seen")}
        found[name]["ratio"] = unseen_over_seen(j, floor, seed) if len(j) == 2 else None
    found["ost"].setdefault("seen", None)
    return found


def _parts(found: Tensor, seed: int) -> dict[str, Any]:
    """Median J over all pairs, with its interval, and the medians of its two parts."""
    return summary(found.sum(0).flatten().tolist(), seed) | {
        "style": float(found[0].median()),
        "content": float(found[1].median()),
    }


def speckle_and_gain(
    nets: Mapping[str, ZMNet], contents: Tensor, unseen: Tensor, seen: Tensor | None, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """What J does not see, on the pictures of `measure`: unseen styles, or seen ones where a network knows no other.

    Returns name -> {"speckle": {...}, "gain": {...} or None}, see `zmlib.evaluate.speckle.over_all`; a network without
    any style to be measured on is left out.
    """
    styles = {name: seen if net.kind in KNOWN_ONLY else unseen for name, net in nets.items()}
    return {name: over_all(nets[name], contents, some, seed) for name, some in styles.items() if some is not None}


def training(nets: Mapping[str, ZMNet]) -> list[dict[str, Any]]:
    """How each network was trained, as its file says."""
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


def table(rows: Sequence[Mapping[str, Any]]) -> Comparison:
    """Rows of the same keys as a table that a notebook shows."""

    def cell(value: Any) -> str:
        if value is None:
            return ""
        return f"{value:,}" if isinstance(value, int) else f"{value:.3f}" if isinstance(value, float) else str(value)

    return Comparison(tuple(rows[0]), tuple(tuple(cell(value) for value in row.values()) for row in rows))


def results(found: Mapping[str, Any], noise: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `measure` and `speckle_and_gain` found, a row a network."""

    def interval(part: Mapping[str, Any] | None, what: str) -> str | None:
        if part is None:
            return None
        low, high = part["low"], part["high"]
        return f"{part[what]:.3f}" + (f" [{low:.3f}, {high:.3f}]" if low is not None else "")

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
            "unseen over seen, each over OST's": interval(one["ratio"], "ratio"),
        }
        | unheard(name)
        for name, one in found.items()
        if one["unseen"] or one["seen"]
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """J with its interval, a row a network: seen styles as circles, unseen ones as filled squares."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 0.5 + 0.4 * len(found)), layout="constrained")
    marks = {"seen": ("o", "white", -0.12), "unseen": ("s", "#D55E00", 0.12)}
    for kind, (mark, fill, shift) in marks.items():
        label: str | None = f"{kind} styles"
        for row, one in enumerate(found.values()):
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
    axes.set(yticks=range(len(found)), yticklabels=list(found), xlabel="J, median over pairs (the photo itself: 1)")
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="lower right")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
