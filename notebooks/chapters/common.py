"""What a notebook calls for all that is not its subject: pictures as tensors, a judge, sheets, tables, kept results.

`prepare` loads what the chapters on seen and unseen styles have in common. The ten seen styles are those of `styles-10`
and of the rows of `cin-10`, in this order; every network that was trained on the same folder has seen them. The
measures are in `chapters.measures`, and have their names here too, so that a notebook needs one import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from claims.compare import Comparison, compare  # noqa: F401 (the same)
from PIL import Image
from torch import Tensor

from chapters.measures import FST, losses, median, text  # noqa: F401 (a notebook calls them by common's name)
from zmlib.data import samples
from zmlib.data.folders import evenly, list_images
from zmlib.data.images import centre_square, open_image, to_tensor
from zmlib.data.sheet import sheet
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.experiments.run import Run, show_kept
from zmlib.perceptual import loss_network
from zmlib.weights import load
from zmlib.zmnet import ZMNet

TEN = 10  # styles of the small networks, taken at equal steps from the folder of seen ones
WITHOUT = """\
This build was not given the paintings that the networks were trained on (parameter `seen`),
so it cannot measure on them. Here is the best kept run instead."""


@dataclass(repr=False)
class Bench:
    """What a chapter measures with, all on one device.

    Attributes:
        nets: by name.
        judge: for J; its loss network is that of every other loss, too.
        photos: (C, 3, size, size) in [0, 1], for the numbers.
        unseen: styles that no network has seen, (S, 3, size, size).
        ten: the ten seen styles, (10, 3, size, size); None where the folder of them is not given.
        names: "photos", "unseen" and "ten" -> the pictures' names.
        size: of all pictures, in pixels.
        seed: of the bootstrap.
    """

    nets: dict[str, ZMNet]
    judge: Judge
    photos: Tensor
    unseen: Tensor
    ten: Tensor | None
    names: dict[str, list[str]]
    size: int
    seed: int = 0


def prepare(run: Run, names: Sequence[str]) -> Bench:
    """Load networks (`zmlib.load`), a judge and pictures, as the parameters of a notebook say.

    The parameters are `judge` and, of a notebook that compares seen styles, `seen`.

    Raises:
        UserError: a network that does not ship, or a folder or picture that cannot be read.
    """
    nets = {name: run.used(load(name, run.device), name) for name in names}
    shelves: dict[str, Mapping[str, Image.Image]] = {"photos": run.photos(), "unseen": run.paintings()}
    if run.parameters.get("seen"):
        files = seen_styles(run.parameters["seen"])
        if len(set(files)) < TEN:
            raise UserError(
                f"The parameter `seen` names a folder of {len(set(files))} pictures: give the one that the networks "
                f"were trained on, which has {TEN} or more."
            )
        shelves["ten"] = {file.stem: open_image(run.read(file)) for file in files}
    pictures = {kind: squares(list(shelf.values()), run.size).to(run.device) for kind, shelf in shelves.items()}
    return Bench(
        nets=nets,
        judge=load_judge(run),
        photos=pictures["photos"],
        unseen=pictures["unseen"],
        ten=pictures.get("ten"),
        names={kind: list(shelf) for kind, shelf in shelves.items()},
        size=run.size,
        seed=run.seed,
    )


def load_judge(run: Run) -> Judge:
    """A judge with the loss network that the parameter `judge` names, or else the preset's, on the run's device."""
    name = run.parameters["judge"] or run.loss_network
    return run.used(Judge(loss_network(name).to(run.device)))


def tensors(run: Run, images: Mapping[str, Image.Image]) -> dict[str, Tensor]:
    """Centre squares of pictures, by name: (1, 3, size, size) in [0, 1], of the run's size and on its device."""
    return {name: squares([image], run.size).to(run.device) for name, image in images.items()}


def squares(images: Sequence[Image.Image], size: int) -> Tensor:
    """Centre squares as one batch, (N, 3, size, size) in [0, 1]."""
    return torch.cat([to_tensor(centre_square(image, size)) for image in images])


def pictured(bench: Bench, *names: str) -> list[Tensor]:
    """`sample_photos` at the bench's size and on its device."""
    return sample_photos(*names, size=bench.size, device=bench.photos.device)


def sample_photos(*names: str, size: int, device: torch.device | str) -> list[Tensor]:
    """Sample photographs, (1, 3, size, size) each: a committed picture shows no photograph but those that ship."""
    shelf = samples.photos()
    return [squares([shelf[name]], size).to(device) for name in names]


def seen_styles(folder: str, count: int = TEN) -> list[Path]:
    """The seen styles on which to measure: `count` of the folder's, chosen as the recipes with `pictures=10` choose.

    So they are in the training set of every network that was trained on this folder.
    """
    return evenly(list_images(Path(folder)), count)


def keep_sheet(
    run: Run,
    figure: str,
    rows: Sequence[Sequence[Any]],
    columns: Sequence[str],
    values: Mapping[str, Any],
    cell: int,
    labels: Sequence[str] = (),
) -> None:
    """Show rows of pictures as one sheet and keep it; the arguments are those of `sheet` and `Run.keep`.

    cell: width and height of a picture in the sheet, in pixels.
    """
    run.keep(figure, sheet(rows, columns=columns, labels=labels, cell=(cell, cell)), values)


def show_instead(run: Run, figure: str) -> None:
    """Say that this build was not given the training paintings, and show the best kept run's figure."""
    print(WITHOUT)
    show_kept(run, figure)


def table(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows of the same keys as a table that a notebook shows; a sentence where there are none yet."""
    if rows:
        cells = tuple(tuple(_cell(value) for value in row.values()) for row in rows)
        return Comparison(tuple(rows[0]), cells)
    from IPython.display import Markdown

    return Markdown("*No numbers: nothing is kept yet, and this build cannot measure them.*")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
