"""Open every picture of a training before its first step, so that a damaged one is found now and not hours later."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from zmlib.data.images import open_image
from zmlib.errors import UserError

SHOWN = 5  # damaged files that a refusal names


@dataclass(frozen=True)
class Checked:
    """What `check_pictures` found.

    Attributes:
        good: the pictures that open, in the order given.
        bad: file -> the sentence that says what is wrong with it.
    """

    good: list[Path]
    bad: dict[Path, str]


def cache_file() -> Path:
    """What remembers the checked pictures: `zmlib/pictures.sqlite` in `$XDG_CACHE_HOME`, by default `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "zmlib" / "pictures.sqlite"


def check_pictures(files: Sequence[Path], *, cache: Path | None = None, progress: bool = True) -> Checked:
    """Open and decode every picture once, except those that were found good before and have not changed since.

    A file counts as unchanged while its path, its size in bytes and its time of change are the same. One core opens
    about 300 photos or 1,500 crops of 128 px a second.

    Args:
        files: may name a file several times.
        cache: the file that remembers; None: `cache_file()`. If it cannot be written, nothing is remembered.
        progress: show a bar on a terminal.
    """
    stamps = {path: _stamp(path) for path in dict.fromkeys(files)}
    with closing(_connect(cache or cache_file())) as known:
        unknown = [path for path, stamp in stamps.items() if not _recall(known, path, stamp)]
        bad: dict[Path, str] = {}
        opened: list[tuple[str, str]] = []
        bar: Iterable[Path] = track(unknown, "opening every picture once", disable=not (progress and unknown))
        try:
            for path in bar:
                try:
                    open_image(path)
                    opened.append((_key(path), stamps[path]))
                except UserError as error:
                    bad[path] = str(error)
        finally:  # after an interruption too, the opened ones are not opened again
            with suppress(sqlite3.Error), known:  # all at once: another training may be writing too
                known.executemany("INSERT OR REPLACE INTO good VALUES (?, ?)", opened)
    return Checked([path for path in files if path not in bad], bad)


def usable(files: Iterable[Path], *, strict: bool = False, progress: bool = True) -> Checked:
    """What `check_pictures` finds; damaged pictures are named on stderr, one line each.

    Raises:
        UserError: `strict`, and some are damaged; it names the first few.
    """
    checked = check_pictures(list(files), progress=progress)
    if checked.bad and strict:
        more = f" And {len(checked.bad) - SHOWN:,} more." if len(checked.bad) > SHOWN else ""
        raise UserError(" ".join(list(checked.bad.values())[:SHOWN]) + more + " Without --strict they are left out.")
    for reason in checked.bad.values():
        print(f"left out: {reason}", file=sys.stderr)
    return checked


def _key(path: Path) -> str:
    return os.path.abspath(path)


def _stamp(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return "missing"
    return f"{about.st_size} {about.st_mtime_ns}"


def _recall(known: sqlite3.Connection, path: Path, stamp: str) -> bool:
    with suppress(sqlite3.Error):  # a damaged cache, or one that another program has locked
        query = "SELECT 1 FROM good WHERE path = ? AND stamp = ?"
        return known.execute(query, (_key(path), stamp)).fetchone() is not None
    return False


def _connect(path: Path) -> sqlite3.Connection:
    """The table of what is known; SQLite, since several trainings may check at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        known = sqlite3.connect(path, timeout=60)
        _make(known)
    except (OSError, sqlite3.Error):  # no such folder, read-only, or another program's file
        known = sqlite3.connect(":memory:")
        _make(known)
    return known


def _make(known: sqlite3.Connection) -> None:
    known.execute("CREATE TABLE IF NOT EXISTS good (path TEXT PRIMARY KEY, stamp TEXT)")
    known.commit()
