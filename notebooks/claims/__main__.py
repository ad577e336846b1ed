"""`zmlib scorecard`, which runs this as `python -m claims`: every claim of the paper with its verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from claims import history
from claims.card import scorecard as judged
from claims.loading import load_claims
from claims.render import markdown as as_markdown
from claims.summary import replace_summary, summary
from claims.terminal import checkable as as_list
from claims.terminal import terminal
from zmlib.atomic import atomic
from zmlib.cli.guard import Guard
from zmlib.errors import UserError
from zmlib.experiments.paths import chapters, find_root, results_folder
from zmlib.experiments.results import older_results, read_results


def scorecard(
    results: Annotated[
        Path | None,
        typer.Option(readable=False, help="Results of this build.", show_default="book/results of the clone"),
    ] = None,
    kept: Annotated[
        Path | None,
        typer.Option(readable=False, help="Results of the kept runs.", show_default="figures of the clone"),
    ] = None,
    claims: Annotated[
        Path | None,
        typer.Option(readable=False, help="The claims.", show_default="book/claims.yml of the clone"),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(readable=False, help="Write the book's scorecard here.", show_default=False)
    ] = None,
    readme: Annotated[
        Path | None,
        typer.Option(readable=False, help="Update the summary in this file, between its marks.", show_default=False),
    ] = None,
    checkable: Annotated[
        bool, typer.Option("--checkable", help="List which rows a reader can check, and how, instead of the verdicts.")
    ] = False,
) -> None:
    """Show the paper's claims, and which of them the results reproduce.

    [bold]Examples[/bold]

    zmlib scorecard

    zmlib scorecard --results book/results --readme README.md
    """
    from rich.console import Console

    root = find_root()
    if root is None and None in (results, kept, claims):
        raise UserError(
            f"{Path.cwd()} is not inside a clone of zmlib: go into one, or name --results, --kept and --claims."
        )
    for option, folder in (("results", results), ("kept", kept)):
        if folder is not None and not folder.is_dir():
            raise UserError(f"There is no folder {folder}: give --{option} another one.")
    top = root or Path()
    file = claims or top / "book" / "claims.yml"
    kept = kept or top / "figures"
    card = judged(
        load_claims(file),
        read_results(kept),
        read_results(results or results_folder(root)),
        history.read(file.with_name(history.FILE)),
        older_results(kept),
    )
    written = []
    if markdown is not None:
        written.append((markdown, as_markdown(card, chapters(top))))
    if readme is not None:
        if not readme.is_file():
            raise UserError(f"There is no file {readme}: give --readme another one.")
        written.append((readme, replace_summary(readme.read_bytes().decode(), summary(card), str(readme))))
    for path, text in written:
        _write(path, text)
    Console().print(as_list(card) if checkable else terminal(card), markup=False, soft_wrap=checkable)
    for path, _ in written:
        typer.echo(f"{path} is written.")


def _write(path: Path, text: str) -> None:
    if not path.resolve().parent.is_dir():
        raise UserError(f"There is no folder {path.resolve().parent} for {path.name}: make it, or name another.")
    with atomic(path) as beside:
        beside.write_bytes(text.encode())  # line ends as they are, also on Windows


app = typer.Typer(cls=Guard, add_completion=False, pretty_exceptions_enable=False)
app.command()(scorecard)
app.callback()(lambda: None)  # with one command and no callback typer would leave out the Guard

if __name__ == "__main__":
    app(["scorecard", *sys.argv[1:]], prog_name="zmlib")
