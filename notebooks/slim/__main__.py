"""``python -m slim DATA --out slim.safetensors``: train slim."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slim.distill import Recipe, distil
from zmlib.errors import UserError


def main(
    data: Annotated[Path, typer.Argument(help="Folder that holds photos/train and paintings/train.")],
    out: Annotated[Path, typer.Option(help="The weights to write.")] = Path("slim.safetensors"),
    steps: Annotated[
        int, typer.Option(min=1, help="1,000 take about a quarter of an hour on two cores.")
    ] = Recipe.steps,
    state: Annotated[Path | None, typer.Option(help="A file for the state, to resume from.")] = None,
) -> None:
    """Train slim, the package's small loss network, on its teachers' features."""
    try:
        typer.echo(distil(data, out, Recipe(steps=steps), state=state))
    except UserError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)


typer.run(main)
