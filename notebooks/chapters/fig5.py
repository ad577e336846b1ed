"""Figure 5: many styles in one network, painted, and its training loss beside CIN's of ten styles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chapters.common import Bench
from chapters.measures import bounds, fst_own_j, losses, median, signal, text
from zmlib.evaluate.statistics import paired

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANY, CIN = "styles", "cin-10"
PAPER = {"zmnet": 157_382.7, "cin": 148_374.3}


def measure(bench: Bench) -> dict[str, Any]:
    """The training loss of the network of many styles and of CIN, on the ten styles that both have seen.

    Returns:
        "training_loss": means over all pairs of a style and a photograph; "ratio": of the two, with its interval over
        pairs; "by_style": the means of each style; "J": medians; "styles" and "steps": from the model cards; and the
        values of the standing rules.
    """
    assert bench.ten is not None
    both = {"zmnet": MANY, "cin": CIN}
    found = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten) for key, name in both.items()}
    training = {key: one["training"] for key, one in found.items()}
    ratio = paired([training["zmnet"]], [training["cin"]], bench.seed, "mean")
    cards = {key: bench.nets[name].card for key, name in both.items()}
    return {
        "training_loss": {key: float(one.mean()) for key, one in training.items()},
        "ratio": ratio,
        "interval": bounds(ratio),
        "by_style": {
            name: {key: float(one[i].mean()) for key, one in training.items()}
            for i, name in enumerate(bench.names["ten"])
        },
        "J": {key: median(one["J"].sum(0), bench.seed) for key, one in found.items()},
        "styles": cards["zmnet"].get("styles"),
        "styles_cin": cards["cin"].get("styles"),
        "steps": {key: card.get("steps") for key, card in cards.items()},
        "minutes": {key: round(card.get("seconds", 0) / 60) for key, card in cards.items()},
        "fst_own_j": fst_own_j(bench),
        "signal": signal(bench, MANY, bench.ten),
        "pairs": int(training["cin"].numel()),
        "loss_network": bench.judge.network.name,
    }


def unseen(bench: Bench) -> dict[str, Any]:
    """The same loss and J on styles that no network has seen, with the signal test; needs no training painting."""
    found = losses(bench.nets[MANY], bench.judge, bench.photos, bench.unseen)
    return {
        "training_loss": float(found["training"].mean()),
        "J": median(found["J"].sum(0), bench.seed),
        "content_part": float(found["J"][1].median()),
        "signal": signal(bench, MANY, bench.unseen, 2),
        "pairs": int(found["training"].numel()),
        "loss_network": bench.judge.network.name,
    }


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `measure` returned or a kept run's values; no row for no values."""
    if not found:
        return []
    styles = {"zmnet": found["styles"], "cin": found["styles_cin"]}
    return [
        {
            "network": f"ZM-Net, `{MANY}`" if key == "zmnet" else f"CIN, `{CIN}`",
            "styles": styles[key],
            "steps": found["steps"][key],
            "minutes": found["minutes"][key],
            "training loss": found["training_loss"][key],
            "J": text(found["J"][key]),
            "the paper's training loss": PAPER[key],
        }
        for key in PAPER
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """A dot for each style, its training loss by CIN across and by ZM-Net upwards; the paper's ratio as a line."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(4.4, 4), layout="constrained")
    x, y = ([one[key] for one in found["by_style"].values()] for key in ("cin", "zmnet"))
    most = 1.1 * max(*x, *y)
    axes.plot([0, most], [0, most], color="0.7", linewidth=1, label="equal")
    line = PAPER["zmnet"] / PAPER["cin"]
    axes.plot([0, most], [0, line * most], color="0.7", linestyle="--", linewidth=1, label="the paper's ratio")
    axes.plot(x, y, "o", color="#D55E00", label="a style")
    mean = found["training_loss"]
    axes.plot(mean["cin"], mean["zmnet"], "s", color="black", label="mean")
    axes.set(xlim=(0, most), ylim=(0, most), xlabel="CIN of ten styles", ylabel="ZM-Net of many styles")
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
