"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from zmlib.errors import UserError


@contextmanager
def atomic(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """A name beside `path` to write to. It takes the place of `path` when the block ends well, and vanishes otherwise.

    The bytes reach the disk before the name does, so that a kill or a power cut leaves the old file or the new one.
    """
    beside = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield beside
        beside.chmod(mode)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A new, empty folder beside `path` to fill; it takes the place of `path` when the block ends well.

    A folder cannot be replaced in one step: the old one is moved aside for a moment, to `.NAME.old`. After a kill in
    that moment the next call moves it back.
    """
    beside, old = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part"), path.with_name(f".{path.name}.old")
    _put_back(old, path)
    beside.mkdir(parents=True)
    try:
        yield beside
        if path.exists():
            path.rename(old)
        beside.rename(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        _put_back(old, path)


def _put_back(old: Path, path: Path) -> None:
    """Move the old folder back where nothing has taken its place; remove it otherwise."""
    if old.exists() and not path.exists():
        old.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def check_folder(folder: Path, files: Iterable[str] = ()) -> None:
    """Check that files can be written in the folder that `--out` names; it need not exist yet.

    Raises:
        UserError: it cannot be made or written in, or a folder has the name of one of the files.
    """
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    if not there.is_dir():
        raise UserError(f"{there} is a file, and a folder is needed there: name another with --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(f"You may not write in {there}: name another place with --out.")
    for name in files:
        if (folder / name).is_dir():
            raise UserError(f"{folder / name} is a folder, and a file goes there: name another place with --out.")
