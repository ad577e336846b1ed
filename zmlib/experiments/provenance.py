"""Where a result comes from: the code, the machine, the weights."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zmlib.experiments.dependencies import source_hash, sources

HERE = Path(__file__).resolve().parents[2]  # the folder that holds the zmlib that runs


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
