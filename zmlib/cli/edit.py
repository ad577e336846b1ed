"""`zmlib edit`: a face, changed by attributes and brush strokes through the code of a generative network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from zmlib.cli.guard import say
from zmlib.cli.options import folder, recipes_own
from zmlib.errors import UserError, at_least

LARGEST = 32  # times, of --enlarge
SHEET = 4  # times, of the pictures of --sheet


def edit(
    photo: Annotated[
        Path,
        typer.Argument(readable=False, help="A face: square, in colour, 64 pixels or more.", show_default=False),
    ],
    out: Annotated[Path | None, folder("The picture to write.", "PHOTO-edited.png", "-o", "--out")] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "-a",
            "--attribute",
            metavar="NAME[=STRENGTH]",
            help="1 gives it (the default), -1 takes it away; may be repeated. Faces have long_hair, dark_hair, smile, "
            "glasses, dark_skin, dark_background and turned_left.",
            show_default=False,
        ),
    ] = None,
    stroke: Annotated[
        list[str] | None,
        typer.Option(
            "-s",
            "--stroke",
            metavar="STROKE",
            help='"colour COLOUR X,Y X,Y ...", "sketch X,Y X,Y ..." (a contour runs there), or "warp X,Y X,Y" (from '
            "where to where), each with radius=R if wanted; may be repeated. X, Y and R are pixels of the 64 x 64 "
            "picture, from its upper left corner; a colour is #aa2200 or a name.",
            show_default=False,
        ),
    ] = None,
    near: Annotated[float | None, recipes_own("How strongly strokes stay near the face: l1.")] = None,
    real: Annotated[float | None, recipes_own("How strongly they keep to what looks real: l2.")] = None,
    steps: Annotated[int | None, recipes_own("Steps of the search for strokes.")] = None,
    weights: Annotated[str, typer.Option(help="faces or shoes, or a file that zmlib gan finish wrote.")] = "faces",
    reconstruction: Annotated[
        bool, typer.Option("--reconstruction", help="Write what the network draws; else its change is given to PHOTO.")
    ] = False,
    enlarge: Annotated[int, typer.Option(help="Write the picture so many times as large as 64 x 64.")] = 1,
    sheet: Annotated[
        Path | None, folder("Also write photo, reconstruction, its edit and the result, side by side.", False)
    ] = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Take a picture that seems to show no face.")] = False,
) -> None:
    """Edit a face: attributes first, then brush strokes. It takes a few seconds.

    A code is found from which the network draws the face; attributes move it, and strokes are followed from there as
    far as faces allow. What changes is carried over to the photo.

    [bold]Examples[/bold]

    zmlib edit face.png -o out.png --attribute smile --attribute long_hair=-0.5

    zmlib edit face.png -o out.png --stroke "colour #aa2200 20,14 44,14 radius=4"

    zmlib edit face.png -o out.png -s "sketch 20,40 32,46 44,40" -s "warp 30,44 34,44 radius=5" --enlarge 4
    """
    at_least(0, near=near, real=real)
    at_least(1, steps=steps, enlarge=enlarge)
    if enlarge > LARGEST:
        raise UserError(f"--enlarge must be at most {LARGEST}, not {enlarge}.")
    if not attribute and not stroke:
        raise UserError('Say what to change: --attribute smile, or --stroke "colour #aa2200 20,14 44,14 radius=4".')
    target = _target(photo, out, sheet)

    from zmlib.data.images import open_image, save_image
    from zmlib.neighbours.gan.bundle import load_gan
    from zmlib.neighbours.gan.photo import as_face, beside, change, check_face, code_of, enlarged, noun
    from zmlib.neighbours.gan.typed import read_strength, read_stroke

    strengths = dict(read_strength(text) for text in attribute or [])
    strokes = [read_stroke(text) for text in stroke or []]
    gan, picture = load_gan(weights), open_image(photo)
    for name in strengths:
        gan.vectors[name]  # an unknown one is said before any work
    x = as_face(picture, str(photo), noun(gan))
    if not unchecked:
        check_face(x, gan, str(photo))
    if picture.width > x.shape[-1]:
        say(f"{photo} is reduced from {picture.width} x {picture.height} to 64 x 64 pixels.")
    began, options = time.perf_counter(), {"near": near, "real": real, "steps": steps}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    made = change(x, code_of(x, gan), gan, strengths, strokes, **given).shown(carry=not reconstruction)
    written = enlarged(made.picture, enlarge)
    save_image(written, target)
    if sheet is not None:
        save_image(enlarged(beside(x, made.before, made.after, made.picture), SHEET), sheet)
    met = "" if made.met is None else f", strokes fulfilled to {max(0.0, made.met):.0%}"
    typer.echo(f"{target}  {written.width} x {written.height} pixels{met}, {time.perf_counter() - began:.1f} s")


def _target(photo: Path, out: Path | None, sheet: Path | None) -> Path:
    """Where the picture is written; UserError where it or the sheet cannot be, or would replace the photo."""
    from zmlib.cli.outputs import plan
    from zmlib.data.images import check_target

    if photo.is_dir():
        raise UserError(f"{photo} is a folder: name one picture.")
    (job,) = plan([photo], [Path("edited.png")], out)
    if sheet is not None and check_target(sheet).resolve() in (photo.resolve(), job.out.resolve()):
        raise UserError(f"{sheet} is the photo or the picture of -o: name another --sheet.")
    return job.out
