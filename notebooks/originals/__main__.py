"""`zmlib data`, which runs this as `python -m originals`: the data that the book's numbers were measured on."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.progress import track

from originals.fetch import LIST, Entry, Unreachable, is_there, read_list
from originals.fetch import fetch as get
from zmlib.cli.guard import Guard
from zmlib.cli.options import folder
from zmlib.errors import UserError

app = typer.Typer(
    cls=Guard,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Get the pictures that the book's numbers were measured on.",
)
PATIENCE = 3  # pictures in a row that the server does not give, before it is left alone

Split: TypeAlias = Annotated[str | None, typer.Option(help="train, val or test.", show_default="all")]
Only: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="Paths of this form, such as 'paintings/*'; may be repeated.")
]


@app.command()
def fetch(
    out: Annotated[Path, folder("The folder to fill; name it in ZMLIB_DATA afterwards.")],
    split: Split = None,
    only: Only = None,
    base_url: Annotated[
        str | None, typer.Option(help="A mirror of GitHub's files.", show_default="$ZMLIB_DATA_URL, or GitHub")
    ] = None,
) -> None:
    """Fetch the pictures from their public sources, each checked by its hash; run it again to resume.

    [bold]Example[/bold]

    zmlib data fetch --out data --split test
    """
    entries = _chosen(split, only)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, and --out wants a folder: name another.")
    wanted = [entry for entry in entries if not is_there(entry, out)]
    public = [entry for entry in wanted if entry.address()]
    got = _fetch(public, out, base_url)
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(LIST.with_name("pairs.tsv"), out / "pairs.tsv")
    for entry in wanted:
        if entry.address() is None:
            typer.echo(f"{entry.path} must be got by hand: zmlib data list says from where.", err=True)
    there, by_hand, failed = len(entries) - len(wanted), len(wanted) - len(public), len(public) - got
    typer.echo(f"{got} fetched, {there} were there, {by_hand} by hand, {failed} failed: {out}")
    if failed:
        raise typer.Exit(1)


def _fetch(entries: list[Entry], out: Path, base_url: str | None) -> int:
    """How many could be had; of the others it says why. It stops where the server does not answer."""
    got = silent = 0
    for entry in track(entries, description="fetching", disable=not entries):
        try:
            get(entry, out, base_url)
            got, silent = got + 1, 0
        except UserError as error:
            typer.echo(f"{error}.", err=True)
            silent = silent + 1 if isinstance(error, Unreachable) else 0
        if silent == PATIENCE:
            typer.echo("The rest is left out. Check the network, and run the same command again: it resumes.", err=True)
            break
    return got


@app.command("list")
def show(split: Split = None, only: Only = None) -> None:
    """List the folders of pictures, and what must be got by hand."""
    entries = _chosen(split, only)
    for place, count in Counter(entry.path.rpartition("/")[0] for entry in entries if entry.address()).items():
        typer.echo(f"{place}: {count} pictures")
    for entry in entries:
        if entry.address() is None:
            typer.echo(f"{entry.path}, by hand: {entry.source} ({entry.licence}), sha256 {entry.sha256}")


def _chosen(split: str | None, only: list[str] | None) -> list[Entry]:
    if split not in (None, "train", "val", "test"):
        raise UserError(f'There is no split "{split}": take train, val or test.')
    entries = [entry for entry in read_list() if split is None or f"/{split}/" in entry.path]
    entries = [entry for entry in entries if not only or any(fnmatch(entry.path, one) for one in only)]
    if not entries:
        raise UserError(f"No file of the list has a path like {' or '.join(only or ())}: zmlib data list shows them.")
    return entries


if __name__ == "__main__":
    app(sys.argv[1:], prog_name="zmlib data")
