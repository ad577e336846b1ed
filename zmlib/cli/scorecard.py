"""`zmlib scorecard`: every claim of the paper with its verdict, by `notebooks/claims/`."""

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
    if not (NOTEBOOKS / "claims").is_dir():
        raise UserError("zmlib scorecard needs a clone of the project with zmlib installed from it: see the README.")
    places = [str(NOTEBOOKS.parent), str(NOTEBOOKS), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(places)}
    raise typer.Exit(subprocess.run([sys.executable, "-m", "claims", *context.args], env=env).returncode)
