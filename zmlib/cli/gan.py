"""`zmlib gan`: trains what `zmlib edit` and the chapters on generative networks use, one network at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zmlib.cli.options import Device, folder, recipes_own
from zmlib.errors import UserError, at_least

gan = typer.Typer(no_args_is_help=True, help="Train the networks that zmlib edit uses, and their neighbours.")


@gan.command()
def train(
    name: Annotated[
        str,
        typer.Argument(help="generator, encoder, classifier; superres, sharpen; completion.", show_default=False),
    ],
    out: Annotated[Path, folder("A folder for weights, losses and the state to resume from.", True, "-o", "--out")],
    domain: Annotated[
        str | None,
        typer.Option(help="faces or shoes, which are drawn; or a folder that has CelebA.", show_default="faces"),
    ] = None,
    start: Annotated[Path | None, folder("The weights that encoder and sharpen begin from.", False, "--from")] = None,
    steps: Annotated[int | None, recipes_own("Steps in all.")] = None,
    pictures: Annotated[int | None, recipes_own("Pictures of the data, at most.")] = None,
    device: Device = "auto",
    seed: Annotated[int, typer.Option(help="For the first weights and everything that is drawn.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Resume from what --out holds, or start afresh.")
    ] = True,
) -> None:
    """Train one network. Interrupt at any time; run the command again to resume.

    generator: G and its discriminator, an hour (of shoes 20 minutes). encoder: from a picture to a code, begun as the
    discriminator, 10 minutes. classifier: of the attributes, 6 minutes. After these three: zmlib gan finish.

    superres: 64 pixels from 16, 40 minutes. sharpen: the same network, trained on with a discriminator, 15 minutes.
    completion: fills a hole. The times are those of one core.

    [bold]Examples[/bold]

    zmlib gan train generator --out runs/faces

    zmlib gan train encoder --from runs/faces/weights.safetensors --out runs/encoder

    zmlib gan train classifier --domain data/ --out runs/classifier
    """
    at_least(1, steps=steps, pictures=pictures)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, and --out wants a folder: name another.")

    from zmlib.device import choose_device
    from zmlib.neighbours.gan import trainings
    from zmlib.train.settings import Settings

    choose_device(device)  # to say in a sentence that there is none
    settings = Settings(device=device, seed=seed, resume=resume)
    given = {key: value for key, value in (("steps", steps), ("pictures", pictures)) if value is not None}
    try:
        file = trainings.train(name, out, settings, domain, start, **given)
    except KeyboardInterrupt as stop:
        saved = f" from the state saved in {out}" if (out / "resume.pt").exists() else ""
        raise KeyboardInterrupt(f"Stopped; the same command resumes{saved}.") from stop
    typer.echo(f"{file} is written.")


@gan.command()
def finish(
    encoder: Annotated[Path, typer.Argument(readable=False, help="Weights of the encoder.", show_default=False)],
    classifier: Annotated[Path, typer.Argument(readable=False, help="Weights of the classifier.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", readable=False, help="The .safetensors file to write.")],
    domain: Annotated[
        str | None, typer.Option(help="For weights of CelebA its folder.", show_default="the weights' own")
    ] = None,
) -> None:
    """Put a domain's networks into one file, with the vectors of its attributes and the limit of what is a face.

    [bold]Example[/bold]

    zmlib gan finish runs/encoder/weights.safetensors runs/classifier/weights.safetensors --out mine.safetensors

    zmlib edit face.png --attribute smile --weights mine.safetensors
    """
    if out.suffix != ".safetensors" or out.is_dir():
        raise UserError(f"{out} does not end in .safetensors: name a file that does.")

    from zmlib.atomic import check_folder
    from zmlib.neighbours.gan.bundle import assemble
    from zmlib.neighbours.gan.photo import note_limit

    check_folder(out.parent)
    limit = note_limit(assemble(encoder, classifier, out, domain), domain)
    typer.echo(f"{out} is written (limit of a face {limit:.2f}). Use it with: zmlib edit PHOTO --weights {out}")
