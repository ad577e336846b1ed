"""Section 4.1: does it help to expand the seed paintings by optimisation before training? By the number of seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters import curves
from chapters.common import Bench, text
from chapters.evidence_fall import around, converged, known_by, lost_of
from chapters.evidence_fall import fall as fell
from chapters.measures import alike
from chapters.pairing import Pairing
from chapters.scaling import WEIGHTS
from zmlib.evaluate.statistics import paired, summary
from zmlib.experiments.run import Run
from zmlib.weights import SNAPSHOTS, load
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BOTH = {"original": "styles-seeds", "expanded": "styles-expanded"}
LABELS = {"original": "seed paintings alone", "expanded": "expanded set"}
SEEDS = (18, 45, 180)  # paintings; all of them are 180
RULE = 0.6  # of the loss of the seeds alone, at most


@dataclass(frozen=True)
class Training:
    """One training of a network: the weights, and the steps and files of its snapshots, where there are any."""

    net: ZMNet
    snapshots: Mapping[int, Path]


Both = Mapping[str, Sequence[Training]]  # "original" and "expanded" -> a training for each of the same training seeds


def given(bench: Bench, run: Run, folder: str) -> dict[int, Both]:
    """The trainings on each number of seed paintings: those in the folder of runs, else the two that ship.

    A run is `<network>/weights.safetensors`; the network of 18 seeds is `styles-seeds-18`, further training seeds have
    `-seed1` and so on behind it. Training seeds that only one of the two sides has are left out, and so are numbers of
    seed paintings that only one side has.

    Raises:
        UserError: a file cannot be read.
    """
    found: dict[int, Both] = {}
    for count in SEEDS:
        names = {side: name if count == SEEDS[-1] else f"{name}-{count}" for side, name in BOTH.items()}
        there = {side: _trainings(run, Path(folder).expanduser(), name) for side, name in names.items() if folder}
        common = sorted(set.intersection(*(set(own) for own in there.values()))) if there else []
        if common:
            found[count] = {side: [own[seed] for seed in common] for side, own in there.items()}
        elif count == SEEDS[-1]:
            found[count] = {side: [Training(bench.nets[name], {})] for side, name in BOTH.items()}
    return found


def _trainings(run: Run, folder: Path, name: str) -> dict[str, Training]:
    """The finished trainings of a network: "" and "-seed1", ... -> training."""
    found = {}
    for file in sorted(folder.glob(f"{name}*/{WEIGHTS}")):
        seed = file.parent.name.removeprefix(name)
        if not seed or curves.REPEATED.fullmatch(seed):
            net = run.used(load(file, run.device), str(file.parent))
            steps = {int(one.stem): one for one in sorted((file.parent / SNAPSHOTS).glob("*.safetensors"))}
            found[seed] = Training(net, steps)
    return found


def measure(bench: Bench, pairs: Pairing, trainings: Mapping[int, Both], known: Mapping[str, Any]) -> dict[str, Any]:
    """The losses of both networks on pairs that neither has seen, for each number of seed paintings.

    Args:
        trainings: see `given`.
        known: curves that are kept, for a training without snapshots: see `chapters.evidence_curves.curves`.

    Returns:
        "seeds_18", "seeds_45", "seeds_180" (those that there are), each with "ratio" (the mean test loss, expanded over
        original; several training seeds are averaged pair by pair), "each" (that ratio by training seed), "J_ratio",
        by side "test_loss", "J" and "content", "steps", "styles" and "final_loss" of the first training, "same" and
        "differ" (besides the styles, see `chapters.measures.alike`), "training_seeds", "fall" (of the seeds alone, see
        `chapters.evidence_fall.fall`) and "plateau". Besides "styles" and "same" of all seeds, "counts" and "judge".
    """
    found = {f"seeds_{count}": compare(bench, pairs, both, known) for count, both in trainings.items()}
    return found | {
        "styles": found[f"seeds_{SEEDS[-1]}"]["styles"],
        "counts": pairs.counts(),
        "judge": bench.judge.name,
    }


def compare(bench: Bench, pairs: Pairing, both: Both, known: Mapping[str, Any]) -> dict[str, Any]:
    """One number of seed paintings: see `measure`."""
    every = {side: [pairs.losses(one.net, bench.judge) for one in some] for side, some in both.items()}
    test = {side: [one["training"] for one in some] for side, some in every.items()}
    j = {side: [one["J"].sum(0) for one in some] for side, some in every.items()}
    mean = {side: _mean(some) for side, some in test.items()}
    cards = {side: some[0].net.card for side, some in both.items()}
    lost = fall(bench, pairs, both["original"], mean["original"], known)
    return {
        "ratio": paired(mean["expanded"], mean["original"], bench.seed, "mean", pairs.of),
        "each": [float(e.mean() / o.mean()) for e, o in zip(test["expanded"], test["original"], strict=True)],
        "J_ratio": paired(_mean(j["expanded"]), _mean(j["original"]), bench.seed, of=pairs.of),
        "test_loss": {side: summary(one, bench.seed, "mean", pairs.of) for side, one in mean.items()},
        "J": {side: summary(_mean(some), bench.seed, of=pairs.of) for side, some in j.items()},
        "content": {side: float(_mean([one["J"][1] for one in some]).median()) for side, some in every.items()},
        "steps": {side: card.get("steps") for side, card in cards.items()},
        "styles": {side: card.get("styles") for side, card in cards.items()},
        "final_loss": {side: card.get("final_loss") for side, card in cards.items()},
        **alike([some[0].net for some in both.values()]),
        "training_seeds": len(both["original"]),
        "fall": lost,
        "plateau": converged(lost) == "yes",
    }


def fall(
    bench: Bench, pairs: Pairing, trainings: Sequence[Training], last: Tensor, known: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What the trainings on the seeds alone lost of their test loss over the last quarter of their steps.

    By their snapshots, or by the kept curve of the shipped network if that is known to be its own; None where
    there is neither. last: the test loss at their end, of every pair.
    """
    steps = around(list(trainings[0].snapshots)) if trainings[0].snapshots else []
    if steps and all(set(steps) <= set(one.snapshots) for one in trainings):  # the last has the final weights
        before = [_mean(_test_loss(bench, pairs, one.snapshots[step]) for one in trainings) for step in steps[:-1]]
        return fell(steps, torch.stack([*before, last]), bench.seed, pairs.of)
    curve, net = known.get(BOTH["original"]), trainings[0].net
    own = net is bench.nets.get(BOTH["original"]) and known_by(curve, net) is not None
    return lost_of(curve) if own and curve is not None else None


