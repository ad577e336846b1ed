"""Where a result comes from: the code, the machine, the weights, the pictures."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zmlib.errors import UserError
from zmlib.experiments.dependencies import source_hash, sources

HERE = Path(__file__).resolve().parents[2]  # the folder that holds the zmlib that runs
SPLITS = ("train", "val", "test")


def describe_code(chapter: str, root: Path | None) -> dict[str, Any]:
    """`source_hash`, `sources` (relative paths) and `commit`.

    The hash is None where something else than the clone's notebook and zmlib runs (a copy, or a zmlib installed beside
    the clone), the commit where the clone is not a git repository. An uncommitted edit shows in the hash only.
    """
    notebook = root / "notebooks" / f"{chapter}.ipynb" if root else None
    if root is None or notebook is None or root.resolve() != HERE or not notebook.is_file():
        return {"source_hash": None, "sources": [], "commit": commit_of(root)}
    files = sources(notebook, root)
    names = [file.relative_to(root.resolve()).as_posix() for file in files]
    return {"source_hash": source_hash(files, root), "sources": names, "commit": commit_of(root)}


def commit_of(root: Path | None) -> str | None:
    """The current commit of a clone; None without git, or in a folder inside another repository."""
    if root is None:
        return None
    try:
        call = ["git", "rev-parse", "--show-toplevel", "HEAD"]
        done = subprocess.run(call, cwd=root, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2 or Path(lines[0]).resolve() != root.resolve():
        return None
    return lines[1]


def describe_machine(device: str) -> dict[str, Any]:
    """`device`, such as "cpu (2 threads)" or "cuda (NVIDIA H200)", and the versions of `zmlib` and `torch`."""
    import torch

    import zmlib

    threads = torch.get_num_threads()
    details = {"cpu": f" ({threads} thread{'s' if threads > 1 else ''})"}
    if device.startswith("cuda"):
        details[device] = f" ({torch.cuda.get_device_name(device)})"
    return {"device": device + details.get(device, ""), "zmlib": zmlib.__version__, "torch": version("torch")}


def picture_name(file: Path) -> str:
    """A short name without this machine's folders: "photos/test/a.jpg", or folder and file where there is no split.

    A split counts up to two levels above the file, as in "daynight/test/noon/a.jpg".
    """
    parts = file.absolute().parts[-4:]
    begin = next((i - 1 for i in (len(parts) - 2, len(parts) - 3) if i >= 1 and parts[i] in SPLITS), len(parts) - 2)
    return "/".join(part.strip("/\\") for part in parts[max(0, begin) :])


def describe_file(file: Path, root: Path | None) -> dict[str, str]:
    """`sha256` of a file, in hex, and its public `source`, where the clone's `book/data.tsv` lists that hash.

    Raises:
        UserError: it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror or error}): name another file.") from None
    known = _public(root / "book" / "data.tsv") if root else {}
    return {"sha256": found} | ({"source": known[found]} if found in known else {})


@cache
def _public(table: Path) -> dict[str, str]:
    """SHA-256 -> source."""
    lines = table.read_text(encoding="utf-8").splitlines()[1:] if table.is_file() else []
    return {cells[-1]: cells[1] for cells in (line.split("\t") for line in lines)}
