"""Figure 9: an unseen style after 0 to 50 iterations of finetuning ZM-Net and CIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from chapters.finetune import COLOURS, LABELS, LINES
from chapters.frames import Shelf, credited, framed, keep_frames
from chapters.measures import losses, text
from chapters.study import HEADLINE, Study, Training
from zmlib.evaluate.statistics import paired, summary
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = {name: HEADLINE[name] for name in ("zmnet", "cin", "cin10")}
LOOKS = (0, 1, 10, 20, 30, 40, 50)  # the paper's columns, and before any finetuning, which is the claim
STOPS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50)  # of the slider on the interactive page
ON_PAGE = ("zmnet", "cin")  # the paper's two rows
STATISTIC = {"loss": "mean", "j": "median"}
#: the comparisons of the claim, all of ZM-Net before any step: name -> the other method and its iterations
RATIOS = {"ratio": ("cin", 40), "ratio_10": ("cin", 10), "ratio_cin10": ("cin10", 40)}


class Looks:
    """Loss and J of ZM-Net and CIN on the way through their trainings.

    Args:
        study: what is trained.
        photo: (1, 3, H, W) in [0, 1], of the pictures; on it the first style is judged at every one of `STOPS`.
    """

    def __init__(self, study: Study, photo: Tensor) -> None:
        self.study, self.photo = study, photo
        self.steps = [step for step in LOOKS if step <= study.steps]
        shape = (study.seeds, len(study.unseen), len(self.steps), len(study.contents))
        self.loss = {name: np.zeros(shape) for name in WAYS}
        self.j = {name: np.zeros(shape) for name in WAYS}
        self.stops: dict[str, dict[str, list[Any]]] = {name: {"steps": [], "loss": [], "j": []} for name in ON_PAGE}

    def note(self, one: Training, step: int, net: ZMNet) -> None:
        """Judge the network of one training after a number of steps, where the chapter looks at it."""
        study = self.study
        painting = study.unseen[one.number : one.number + 1]
        if step in self.steps:
            found = losses(net, study.judge, study.contents, painting)
            at = (one.turn, one.number, self.steps.index(step))
            self.loss[one.name][at] = found["training"][0].numpy()
            self.j[one.name][at] = found["J"].sum(0)[0].numpy()
        if step in STOPS and one.first and one.name in self.stops:
            found, row = losses(net, study.judge, self.photo, painting), self.stops[one.name]
            row["steps"].append(step)
            row["loss"].append(float(found["training"][0, 0]))
            row["j"].append(float(found["J"].sum(0)[0, 0]))

    def found(self) -> dict[str, Any]:
        """What `describe` returns, and what was compared."""
        study = self.study
        return describe(self.loss, self.j, self.steps, study.seed) | study.described()


def shelve(run: Run, looks: Looks, pictures: Mapping[str, Mapping[int, Tensor]], photo: str) -> Shelf:
    """Keep what the page with the slider shows: the pictures of the first style at `STOPS`, with their loss and J.

    pictures: name -> step -> (1, 3, H, W). photo: the name of the photograph in them.
    """
    study = looks.study
    style = study.names["styles"][0]
    with keep_frames(run) as shelf:
        shelf.data["photo"] = shelf.picture("photo", framed(looks.photo))
        shelf.data["style"] = shelf.picture("style", framed(study.unseen[:1])) | {"name": style}
        shelf.data["steps"] = next(iter(looks.stops.values()))["steps"]
        shelf.data["ways"] = []
        for name, row in looks.stops.items():
            strip = shelf.strip(name, [framed(pictures[name][step]) for step in row["steps"]])
            shelf.data["ways"].append({"name": LABELS[name], "loss": row["loss"], "j": row["j"], "frames": strip})
        shelf.data["credits"] = credited([photo], [style])
    return shelf


def describe(
    loss: Mapping[str, np.ndarray], j: Mapping[str, np.ndarray], looks: Sequence[int], seed: int = 0
) -> dict[str, Any]:
    """What Figure 9 shows and its claim reads, of arrays (seeds, styles, looks, photographs), by name.

    seed: of the bootstrap over styles and photographs; the mean over the seeds of training is taken first.

    Returns:
        "loss" and "j" -> name -> iterations -> mean loss and median J over styles and photographs; "bands": the same
        with the two ends of the interval. For each name in `RATIOS` with enough iterations "loss" and "j" -> ZM-Net at
        0 over that method, as a ratio with its interval.
    """
    found: dict[str, Any] = {"loss": {}, "j": {}, "bands": {"loss": {}, "j": {}}}
    for key, of in (("loss", loss), ("j", j)):
        tables = {name: dict(zip(looks, x.mean(0).swapaxes(0, 1), strict=True)) for name, x in of.items()}
        for name, row in tables.items():
            each = {str(step): summary(x, seed, STATISTIC[key]) for step, x in row.items()}
            found[key][name] = {step: one[STATISTIC[key]] for step, one in each.items()}
            found["bands"][key][name] = {step: [one["low"], one["high"]] for step, one in each.items()}
        for ratio, (other, step) in RATIOS.items():
            if step in looks and other in tables:
                one = paired(tables["zmnet"][0], tables[other][step], seed, STATISTIC[key])
                found.setdefault(ratio, {})[key] = one
    return found


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each number of iterations, from a run's values; no row for no values."""
    if not found:
        return []
    return [
        {
            "iterations": int(step),
            **{f"loss, {LABELS[name]}": found["loss"][name][step] for name in found["loss"]},
            **{f"J, {LABELS[name]}": found["j"][name][step] for name in found["j"]},
        }
        for step in found["loss"]["zmnet"]
    ]


def ratios_table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The comparisons of the claim, a row for each, with their intervals; those that were measured."""
    return [
        {
            "ZM-Net at 0 iterations over": f"{LABELS[other]}, {step} iterations",
            "loss": text(found[name]["loss"], "ratio"),
            "J": text(found[name]["j"], "ratio"),
        }
        for name, (other, step) in RATIOS.items()
        if name in found
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """Loss and J against iterations; bands are 95 % intervals over styles and photographs."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for axes, key, title in zip(panels, ("loss", "j"), ("content and style loss", "J"), strict=True):
        for name, one in found[key].items():
            steps, band = [int(step) for step in one], list(found["bands"][key][name].values())
            axes.plot(steps, list(one.values()), LINES[name], marker="o", color=COLOURS[name], label=LABELS[name])
            if None not in band[0]:
                axes.fill_between(steps, *zip(*band, strict=True), color=COLOURS[name], alpha=0.2, linewidth=0)
        axes.set(xlabel="iterations of finetuning", title=title)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize="small")
    return figure
