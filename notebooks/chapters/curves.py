"""J and the held-out loss along a training, from the weights that a run leaves on its way.

The held-out loss is on new photographs: in unseen styles, of a network that knows only its own in these, of a network
of words against held-out photos of its words. `evidence_fall` says whether it has come to rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.common import Bench, squares
from chapters.evidence_fall import around, converged, fall, lost_of, own_steps, percent
from chapters.measures import losses
from chapters.networks import styles_of
from chapters.scaling import WEIGHTS
from zmlib.data.folders import at_most
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.evaluate.statistics import summary
from zmlib.experiments.run import Run
from zmlib.signals.reading import Numbers, Reading
from zmlib.weights import SNAPSHOTS, load, weights_hash
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito's
PHOTOS, STYLES = 2, 6  # of a point of a curve: there are many points, and a curve compares a network with itself
POINTS = 4
REPEATED = re.compile(r"-seed\d+$")  # another seed of a training that has a curve


def snapshots(folder: Path) -> dict[str, dict[int, Path]]:
    """The weights that `zmlib train --snapshots` wrote: name of the run's folder -> step -> file, steps ascending.

    Raises:
        UserError: the folder does not exist, or no folder in it holds such weights.
    """
    found = {
        run.name: {int(file.stem): file for file in sorted((run / SNAPSHOTS).glob("*.safetensors"))}
        for run in sorted(folder.expanduser().glob("*"))
    }
    found = {name: files for name, files in found.items() if files}
    if not found:
        raise UserError(f"{folder} holds no run with a folder {SNAPSHOTS}/ of weights: train with --snapshots.")
    return found


@dataclass(frozen=True)
class Asked:
    """A network of words that is asked for one word, as a network of that one style."""

    net: ZMNet
    word: str
    reading: Reading = Numbers(one=True)  # noqa: RUF009 (frozen)

    def encode(self, signal: Tensor) -> Any:
        return self.net.encode([self.word])

    def stylize(self, photo: Tensor, affine: Any) -> Tensor:
        return self.net.stylize(photo, affine)


def tag_photos(run: Run, folder: str, words: Sequence[str] = ("noon", "night")) -> dict[str, Tensor]:
    """Held-out photos of the two trained words, from a folder that holds one for each: word -> (N, 3, size, size).

    Empty without a folder. Raises UserError: a folder or picture cannot be read.
    """
    if not folder:
        return {}
    files = {word: run.read_folder(Path(folder).expanduser() / word, STYLES // len(words)) for word in words}
    return {word: squares([open_image(one) for one in some], run.size).to(run.device) for word, some in files.items()}


def measure(bench: Bench, runs: str | Path, tags: Mapping[str, Tensor]) -> dict[str, Any]:
    """Snapshots in a folder of runs, on the first `PHOTOS` photographs and `STYLES` styles of each kind.

    Of each run `POINTS` of them are measured, evenly spread, and those around three quarters of its steps.

    Further seeds of a network have no curve here, nor has a network whose styles are not at hand.

    Args:
        bench: its photographs and styles; its networks do not count.
        runs: holds a folder for each run, see `snapshots`.
        tags: see `tag_photos`.

    Returns:
        name -> {"steps": [...], "unseen": [J, ...] or None, "seen": [J, ...] or None, "test_loss": [...], "interval":
        kind -> [[low, high], ...], "fall": see `fall`, or None, "weights": the SHA-256 of the weights where it ends,
        see `zmlib.weights.weights_hash`, "finished": whether the training has ended}: medians of J, and the mean
        held-out loss.
    """
    found = {}
    for name, files in snapshots(Path(runs)).items():
        if not REPEATED.search(name):
            steps = sorted({*at_most(list(files), POINTS), *around(list(files))})
            final = files[steps[0]].parents[1] / WEIGHTS
            nets = [load(file, bench.photos.device) for file in _files(steps, files, final)]
            tables = [_point(bench, name, net, tags) for net in nets]
            if tables[0]:
                ends = {"weights": weights_hash(nets[-1]), "finished": final.is_file()}
                found[name] = _course(steps, tables, bench.seed) | ends
    return found


def _files(steps: Sequence[int], files: Mapping[int, Path], final: Path) -> list[Path]:
    """Those of these steps; the last is that of the finished weights, where these are of its step: what may ship."""
    some = [files[step] for step in steps]
    return [*some[:-1], final] if final.is_file() and own_steps(load(final)) == steps[-1] else some


def _point(bench: Bench, name: str, net: ZMNet, tags: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """The losses of one snapshot by kind of styles: "unseen", "seen" or "words"; empty where it cannot be judged."""
    photos = bench.photos[:PHOTOS]
    if net.reading.tagged:
        each: list[Any] = [losses(Asked(net, w), bench.judge, photos, some) for w, some in tags.items()]  # type: ignore[arg-type]
        return {"words": {"training": torch.cat([one["training"] for one in each])}} if each else {}
    on = styles_of(bench, name, net)
    return {kind: losses(net, bench.judge, photos, styles[:STYLES]) for kind, styles in on.items()}


def _course(steps: list[int], tables: Sequence[Mapping[str, Mapping[str, Tensor]]], seed: int) -> dict[str, Any]:
    own = next(iter(tables[0]))  # unseen styles, or what else a network's own held-out loss is on
    j = {kind: [summary(one[kind]["J"].sum(0), seed) for one in tables] for kind in tables[0] if kind != "words"}
    test = [one[own]["training"].numpy() for one in tables]
    return {
        "steps": steps,
        "unseen": [one["median"] for one in j["unseen"]] if "unseen" in j else None,
        "seen": [one["median"] for one in j["seen"]] if "seen" in j else None,
        "test_loss": [float(one.mean()) for one in test],
        "held_out": own,
        "interval": {kind: [[one["low"], one["high"]] for one in some] for kind, some in j.items()},
        "fall": fall(steps, test, seed),
    }


def plot(found: Mapping[str, Any]) -> Figure:
    """Left, J against steps, a colour for each network, lines for unseen styles and dotted ones for seen; right, the
    held-out loss. Shades are the intervals of the unseen styles, where they are known."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained", sharex=True)
    for i, (name, one) in enumerate(found.items()):
        colour, mark = COLOURS[i % len(COLOURS)], "osD^vPX"[(i + i // len(COLOURS)) % 7]
        for kind, line, fill in (("unseen", "-", colour), ("seen", ":", "white")):
            if one[kind] is not None:
                left.plot(one["steps"], one[kind], line, marker=mark, color=colour, markerfacecolor=fill)
        ends = (one.get("interval") or {}).get("unseen")
        if ends and None not in ends[0]:
            left.fill_between(one["steps"], *zip(*ends, strict=True), color=colour, alpha=0.1, linewidth=0)
        right.plot(one["steps"], one["test_loss"], marker=mark, color=colour, label=name)
    left.set(xlabel="training steps", ylabel="J, median over pairs", title="line: unseen styles, dotted: seen")
    right.set(xlabel="training steps", title="own held-out loss, mean")
    figure.legend(frameon=False, loc="outside right upper")
    for axes in (left, right):
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each curve: its steps, both ends of its held-out loss, and what it lost over the last quarter.

    A training that still runs has not converged, however flat its curve is: its last steps are small and come later.
    """
    rows = []
    for name, one in found.items():
        lost = lost_of(one)
        rows.append(
            {
                "network": f"`{name}`",
                "steps": one["steps"][-1],
                "held-out loss, first snapshot": one["test_loss"][0],
                "last": one["test_loss"][-1],
                "fall over the last quarter": None if lost is None else percent(lost),
                "converged": converged(lost) if one.get("finished", True) else "still runs",  # earlier: all finished
            }
        )
    return rows
