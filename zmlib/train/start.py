"""From two folders of pictures and a recipe to a training: what is checked and read before the loop begins."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zmlib.data.check import usable
from zmlib.data.folders import evenly, list_images, mixed
from zmlib.errors import UserError
from zmlib.perceptual.registry import AUTO
from zmlib.train.loop import Trainer
from zmlib.train.recipe import Recipe
from zmlib.train.recipes import RECIPES
from zmlib.train.running import alone, make_fabric
from zmlib.train.settings import Settings
from zmlib.train.state import read_resume
from zmlib.train.tags import Tags


def train(
    recipe: str | Recipe,
    photos: Path | Sequence[Path],
    styles: Path | Sequence[Path],
    out: Path,
    settings: Settings | None = None,
    **options: Any,
) -> Path:
    """Train a recipe on two folders of pictures.

    Args:
        recipe: a name out of RECIPES, or a Recipe.
        photos, styles: folders of content photos and style pictures, one or several, any layout; for a recipe whose
            network reads words `styles` has a folder of pictures for each word, named after it. Of several folders of
            styles each gives an equal share of the varied crops, however many pictures it holds.
        out: a folder for the resume file, the CSV of the losses and, at the end, `weights.safetensors`.
        settings: device, precision, number of steps and so on.
        options: single `Settings` by name, in place of those of `settings`.

    Returns:
        The file of the weights.

    Raises:
        UserError: unknown recipe, no pictures, damaged ones where `strict`, a resume file of other settings or
            pictures, or too little memory.

    Example:
        >>> from pathlib import Path
        >>> import zmlib
        >>> from zmlib.train import Phase, Recipe, train
        >>> recipe = Recipe(
        ...     "a network far too small",
        ...     config=zmlib.TNetConfig(width=(4, 6, 8), blocks=1),
        ...     loss_network="slim",
        ...     phases=(Phase(steps=2, size=32, batch=2),),
        ... )
        >>> weights = train(recipe, Path("photos"), Path("paintings"), Path("run"), device="cpu", progress=False)
        >>> weights.as_posix(), Path("run/losses.csv").is_file()
        ('run/weights.safetensors', True)
        >>> zmlib.load(weights).card["steps"]
        2
    """
    settings = replace(settings or Settings(), **options)
    if isinstance(recipe, str):
        settings = replace(settings, name=recipe)
        if recipe not in RECIPES:
            raise UserError(f"no recipe named {recipe!r}; there are {', '.join(RECIPES)}")
        recipe = RECIPES[recipe]
    recipe = recipe.shortened(settings.steps) if settings.steps else recipe
    folders = [styles] if isinstance(styles, Path) else list(styles)
    found = find_pictures(recipe, [photos] if isinstance(photos, Path) else photos, folders, settings)
    recipe, files, tags = _choose(recipe, found.styles, folders, settings.name)
    fabric = make_fabric(settings)
    trainer = Trainer(recipe, found.photos, files, out, fabric, settings, tags=tags, left_out=found.left_out)
    out.mkdir(parents=True, exist_ok=True)  # not before everything that was given is known to be good
    if recipe.loss_network == AUTO and fabric.is_global_zero:
        print(f"loss network: {trainer.network.name}, the best that this machine has", file=sys.stderr)
    with alone(out) if fabric.is_global_zero else nullcontext():
        changed = settings.changed_pictures
        state = read_resume(out, trainer.key, trainer.pictures, changed, recipe.numbered) if settings.resume else None
        if state is not None:
            trainer.restore(state)
        return trainer.run(settings.progress)


def _choose(
    recipe: Recipe, styles: list[Path], folders: list[Path], name: str
) -> tuple[Recipe, list[Path], Tags | None]:
    """The style pictures that a recipe takes of those that are there, their words, and the recipe for that number."""
    names = " with ".join(map(str, folders))
    tags = None
    if recipe.reading.tagged:
        tags = Tags.of(styles, folders[0], recipe.pictures)
        styles = tags.files
    elif recipe.pictures is not None:
        styles = list(dict.fromkeys(styles))
        if len(styles) < recipe.pictures:
            raise UserError(f"{name} needs {recipe.pictures} style pictures, and {names} holds {len(styles)}")
        styles = evenly(styles, recipe.pictures)
    if recipe.numbered:
        recipe = replace(recipe, options={**recipe.options, "styles": len(styles)}, photo_styles=0.0)
    if recipe.single and len(styles) != 1:
        raise UserError(f"a network of one style needs one picture, and {names} holds {len(styles)}; keep one there")
    return recipe, styles, tags


@dataclass(frozen=True)
class Found:
    """The pictures of a training that open. `left_out` of the others are damaged.

    A picture of a small folder of styles may stand in `styles` several times.
    """

    photos: list[Path]
    styles: list[Path]
    left_out: int


def find_pictures(recipe: Recipe, photos: Sequence[Path], styles: Sequence[Path], settings: Settings) -> Found:
    """The photos and the style pictures of a training, each opened once; damaged ones are named on stderr.

    Of several folders of styles each has the same share where crops are varied; otherwise their pictures are joined.

    Raises:
        UserError: a folder without a picture that opens, or a damaged picture where `strict`.
    """
    folders = (*photos, *styles)
    exclude = settings.exclude or (lambda path: False)
    listed = [[path for path in list_images(folder) if not exclude(path)] for folder in folders]
    every = (path for files in listed for path in files)
    bad = usable(every, strict=settings.strict, progress=settings.progress).bad
    good = [[path for path in files if path not in bad] for files in listed]
    for folder, files in zip(folders, good, strict=True):
        if not files:
            raise UserError(f"{folder} holds no picture that can be used: put JPEG, PNG, WebP or TIFF files there.")
    contents, groups = good[: len(photos)], good[len(photos) :]
    varied = recipe.style_crops in ("varied", "window") and not recipe.reading.tagged
    return Found(sum(contents, []), mixed(groups) if varied else sum(groups, []), len(bad))
