"""Where things are: the clone, the folder of results, a user's folder of pictures."""

from __future__ import annotations

import os
from pathlib import Path

from zmlib.errors import UserError

VARIABLE = "ZMLIB_RESULTS"


def find_root(start: Path | None = None) -> Path | None:
    """The clone that `start` (the current folder) lies in: it has `notebooks/` and `book/_config.yml`. None outside."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "book" / "_config.yml").is_file() and (folder / "notebooks").is_dir():
            return folder
    return None


def chapters(root: Path) -> dict[str, Path]:
    """The notebooks of a clone by name, sorted: each file in `notebooks/` is a chapter."""
    return {path.stem: path for path in sorted((root / "notebooks").glob("*.ipynb"))}


def results_folder(root: Path | None) -> Path:
    """Where results go: `$ZMLIB_RESULTS`, or `book/results` in the clone.

    Raises:
        UserError: outside a clone, with the variable unset.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().resolve()
    if root is None:
        raise UserError(
            f"{Path.cwd()} is not inside a clone of zmlib, so results have no place: run the notebook in one, "
            f"or set {VARIABLE} to a folder."
        )
    return root / "book" / "results"


def built_results(root: Path) -> Path:
    """Where the book's graph expects results: `book/results`.

    Raises:
        UserError: the variable sends results elsewhere, where the graph would not find them.
    """
    if os.environ.get(VARIABLE):
        raise UserError(
            f"The book is built from {root / 'book' / 'results'}, and {VARIABLE} sends results to "
            f"{os.environ[VARIABLE]}: unset it, or run the notebook alone."
        )
    return results_folder(root)


def folder_of(parameter: str, value: str, root: Path | None) -> Path | None:
    """The folder that a parameter names, None where it is empty (the samples).

    A relative path is looked up where the notebook runs, then at the top of the clone, where `make` was called.

    Raises:
        UserError: it is missing, is a file, or holds no picture.
    """
    if not value:
        return None
    from zmlib.data.folders import list_images

    places = [Path(value).expanduser().absolute(), *([root / value] if root else [])]
    folder = next((place for place in places if place.exists()), places[0])
    try:
        list_images(folder)
    except UserError as error:
        raise UserError(f"The parameter `{parameter}`: {error}") from None
    return folder
