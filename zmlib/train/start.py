"""From two folders of pictures and a recipe to a training: what is checked and read before the loop begins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from lightning.fabric import Fabric

from zmlib.data.check import Checked, usable
from zmlib.data.folders import evenly, list_images, mixed
from zmlib.device import pick_precision
from zmlib.errors import UserError
from zmlib.train.loop import SAVE_SECONDS, Trainer
from zmlib.train.recipe import Recipe
from zmlib.train.recipes import RECIPES
from zmlib.train.state import read_resume
from zmlib.train.tags import Tags
from zmlib.weights import available, load


def train(
    recipe: str | Recipe,
    photos: Path | Sequence[Path],
    styles: Path | Sequence[Path],
    out: Path,
    *,
    steps: int | None = None,
    device: str = "auto",
    precision: str = "auto",
    devices: int = 1,
    resume: bool = True,
    seed: int = 0,
    progress: bool = True,
    start: str | Path | None = None,
    name: str = "custom",
    exclude: Callable[[Path], bool] | None = None,
    snapshots: int = 0,
    strict: bool = False,
    changed_pictures: bool = False,
    store: int | None = None,
    save_every: float = SAVE_SECONDS,
) -> Path:
    """Train a recipe on two folders of pictures.

    Args:
        recipe: a name out of RECIPES, or a Recipe.
        photos, styles: folders of content photos and style pictures, one or several, any layout; for a recipe whose
            network reads words `styles` has a folder of pictures for each word, named after it. Of several folders of
            styles each gives an equal share of the varied crops, however many pictures it holds.
        out: a folder for the resume file, the CSV of the losses and, at the end, `weights.safetensors`.
        steps: how many in all, instead of the recipe's; the phases keep their shares.
        device: "auto", "cpu" or "cuda"; devices: how many of them.
        precision: "auto" (bf16 where the device computes in it), "32-true" or "bf16-mixed".
        resume: go on from the resume file in `out` where there is one; False starts anew.
        start: weights to begin from: a shipped name or a .safetensors file; of a network with another source its TNet.
        name: what the card calls the recipe, where it is not given by name.
        exclude: says of a file that it shall not be used (the photos that ship as samples, say).
        snapshots: how many times along the way, evenly, the weights are exported too, as `steps/NNNNNN.safetensors`
            in `out`; the last of them are the final weights.
        strict: refuse pictures that cannot be opened; else they are named on stderr and left out.
        changed_pictures: go on from a resume file even where pictures were added or removed since; the card says so.
        store: bytes that crops and their measurements may take in memory; None: half of what is free.
        save_every: seconds between two resume files.

    Returns:
        The file of the weights.

    Raises:
        UserError: unknown recipe, no pictures, damaged ones where `strict`, a resume file of other settings or
            pictures, or too little memory.
    """
    if isinstance(recipe, str):
        name = recipe
        if recipe not in RECIPES:
            raise UserError(f"no recipe named {recipe!r}; there are {', '.join(RECIPES)}")
        recipe = RECIPES[recipe]
    recipe = recipe.shortened(steps) if steps else recipe
    folders = [styles] if isinstance(styles, Path) else list(styles)
    shots = [photos] if isinstance(photos, Path) else list(photos)
    photo_files, style_files, checked = find_pictures(recipe, shots, folders, exclude, strict, progress)
    names = " with ".join(map(str, folders))
    tags = None
    if recipe.reading.tagged:
        tags = Tags.of(style_files, folders[0], recipe.pictures)
        style_files = tags.files
    elif recipe.pictures is not None:
        style_files = list(dict.fromkeys(style_files))
        if len(style_files) < recipe.pictures:
            raise UserError(f"{name} needs {recipe.pictures} style pictures, and {names} holds {len(style_files)}")
        style_files = evenly(style_files, recipe.pictures)
    numbered = recipe.reading.numbered and not getattr(recipe.reading, "one", False)
    if numbered:  # a row for each picture
        recipe = replace(recipe, options={**recipe.options, "styles": len(style_files)}, photo_styles=0.0)
    if getattr(recipe.reading, "one", False) and len(style_files) != 1:
        raise UserError(
            f"a network of one style needs one picture, and {names} holds {len(style_files)}; keep one there"
        )
    # Its notices (which precision, which device) are for programmers; the progress bar says what matters.
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    fabric = Fabric(accelerator=device, devices=devices, precision=pick_precision(precision, device))  # type: ignore[arg-type]
    fabric.launch()
    start = recipe.start if start is None else start
    if recipe.trains == "pnet" and start is None:
        raise UserError(f"{name} trains PNet alone: name the weights whose TNet it shall guide with start.")
    begin = load(start) if start is not None else None
    out.mkdir(parents=True, exist_ok=True)  # not before all that was given is known to be good
    shared = str(start) if recipe.trains == "pnet" and str(start) in available() else None
    given: dict[str, Any] = {"start": begin, "name": name, "snapshots": snapshots, "tags": tags, "shared": shared}
    given |= {"store": store, "save_every": save_every, "left_out": len(checked.bad)}
    trainer = Trainer(recipe, photo_files, style_files, out, fabric, seed, **given)
    with _alone(out) if fabric.is_global_zero else nullcontext():
        state = read_resume(out, trainer.key, trainer.pictures, changed_pictures, numbered) if resume else None
        if state is not None:
            trainer.restore(state)
        return trainer.run(progress)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Only one training at a time writes into a folder; what a kill left half-written there goes."""
    try:
        with FileLock(out / ".lock", timeout=0):
            for part in out.rglob(".*.part"):
                part.unlink(missing_ok=True)
            yield
    except Timeout:
        raise UserError(f"another training is running in {out}; wait for it, or name another --out") from None


def find_pictures(
    recipe: Recipe,
    photos: Sequence[Path],
    styles: Sequence[Path],
    exclude: Callable[[Path], bool] | None = None,
    strict: bool = False,
    progress: bool = True,
) -> tuple[list[Path], list[Path], Checked]:
    """The photos and the style pictures of a training, each opened once; damaged ones are named on stderr.

    Of several folders of styles each has the same share where crops are varied, and else their pictures are joined.
    Returns photos, styles (a picture of a small folder stands there several times), and what was checked. Raises a
    UserError for a folder without a picture that opens, and for a damaged picture where `strict`.
    """
    keep = exclude or (lambda path: False)
    listed = [[path for path in list_images(folder) if not keep(path)] for folder in (*photos, *styles)]
    checked = usable((path for files in listed for path in files), strict=strict, progress=progress)
    good = [[path for path in files if path not in checked.bad] for files in listed]
    for folder, files in zip((*photos, *styles), good, strict=True):
        if not files:
            raise UserError(f"{folder} holds no picture that can be used: put JPEG, PNG, WebP or TIFF files there.")
    contents, groups = good[: len(photos)], good[len(photos) :]
    varied = recipe.style_crops in ("varied", "window") and not recipe.reading.tagged
    return sum(contents, []), mixed(groups) if varied else sum(groups, []), checked
