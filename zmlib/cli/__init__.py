"""The command line.

One file a command, and torch is imported inside the commands.
"""

from __future__ import annotations

from typing import Annotated

import typer

from zmlib.cli.animate import animate
from zmlib.cli.app import app as serve
from zmlib.cli.doctor import doctor
from zmlib.cli.edit import edit
from zmlib.cli.evaluate import evaluate
from zmlib.cli.export import export
from zmlib.cli.gan import gan
from zmlib.cli.guard import Guard
from zmlib.cli.paint import paint
from zmlib.cli.reproduce import reproduce
from zmlib.cli.scorecard import data, scorecard
from zmlib.cli.styles import styles
from zmlib.cli.stylize import stylize
from zmlib.cli.train import recipes, train
from zmlib.cli.weights import weights

app = typer.Typer(
    cls=Guard,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="[bold]Start here:[/bold]  zmlib stylize photo.jpg painting.jpg -o out.png",
)
for command in (stylize, animate, edit, train, evaluate, paint, reproduce, doctor):
    app.command()(command)
# their options are those of notebooks/claims and notebooks/originals, --help included
for front in (scorecard, data):
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(
        front
    )
app.command(hidden=True)(recipes)  # the same as zmlib train --list
app.command("app")(serve)
app.add_typer(styles, name="styles")
app.add_typer(weights, name="weights")
app.add_typer(export, name="export")
app.add_typer(gan, name="gan")


def _version(wanted: bool) -> None:
    if wanted:
        from zmlib import __version__

        typer.echo(f"zmlib {__version__}")
        raise typer.Exit


@app.callback()
def _zmlib(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """ZM-Net: any photo in the style of any picture, by one network, at once."""


def main() -> None:
    """The entry point of the `zmlib` command."""
    app()
