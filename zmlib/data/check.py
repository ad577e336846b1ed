"""Every picture of a training opened before its first step, so that a damaged one is found now and not hours later."""

from __future__ import annotations

import os
import sqlite3
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
        short: the short side of each good one in pixels.
        bad: file -> the sentence that says what is wrong with it.
    """

    good: list[Path]
    short: dict[Path, int]
    bad: dict[Path, str]


def cache_file() -> Path:
    """Where what was checked is remembered: `zmlib/pictures.sqlite` in `$XDG_CACHE_HOME`, by default `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "zmlib" / "pictures.sqlite"


def check_pictures(files: Sequence[Path], *, cache: Path | None = None, progress: bool = True) -> Checked:
    """Open and decode every picture once; those that were found good or bad before and have not changed are not opened.

    A file counts as unchanged while its path, its size in bytes and its time of change are the same. Some 300 photos
    or 1,500 crops of 128 px a second on one core; what the cache holds takes no time.

    Args:
        files: may name a file several times.
        cache: the file that remembers; None: `cache_file()`. Where it cannot be written nothing is remembered.
        progress: show a bar on a terminal.

    >>> check_pictures(list_images("photos")).bad
    {PosixPath('photos/half.jpg'): 'photos/half.jpg is damaged or cut short: copy or download it again.'}
    """
    distinct = list(dict.fromkeys(files))
    with closing(_connect(cache or cache_file())) as known:
        seen = {path: _stamp(path) for path in distinct}
        found = {path: row for path in distinct if (row := _recall(known, path, seen[path]))}
        unknown = [path for path in distinct if path not in found]
        bar: Iterable[Path] = track(unknown, "opening every picture once", disable=not (progress and unknown))
        try:
            for path in bar:
                found[path] = _open(path)
        finally:  # what an interruption leaves is not opened again
            rows = [(_key(path), seen[path], *found[path]) for path in unknown if path in found]
            with suppress(sqlite3.Error), known:  # all at once: another training may be writing too
                known.executemany("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?)", rows)
    return Checked(
        [path for path in files if found[path][0]],
        {path: short for path, (short, _) in found.items() if short},
        {path: reason for path, (short, reason) in found.items() if not short},
    )


def refuse(bad: dict[Path, str]) -> UserError:
    """The error of a strict training: the first few damaged files by name, and how many more there are."""
    more = f" And {len(bad) - SHOWN:,} more." if len(bad) > SHOWN else ""
    return UserError(" ".join(list(bad.values())[:SHOWN]) + more + " Without --strict they would be left out.")


def _open(path: Path) -> tuple[int, str]:
    try:
        return min(open_image(path).size), ""
    except UserError as error:
        return 0, str(error)


def _key(path: Path) -> str:
    return os.path.abspath(path)


def _stamp(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return "missing"
    return f"{about.st_size} {about.st_mtime_ns}"


def _recall(known: sqlite3.Connection, path: Path, stamp: str) -> tuple[int, str] | None:
    query = "SELECT short, reason FROM pictures WHERE path = ? AND stamp = ?"
    row: tuple[int, str] | None = known.execute(query, (_key(path), stamp)).fetchone()
    return row


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
    known.execute("CREATE TABLE IF NOT EXISTS pictures (path TEXT PRIMARY KEY, stamp TEXT, short INT, reason TEXT)")
    known.commit()
