"""`zmlib stylize`: photos in, stylized pictures out; or a video (`zmlib.cli.film`)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zmlib.cli.film import is_video, stylize_film
from zmlib.cli.guard import BAD_INPUT, say
from zmlib.cli.options import Device, Finest, StrokeSize, strokes
from zmlib.cli.outputs import Job, plan
from zmlib.errors import UserError

if TYPE_CHECKING:
    from PIL import Image
    from rich.progress import Progress

    from zmlib.passes import levels

LARGE = 2e6  # pixels, whose painting takes some seconds on a processor


def stylize(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PHOTO STYLE",
            readable=False,  # what cannot be read gets a sentence of ours
            help="A photo, several, a folder, or a video; then the style picture, unless --style names it.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            readable=False,
            help="The picture to write (.png, .jpg, .webp, .tif, .bmp); a folder for several photos; of a video .mp4, "
            ".webm or .gif. By default PHOTO-STYLE.png beside the photo.",
            show_default=False,
        ),
    ] = None,
    strength: Annotated[float, typer.Option(help="0 is the photo itself, 1 the full style.")] = 1.0,
    keep_colour: Annotated[
        bool, typer.Option("--keep-colour", "--keep-color", help="Keep the photo's colours; take light and dark only.")
    ] = False,
    style: Annotated[
        list[Path] | None,
        typer.Option(
            "-s",
            "--style",
            readable=False,
            help="A style; repeat it to mix several. All pictures without --style are then photos.",
        ),
    ] = None,
    weight: Annotated[
        list[float] | None, typer.Option("-w", "--weight", help="The share of a style, one for each --style.")
    ] = None,
    mask: Annotated[
        list[Path] | None,
        typer.Option(
            "-m",
            "--mask",
            readable=False,
            help="A picture, white where a style goes and black where not, one for each --style.",
        ),
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Resize the photo first to this short side, in pixels.", show_default="its own")
    ] = None,
    style_size: Annotated[int, typer.Option(help="The short side at which a style is read, in pixels.")] = 256,
    stroke_size: StrokeSize = "medium",
    finest: Finest = None,
    steady: Annotated[
        float,
        typer.Option(help="For a video: the seconds for which statistics are held, against flicker; 0: not held."),
    ] = 3.0,
    model: Annotated[str, typer.Option(help="Shipped weights by name, or a .safetensors file.")] = "styles",
    device: Device = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With several photos: replace results that exist.")
    ] = False,
) -> None:
    """Give photos, or a video, the style of a picture.

    The output has the photo's size. Photo and style may be any pictures from 32 pixels up. A video loses its sound.

    [bold]Examples[/bold]

    zmlib stylize photo.jpg painting.jpg -o out.png

    zmlib stylize holiday/ painting.jpg -o painted/ --keep-colour

    zmlib stylize mountains.jpg painting.jpg --stroke-size broad

    zmlib stylize photo.jpg -s night.jpg -s morning.jpg -w 0.3 -w 0.7

    zmlib stylize photo.jpg -s sky.jpg -s ground.jpg -m sky.png -m ground.png --strength 0.8

    zmlib stylize clip.mp4 painting.jpg -o out.mp4 --size 256
    """
    photos, styles = _split(pictures, style or [])
    options: dict[str, Any] = {
        "strength": strength,
        "keep_colour": keep_colour,
        "weights": weight or None,
        "size": size,
        "style_size": style_size,
        "stroke_size": strokes(stroke_size),
        "finest": finest,
    }
    if any(is_video(photo, out) for photo in photos):
        return stylize_film(photos, styles, out, mask or [], device, model=model, steady=steady, **options)
    jobs = plan(photos, styles, out, keep=mask or [])
    many = len(jobs) > 1 or photos[0].is_dir()
    left = [job for job in jobs if overwrite or not many or not job.out.exists()]
    make = _prepare(styles, mask or None, model, device, options) if left else None
    pictures_each = 1 if strength == 1 and not mask else 2  # how often `zmlib.stylize` paints each photo, at most
    if not many:
        from zmlib.data.images import save_image

        assert make is not None
        start = time.perf_counter()
        with ExitStack() as shown:
            picture = make(jobs[0].photo, _line(shown, pictures_each))
        save_image(picture, jobs[0].out)
        typer.echo(f"{jobs[0].out}  {picture.width} x {picture.height} pixels, {time.perf_counter() - start:.1f} s")
        return
    bad = _run(left, make, pictures_each) if make else []
    for sentence in bad:
        say(sentence)
    typer.echo(_summary(jobs, left, len(bad)))
    if bad:
        raise typer.Exit(BAD_INPUT)


def _split(pictures: list[Path], styles: list[Path]) -> tuple[list[Path], list[Path]]:
    """Photos and styles of the positional arguments and `--style`."""
    if not styles:
        if len(pictures) < 2:
            raise UserError(f"Give a style too: zmlib stylize {pictures[0]} painting.jpg -o out.png.")
        pictures, styles = pictures[:-1], pictures[-1:]
    for path in styles:
        if path.is_dir():
            raise UserError(f"{path} is a folder and a style is one picture: the style comes last, after the photos.")
        if not path.exists():
            raise UserError(f"There is no style {path}: check the name (the style comes last, after the photos).")
    return pictures, styles


def _prepare(
    styles: Sequence[Path], masks: list[Path] | None, model: str, device: str, options: dict[str, Any]
) -> Callable[[Path, levels.Progress], Image.Image]:
    """Load the network and read the styles once; the function from a photo's file to its picture."""
    from zmlib.data.images import open_image
    from zmlib.device import choose_device
    from zmlib.stylize import check_options, encode_style
    from zmlib.stylize import stylize as call
    from zmlib.weights import load

    check_options(len(styles), masks=masks, **{name: options[name] for name in options if name != "keep_colour"})
    layers = None if masks is None else [open_image(mask) for mask in masks]
    net = load(model, device=choose_device(device))
    affines = [encode_style(net, style, options["style_size"]) for style in styles]
    return lambda photo, tell: call(photo, affines, model=net, masks=layers, progress=tell, **options)


