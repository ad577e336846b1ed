"""J against training steps: how far the networks to compare have come, and whether more would help."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from chapters.known import losses
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.weights import SNAPSHOTS
from zmlib.zmnet import load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito's


def snapshots(folder: Path) -> dict[str, dict[int, Path]]:
    """The weights that `zmlib train --snapshots` left: name of the run's folder -> step -> file, steps ascending.

    Raises:
        UserError: no folder, or none inside it that holds any.
    """
    found = {
        run.name: {int(file.stem): file for file in sorted((run / SNAPSHOTS).glob("*.safetensors"))}
        for run in sorted(folder.glob("*"))
    }
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise UserError(f"{folder} holds no run with a folder {SNAPSHOTS}/ of weights: train with --snapshots.")
    return found


def measure(folder: Path, judge: Judge, contents: Tensor, unseen: Tensor, seen: Tensor | None) -> dict[str, Any]:
    """Every network of the folder's at every step, on all pairs of a kind.

    Args:
        contents, unseen, seen: (N, 3, H, W) in [0, 1], on the judge's device.

    Returns:
        name -> {"steps": [...], "unseen": [J, ...], "seen": [J, ...] or None, "test_loss": [...]}: medians of J, and
        the mean training loss on the unseen styles.
    """
    found: dict[str, Any] = {}
    for name, files in snapshots(folder).items():
        nets = [load(file, contents.device) for file in files.values()]
        on = {"unseen": unseen} | ({} if seen is None else {"seen": seen})
        tables = {kind: [losses(net, judge, contents, styles) for net in nets] for kind, styles in on.items()}
        j = {kind: [float(one["J"].sum(0).median()) for one in some] for kind, some in tables.items()}
        found[name] = {
            "steps": list(files),
            "unseen": j["unseen"],
            "seen": j.get("seen"),
            "test_loss": [float(one["training"].mean()) for one in tables["unseen"]],
        }
    return found


def plot(found: Mapping[str, Any]) -> Figure:
    """J on unseen styles against steps (lines) and on seen ones (broken lines), a colour a network."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for (name, one), colour, mark in zip(found.items(), COLOURS, "osD^vPX", strict=False):
        axes.plot(one["steps"], one["unseen"], marker=mark, color=colour, label=name)
        if one["seen"] is not None:
            axes.plot(one["steps"], one["seen"], marker=mark, color=colour, linestyle=":", markerfacecolor="white")
    axes.set(xlabel="training steps", ylabel="J, median over pairs")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, title="line: unseen styles, dotted: seen", loc="upper left", bbox_to_anchor=(1, 1))
    axes.spines[["top", "right"]].set_visible(False)
    return figure
