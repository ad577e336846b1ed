"""Figure 8: training loss, its beginning, and test loss of FST, CIN and ZM-Net on styles that none has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chapters.finetune import LABELS
from chapters.study import Study, Training
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAST = 20  # steps over which a final training loss is averaged
COLOURS = {"fst": "#009E73", "cin": "#0072B2", "zmnet": "#D55E00"}  # Okabe and Ito's
LINES = {"fst": ":", "cin": "--", "zmnet": "-"}


class Curves:
    """The losses of every training of a study, and what Figure 8 shows of them.

    Args:
        study: what is trained.
        names: of the methods, see `finetune.LABELS`.
        every: steps between two looks at the test loss; 0: an eighth of the training.
    """

    def __init__(self, study: Study, names: Iterable[str], every: int = 0) -> None:
        self.study = study
        self.marks = [*range(0, study.steps, every or max(1, study.steps // 8)), study.steps]
        shapes = {name: (study.seeds_of(name), len(study.styles)) for name in names}
        self.train = {name: np.zeros((*shape, study.steps)) for name, shape in shapes.items()}
        self.tests = {name: np.zeros((*shape, len(self.marks))) for name, shape in shapes.items()}

    def watch(self, one: Training) -> Callable[[int, ZMNet], None]:
        """What `chapters.adapt.adapt` calls during one training: it notes the test loss."""
        row = self.tests[one.name][one.turn, one.number]

        def look(step: int, net: ZMNet) -> None:
            if step in self.marks:
                row[self.marks.index(step)] = self.study.test_loss(net, one.style)

        return look

    def add(self, one: Training, losses: Sequence[float]) -> None:
        """Note the training loss of one training, a number for each step."""
        self.train[one.name][one.turn, one.number] = losses

    def found(self, limit: float) -> dict[str, Any]:
        """What `describe` returns, with the names of "styles" and "loss_network"; limit: the loss to reach."""
        bench = self.study.bench
        named = {"styles": bench.names["unseen"], "loss_network": bench.judge.network.name}
        return describe(self.train, self.tests, self.marks, limit) | named


def threshold(grid: Mapping[str, Mapping[str, float]]) -> float:
    """The loss to reach, fixed before the runs: CIN's lowest test loss on the validation style."""
    return min(grid["cin"].values())


def describe(
    train: Mapping[str, np.ndarray], tests: Mapping[str, np.ndarray], marks: list[int], limit: float
) -> dict[str, Any]:
    """The beginning, end and curves of all losses.

    Args:
        train, tests: losses by name, (seeds, styles, steps) and (seeds, styles, marks).
        marks: the steps before which the test loss was measured, the last one after the training.
        limit: the loss to reach.

    Returns:
        "start" and "final" -> "train" and "test" -> loss by name; "iterations": steps to the limit by name, one more
        than the training has where it is never reached; "threshold": the limit; "curves" -> name -> "train" and
        "test", each with "steps", "mean", "low" and "high": mean over the styles, lowest and highest over the seeds.
    """
    found: dict[str, Any] = {"start": {}, "final": {}, "threshold": limit, "iterations": {}, "curves": {}}
    steps = next(iter(train.values())).shape[2]
    found["start"] = {
        "train": {name: float(x[..., 0].mean()) for name, x in train.items()},
        "test": {name: float(x[..., 0].mean()) for name, x in tests.items()},
    }
    found["final"] = {
        "train": {name: float(x[..., -LAST:].mean()) for name, x in train.items()},
        "test": {name: float(x[..., -1].mean()) for name, x in tests.items()},
    }
    for name in train:
        over = tests[name].mean(1)  # (seeds, marks): over the styles
        reached = [next((marks[i] for i in range(len(marks)) if row[i] <= limit), steps + 1) for row in over]
        found["iterations"][name] = float(np.median(reached))
        found["curves"][name] = {
            "train": _band(train[name].mean(1), list(range(steps))),
            "test": _band(over, marks),
        }
    return found


def _band(runs: np.ndarray, steps: list[int]) -> dict[str, list[Any]]:
    lines = {"mean": runs.mean(0), "low": runs.min(0), "high": runs.max(0)}
    return {"steps": steps} | {name: [round(float(x), 5) for x in line] for name, line in lines.items()}


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each method, from a run's values; no row for no values."""
    if not found:
        return []
    return [
        {
            "method": LABELS[name],
            "first training loss": found["start"]["train"][name],
            "first test loss": found["start"]["test"][name],
            "steps to the loss": _reached(found, name),
            "last training loss": found["final"]["train"][name],
            "last test loss": found["final"]["test"][name],
        }
        for name in LABELS
        if name in found["start"]["train"]
    ]


def _reached(found: Mapping[str, Any], name: str) -> str:
    steps, last = found["iterations"][name], found["curves"][name]["test"]["steps"][-1]
    return f"{steps:.0f}" if steps <= last else "not reached"


def plot(found: Mapping[str, Any]) -> Figure:
    """The paper's three panels: training loss, its beginning, test loss; bands from the lowest to the highest seed."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained", sharey=True)
    for name, colour in COLOURS.items():
        curves = found["curves"][name]
        for axes, kind in zip(panels, ("train", "train", "test"), strict=True):
            one = curves[kind]
            axes.plot(one["steps"], one["mean"], LINES[name], color=colour, linewidth=1.6, label=LABELS[name])
            axes.fill_between(one["steps"], one["low"], one["high"], color=colour, alpha=0.2, linewidth=0)
    steps = len(found["curves"]["fst"]["train"]["steps"])
    panels[1].set_xlim(0, max(1, steps // 4))
    titles = ("training loss", f"training loss, first {max(1, steps // 4)} iterations", "test loss")
    for axes, title in zip(panels, titles, strict=True):
        axes.set(xlabel="iteration", title=title, yscale="log")
        axes.axhline(found["threshold"], color="0.6", linewidth=0.8, linestyle="-.")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("content and style loss")
    panels[2].legend(frameon=False, fontsize="small")
    return figure
