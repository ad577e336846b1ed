"""Options that several commands have, with the same words of help."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Exclude: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="Leave out files of such a name, e.g. 'test_*'.", show_default=False)
]
Device: TypeAlias = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="Refuse damaged pictures, which are else named and left out.")
]
ChangedPictures: TypeAlias = Annotated[
    bool, typer.Option("--changed-pictures", help="Go on although pictures were added or removed since.")
]
