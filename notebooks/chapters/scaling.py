"""How J on unseen styles depends on the number of styles that a network was trained on, at the same cost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from chapters.measures import median, text
from zmlib.weights import load
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WEIGHTS = "weights.safetensors"


def networks(folder: str) -> dict[str, ZMNet]:
    """The networks of runs of your own, `<folder>/<name>/weights.safetensors`, by name; none without a folder."""
    files = sorted(Path(folder).expanduser().glob(f"*/{WEIGHTS}")) if folder else []
    return {file.parent.name: load(file) for file in files}


def by_styles(nets: Mapping[str, ZMNet]) -> dict[str, ZMNet]:
    """Networks in the order of how many styles they were trained on, which their cards say."""
    return dict(sorted(nets.items(), key=lambda item: item[1].card.get("styles", 0)))


def describe(net: ZMNet, pairs: Mapping[str, Tensor], seed: int = 0) -> dict[str, Any]:
    """A point of the curves.

    Args:
        pairs: J and training loss on unseen styles, see `chapters.measures.losses`.
        seed: of the bootstrap.

    Returns:
        "styles", "J" (a summary over pairs), "content" (the median of that part), "test_loss" (a mean), and
        "final_loss" of the training.
    """
    return {
        "styles": net.card.get("styles"),
        "J": median(pairs["J"].sum(0), seed),
        "content": float(pairs["J"][1].median()),
        "test_loss": float(pairs["training"].mean()),
        "final_loss": net.card.get("final_loss"),
    }


def plot(found: Mapping[str, Any]) -> Figure:
    """J on unseen styles, with its interval, and the losses of test and training against the number of styles."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    counts = [one["styles"] for one in found.values()]
    for count, one in zip(counts, found.values(), strict=True):
        if one["J"]["low"] is not None:
            left.plot([count, count], [one["J"]["low"], one["J"]["high"]], color="#D55E00", linewidth=1.5)
    left.plot(counts, [one["J"]["median"] for one in found.values()], "-o", color="#D55E00")
    left.set(title="J on unseen styles", ylabel="J, median over pairs")
    right.plot(counts, [one["test_loss"] for one in found.values()], "-s", color="#0072B2", label="test, unseen styles")
    trained = [(count, one["final_loss"]) for count, one in zip(counts, found.values(), strict=True)]
    pairs = [pair for pair in trained if pair[1] is not None]
    right.plot(*zip(*pairs, strict=True), "--^", color="#009E73", label="training, last 100 steps")
    right.set(title="content and style loss")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set(xscale="log", xlabel="styles trained on")
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from name -> what `describe` returned; no row for no network."""
    return [
        {
            "network": f"`{name}`",
            "styles": one["styles"],
            "J, unseen styles": text(one["J"]),
            "content part": one["content"],
            "test loss": one["test_loss"],
            "training loss": one["final_loss"],
        }
        for name, one in found.items()
    ]
