"""A result's picture as a file: plots as SVG, sheets of photographs as JPEG, single pictures as PNG."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PIL import Image

from zmlib.atomic import atomic
from zmlib.errors import UserError

SUFFIXES = (".svg", ".png", ".jpg")


def suffix_of(picture: Any) -> str | None:
    """The suffix that a picture will have: a matplotlib Figure, a PIL picture, a sheet, or None for no picture.

    Raises:
        UserError: anything else.
    """
    from matplotlib.figure import Figure

    if picture is None:
        return None
    if isinstance(picture, Figure):
        return ".svg"
    if isinstance(picture, Image.Image):
        return ".png"
    # A sheet of zmlib.data.sheet, which need not be imported here.
    if isinstance(getattr(picture, "image", None), Image.Image) and hasattr(picture, "save"):
        return ".jpg"
    raise UserError(
        f"A {type(picture).__name__} cannot be kept as a picture: "
        "give a matplotlib Figure, a PIL picture, a sheet of zmlib.data.sheet, or None."
    )


def save_picture(picture: Any, path: Path) -> None:
    """Write a picture, whole or not at all; the same plot gives the same bytes.

    path: with the suffix that `suffix_of` gave, in a folder that exists.
    """
    if path.suffix == ".svg":
        _save_plot(picture, path)
    elif path.suffix == ".png":
        with atomic(path) as beside:
            picture.save(beside, format="PNG", optimize=True)
    else:
        picture.save(path)


def _save_plot(figure: Any, path: Path) -> None:
    import matplotlib

    # Names inside an SVG are random without a salt; the date would change at every run.
    with matplotlib.rc_context({"svg.hashsalt": "zmlib"}), atomic(path) as beside:
        figure.savefig(beside, format="svg", metadata={"Date": None, "Creator": None})


def show(picture: Any) -> None:
    """Show a picture in a notebook's cell, once (pyplot would show a plot again); in a terminal print its name."""
    from matplotlib.figure import Figure

    if isinstance(picture, Figure):
        import matplotlib.pyplot as plt

        plt.close(picture)
    sys.displayhook(picture)  # what shows the last line of a cell
