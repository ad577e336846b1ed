"""Section 4.1: does it help to expand the seed paintings by optimisation before training?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chapters.common import Bench
from chapters.measures import bounds, fst_own_j, losses, median, signal, text
from zmlib.evaluate.statistics import paired

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BOTH = {"original": "styles-seeds", "expanded": "styles-expanded"}
LABELS = {"original": "seed paintings alone", "expanded": "expanded set"}


def measure(bench: Bench, most: int = 100) -> dict[str, Any]:
    """The test loss of both networks, on original pictures of styles and on photographs that neither has seen.

    Args:
        most: photographs and styles at most in the signal test.

    Returns:
        "test_loss": the mean training loss over pairs; "ratio": of the two, with its interval; "J": summaries;
        "plateau": see below; "styles", "steps" and "final_loss": from the model cards; "signal": of the network of the
        expanded set, and under "original" that of the seeds.
    """
    found = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.unseen) for key, name in BOTH.items()}
    test = {key: one["training"] for key, one in found.items()}
    j = {key: one["J"].sum(0) for key, one in found.items()}
    ratio = paired([test["expanded"]], [test["original"]], bench.seed, "mean")
    cards = {key: bench.nets[name].card for key, name in BOTH.items()}
    signals = {key: signal(bench, name, bench.unseen, most) for key, name in BOTH.items()}
    return {
        "test_loss": {key: float(one.mean()) for key, one in test.items()},
        "ratio": ratio,
        "interval": bounds(ratio),
        "J": {key: median(one, bench.seed) for key, one in j.items()},
        "J_ratio": paired([j["expanded"]], [j["original"]], bench.seed),
        "content_part": {key: float(one["J"][1].median()) for key, one in found.items()},
        # A card has the mean of the last 100 steps and no curve, and nobody continued the training on the seeds until
        # its loss was flat: so nobody can say that it was.
        "plateau": False,
        "final_loss": {key: card.get("final_loss") for key, card in cards.items()},
        "steps": {key: card.get("steps") for key, card in cards.items()},
        "styles": {key: card.get("styles") for key, card in cards.items()},
        "signal": signals["expanded"] | {"original": signals["original"]},
        "pairs": int(ratio["n"]),
        "judge": bench.judge.name,
    } | ({} if bench.ten is None else {"fst_own_j": fst_own_j(bench)})


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `measure` returned or a kept run's values; no row for no values."""
    return [
        {
            "trained on": label,
            "styles": found["styles"][key],
            "steps": found["steps"][key],
            "final training loss": found["final_loss"][key],
            "test loss": found["test_loss"][key],
            "J": text(found["J"][key]),
            "content part": found["content_part"][key],
        }
        for key, label in LABELS.items()
        if found
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """J of both networks with intervals, and beside it the ratio of the test losses with the rule's 0.60."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 1.9), layout="constrained", width_ratios=(3, 2))
    for row, key in enumerate(LABELS):
        one = found["J"][key]
        if one["low"] is not None:
            left.plot([one["low"], one["high"]], [row, row], color="#D55E00", linewidth=2)
        left.plot(one["median"], row, "o", color="#D55E00", markersize=7)
    left.set(yticks=range(2), yticklabels=list(LABELS.values()), ylim=(1.6, -0.6), xlabel="J on unseen styles")
    left.set_xlim(left=0)
    if found["interval"] is not None:
        right.plot(found["interval"], [0, 0], color="#D55E00", linewidth=2)
    right.plot(found["ratio"]["ratio"], 0, "o", color="#D55E00", markersize=7)
    right.axvline(0.6, color="0.7", linestyle="--", linewidth=1)
    right.axvline(1, color="0.7", linewidth=1)
    right.set(yticks=[], xlabel="test loss, expanded over seeds alone")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
