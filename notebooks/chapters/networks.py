"""The networks that ship: how each was trained, and how it does on styles that it saw and on styles that it did not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters import common
from chapters.measures import unseen_over_seen
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.evaluate import speckle
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all, ost_all, signals
from zmlib.evaluate.statistics import summary
from zmlib.experiments.run import Run
from zmlib.perceptual.speckle import CHANNELS
from zmlib.weights import SNAPSHOTS, load
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito's


def pictures(run: Run) -> dict[str, Tensor | None]:
    """What the networks are measured on: "contents", "unseen" and "seen", (N, 3, size, size) in [0, 1] each.

    "seen" is None where the parameter `seen` names no folder of paintings.

    Raises:
        UserError: a folder or a picture cannot be read.
    """
    shelves = {"contents": list(run.photos().values()), "unseen": list(run.paintings().values())}
    if run.parameters["seen"]:
        shelves["seen"] = [open_image(path) for path in common.seen_styles(run.parameters["seen"])]
    found: dict[str, Tensor | None] = {"seen": None}
    return found | {kind: common.squares(images, run.size).to(run.device) for kind, images in shelves.items()}


def measure(
    nets: Mapping[str, ZMNet],
    judge: Judge,
    contents: Tensor,
    unseen: Tensor,
    seen: Tensor | None,
    iterations: int,
    seed: int = 0,
) -> dict[str, Any]:
    """J of each network on unseen styles, and where `seen` is given on seen ones too, with OST's J for comparison.

    Args:
        nets: by name. A table and a constant are judged on the seen styles alone: they know no other.
        contents, unseen, seen: (N, 3, H, W) in [0, 1], on the device of the judge and the networks.
        iterations: of OST.

    Returns:
        name -> {"unseen": {...}, "seen": {...} or None, "ratio": {...} or None}; "ost" is one of the names. Medians
        over pairs with bootstrap intervals; the ratio is `unseen_over_seen`, over styles.
    """
    kinds = {"unseen": unseen} | ({"seen": seen} if seen is not None else {})
    floor = {kind: ost_all(judge, contents, styles, iterations) for kind, styles in kinds.items()}
    found: dict[str, Any] = {"ost": {kind: _parts(floor[kind], seed) for kind in kinds} | {"ratio": None}}
    for name, net in nets.items():
        known = [kind for kind in kinds if kind == "seen" or not net.reading.numbered]
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
    """What J does not hear, on the pictures of `measure`: unseen styles, or seen ones where a network knows no other.

    Returns name -> {"speckle": {...}, "gain": {...} or None}, see `over_all`. A network that no
    style is given for is not among the names.
    """
    styles = {name: seen if net.reading.numbered else unseen for name, net in nets.items()}
    return {name: over_all(nets[name], contents, some, seed) for name, some in styles.items() if some is not None}


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
    """J with its interval, a row for each network: seen styles as circles, unseen ones as filled squares."""
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


def snapshots(folder: Path) -> dict[str, dict[int, Path]]:
    """The weights that `zmlib train --snapshots` wrote: name of the run's folder -> step -> file, steps ascending.

    Raises:
        UserError: the folder does not exist, or no folder in it holds such weights.
    """
    found = {
        run.name: {int(file.stem): file for file in sorted((run / SNAPSHOTS).glob("*.safetensors"))}
        for run in sorted(folder.glob("*"))
    }
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise UserError(f"{folder} holds no run with a folder {SNAPSHOTS}/ of weights: train with --snapshots.")
    return found


def measure_curves(
    folder: str | Path, judge: Judge, contents: Tensor, unseen: Tensor, seen: Tensor | None
) -> dict[str, Any]:
    """J of every snapshot in a folder of runs, on all pairs of photograph and style.

    Args:
        folder: holds a folder for each run, see `snapshots`.
        contents, unseen, seen: (N, 3, H, W) in [0, 1], on the judge's device.

    Returns:
        name -> {"steps": [...], "unseen": [J, ...], "seen": [J, ...] or None, "test_loss": [...]}: medians of J, and
        the mean training loss on the unseen styles.
    """
    found: dict[str, Any] = {}
    for name, files in snapshots(Path(folder).expanduser()).items():
        nets = [load(file, contents.device) for file in files.values()]
        on = {"unseen": unseen} | ({} if seen is None else {"seen": seen})
        tables = {kind: [common.losses(net, judge, contents, styles) for net in nets] for kind, styles in on.items()}
        j = {kind: [float(one["J"].sum(0).median()) for one in some] for kind, some in tables.items()}
        found[name] = {
            "steps": list(files),
            "unseen": j["unseen"],
            "seen": j.get("seen"),
            "test_loss": [float(one["training"].mean()) for one in tables["unseen"]],
        }
    return found


def plot_curves(found: Mapping[str, Any]) -> Figure:
    """J against steps, on unseen styles (lines) and on seen ones (dotted lines), a colour for each network."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for (name, one), colour, mark in zip(found.items(), COLOURS, "osD^vPX", strict=False):
        axes.plot(one["steps"], one["unseen"], marker=mark, color=colour, label=name)
        if one["seen"] is not None:
            axes.plot(one["steps"], one["seen"], marker=mark, color=colour, linestyle=":", markerfacecolor="white")
    axes.set(xlabel="training steps", ylabel="J, median over pairs")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, title="line: unseen styles, dotted: seen", loc="upper left", bbox_to_anchor=(1, 1))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


@torch.no_grad()
def over_all(net: ZMNet, contents: Tensor, styles: Tensor, seed: int = 0, flat: int = 4) -> dict[str, Any]:
    """Speckle of every style on every photo, and gain of the first `flat` styles on one photo each.

    net, contents, styles: as for `zmlib.evaluate.matrix.judge_all`. Returns {"speckle": {...}, "gain": {...} or None}.
    """
    photos, affines = contents.split(1), [net.encode(one) for one in signals(net, styles).split(1)]
    found = [
        speckle.ratios(torch.cat([net.stylize(photo, affine) for photo in photos]), style)
        for affine, style in zip(affines, styles.split(1), strict=True)
    ]
    few = affines[:flat]
    noise = speckle.gain(net, few, [photos[i % len(photos)] for i in range(len(few))], seed)
    return {"speckle": speckle.summarise(torch.cat(found), seed), "gain": noise}
