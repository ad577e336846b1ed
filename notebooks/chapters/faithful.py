"""The faithful run: equation 2, one style a batch, 256 pixels, the paper's rate; its curve and its pictures so far."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from zmlib.data.folders import at_most
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.experiments.run import Run
from zmlib.train.recipe import Recipe
from zmlib.train.recipes import RECIPES
from zmlib.train.state import LOSSES
from zmlib.weights import SNAPSHOTS, load
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RECIPE = "paper-10"
PARTS = ("loss", "style", "content")
NAMED = {0: "Van Gogh", 7: "Werefkin", 8: "Monet"}  # some of the ten paintings, by place; the page has their titles
LAST = 100  # steps, over which the paper takes its mean


def read_losses(run: Run, folder: str | Path) -> dict[str, list[float]]:
    """The rows of a run's losses.csv, by column; a run that goes on may just be writing its last one.

    Raises:
        UserError: there is no such file, or no whole row in it.
    """
    file = Path(folder).expanduser() / LOSSES
    if not file.is_file():
        raise UserError(f"{folder} is no folder of a training: it holds no {LOSSES}.")
    rows: list[dict[str, float]] = []
    with run.read(file).open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            try:
                rows.append({name: float(cell) for name, cell in row.items()})
            except (TypeError, ValueError):
                break
    if not rows:
        raise UserError(f"{folder} has not logged a step yet: wait for its first line.")
    return {name: [row[name] for row in rows] for name in rows[0]}


def describe(rows: Mapping[str, Sequence[float]], recipe: Recipe = RECIPES[RECIPE]) -> dict[str, Any]:
    """How far a run has come, and where its losses are.

    Args:
        rows: what `read_losses` returned. recipe: whose run it is.

    Returns:
        "steps" done "of" all, their "share"; "first" and "last": means of each part of the loss over the first row and
        over the last 100 steps; "hours" so far, by the paces of the rows; "curve": the rows; "settings" of the recipe.
    """
    steps = np.array(rows["step"])
    taken = np.diff(steps, prepend=0)
    late = steps > steps[-1] - LAST
    phase = recipe.phase_at(0)
    pictures = taken * phase.batch
    return {
        "steps": int(steps[-1]),
        "of": recipe.steps,
        "share": float(steps[-1] / recipe.steps),
        "first": {part: rows[part][0] for part in PARTS},
        "last": {part: float(np.average(np.array(rows[part])[late], weights=taken[late])) for part in PARTS},
        "hours": float((pictures / np.array(rows["images_per_second"])).sum() / 3600),
        "pace": float(np.median(rows["images_per_second"])),
        "curve": {name: list(rows[name]) for name in ("step", *PARTS)},
        "settings": {
            "recipe": RECIPE,
            "objective": recipe.objective,
            "style_weight": recipe.style_weight,
            "content_weight": recipe.content_weight,
            "rate": recipe.rate,
            "batch": phase.batch,
            "size": phase.size,
            "one_style": recipe.one_style,
            "pictures": recipe.pictures,
            "loss_network": recipe.loss_network,
        },
    }


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each part of the loss, from what `describe` returned or a kept run's values; none for no values."""
    if not found:
        return []
    return [
        {
            "part": part,
            "first steps": f"{found['first'][part]:,.0f}",
            f"last {LAST} steps": f"{found['last'][part]:,.0f}",
            "over the first": f"{found['last'][part] / found['first'][part]:.2f}",
        }
        for part in PARTS
    ]


def progress(found: Mapping[str, Any]) -> str:
    """How far it has come, in a line; found: as for `table`."""
    if not found:
        return "No run is kept yet."
    return (
        f"{found['steps']:,} of {found['of']:,} iterations, {100 * found['share']:.1f} %, in {found['hours']:.1f} "
        f"hours at {found['pace']:.1f} pictures a second"
    )


def plot(found: Mapping[str, Any]) -> Figure:
    """The two parts of the loss against the iterations, so far and in the room that all will take; faint: each row."""
    import matplotlib.pyplot as plt

    figure, both = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharey=True, width_ratios=(3, 2))
    curve, done = found["curve"], found["steps"]
    for axes, end in zip(both, (done, found["of"]), strict=True):
        for part, colour in zip(PARTS[1:], ("#D55E00", "#0072B2"), strict=True):
            own = np.array(curve[part])
            axes.plot(curve["step"], own, color=colour, linewidth=0.6, alpha=0.35)
            axes.plot(curve["step"], smooth(own), color=colour, linewidth=1.8, label=f"{part} part")
        axes.set(yscale="log", xlim=(0, end), xlabel="iterations")
        axes.spines[["top", "right"]].set_visible(False)
    both[0].set(title="so far", ylabel="part of the loss")
    both[0].legend(frameon=False)
    both[1].axvspan(done, found["of"], color="0.93", zorder=0)
    both[1].set_title(f"of {found['of']:,} (grey: not done)")
    return figure


def smooth(values: np.ndarray, rows: int = 25) -> np.ndarray:
    """The mean over the last `rows` rows, or over as many as there are.

    >>> smooth(np.array([1.0, 3.0, 5.0]), 2)
    array([1., 2., 4.])
    """
    total = np.cumsum(np.insert(values.astype(float), 0, 0.0))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - rows, 0)
    return (total[ends] - total[starts]) / (ends - starts)


def snapshots(run: Run, folder: str | Path, most: int = 4) -> dict[int, ZMNet]:
    """The networks that a run has left on its way, step -> network: at most `most`, evenly spread, the last among them.

    Raises:
        UserError: a file is no network.
    """
    files = sorted((Path(folder).expanduser() / SNAPSHOTS).glob("*.safetensors"))
    some = at_most(files[::-1], most)[::-1]
    return {int(file.stem): run.used(load(run.read(file), run.device), f"faithful-{file.stem}") for file in some}


@torch.no_grad()
def paint(nets: Mapping[int, ZMNet], photo: Tensor, styles: Sequence[Tensor], judge: Judge) -> dict[str, Any]:
    """A photo in some styles after each number of steps.

    Args:
        photo, styles: (1, 3, S, S) each, in [0, 1].

    Returns:
        "rows": for each style what a sheet takes, the style and then an output for each step; "J": step (as text) ->
        J in each style.
    """
    outputs = {step: [net.stylize(photo, net.encode(style)) for style in styles] for step, net in nets.items()}
    rows = [[style, *(outputs[step][i] for step in nets)] for i, style in enumerate(styles)]
    far = {
        str(step): [judge(made, photo, style).item() for made, style in zip(own, styles, strict=True)]
        for step, own in outputs.items()
    }
    return {"rows": rows, "J": far}
