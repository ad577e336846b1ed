"""What a run keeps on disk: a resume file that appears whole, and a CSV of the losses."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from zmlib.errors import UserError
from zmlib.train.recipes import Recipe

RESUME = "resume.pt"
LOSSES = "losses.csv"
COLUMNS = ("step", "loss", "style", "content", "rate", "images_per_second")


def fingerprint(recipe: Recipe, seed: int, photos: list[Path], styles: list[Path]) -> str:
    """A hash of all that decides the result, so that a run is never resumed under other settings."""
    settings = {k: v for k, v in asdict(recipe).items() if k not in ("about", "typical")}
    text = json.dumps(
        [settings, seed, [p.name for p in photos], [p.name for p in styles]], sort_keys=True, default=list
    )
    return hashlib.sha256(text.encode()).hexdigest()


def write_resume(folder: Path, state: dict[str, Any]) -> None:
    """Replace the resume file atomically: a kill at any moment leaves the old or the new one."""
    temporary = folder / f".{RESUME}.part"
    torch.save(state, temporary)
    os.replace(temporary, folder / RESUME)


def read_resume(folder: Path, expected: str) -> dict[str, Any] | None:
    """The state to go on from, or None where there is none. Raises a UserError for a damaged file or other settings."""
    path = folder / RESUME
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises several kinds for damaged or pickled files
        raise UserError(
            f"{path} cannot be read ({type(error).__name__}); delete it, or start anew with --fresh"
        ) from error
    if state["fingerprint"] != expected:
        raise UserError(
            f"{path} belongs to a run with other settings or pictures; choose another --out, or start anew with --fresh"
        )
    return state


class LossLog:
    """The CSV of the losses. Rows after the step that a run resumes from are dropped, so that no step stands twice."""

    def __init__(self, folder: Path, start: int) -> None:
        path = folder / LOSSES
        rows: list[list[str]] = []
        if start and path.exists():
            with path.open(newline="") as file:
                rows = [row for row in list(csv.reader(file))[1:] if len(row) == len(COLUMNS) and int(row[0]) <= start]
        self._file = path.open("w", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)
        self._writer.writerows(rows)

    def add(self, step: int, loss: float, style: float, content: float, rate: float, speed: float) -> None:
        """One row: means over the steps since the last row."""
        self._writer.writerow([step, f"{loss:.6g}", f"{style:.6g}", f"{content:.6g}", f"{rate:.4g}", f"{speed:.4g}"])
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
