"""`zmlib train`, and the list of recipes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zmlib.cli.options import ChangedPictures, Device, Exclude, Strict, check_folders, excluding, folder, recipes_own
from zmlib.errors import UserError, at_least

LENGTHS = ("evening", "long")


def train(
    recipe: Annotated[
        str | None, typer.Argument(help="A recipe by name; --list shows them.", show_default=False)
    ] = None,
    photos: Annotated[list[Path] | None, folder("A folder of photos; may be given several times.", False)] = None,
    styles: Annotated[
        list[Path] | None, folder("A folder of style pictures; given several times, each has an equal share.", False)
    ] = None,
    out: Annotated[
        Path | None, folder("A folder for weights, losses and the state to resume from.", True, "-o", "--out")
    ] = None,
    length: Annotated[str, typer.Option(help="evening, or long: days.")] = "evening",
    steps: Annotated[int | None, recipes_own("Steps in all.")] = None,
    batch: Annotated[int | None, recipes_own("Pictures in each step; lower it if memory is short.")] = None,
    size: Annotated[int | None, recipes_own("Side of the training crops, in pixels.")] = None,
    loss: Annotated[
        str | None,
        recipes_own("vgg16, vgg16-caffe, slim, or auto: the best that this machine has.", "--loss-network"),
    ] = None,
    pictures: Annotated[int | None, recipes_own("How many of the style pictures to use, evenly spread.")] = None,
    start: Annotated[
        str | None, typer.Option(help="Begin from these weights: styles, or a .safetensors file.", show_default="none")
    ] = None,
    exclude: Exclude = None,
    device: Device = "auto",
    devices: Annotated[int, typer.Option(help="Number of GPUs.")] = 1,
    precision: Annotated[
        str, typer.Option(help="auto (bf16-mixed where the device computes in it), 32-true or bf16-mixed.")
    ] = "auto",
    seed: Annotated[int, typer.Option(help="For the first weights and everything that is drawn.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Resume from what --out holds, or start afresh.")
    ] = True,
    snapshots: Annotated[
        int, typer.Option(help="How many times to export the weights along the way, into steps/ of --out.")
    ] = 0,
    strict: Strict = False,
    changed_pictures: ChangedPictures = False,
    memory: Annotated[
        float | None,
        typer.Option(help="Gigabytes for measured crops that are kept.", show_default="half of what is free"),
    ] = None,
    save_every: Annotated[float, typer.Option(help="Seconds between two saves of the state.")] = 180.0,
    listing: Annotated[bool, typer.Option("--list", help="List the recipes and exit.")] = False,
) -> None:
    """Train a network by a recipe. Interrupt at any time; run the command again to resume.

    Every picture is opened once before the first step; later runs remember which were good.

    [bold]Examples[/bold]

    zmlib train --list

    zmlib train styles --photos photos/ --styles paintings/ --out runs/mine --loss-network vgg16

    zmlib train styles --photos photos/ --styles paintings/ --out runs/more --start styles --steps 500

    zmlib stylize photo.jpg painting.jpg --model runs/mine/weights.safetensors
    """
    if listing:
        recipes()
        return
    if recipe is None:
        raise UserError("Name a recipe: zmlib train --list shows them.")
    missing = [f"--{name}" for name, given in (("photos", photos), ("styles", styles), ("out", out)) if not given]
    if missing or not photos or not styles or out is None:
        raise UserError(f"Training needs {' and '.join(missing)} too.")
    at_least(0.1, memory=memory)
    if length not in LENGTHS:
        raise UserError(f'--length must be one of {", ".join(LENGTHS)}, not "{length}".')
    check_folders(*photos, *styles)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, and --out wants a folder: name another.")

    from zmlib import train as training
    from zmlib.device import choose_device

    if recipe not in training.RECIPES:
        raise UserError(f'There is no recipe "{recipe}": take one of {", ".join(training.RECIPES)}.')
    chosen = (training.LONG if length == "long" else training.RECIPES)[recipe]
    chosen = chosen.changed(batch=batch, size=size, loss_network=loss, pictures=pictures)
    settings = training.Settings(
        steps=steps,
        device=device,
        devices=devices,
        precision=precision,
        seed=seed,
        start=start,
        name=recipe,
        exclude=excluding(exclude),
        strict=strict,
        resume=resume,
        changed_pictures=changed_pictures,
        snapshots=snapshots,
        store=round(memory * 1e9) if memory is not None else None,
        save_every=save_every,
    )
    choose_device(device)  # to say in a sentence that there is none
    try:
        path = training.train(chosen, photos, styles, out, settings)
    except KeyboardInterrupt as stop:
        saved = f" from the state saved in {out}" if (out / "resume.pt").exists() else ""
        raise KeyboardInterrupt(f"Stopped; the same command resumes{saved}.") from stop
    typer.echo(f"{path} is written.")
    if chosen.reading.tagged:
        typer.echo(f"Use it with: zmlib animate photo.jpg --words noon,night --model {path} -o out.mp4")
    elif not chosen.numbered:  # numbers are given from Python
        typer.echo(f"Use it with: zmlib stylize photo.jpg painting.jpg --model {path}")


def recipes() -> None:
    """List the recipes, as zmlib train --list does: steps, loss, and what to expect."""
    from rich.console import Console
    from rich.table import Table

    from zmlib.train import RECIPES

    table = Table("recipe", "what", "steps", "loss", "style : content", "expect")
    for name, recipe in RECIPES.items():
        steps = "\n".join(f"{phase.steps:,} of {phase.batch} x {phase.size} px" for phase in recipe.phases)
        loss = f"{recipe.objective} on {recipe.loss_network}"
        weights = f"{recipe.style_weight:g} : {recipe.content_weight:g}"
        table.add_row(name, recipe.about, steps, loss, weights, recipe.typical or "not measured")
    Console().print(table)
