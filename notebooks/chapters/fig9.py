"""Figure 9: an unseen style after 1 to 50 iterations of finetuning ZM-Net and CIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from chapters.finetune import LABELS
from chapters.frames import Shelf, credited, framed, keep_frames
from chapters.measures import losses
from chapters.study import HEADLINE, Study, Training
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = {name: HEADLINE[name] for name in ("zmnet", "cin")}
LOOKS = (0, 1, 10, 20, 30, 40, 50)  # the paper's columns, and ZM-Net before any finetuning
STOPS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50)  # of the slider on the interactive page


class Looks:
    """Loss and J of ZM-Net and CIN on the way through their trainings.

    Args:
        study: what is trained.
        photo: (1, 3, H, W) in [0, 1], of the pictures; on it the first style is judged at every one of `STOPS`.
    """

    def __init__(self, study: Study, photo: Tensor) -> None:
        self.study, self.photo = study, photo
        self.steps = [step for step in LOOKS if step <= study.steps]
        shape = (study.seeds, len(study.styles), len(self.steps), len(study.bench.photos))
        self.loss = {name: np.zeros(shape) for name in WAYS}
        self.j = {name: np.zeros(shape) for name in WAYS}
        self.stops: dict[str, dict[str, list[Any]]] = {name: {"steps": [], "loss": [], "j": []} for name in WAYS}

    def note(self, one: Training, step: int, net: ZMNet) -> None:
        """Judge the network of one training after a number of steps, where the chapter looks at it."""
        bench = self.study.bench
        painting = bench.unseen[one.number : one.number + 1]
        if step in self.steps:
            found = losses(net, bench.judge, bench.photos, painting)
            at = (one.turn, one.number, self.steps.index(step))
            self.loss[one.name][at] = found["training"][0].numpy()
            self.j[one.name][at] = found["J"].sum(0)[0].numpy()
        if step in STOPS and one.first:
            found, row = losses(net, bench.judge, self.photo, painting), self.stops[one.name]
            row["steps"].append(step)
            row["loss"].append(float(found["training"][0, 0]))
            row["j"].append(float(found["J"].sum(0)[0, 0]))

    def found(self) -> dict[str, Any]:
        """What `describe` returns, with the names of "styles" and "loss_network"."""
        bench = self.study.bench
        named = {"styles": bench.names["unseen"], "loss_network": bench.judge.network.name}
        return describe(self.loss, self.j, self.steps) | named


def shelve(run: Run, looks: Looks, pictures: Mapping[str, Mapping[int, Tensor]], photo: str) -> Shelf:
    """Keep what the page with the slider shows: the pictures of the first style at `STOPS`, with their loss and J.

    pictures: name -> step -> (1, 3, H, W). photo: the name of the photograph in them.
    """
    bench = looks.study.bench
    style = bench.names["unseen"][0]
    with keep_frames(run) as shelf:
        shelf.data["photo"] = shelf.picture("photo", framed(looks.photo))
        shelf.data["style"] = shelf.picture("style", framed(bench.unseen[:1])) | {"name": style}
        shelf.data["steps"] = next(iter(looks.stops.values()))["steps"]
        shelf.data["ways"] = []
        for name, row in looks.stops.items():
            strip = shelf.strip(name, [framed(pictures[name][step]) for step in row["steps"]])
            shelf.data["ways"].append({"name": LABELS[name], "loss": row["loss"], "j": row["j"], "frames": strip})
        shelf.data["credits"] = credited([photo], [style])
    return shelf


def describe(loss: Mapping[str, np.ndarray], j: Mapping[str, np.ndarray], looks: Sequence[int]) -> dict[str, Any]:
    """Means and medians of arrays (seeds, styles, looks, photographs), by name.

    Returns:
        "loss" and "j" -> name -> iterations -> mean loss and median J over seeds, styles and photographs; "bands": the
        same with the lowest and the highest seed.
    """
    found: dict[str, Any] = {"loss": {}, "j": {}, "bands": {"loss": {}, "j": {}}}
    for key, of, take in (("loss", loss, np.mean), ("j", j, np.median)):
        for name, values in of.items():
            steps = {str(step): values[:, :, i] for i, step in enumerate(looks)}
            found[key][name] = {step: float(take(x)) for step, x in steps.items()}
            seeds = {step: [float(take(one)) for one in x] for step, x in steps.items()}
            found["bands"][key][name] = {step: [min(x), max(x)] for step, x in seeds.items()}
    return found


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each number of iterations, from a run's values; no row for no values."""
    if not found:
        return []
    return [
        {
            "iterations": int(step),
            **{f"loss, {LABELS[name].split(',')[0]}": found["loss"][name][step] for name in WAYS},
            **{f"J, {LABELS[name].split(',')[0]}": found["j"][name][step] for name in WAYS},
        }
        for step in found["loss"]["zmnet"]
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """Loss and J against iterations; bands from the lowest to the highest seed."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    style = {"zmnet": ("#D55E00", "-", "o"), "cin": ("#0072B2", "--", "s")}
    for axes, key, title in zip(panels, ("loss", "j"), ("content and style loss", "J"), strict=True):
        for name, (colour, line, mark) in style.items():
            one, band = found[key][name], found["bands"][key][name]
            steps = [int(step) for step in one]
            axes.plot(steps, list(one.values()), line, marker=mark, color=colour, label=LABELS[name])
            low, high = zip(*band.values(), strict=True)
            axes.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set(xlabel="iterations of finetuning", title=title)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize="small")
    return figure
