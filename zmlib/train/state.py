"""What a run keeps on disk besides its weights: a resume file that appears whole, and a CSV of the losses."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.train.recipe import Recipe

RESUME = "resume.pt"
LOSSES = "losses.csv"
WEIGHTS = "weights.safetensors"


def fingerprint(recipe: Recipe, seed: int, machine: str, start: nn.Module | None = None) -> str:
    """A hash of all settings that decide the result, so that a run is never resumed under others.

    machine: precision, kind and number of devices. The pictures have a hash of their own, `pictures_hash`.
    """
    settings = {k: v for k, v in asdict(recipe).items() if k not in ("about", "typical")}
    if recipe.numbered:  # the number of styles is a matter of the pictures
        settings["options"] = {k: v for k, v in recipe.options.items() if k != "styles"}
    text = json.dumps([settings, seed, machine], sort_keys=True, default=list)
    digest = hashlib.sha256(text.encode())
    for tensor in start.state_dict().values() if start is not None else ():
        digest.update(tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def pictures_hash(files: list[Path]) -> str:
    """A hash of pictures: their names and sizes in bytes, in order."""
    return hashlib.sha256(json.dumps([(p.name, p.stat().st_size) for p in files]).encode()).hexdigest()


def write_resume(folder: Path, state: dict[str, Any]) -> None:
    """Replace the resume file: a kill at any moment leaves the old or the new one."""
    with atomic(folder / RESUME) as beside:
        torch.save(state, beside)


def read_resume(
    folder: Path, settings: str, pictures: dict[str, str], changed_pictures: bool = False, numbered: bool = False
) -> dict[str, Any] | None:
    """The state to resume from, or None where there is none.

    Args:
        folder: where `write_resume` wrote.
        settings: the `fingerprint` of the run that resumes.
        pictures: the `pictures_hash` of its "photos" and of its "styles".
        changed_pictures: resume even where the pictures have changed.
        numbered: whether the network knows its styles by number, so that they cannot change.

    Raises:
        UserError: a damaged file, other settings, or other pictures without `changed_pictures`.
    """
    path = folder / RESUME
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        step, steps, found = state["step"], state["steps"], (state["fingerprint"], state["pictures"])
    except Exception as error:  # torch raises several kinds for damaged or pickled files
        raise UserError(
            f"{path} cannot be read ({type(error).__name__}); delete it, or start again with --fresh"
        ) from error
    if found[0] != settings and step == steps:
        raise UserError(
            f"the run in {folder} has ended its {steps:,} steps, and its settings were others than these; to train on "
            f"from its weights, choose another --out and add --start {folder / WEIGHTS}"
        )
    if found[0] != settings:
        raise UserError(
            f"{path} belongs to a run with other settings; choose another --out, or start again with --fresh"
        )
    if found[1] != pictures and not changed_pictures:
        raise UserError(
            f"{path} belongs to a run with other pictures; to continue with the present ones, add "
            "--changed-pictures; else choose another --out, or start again with --fresh"
        )
    if numbered and found[1]["styles"] != pictures["styles"]:
        raise UserError(
            f"{path} belongs to a run with other style pictures, and a network that knows its styles by number cannot "
            "change them; put the first ones back, or start again with --fresh"
        )
    return state


def final_loss(folder: Path, steps: int = 100, column: str = "loss") -> float | None:
    """Mean training loss of the last `steps` steps in a folder's CSV, as the paper reports it; None: no row is there.

    Each row holds the mean over the steps since the previous row.
    """
    with (folder / LOSSES).open(newline="") as file:
        rows = [(int(row["step"]), float(row[column])) for row in csv.DictReader(file)]
    if not rows:
        return None
    total = weight = 0.0
    for (before, _), (step, loss) in zip([(0, 0.0), *rows], rows, strict=False):
        share = step - max(before, rows[-1][0] - steps)  # of this row's steps, those among the last
        if share > 0:
            total, weight = total + share * loss, weight + share
    return total / weight


class LossLog:
    """The CSV of the losses. Rows after the step that a run resumes from are dropped, so that no step appears twice.

    losses: the names of what is logged, beside step, rate and images a second.
    """

    def __init__(self, folder: Path, start: int, losses: Sequence[str]) -> None:
        path, columns = folder / LOSSES, ("step", *losses, "rate", "images_per_second")
        rows: list[list[str]] = []
        if start and path.exists():
            with path.open(newline="") as file:
                rows = [row for row in list(csv.reader(file))[1:] if len(row) == len(columns) and int(row[0]) <= start]
        with atomic(path) as beside, beside.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        self._file = path.open("a", newline="")
        self._writer = csv.writer(self._file)

    def add(self, step: int, losses: Sequence[float], rate: float, speed: float) -> None:
        """One row: means over the steps since the last row."""
        self._writer.writerow([step, *(f"{loss:.6g}" for loss in losses), f"{rate:.4g}", f"{speed:.4g}"])
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
