"""`zmlib train` and `zmlib recipes`."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

import typer

from zmlib.cli.options import ChangedPictures, Device, Exclude, Strict
from zmlib.errors import UserError

LENGTHS = ("evening", "long")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "32-true", "bf16-mixed")


def train(
    recipe: Annotated[
        str | None, typer.Argument(help="A recipe by name: zmlib recipes lists them.", show_default=False)
    ] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Option(readable=False, help="A folder of photos; it may be given several times.", show_default=False),
    ] = None,
    styles: Annotated[
        list[Path] | None,
        typer.Option(
            readable=False,
            help="A folder of style pictures; given several times, each has an equal share.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", readable=False, help="A folder for weights, losses and the state to resume from."),
    ] = None,
    length: Annotated[str, typer.Option(help="evening, or long: days.")] = "evening",
    steps: Annotated[int | None, typer.Option(help="Train for so many steps.", show_default="the recipe's")] = None,
    batch: Annotated[
        int | None, typer.Option(help="Pictures a step; lower it if memory is short.", show_default="the recipe's")
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the training crops, in pixels.", show_default="the recipe's")
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option("--loss-network", help="vgg16, vgg16-caffe or slim: what judges.", show_default="the recipe's"),
    ] = None,
    pictures: Annotated[
        int | None,
        typer.Option(help="Use so many of the style pictures, evenly spread.", show_default="the recipe's"),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Begin from these weights: styles, or a .safetensors file.", show_default="none")
    ] = None,
    exclude: Exclude = None,
    device: Device = "auto",
    devices: Annotated[int, typer.Option(help="How many GPUs.")] = 1,
    precision: Annotated[
        str, typer.Option(help="auto (bf16-mixed where the device computes in it), 32-true or bf16-mixed.")
    ] = "auto",
    seed: Annotated[int, typer.Option(help="For the first weights and for all that is drawn.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on from what --out holds, or begin anew.")
    ] = True,
    snapshots: Annotated[
        int, typer.Option(help="Export the weights so many times along the way, into steps/ of --out.")
    ] = 0,
    strict: Strict = False,
    changed_pictures: ChangedPictures = False,
    memory: Annotated[
        float | None,
        typer.Option(help="Gigabytes for crops that are kept measured.", show_default="half of what is free"),
    ] = None,
    save_every: Annotated[float, typer.Option(help="Seconds between two saves of the state.")] = 180.0,
    listing: Annotated[bool, typer.Option("--list", help="List the recipes and end.")] = False,
) -> None:
    """Train a network by a recipe. Interrupt at any time; run the command again to resume.

    Every picture is opened once before the first step (later runs remember which were good).

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
        raise UserError("Name a recipe: zmlib recipes lists them.")
    missing = [f"--{name}" for name, given in (("photos", photos), ("styles", styles), ("out", out)) if not given]
    if missing or not photos or not styles or out is None:
        raise UserError(f"Training needs {' and '.join(missing)} too.")
    for name, number, least in (
        ("steps", steps, 1),
        ("batch", batch, 1),
        ("size", size, 32),
        ("devices", devices, 1),
        ("pictures", pictures, 1),
        ("snapshots", snapshots, 0),
        ("memory", memory, 0.1),
        ("save-every", save_every, 0),
    ):
        if number is not None and number < least:
            raise UserError(f"--{name} must be at least {least}, not {number}.")
    for name, word, known in (
        ("length", length, LENGTHS),
        ("device", device, DEVICES),
        ("precision", precision, PRECISIONS),
    ):
        if word not in known:
            raise UserError(f'--{name} must be one of {", ".join(known)}, not "{word}".')
    for folder in (*photos, *styles):
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder}: check the name.")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, and --out wants a folder: name another.")

    from zmlib import train as training
    from zmlib.device import choose_device

    if recipe not in training.RECIPES:
        raise UserError(f'There is no recipe "{recipe}": take one of {", ".join(training.RECIPES)}.')
    choose_device(device)  # to say in a sentence that there is none
    chosen = (training.LONG if length == "long" else training.RECIPES)[recipe]
    changes = {name: value for name, value in (("batch", batch), ("size", size)) if value is not None}
    chosen = replace(chosen, phases=tuple(replace(phase, **changes) for phase in chosen.phases))
    chosen = replace(chosen, loss_network=loss or chosen.loss_network, pictures=pictures or chosen.pictures)
    options: dict[str, Any] = {"steps": steps, "device": device, "devices": devices, "precision": precision}
    options |= {
        "snapshots": snapshots,
        "start": start,
        "exclude": lambda path: any(fnmatch(path.name, word) for word in exclude or ()),
        "strict": strict,
        "changed_pictures": changed_pictures,
        "store": round(memory * 1e9) if memory is not None else None,
        "save_every": save_every,
    }
    try:
        path = training.train(chosen, photos, styles, out, name=recipe, resume=resume, seed=seed, **options)
    except KeyboardInterrupt as stop:
        saved = f" from the state saved in {out}" if (out / "resume.pt").exists() else ""
        raise KeyboardInterrupt(f"Stopped; the same command resumes{saved}.") from stop
    typer.echo(f"{path} is written.")
    if chosen.reading.tagged:
        typer.echo(f"Use it with: zmlib animate photo.jpg --words noon,night --model {path} -o out.mp4")
    elif chosen.source != "table":  # whose rows are asked by number, from Python
        typer.echo(f"Use it with: zmlib stylize photo.jpg painting.jpg --model {path}")


def recipes() -> None:
    """List the recipes for training: steps, loss, and what to expect."""
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
