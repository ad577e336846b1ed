"""Figure 5: many styles in one network, painted, and its training loss beside CIN's of ten styles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chapters.common import Bench
from chapters.measures import alike, losses, median, text
from chapters.ost_reference import Reference, origin
from zmlib.evaluate.statistics import paired, summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BOTH = {"zmnet": "styles", "cin": "cin-10"}
LABELS = {"zmnet": "ZM-Net, `styles`", "cin": "CIN, `cin-10`", "ost": "OST, which minimises J"}
PAPER = {"zmnet": 157_382.7, "cin": 148_374.3}


def measure(bench: Bench, reference: Reference | None = None) -> dict[str, Any]:
    """The training loss of the network of many styles and of CIN, on the ten styles that both have seen.

    Args:
        reference: what `chapters.ost_reference.read` found.

    Returns:
        "training_loss": means over all pairs of a style and a photograph, of OST over those that it was run on;
        "ratio": of the two networks; "by_style": the means of each style; "J": medians; "styles", "steps" and
        "minutes": from the model cards; "same": whether the two were trained alike, "differ": in what not.
    """
    assert bench.ten is not None
    found = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten) for key, name in BOTH.items()}
    training = {key: one["training"] for key, one in found.items()}
    cards = {key: bench.nets[name].card for key, name in BOTH.items()}
    by_style = {
        name: {key: float(one[i].mean()) for key, one in training.items()} for i, name in enumerate(bench.names["ten"])
    }
    if reference is not None:
        floor, columns = reference.on(bench.names["ten"], bench.names["photos"])
        found |= {"ost": floor} if columns else {}
    return {
        "training_loss": {key: summary(one["training"], bench.seed, "mean") for key, one in found.items()},
        "ratio": paired(training["zmnet"], training["cin"], bench.seed, "mean"),
        "by_style": by_style,
        "J": {key: median(one["J"].sum(0), bench.seed) for key, one in found.items()},
        "styles": cards["zmnet"].get("styles"),
        "styles_cin": cards["cin"].get("styles"),
        "steps": {key: card.get("steps") for key, card in cards.items()},
        "minutes": {key: round(card.get("seconds", 0) / 60) for key, card in cards.items()},
        **alike([bench.nets[name] for name in BOTH.values()]),
        "pairs": int(training["cin"].numel()),
        "loss_network": bench.judge.network.name,
        "ost_from": origin(reference),
    }


def unseen(bench: Bench) -> dict[str, Any]:
    """The same loss and J on styles that no network has seen; needs no training painting."""
    found = losses(bench.nets[BOTH["zmnet"]], bench.judge, bench.photos, bench.unseen)
    return {
        "training_loss": summary(found["training"], bench.seed, "mean"),
        "J": median(found["J"].sum(0), bench.seed),
        "content_part": median(found["J"][1], bench.seed),
        "pairs": int(found["training"].numel()),
        "loss_network": bench.judge.network.name,
    }


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each method, from what `measure` returned or a kept run's values; no row for no values."""
    if not found:
        return []
    styles = {"zmnet": found["styles"], "cin": found["styles_cin"]}
    return [
        {
            "method": LABELS[key],
            "styles": styles.get(key),
            "steps": found["steps"].get(key),
            "minutes": found["minutes"].get(key),
            "training loss": text(one, "mean"),
            "J": text(found["J"][key]),
            "the paper's training loss": f"{PAPER[key]:,.1f}" if key in PAPER else None,
        }
        for key, one in found["training_loss"].items()
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
    axes.plot(mean["cin"]["mean"], mean["zmnet"]["mean"], "s", color="black", label="mean")
    axes.set(xlim=(0, most), ylim=(0, most), xlabel="CIN of ten styles", ylabel="ZM-Net of many styles")
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
