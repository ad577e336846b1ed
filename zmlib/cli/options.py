"""Options that several commands have, with the same help text."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from zmlib.errors import UserError

Exclude: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="Leave out files with such a name, e.g. 'test_*'.", show_default=False)
]
Device: TypeAlias = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="Refuse damaged pictures; otherwise they are named and left out.")
]
ChangedPictures: TypeAlias = Annotated[
    bool, typer.Option("--changed-pictures", help="Resume even if pictures were added or removed since.")
]

StrokeSize: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="fine|medium|broad|PIXELS|none",
        help="How large the strokes are: the short side at which the largest are painted (768, 448, 256, or a number; "
        "the smaller it is, the larger the strokes). A picture up to 1.4 times that is one pass; with none all are.",
    ),
]
Finest: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="Paint nothing above this short side, in pixels, for time and memory; finer detail is the photo's.",
        show_default="its own",
    ),
]


def strokes(text: str) -> str | int | None:
    """What --stroke-size says, as `zmlib.stylize` takes it; whether it is a stroke size is checked there."""
    text = text.strip().lower()
    return int(text) if text.removeprefix("-").isdecimal() else text


def folder(text: str, default: str | bool = True, *names: str) -> Any:
    """An option that takes a folder (or a file); the commands check it themselves, in a sentence."""
    return typer.Option(*names, readable=False, help=text, show_default=default)


def recipes_own(text: str, *names: str) -> Any:
    """An option whose default is the recipe's."""
    return typer.Option(*names, help=text, show_default="the recipe's")


def excluding(patterns: list[str] | tuple[str, ...] | None) -> Callable[[Path], bool] | None:
    """Whether a file's name matches one of the patterns of --exclude; None where there are none."""
    if not patterns:
        return None
    return lambda path: any(fnmatch(path.name, pattern) for pattern in patterns)


def check_folders(*folders: Path) -> None:
    """UserError for the first of the folders that is not there."""
    for place in folders:
        if not place.is_dir():
            raise UserError(f"There is no folder {place}: check the name.")