def _bar(*more: Any) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(TextColumn("{task.description}"), BarColumn(), *more, console=Console(stderr=True), transient=True)


def _teller(bar: Progress, task: Any, done: int, each: int) -> levels.Progress:
    """What moves a bar while the photo after `done` others is painted, which takes `each` paintings at most."""
    begun = -1

    def tell(size: tuple[int, int], share: float) -> None:
        nonlocal begun
        begun += share == 0
        said = f"painting at {size[1]} x {size[0]} pixels"
        bar.update(task, description=said, completed=done + min(1, (begun + share) / each))

    return tell


def _line(shown: ExitStack, each: int) -> levels.Progress:
    """What says on a terminal, of a large photo, at which size it is being painted and how much is done."""
    from rich.progress import TimeElapsedColumn

    bar = _bar(TimeElapsedColumn())
    move = _teller(bar, bar.add_task("", total=1), 0, each)

    def tell(size: tuple[int, int], share: float) -> None:
        if math.prod(size) > LARGE and bar.console.is_terminal and not bar.live.is_started:
            shown.enter_context(bar)
        move(size, share)

    return tell


def _run(jobs: Sequence[Job], make: Callable[[Path, levels.Progress], Image.Image], each: int) -> list[str]:
    """Do the jobs; a photo that fails does not stop the others. Returns a sentence for each failure."""
    from rich.progress import MofNCompleteColumn, TimeRemainingColumn

    from zmlib.data.images import save_image

    bad: list[str] = []
    with _bar(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        task = progress.add_task("stylizing", total=len(jobs))
        for done, job in enumerate(jobs):
            try:
                picture = make(job.photo, _teller(progress, task, done, each))
                job.out.parent.mkdir(parents=True, exist_ok=True)
                save_image(picture, job.out)
            except UserError as error:
                bad.append(str(error))
            except KeyboardInterrupt as stop:
                so_far = f"{done - len(bad)} of {len(jobs)} pictures are done"
                raise KeyboardInterrupt(f"Stopped: {so_far}; run the command again to resume.") from stop
            progress.update(task, completed=done + 1)
    return bad


def _summary(jobs: Sequence[Job], left: Sequence[Job], bad: int) -> str:
    folders = sorted({job.out.parent for job in jobs})
    place = str(folders[0]) if len(folders) == 1 else f"{folders[0]} and {len(folders) - 1} more folders"
    done = len(left) - bad
    text = f"{done} picture{'' if done == 1 else 's'} written to {place}"
    there = len(jobs) - len(left)
    if there:
        text += f", {there} were there already (--overwrite replaces them)"
    return text + (f", {bad} could not be done." if bad else ".")
