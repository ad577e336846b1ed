"""The best run that the project keeps, shown by a chapter whose build cannot measure the same itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zmlib.experiments.pictures import show
from zmlib.experiments.results import Result, provenance_line, read_result
from zmlib.experiments.run import Run


def show_kept(run: Run, figure: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Show a figure of `figures/<chapter>/` with the line of where it comes from; a sentence where there is none.

    Nothing is written, so the kept result stays what it is. `zmlib.experiments.compare.compare` can be asked for the
    figure afterwards: it shows the kept run, and in this run's column what `values` has.

    Args:
        figure: its name without suffix, such as "fig4".
        values: what this run could measure of it.

    Returns:
        The kept run's values, empty where none is kept.

    Raises:
        UserError: a file of that name is no result.
    """
    result = kept_result(run, figure)
    run.kept[figure] = Result(run.chapter, figure, dict(values or {}), {}, run.provenance())
    if result is None:
        print(f"No run of {run.chapter}/{figure} is kept yet.")
        return {}
    if run.root is not None and _folder(run).resolve() == run.place.resolve():
        run.kept[figure] = result  # results go to where the kept ones are: this is the one, unchanged
    if result.picture is not None:
        _show(result.picture)
    print(f"The best kept run, not this build: {provenance_line(result.provenance)}")
    return result.values


def kept_result(run: Run, figure: str) -> Result | None:
    """The kept result of one figure of the run's chapter, None outside a clone and where none is kept."""
    if run.root is None or not (file := _folder(run) / f"{figure}.json").is_file():
        return None
    return read_result(file)


def _folder(run: Run) -> Path:
    assert run.root is not None
    return run.root / "figures" / run.chapter


def _show(picture: Path) -> None:
    from IPython.display import SVG, Image

    show(SVG(filename=str(picture)) if picture.suffix == ".svg" else Image(filename=str(picture)))