def _test_loss(bench: Bench, pairs: Pairing, file: Path) -> Tensor:
    return pairs.losses(load(file, bench.photos.device), bench.judge)["training"]


def _mean(tables: Iterable[Tensor]) -> Tensor:
    """Of several trainings, pair by pair."""
    return torch.stack(list(tables)).mean(0)


def counted(found: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """What `measure` found, or a kept run's values, by the number of seed paintings."""
    return {count: found[f"seeds_{count}"] for count in SEEDS if f"seeds_{count}" in found}


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each network, from what `measure` returned; no row for no values."""
    return [
        {
            "seed paintings": count,
            "trained on": label,
            "style pictures": one["styles"][side],
            "steps": one["steps"][side],
            "training seeds": one["training_seeds"],
            "final training loss": one["final_loss"][side],
            "test loss": text(one["test_loss"][side], "mean"),
            "J": text(one["J"][side]),
        }
        for count, one in counted(found).items()
        for side, label in LABELS.items()
    ]


def ratios(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each number of seed paintings: both ratios, and whether the training on the seeds alone had ended."""
    return [
        {
            "seed paintings": count,
            "test loss, expanded over seeds alone": text(one["ratio"], "ratio"),
            "J, expanded over seeds alone": text(one["J_ratio"], "ratio"),
            "else not the same, or not known": ", ".join(one["differ"]) or "nothing",
            "fall over the last quarter, seeds alone": "not known"
            if one["fall"] is None
            else f"{one['fall']['share']:.1%}",
            "plateau": "yes" if one["plateau"] else "no",
        }
        for count, one in counted(found).items()
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """Left, the ratio of the test losses over the number of seed paintings, with the rule; right, J of both."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    by_count = counted(found)
    for count, one in by_count.items():
        if one["ratio"]["low"] is not None:
            left.plot([count] * 2, [one["ratio"]["low"], one["ratio"]["high"]], color="#D55E00", linewidth=2)
        left.plot([count] * len(one["each"]), one["each"], "_", color="black", markersize=10)
    left.plot(list(by_count), [one["ratio"]["ratio"] for one in by_count.values()], "-o", color="#D55E00", markersize=7)
    left.axhline(RULE, color="0.5", linestyle="--", linewidth=1)
    left.axhline(1, color="0.7", linewidth=1)
    left.set(title="test loss, expanded over seeds alone")
    looks = {"original": ("o", "#0072B2", 0.96), "expanded": ("s", "#D55E00", 1.04)}
    for side, (mark, colour, shift) in looks.items():
        points = {count * shift: one["J"][side] for count, one in by_count.items()}
        for x, one in points.items():
            if one["low"] is not None:
                right.plot([x, x], [one["low"], one["high"]], color=colour, linewidth=2)
        medians = [one["median"] for one in points.values()]
        right.plot(list(points), medians, mark, color=colour, markersize=7, label=LABELS[side])
    right.set(title="J on unseen styles, median")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set(xscale="log", xlim=(SEEDS[0] / 1.4, SEEDS[-1] * 1.4), xlabel="seed paintings")
        axes.set_xticks(SEEDS, [str(count) for count in SEEDS])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
