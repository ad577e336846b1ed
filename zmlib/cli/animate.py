"""`zmlib animate`: one photo in, a moving picture out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zmlib.cli.film import bar
from zmlib.cli.options import Device, Finest, StrokeSize, strokes
from zmlib.errors import UserError

if TYPE_CHECKING:
    from PIL import Image

    from zmlib.affine import Affine
    from zmlib.zmnet import ZMNet

LONGEST = 600  # seconds
GIF_FPS = 50  # a GIF counts in hundredths of a second, and viewers slow down frames of a single one


def animate(
    photo: Annotated[Path, typer.Argument(readable=False, help="The photo to move.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", readable=False, help="The video to write: .mp4, .webm or .gif.")],
    words: Annotated[
        str | None, typer.Option(help="Words to pass through, with commas: noon,afternoon,night.", show_default=False)
    ] = None,
    styles: Annotated[
        str | None, typer.Option(help="Style pictures to pass through, with commas: a.jpg,b.jpg.", show_default=False)
    ] = None,
    strength: Annotated[bool, typer.Option("--strength", help="Go from the photo to one style instead.")] = False,
    seconds: Annotated[float, typer.Option(help="Length of the video.")] = 4.0,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 24.0,
    size: Annotated[int, typer.Option(help="The short side, in pixels.")] = 512,
    stroke_size: StrokeSize = "medium",
    finest: Finest = None,
    model: Annotated[
        str | None,
        typer.Option(help="Shipped weights, or a .safetensors file.", show_default="styles, or words for --words"),
    ] = None,
    device: Device = "auto",
) -> None:
    """Move one photo from style to style, or from word to word.

    [bold]Examples[/bold]

    zmlib animate photo.jpg --styles night.jpg,morning.jpg -o out.mp4

    zmlib animate photo.jpg --words noon,afternoon,night -o out.mp4

    zmlib animate photo.jpg --styles night.jpg --strength -o out.gif
    """
    from zmlib.video.files import check_video, write_video

    keys = _keys(words, styles, strength)
    count = _count(seconds, fps, len(keys))
    if out.suffix.lower() == ".gif" and fps > GIF_FPS:
        raise UserError(f"A GIF shows {GIF_FPS} frames a second at most: lower --fps, or write an .mp4.")
    from zmlib.stylize import check_options, encode_style, read_for

    sizes: dict[str, Any] = {"stroke_size": strokes(stroke_size), "finest": finest}
    check_options(1, size=size, **sizes)
    check_video(out)
    if not photo.is_file():
        raise UserError(f"There is no photo {photo}: check the name.")
    from zmlib.data.images import to_tensor
    from zmlib.device import choose_device
    from zmlib.video.animate import frames, path, strengths
    from zmlib.video.flicker import Flicker
    from zmlib.weights import load

    net = load(model or ("words" if words else "styles"), device=choose_device(device))
    affines = _read(net, keys, words is not None)
    picture = read_for(net, photo, size, finest=finest)
    content = to_tensor(picture).to(net.device)
    if strength:
        pictures = strengths(net, content, affines[0], encode_style(net, picture), count, **sizes)
    else:
        pictures = frames(net, content, path(affines, count), **sizes)
    flicker, taken, shape = Flicker(), 0.0, (0, 0)

    def timed() -> Iterator[Image.Image]:
        nonlocal taken, shape
        for _ in bar(range(count), count):
            start = time.perf_counter()
            picture = next(pictures)
            taken += time.perf_counter() - start
            flicker.add(picture)
            shape = picture.size
            yield picture

    write_video(out, timed(), fps)
    typer.echo(f"{out}  {count} frames of {shape[0]} x {shape[1]} pixels, {count / taken:.1f} painted a second")
    if flicker.value is not None:
        typer.echo(f"unsteadiness {flicker.value:.2f} grey levels of 255 (mean second difference between frames)")


def _keys(words: str | None, styles: str | None, strength: bool) -> list[str]:
    if (words is None) == (styles is None):
        raise UserError("Give either --words or --styles, for the animation to pass through.")
    keys = [key.strip() for key in (words or styles or "").split(",") if key.strip()]
    if strength and (words is not None or len(keys) != 1):
        raise UserError("--strength shows one style grow: give --styles a single picture.")
    if not strength and len(keys) < 2:
        raise UserError(f"An animation goes from one key to another: give two or more, not {len(keys)}.")
    return keys


def _count(seconds: float, fps: float, keys: int) -> int:
    if not 0 < seconds <= LONGEST or not 1 <= fps <= 120:
        raise UserError(f"Give --seconds up to {LONGEST:,} and --fps from 1 to 120, not {seconds:g} and {fps:g}.")
    return max(2, keys, round(seconds * fps))


def _read(net: ZMNet, keys: list[str], words: bool) -> list[Affine]:
    """Gamma and beta of each key."""
    from zmlib.sources import require_affine
    from zmlib.stylize import encode_style

    require_affine(net.kind)
    if words:
        return [net.encode(key) for key in keys]
    if not net.reading.takes_pictures:
        raise UserError(f"This network is guided by {net.wants}, and it was given pictures: use --words, or another.")
    return [encode_style(net, Path(key)) for key in keys]
