"""The weights that ship: one registry of name, file, SHA-256 and model card (`zmlib/assets/weights/registry.toml`).

A shipped file is read only after its hash is found right. A maintainer adds one with `python -m zmlib.weights add`.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from zmlib.errors import UserError

ASSETS = ("assets/weights/registry.toml", "assets/weights/*.safetensors")  # read by zmlib.experiments.imports
REGISTRY = Path(__file__).parent.parent / ASSETS[0]
LIMIT = 40 << 20  # bytes of all weights together, in git
SNAPSHOTS = "steps"  # the folder, in that of a training, of the weights along its way
MEND = "install the package again"


@dataclass(frozen=True)
class Entry:
    """Weights that ship: their file, the SHA-256 of it in hex, and their model card, a text for people."""

    file: Path
    sha256: str
    card: Path


def registry(path: Path | None = None) -> dict[str, Entry]:
    """The registry by name, in its order. Files are named relative to it. UserError: it is missing or damaged."""
    path = path or REGISTRY
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            name: Entry(path.parent / row["file"], str(row["sha256"]), path.parent / row["card"])
            for name, row in table.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}, which lists the weights that ship, cannot be read ({error}): {MEND}.") from error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(path: Path) -> None:
    """UserError where a file that ships is missing or not what it was. A file of the user's own has no hash."""
    for name, entry in registry().items():
        if entry.file == path:
            if not path.is_file():
                raise UserError(f'{path}, the file of the weights "{name}", is not there: {MEND}.')
            if digest(path) != entry.sha256:
                raise UserError(f'{path} is damaged, or not the weights "{name}" that ship: {MEND}.')
