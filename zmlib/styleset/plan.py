"""The contents of a style set, decided before the first picture is made, and its manifest."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.styleset.split import SPLITS, Picture

MANIFEST, SETTINGS = "manifest.csv", "settings.json"
FULL = 23_307  # pictures of the paper's set, of which
FULL_TRAIN = 20_938  # for training


@dataclass(frozen=True)
class Settings:
    """Everything that decides the pictures, apart from the sources."""

    seed: int = 0  # decides which photo meets which painting, and the windows
    size: int = 128  # side of the derived pictures in pixels
    view: int = 256  # short side of photo and painting, in pixels, from which the windows are cut
    iterations: int = 20  # of OST, with Adam, from the photo
    smooth_weight: float = 10.0  # of the total variation in OST's objective
    network: str = ""  # the loss network's SHA-256


@dataclass(frozen=True)
class Row:
    """One picture of the set. An original has no photo.

    number: also the place in the stream of random numbers that its windows come from.
    """

    number: int
    file: str
    split: str
    painting: str
    painting_sha256: str
    photo: str = ""
    photo_sha256: str = ""


def shares(count: int, originals: dict[str, int]) -> dict[str, int]:
    """The number of pictures in each split: in the paper's proportion, 20,938 of 23,307 for training.

    No split has fewer than its originals; in a small set val and test take from train. UserError: `count` is smaller
    than the number of originals.
    """
    if count < sum(originals.values()):
        raise UserError(
            f"A set of {count} pictures has no room for the {sum(originals.values())} paintings: ask for more."
        )
    rest = count - round(count * FULL_TRAIN / FULL)
    few = {"val": max(rest // 2, originals["val"]), "test": max(rest - rest // 2, originals["test"])}
    spare = count - originals["train"]  # for val and test
    if sum(few.values()) > spare:
        few = {name: originals[name] for name in few}
    return {"train": count - sum(few.values()), **few}


def plan(
    photos: dict[str, list[Picture]], paintings: dict[str, list[Picture]], count: int, settings: Settings
) -> list[Row]:
    """The rows of a set of `count` pictures: in each split the paintings themselves first, then derived ones.

    Every painting of a split serves equally often (to within one), with photos drawn from the same split.

    Raises:
        UserError: fewer pictures asked for than there are paintings.
    """
    rows: list[Row] = []
    room = shares(count, {split: len(paintings[split]) for split in SPLITS})
    for split in SPLITS:
        originals, wanted = paintings[split], room[split]
        rng = np.random.default_rng([settings.seed, SPLITS.index(split)])
        turns = [rng.permutation(len(originals)) for _ in range(1 + wanted // len(originals))]
        for i in range(wanted):
            number = len(rows)
            file = _file(split, number)
            if i < len(originals):
                rows.append(Row(number, file, split, originals[i].name, originals[i].sha256))
                continue
            turn, place = divmod(i, len(originals))
            painting = originals[turns[turn][place]]
            photo = photos[split][int(rng.integers(len(photos[split])))]
            rows.append(Row(number, file, split, painting.name, painting.sha256, photo.name, photo.sha256))
    return rows


def _file(split: str, number: int) -> str:
    return f"{split}/{number:06d}.jpg"


def write_plan(folder: Path, rows: Sequence[Row], settings: Settings) -> None:
    """Write manifest and settings. UserError: the folder holds another plan, or pictures without one.

    Other processes may write the same plan into the folder at the same time.
    """
    # Looked for before the manifest: another process, which makes its folders after that, may be writing just now.
    pictures = any((folder / split).exists() for split in SPLITS)
    if not (folder / MANIFEST).exists():
        if pictures:  # they would pass for pictures of this plan
            raise UserError(f"{folder} holds pictures and no {MANIFEST} that says of what: name another folder.")
        _write(folder, rows, settings)
    if read_plan(folder) != (list(rows), settings):  # read also after writing: another process may have been later
        raise UserError(f"{folder} holds a set of other pictures or settings: name another folder, or delete that one.")


def _write(folder: Path, rows: Sequence[Row], settings: Settings) -> None:
    """The manifest comes last: where it is, the settings are too."""
    folder.mkdir(parents=True, exist_ok=True)
    with atomic(folder / SETTINGS) as beside:
        beside.write_text(json.dumps(asdict(settings), indent=1) + "\n")
    with atomic(folder / MANIFEST) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_plan(folder: Path) -> tuple[list[Row], Settings]:
    """What `write_plan` wrote. UserError: a file is missing or damaged."""
    try:
        with (folder / MANIFEST).open(newline="", encoding="utf-8") as file:
            table: list[dict[str, Any]] = list(csv.DictReader(file))
        rows = [Row(**{**cells, "number": int(cells["number"])}) for cells in table]
        for number, row in enumerate(rows):  # a file's name from elsewhere must not lead out of the set's folder
            if row.number != number or row.split not in SPLITS or row.file != _file(row.split, number):
                raise ValueError(f"row {number + 1} names {row.file}")
        return rows, Settings(**json.loads((folder / SETTINGS).read_text()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{folder} holds no manifest of a style set that can be read ({error}): build the set again elsewhere."
        ) from error
