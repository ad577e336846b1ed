"""How J on unseen styles depends on the number of styles that a network was trained on, at the same cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from chapters.measures import text
from zmlib.evaluate.statistics import Names, paired, summary
from zmlib.weights import load
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WEIGHTS = "weights.safetensors"
COUNTED = re.compile(r"styles-\d+")  # the folder's name of a training on so many style pictures


def networks(folder: str) -> dict[str, ZMNet]:
    """The networks of runs of your own, `<folder>/styles-50/weights.safetensors`, by name; none without a folder."""
    files = sorted(Path(folder).expanduser().glob(f"*/{WEIGHTS}")) if folder else []
    return {file.parent.name: load(file) for file in files if COUNTED.fullmatch(file.parent.name)}


def by_styles(nets: Mapping[str, ZMNet]) -> dict[str, ZMNet]:
    """Networks in the order of how many styles they were trained on, which their cards say."""
    return dict(sorted(nets.items(), key=lambda item: item[1].card.get("styles", 0)))


def describe(
    nets: Mapping[str, ZMNet], losses: Mapping[str, Mapping[str, Tensor]], seed: int = 0, of: Names | None = None
) -> dict[str, Any]:
    """The points of the curves.

    Args:
        nets: in the order of their styles.
        losses: J and training loss of each network on unseen styles, see `chapters.pairing.Pairing.losses`.
        seed, of: see `zmlib.evaluate.statistics.summary`.

    Returns:
        name -> "J" (its median), "content" (the median of that part), "test_loss" (its mean), "ratio" and "loss_ratio"
        (J and test loss over those of the network with the fewest styles), all with their intervals; and "styles",
        "steps" and "final_loss" of the training.
    """
    first = next(iter(losses.values()))
    return {
        name: {
            "styles": nets[name].card.get("styles"),
            "steps": nets[name].card.get("steps"),
            "J": summary(one["J"].sum(0), seed, of=of),
            "content": summary(one["J"][1], seed, of=of),
            "test_loss": summary(one["training"], seed, "mean", of),
            "ratio": paired(one["J"].sum(0), first["J"].sum(0), seed, of=of),
            "loss_ratio": paired(one["training"], first["training"], seed, "mean", of),
            "final_loss": nets[name].card.get("final_loss"),
        }
        for name, one in losses.items()
    }


def plot(found: Mapping[str, Any]) -> Figure:
    """J on unseen styles and the test loss, with their intervals, and the training loss, over the number of styles."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    counts = [one["styles"] for one in found.values()]
    for axes, what, colour in ((left, "J", "#D55E00"), (right, "test_loss", "#0072B2")):
        for count, one in zip(counts, found.values(), strict=True):
            if one[what]["low"] is not None:
                axes.plot([count, count], [one[what]["low"], one[what]["high"]], color=colour, linewidth=1.5)
    left.plot(counts, [one["J"]["median"] for one in found.values()], "-o", color="#D55E00")
    left.set(title="J on unseen styles", ylabel="J, median over pairs")
    test = [one["test_loss"]["mean"] for one in found.values()]
    right.plot(counts, test, "-s", color="#0072B2", label="test, unseen styles")
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
    """A row for each network, from what `describe` returned, or a kept run's values; no row for no network."""
    return [
        {
            "network": f"`{name}`",
            "styles": one["styles"],
            "steps": one.get("steps"),
            "J, unseen styles": text(one["J"]),
            "over the fewest styles'": _shown(one.get("ratio"), "ratio"),
            "test loss": _shown(one["test_loss"], "mean"),
            "loss over the fewest styles'": _shown(one.get("loss_ratio"), "ratio"),
            "training loss": one["final_loss"],
        }
        for name, one in found.items()
    ]


def _shown(value: Any, what: str) -> Any:
    """A number with its interval as text; a run that was kept earlier has none, and no ratios."""
    return text(value, what) if isinstance(value, Mapping) else value
