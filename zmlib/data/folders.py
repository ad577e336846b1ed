"""The pictures in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from zmlib.errors import UserError

T = TypeVar("T")

#: suffixes that count as pictures when a folder is listed
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".jp2"}
)


def list_images(folder: str | os.PathLike[str]) -> list[Path]:
    """All pictures under ``folder``, by suffix, at any depth, in the order of their paths.

    Hidden files and folders (a leading dot) are left out; links to folders are followed, each folder once.
    Raises :class:`~zmlib.errors.UserError` for a folder that is missing, is a file, or holds no picture.
    """
    folder = Path(folder).expanduser()
    if not folder.exists():
        raise UserError(f"There is no folder {folder}: check the name.")
    if not folder.is_dir():
        raise UserError(f"{folder} is a file, not a folder: name the folder that holds it.")
    found: list[Path] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(place, name)
            for name in files
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES
        ]
    if not found:
        raise UserError(f"There is no picture in {folder}: put JPEG, PNG, WebP or TIFF files there.")
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def evenly(items: Sequence[T], count: int) -> list[T]:
    """`count` of the items, at equal steps through the list, the first among them."""
    return [items[i * len(items) // count] for i in range(count)]


def at_most(items: Sequence[T], most: int) -> list[T]:
    """All of the items, or `most` of them `evenly` where there are more."""
    return evenly(items, min(most, len(items)))


def mixed(groups: Sequence[Sequence[T]]) -> list[T]:
    """One list in which every group has the same share, in turns; small groups are repeated.

    >>> mixed([["a", "b"], ["1", "2", "3"]])
    ['a', '1', 'b', '2', 'a', '3']
    """
    most = max(len(group) for group in groups)
    return [group[i % len(group)] for i in range(most) for group in groups]
