"""`zmlib scorecard` and `zmlib data`, by the packages beside the notebooks, which an installed wheel does not hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import typer

from zmlib.errors import UserError

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def scorecard(context: typer.Context) -> None:
    """Show the paper's claims, and which of them the results reproduce. zmlib scorecard --help lists the options."""
    _beside("claims", "scorecard", context)


def data(context: typer.Context) -> None:
    """Get the pictures that the book's numbers were measured on. zmlib data --help lists its commands."""
    _beside("originals", "data", context)


def _beside(package: str, command: str, context: typer.Context) -> None:
    if not (NOTEBOOKS / package).is_dir():
        raise UserError(f"zmlib {command} needs a clone of the project with zmlib installed from it: see the README.")
    places = [str(NOTEBOOKS.parent), str(NOTEBOOKS), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
    raise typer.Exit(subprocess.run([sys.executable, "-m", package, *context.args], env=env).returncode)
