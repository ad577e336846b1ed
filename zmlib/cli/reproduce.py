"""`zmlib reproduce`: run chapters of the book, or all of it, by the graph in the Snakefile."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from zmlib.errors import UserError


def reproduce(
    chapters: Annotated[
        list[str] | None, typer.Argument(help="Notebooks by name, such as fig7.", show_default="the whole book")
    ] = None,
    preset: Annotated[str, typer.Option(help="smoke, quick, kept, gpu or paper.")] = "quick",
    seed: Annotated[int, typer.Option(help="Seed of all random choices.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    contents: Annotated[
        Path | None, typer.Option(readable=False, help="A folder of photos of your own.", show_default="the samples")
    ] = None,
    styles: Annotated[
        Path | None, typer.Option(readable=False, help="A folder of styles of your own.", show_default="the samples")
    ] = None,
    cores: Annotated[int | None, typer.Option(help="Processor cores to use.", show_default="all")] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Copy the results to figures/; from committed code only.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Run the chapters even if nothing has changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would run, and why.")] = False,
) -> None:
    """Run the book's notebooks and compile its pages, as far as they are out of date.

    Executed notebooks go to book/executed, their pictures and numbers to book/results, the pages to book/_build/html.
    Interrupt at any time; run the command again to resume.

    [bold]Examples[/bold]

    zmlib reproduce

    zmlib reproduce fig7 --preset smoke

    zmlib reproduce table1 --contents photos/ --styles paintings/
    """
    from zmlib.experiments.paths import built_results, find_root
    from zmlib.experiments.paths import chapters as chapters_of
    from zmlib.experiments.presets import load_preset

    root = find_root()
    if root is None:
        raise UserError("zmlib reproduce runs in a clone of the project: change to the folder that has notebooks/.")
    if find_spec("snakemake") is None:
        raise UserError('The book needs more packages than zmlib itself: install them with pip install -e ".[book]".')
    results = built_results(root)
    known = list(chapters_of(root))
    for name in chapters or known:
        if name not in known:
            raise UserError(f'There is no chapter "{name}" in notebooks/: take some of {", ".join(known)}.')
        load_preset(preset, name)
    given: dict[str, object] = {"preset": preset, "seed": seed, "device": device}
    for name, folder in (("contents", contents), ("styles", styles)):
        if folder is not None:
            if not folder.is_dir():
                raise UserError(f"{folder} (--{name}) is no folder: name one that holds pictures.")
            given[name] = folder.resolve()
    kept = [sys.executable, str(root / "notebooks" / "kept.py"), "--root", str(root)]
    if keep and not dry_run and (code := subprocess.run([*kept, "--clean", *(chapters or known)]).returncode):
        raise typer.Exit(code)  # and not after the run, which may take hours
    targets = [f"book/executed/{name}.ipynb" for name in chapters or ()]
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--directory", str(root)]
    command += ["--cores", str(cores or "all"), "--rerun-incomplete", "--nolock"]
    command += ["--quiet", "host", "rules"] if not dry_run else ["--dry-run"]
    command += ["--forcerun", *targets] if again and targets else ["--forceall"] if again else []
    command += ["--config", *(f"{name}={value}" for name, value in given.items())]
    done = subprocess.run([*command, "--", *targets])
    if done.returncode:
        raise typer.Exit(1)
    if keep and not dry_run:
        for name in chapters or known:
            _keep(results / name, root / "figures" / name)
        subprocess.run([*kept, "--mark"])


def _keep(results: Path, kept: Path) -> None:
    """Replace a chapter's kept results by this build's, all of them or none.

    A run on data (the paintings of the training, or other pictures by name) is not replaced by one on the samples.
    """
    from zmlib.atomic import atomic_folder

    if _on_data(kept) and not _on_data(results):
        typer.echo(f"{kept} stays: it was measured on more than the samples, see notebooks/release.py.")
    elif any(results.iterdir()):
        with atomic_folder(kept) as beside:
            shutil.copytree(results, beside, dirs_exist_ok=True)
        typer.echo(f"{kept} holds the results of this run.")


def _on_data(folder: Path) -> bool:
    """Whether a chapter's results were measured with the parameter `seen`, or on pictures that they name."""
    for file in folder.glob("*.json"):
        with suppress(ValueError, KeyError, TypeError):  # not a result
            known = json.loads(file.read_text(encoding="utf-8"))["provenance"]
            if known["parameters"].get("seen") or known.get("pictures"):
                return True
    return False
