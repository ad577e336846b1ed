"""Figure 8: training loss, its beginning, and test loss of FST, CIN and ZM-Net on styles that none has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chapters.finetune import COLOURS, LABELS, LINES
from chapters.measures import text
from chapters.study import Study, Training
from zmlib.evaluate.statistics import paired, summary
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAST = 20  # steps over which a final training loss is averaged
LOOKS = 10  # at the test loss, after the one before the first step
#: the comparisons of the claims: above, below
PAIRS = (("cin", "fst"), ("zmnet", "cin"), ("zmnet", "fst"), ("cin10", "fst"), ("zmnet", "cin10"))
Losses = Mapping[str, np.ndarray]


class Curves:
    """The losses of every training of a study, and what Figure 8 shows of them.

    Args:
        study: what is trained.
        names: of the methods, see `finetune.LABELS`.
        every: steps between two looks at the test loss; 0: a tenth of the training.
    """

    def __init__(self, study: Study, names: Iterable[str], every: int = 0) -> None:
        self.study = study
        self.marks = [*range(0, study.steps, every or max(1, study.steps // LOOKS)), study.steps]
        shapes = {name: (study.seeds_of(name), study.styles_of(name)) for name in names}
        photos = len(study.tests)
        self.train = {name: np.zeros((*shape, study.steps)) for name, shape in shapes.items()}
        self.tests = {name: np.zeros((*shape, len(self.marks), photos)) for name, shape in shapes.items()}

    def watch(self, one: Training) -> Callable[[int, ZMNet], None]:
        """What `chapters.adapt.adapt` calls during one training: it notes the test loss."""
        row = self.tests[one.name][one.turn, one.number]

        def look(step: int, net: ZMNet) -> None:
            if step in self.marks:
                row[self.marks.index(step)] = self.study.test_losses(net, one.style).numpy()

        return look

    def add(self, one: Training, losses: Sequence[float]) -> None:
        """Note the training loss of one training, a number for each step."""
        self.train[one.name][one.turn, one.number] = losses

    def found(self, limit: float) -> dict[str, Any]:
        """What `describe` returns, and what was compared; limit: the loss to reach."""
        study = self.study
        return describe(self.train, self.tests, self.marks, limit, study.seed) | study.described()


def threshold(grid: Mapping[str, Mapping[str, float]]) -> float:
    """The loss to reach, fixed before the runs: CIN's lowest test loss on the validation style."""
    return min(grid["cin"].values())


def describe(train: Losses, tests: Losses, marks: list[int], limit: float, seed: int = 0) -> dict[str, Any]:
    """The beginning, end and curves of all losses, each number a mean over styles (and photographs and seeds).

    Args:
        train, tests: losses by name, (seeds, styles, steps) and (seeds, styles, marks, photographs).
        marks: the steps before which the test loss was measured, the last one after the training.
        limit: the loss to reach.
        seed: of the bootstrap: over styles and photographs of test losses, over styles of training losses.

    Returns:
        "start" and "final": "train" and "test" -> loss by name, and for each comparison of `PAIRS`, such as
        "zmnet_over_cin", "train" and "test" -> their ratio with its interval. "iterations": by name how many until a
        style's test loss is at most the limit, the mean over styles, and ratios like the others'; 1 where it is there
        before any step, and one more than the training has where it never is. "threshold": the limit. "curves": name ->
        "train" and "test", each with "steps", "mean", "low" and "high", the interval's ends.
    """
    one = {name: x.mean(0) for name, x in train.items()}  # seeds first
    many = {name: x.mean(0) for name, x in tests.items()}
    steps = next(iter(one.values())).shape[1]
    parts = {
        "start": ({n: x[:, 0] for n, x in one.items()}, {n: x[:, 0] for n, x in many.items()}),
        "final": ({n: x[:, -LAST:].mean(1) for n, x in one.items()}, {n: x[:, -1] for n, x in many.items()}),
    }
    found: dict[str, Any] = {"threshold": limit}
    for part, (losses, tested) in parts.items():
        found[part] = {"train": _means(losses), "test": _means(tested)}
        for name, (above, below) in _compared(train).items():
            both = {"train": losses, "test": tested}
            found[part][name] = {on: paired(x[above], x[below], seed, "mean") for on, x in both.items()}
    reached = {name: np.array([[_reached(style, marks, limit, steps) for style in turn] for turn in x]).mean(0)
               for name, x in tests.items()}  # fmt: skip
    found["iterations"] = _means(reached) | {
        name: paired(reached[above], reached[below], seed, "mean") for name, (above, below) in _compared(train).items()
    }
    found["curves"] = {
        name: {
            "train": _band(list(one[name].T), list(range(steps)), seed),
            "test": _band([many[name][:, i] for i in range(len(marks))], marks, seed),
        }
        for name in train
    }
    return found


def _compared(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    there = set(names)
    return {f"{a}_over_{b}": (a, b) for a, b in PAIRS if {a, b} <= there}


def _means(losses: Losses) -> dict[str, float]:
    return {name: float(x.mean()) for name, x in losses.items()}


def _reached(losses: np.ndarray, marks: Sequence[int], limit: float, steps: int) -> int:
    """The iterations of one training until the mean of its test losses, (marks, photographs), is at the limit."""
    under = (step for step, loss in zip(marks, losses.mean(1), strict=True) if loss <= limit)
    return max(1, next(under, steps + 1))


def _band(columns: Sequence[np.ndarray], steps: list[int], seed: int) -> dict[str, list[Any]]:
    lines: dict[str, list[Any]] = {"steps": steps, "mean": [], "low": [], "high": []}
    for column in columns:
        found = summary(column, seed, "mean")
        for line in ("mean", "low", "high"):
            lines[line].append(None if found[line] is None else round(float(found[line]), 5))
    return lines


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each method, from a run's values; no row for no values."""
    if not found:
        return []
    return [
        {
            "method": LABELS[name],
            "first training loss": found["start"]["train"][name],
            "first test loss": found["start"]["test"][name],
            "iterations to the loss": f"{found['iterations'][name]:.0f}",
            "last training loss": found["final"]["train"][name],
            "last test loss": found["final"]["test"][name],
        }
        for name in LABELS
        if name in found["start"]["train"]
    ]


def ratios_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The comparisons of the claims, a row for each, with their intervals; no row for no values."""
    if not found:
        return []
    return [
        {
            "ratio": f"{LABELS[above]} / {LABELS[below]}",
            "first training loss": text(found["start"][name]["train"], "ratio"),
            "first test loss": text(found["start"][name]["test"], "ratio"),
            "iterations": text(found["iterations"][name], "ratio"),
            "last training loss": text(found["final"][name]["train"], "ratio"),
            "last test loss": text(found["final"][name]["test"], "ratio"),
        }
        for name, (above, below) in _compared(found["start"]["train"]).items()
        if name in found["start"]
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """The paper's three panels: training loss, its beginning, test loss; bands are 95 % intervals over the styles."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained", sharey=True)
    for name, colour in COLOURS.items():
        curves = found["curves"][name]
        for axes, kind in zip(panels, ("train", "train", "test"), strict=True):
            one = curves[kind]
            axes.plot(one["steps"], one["mean"], LINES[name], color=colour, linewidth=1.6, label=LABELS[name])
            if None not in one["low"]:
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
