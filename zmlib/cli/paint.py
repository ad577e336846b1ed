"""`zmlib paint`: style pictures by the project's painter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zmlib.errors import UserError


def paint(
    out: Annotated[Path, typer.Option("-o", "--out", readable=False, help="A folder for the pictures.")],
    count: Annotated[int, typer.Option(help="Number of pictures.")] = 12,
    manner: Annotated[
        list[str] | None,
        typer.Option(help="strokes, hatching or woodblock; default: all in turn.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="The first seed; the shipped samples' are above a million.")] = 0,
    size: Annotated[int, typer.Option(help="Side in pixels.")] = 384,
) -> None:
    """Paint pictures to train on, or to use as styles: about a second each. Existing ones are kept.

    [bold]Example[/bold]

    zmlib paint --out paintings/ --count 80
    """
    from rich.progress import track

    from zmlib.data.images import save_image
    from zmlib.data.samples import RESERVED
    from zmlib.styleset.painter import MANNERS
    from zmlib.styleset.painter import paint as make

    if count < 1 or size < 64 or seed < 0 or seed + count > RESERVED:
        raise UserError(f"Give a count of at least 1, a size of at least 64, and seeds from 0 to {RESERVED}.")
    chosen = manner or list(MANNERS)
    for word in chosen:
        if word not in MANNERS:
            raise UserError(f'There is no manner "{word}": take one of {", ".join(MANNERS)}.')
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, and --out wants a folder: name another.")
    out.mkdir(parents=True, exist_ok=True)
    for number in track(range(seed, seed + count), description="painting"):
        word = chosen[number % len(chosen)]
        path = out / f"{word}_{number:06d}.jpg"
        if not path.exists():
            save_image(make(None, number, word, size=size), path)
    typer.echo(f"{out} holds {count} pictures of this run.")
