"""Make the pictures of a plan: OST of many at once, resumable at any moment."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor

from zmlib.baselines.objective import Relative
from zmlib.baselines.ost import ost
from zmlib.data.images import open_image, resize_short, save_image, window
from zmlib.errors import UserError
from zmlib.perceptual import LossNetwork
from zmlib.styleset.plan import Row, Settings
from zmlib.styleset.shard import ALL, Shard, batches
from zmlib.styleset.split import Picture

QUALITY = 95  # of the JPEGs


def build(
    rows: list[Row],
    settings: Settings,
    photos: Iterable[Picture],
    paintings: Iterable[Picture],
    out: Path,
    network: LossNetwork,
    *,
    batch: int = 16,
    shard: Shard = ALL,
    progress: bool = True,
) -> int:
    """Make every picture that is not there yet, and return their number.

    An interrupted set, or one that is made in shards on several machines and copied together, is completed to the same
    files, byte for byte, that one uninterrupted call makes, given the same plan and `batch`. On another kind of machine
    or with another number of threads pixels differ by 13 of 255 at most, and one in 300 by 3 or more: where a gradient
    is almost 0, Adam takes a full step whose sign depends on rounding.

    Args:
        rows, settings: a plan, or what `read_plan` read.
        photos, paintings: the sources; their names and SHA-256 must be the plan's.
        out: the set's folder.
        network: the loss network of OST, on its device.
        batch: pictures at a time; they do not influence one another.
        shard: the part of the plan to make, such as Shard(3, 16).
        progress: show a bar, of the shard's pictures.

    Raises:
        UserError: a source that is missing or differs from the plan's, or another loss network.
    """
    seeds, contents = _by_name(paintings), _by_name(photos)
    check(rows, settings, contents.values(), seeds.values(), network)
    originals = shard.deal([row for row in rows if not row.photo])
    derived = shard.deal(batches([row for row in rows if row.photo], batch))  # by place in the plan, whatever is left
    mine = [*originals, *chain.from_iterable(derived)]
    left = {row.number for row in mine if not (out / row.file).exists()}
    for folder in {(out / row.file).parent for row in rows}:
        folder.mkdir(parents=True, exist_ok=True)
    columns = ("{task.description}", "{task.completed} of {task.total}", "{task.fields[speed]}")
    bar = Progress(BarColumn(), *map(TextColumn, columns), TimeElapsedColumn(), TimeRemainingColumn())
    bar.disable = not progress
    with bar:
        task = bar.add_task("style pictures", total=len(mine), completed=len(mine) - len(left), speed="")
        for row in (row for row in originals if row.number in left):
            original = resize_short(open_image(seeds[row.painting].path), settings.view)
            save_image(original, out / row.file, quality=QUALITY)
            bar.advance(task)
        for some in derived:
            wanted = [row for row in some if row.number in left]
            if not wanted:
                continue
            for row, picture in zip(some, derive(some, settings, seeds, contents, network), strict=True):
                if row in wanted:
                    save_image(picture, out / row.file, quality=QUALITY)
            speed = bar.tasks[0].speed
            bar.update(task, advance=len(wanted), speed=f"{speed:.1f} pictures/s" if speed else "")
    return len(left)


def check(
    rows: list[Row], settings: Settings, photos: Iterable[Picture], paintings: Iterable[Picture], network: LossNetwork
) -> None:
    """UserError where `build` would refuse; nothing is written."""
    if network.weights_hash != settings.network:
        raise UserError(f"This set was planned for another loss network than the present '{network.name}'.")
    seeds, contents = _by_name(paintings), _by_name(photos)
    for row in rows:
        _same(seeds, row.painting, row.painting_sha256)
        if row.photo:
            _same(contents, row.photo, row.photo_sha256)


def derive(
    rows: list[Row], settings: Settings, paintings: dict[str, Picture], photos: dict[str, Picture], network: LossNetwork
) -> list[Image.Image]:
    """The pictures of some rows: a window of each row's photo after OST towards a window of its painting."""
    if len(rows) == 1:  # torch multiplies the matrices of a batch of one in another order, and so rounds otherwise
        return derive(rows * 2, settings, paintings, photos, network)[:1]
    device = next(network.parameters()).device
    content = torch.cat([_window(photos[row.photo], row.number, 0, settings) for row in rows]).to(device)
    style = torch.cat([_window(paintings[row.painting], row.number, 1, settings) for row in rows]).to(device)
    made = ost(content, style, Relative(network, smooth_weight=settings.smooth_weight), steps=settings.iterations)
    pixels = (made.cpu() * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(picture) for picture in pixels]


def _window(picture: Picture, number: int, which: int, settings: Settings) -> Tensor:
    rng = np.random.default_rng([settings.seed, 9, number, which])
    scale = settings.view / settings.size
    array = window(open_image(picture.path), settings.size, (scale, scale), rng)
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))[None].float() / 255


def _by_name(pictures: Iterable[Picture]) -> dict[str, Picture]:
    return {picture.name: picture for picture in pictures}


def _same(sources: dict[str, Picture], name: str, sha256: str) -> None:
    if name not in sources:
        raise UserError(f"The manifest names {name}, and it is not in the folder: give the folder of that set.")
    if sources[name].sha256 != sha256:
        raise UserError(f"{sources[name].path} is another picture than the manifest's {name}: put the first one back.")
