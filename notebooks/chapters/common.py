"""What the chapters on seen and unseen styles share: networks, pictures, and losses of every style on each photo.

The ten seen styles are those of `styles-10` and of the rows of `cin-10`, in this order; every network that was trained
on the same folder has seen them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.claims.compare import Comparison
from zmlib.data import samples
from zmlib.data.folders import evenly, list_images
from zmlib.data.images import centre_square, open_image, to_tensor
from zmlib.errors import UserError
from zmlib.evaluate.judge import CONTENT_WEIGHT, Judge
from zmlib.evaluate.matrix import ost_all, signals
from zmlib.evaluate.signal_test import uses_signal
from zmlib.evaluate.statistics import RESAMPLES, summary
from zmlib.experiments.run import Run
from zmlib.perceptual import loss_network, relative_parts, scale_free
from zmlib.weights import load
from zmlib.zmnet import ZMNet

FST = {"fst-rhone": 0, "fst-anthill": 7}  # networks of one style -> which of the ten it is
TRAINING_CONTENT = 0.1  # of the content term in the loss that the shipped networks were trained with
TEN = 10  # the styles of the small networks: so many of the seen ones, evenly spread
CHUNK = 8  # photos at a time
STANDING = 12  # photos for the standing rule on FST, and styles for that on the signal: a few would decide by chance
WITHOUT = """\
This build was not given the paintings that the networks were trained on (parameter `seen`),
so it cannot measure on them. Here is the best kept run instead."""


@dataclass(repr=False)
class Bench:
    """What a chapter measures with, all on one device.

    Attributes:
        nets: by name. judge: for J; its loss network is that of every other loss, too.
        photos: (C, 3, size, size) in [0, 1], for the numbers. unseen: (S, 3, size, size).
        ten: the ten seen styles, (10, 3, size, size); None where the folder of them is not given.
        names: "photos", "unseen" and "ten" -> the pictures' names.
        steps: iterations of OST. size: of all pictures, in pixels. seed: of the bootstrap.
        standing: more photos, (N, 3, size, size), for the standing rule on FST alone; None: `photos`.
    """

    nets: dict[str, ZMNet]
    judge: Judge
    photos: Tensor
    unseen: Tensor
    ten: Tensor | None
    names: dict[str, list[str]]
    steps: int
    size: int
    seed: int = 0
    standing: Tensor | None = None
    _floor: dict[str, Tensor] = field(default_factory=dict, init=False)

    def floor(self, kind: str) -> Tensor:
        """J's two parts of OST on the "unseen" or the "ten" styles, (2, S, C); computed once."""
        if kind not in self._floor:
            self._floor[kind] = ost_all(self.judge, self.photos, getattr(self, kind), self.steps)
        return self._floor[kind]


def prepare(run: Run, names: Sequence[str]) -> Bench:
    """Load networks and pictures as a notebook's parameters say, `seen`, `judge` and `ost_steps` among them.

    A notebook without `ost_steps` asks for no floor.

    Raises:
        UserError: a network that does not ship, or a folder or picture that cannot be read.
    """
    nets = {name: run.used(load(name, run.device), name) for name in names}
    judge = run.used(Judge(loss_network(run.parameters["judge"] or run.loss_network).to(run.device)))
    shelves: dict[str, Mapping[str, Image.Image]] = {"photos": run.photos(), "unseen": run.paintings()}
    if run.parameters["seen"]:
        files = seen_styles(run.parameters["seen"])
        if len(set(files)) < TEN:
            raise UserError(
                f"The parameter `seen` names a folder of {len(set(files))} pictures: give the one that the networks "
                f"were trained on, which has {TEN} or more."
            )
        shelves["ten"] = {file.stem: open_image(file) for file in files}
        shelves["standing"] = run.photos(STANDING)
    pictures = {kind: squares(list(shelf.values()), run.size).to(run.device) for kind, shelf in shelves.items()}
    return Bench(
        nets=nets,
        judge=judge,
        photos=pictures["photos"],
        unseen=pictures["unseen"],
        ten=pictures.get("ten"),
        names={kind: list(shelf) for kind, shelf in shelves.items()},
        steps=min(run.parameters.get("ost_steps", 0), run.ost_iterations),
        size=run.size,
        seed=run.seed,
        standing=pictures.get("standing"),
    )


def pictured(bench: Bench, *names: str) -> list[Tensor]:
    """`sample_photos` at the bench's size and on its device."""
    return sample_photos(*names, size=bench.size, device=bench.photos.device)


def sample_photos(*names: str, size: int, device: torch.device | str) -> list[Tensor]:
    """Sample photos for a picture, (1, 3, size, size) each: a committed one shows no photo but those that ship."""
    shelf = samples.photos()
    return [squares([shelf[name]], size).to(device) for name in names]


@torch.no_grad()
def style_rows(bench: Bench, names: Iterable[str], photos: Sequence[Tensor], styles: Tensor) -> list[list[Tensor]]:
    """For a picture, a row a style (S, 3, h, w): photo, style, and the output of each network; photos in turn."""
    nets, found = [bench.nets[name] for name in names], []
    for i in range(len(styles)):
        photo, style = photos[i % len(photos)], styles[i : i + 1]
        found.append([photo, style, *(net.stylize(photo, net.encode(style)) for net in nets)])
    return found


@torch.no_grad()
def losses(net: ZMNet, judge: Judge, contents: Tensor, styles: Tensor) -> dict[str, Tensor]:
    """Every style on every photo, each output judged twice.

    Args:
        net: any; of a table the rows belong to the styles in their order. A network of one style paints that one.
        contents, styles: (C, 3, H, W) and (S, 3, h, w) in [0, 1], on the judge's device.

    Returns:
        "J": (2, S, C), its style and content part; "training": (S, C), the loss that the shipped networks were
        trained with, without its term against a lattice. On the CPU.
    """
    network, guide, columns = judge.network, signals(net, styles), []
    wanted = [network.measure(style[None]) for style in styles]
    affines = [net.encode(guide[i : i + 1]) for i in range(1 if getattr(net.reading, "one", False) else len(styles))]
    for part in contents.split(CHUNK):
        photo, found = network.measure(part), []
        for i, style in enumerate(wanted):
            if i < len(affines):  # a network of one style makes the same picture for all of them
                output = network.measure(torch.cat([net.stylize(content[None], affines[i]) for content in part]))
            style_part, content_part = relative_parts(output, style, photo)
            training = scale_free(output, style, photo, TRAINING_CONTENT)
            found.append(torch.stack([style_part, CONTENT_WEIGHT * content_part, training]))
        columns.append(torch.stack(found, 1))
    table = torch.cat(columns, 2).cpu()
    return {"J": table[:2], "training": table[2]}


def fst_own(bench: Bench, photos: Tensor | None = None) -> dict[str, Tensor]:
    """J's parts of each network of one style on its own: name -> (2, 1, C). Needs the ten. photos: the bench's."""
    assert bench.ten is not None
    contents, own = bench.photos if photos is None else photos, {}
    for name, row in FST.items():
        own[name] = losses(bench.nets[name], bench.judge, contents, bench.ten[row : row + 1])["J"]
    return own


def fst_own_j(bench: Bench) -> float:
    """The standing rule's J of FST on its own style: the median over all pairs with the photos for it."""
    own = fst_own(bench, bench.standing)
    return float(np.median(torch.cat([j.sum(0).flatten() for j in own.values()]).numpy()))


def signal(bench: Bench, name: str, styles: Tensor, most: int = 100) -> dict[str, float]:
    """The shuffled-signal test of one network on the first `most` photos and styles."""
    photos, paintings = ([x[None] for x in pictures[:most]] for pictures in (bench.photos, styles))
    return uses_signal(bench.nets[name], bench.judge, photos, paintings)


def median(values: Tensor, seed: int = 0) -> dict[str, Any]:
    """Median of a tensor of any shape, with its bootstrap interval: see `zmlib.evaluate.statistics.summary`."""
    return summary(values.flatten().tolist(), seed)


def paired(
    above: Sequence[Tensor], below: Sequence[Tensor], seed: int = 0, statistic: str = "median"
) -> dict[str, Any]:
    """The ratio of two losses on the same pairs, with its bootstrap 95 % interval over pairs.

    Args:
        above, below: tensors of equal shapes (S, C), a number a pair. Of each the statistic is taken, "median" or
            "mean"; where there are several on a side, their mean counts.

    Returns:
        {"ratio", "low", "high", "n"}; the bounds are None for a single pair.
    """
    take: Any = {"median": np.median, "mean": np.mean}[statistic]
    top, bottom = (np.stack([one.flatten().numpy() for one in side]).astype(float) for side in (above, below))
    n = top.shape[1]
    found = {"ratio": float(take(top, 1).mean() / take(bottom, 1).mean()), "low": None, "high": None, "n": n}
    if n > 1:
        drawn = np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))
        ratios = take(top[:, drawn], 2).mean(0) / take(bottom[:, drawn], 2).mean(0)
        found["low"], found["high"] = (float(bound) for bound in np.percentile(ratios, (2.5, 97.5)))
    return found


def bounds(found: Mapping[str, Any]) -> list[float] | None:
    """[low, high] of what has them, None where there is no interval: what a result keeps as `values.interval`."""
    return None if found["low"] is None else [found["low"], found["high"]]


def text(found: Mapping[str, Any], what: str = "median") -> str:
    """A number with its interval, for a table: "0.312 [0.290, 0.344]"."""
    interval = "" if found["low"] is None else f" [{found['low']:.3f}, {found['high']:.3f}]"
    return f"{found[what]:.3f}{interval}"


def table(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as a table that a notebook shows; a sentence where there are none yet."""
    if rows:
        return _table(rows)
    from IPython.display import Markdown

    return Markdown("*No numbers: nothing is kept yet, and this build cannot measure them.*")


def squares(images: Sequence[Image.Image], size: int) -> Tensor:
    """Centre squares as (N, 3, size, size) in [0, 1]."""
    return torch.cat([to_tensor(centre_square(image, size)) for image in images])


def seen_styles(folder: str, count: int = TEN) -> list[Path]:
    """The seen styles on which to measure: `count` of the folder's, chosen as the recipes with `pictures=10` choose.

    So they are in the training set of every network that was trained on this folder.
    """
    return evenly(list_images(Path(folder)), count)


def _table(rows: Sequence[Mapping[str, Any]]) -> Comparison:
    """Rows of the same keys as a table that a notebook shows."""

    def cell(value: Any) -> str:
        if value is None:
            return ""
        return f"{value:,}" if isinstance(value, int) else f"{value:.3f}" if isinstance(value, float) else str(value)

    return Comparison(tuple(rows[0]), tuple(tuple(cell(value) for value in row.values()) for row in rows))
