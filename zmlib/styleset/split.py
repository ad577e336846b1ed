"""Training, validation and test pictures, split before anything is derived from them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zmlib.data.check import usable
from zmlib.data.folders import list_images
from zmlib.errors import UserError

SPLITS = ("train", "val", "test")
SHARES = (784 / 984, 100 / 984, 100 / 984)  # of the paper's seeds


@dataclass(frozen=True)
class Picture:
    """A source picture: its name relative to the folder, its file, and the SHA-256 of that in hex."""

    name: str
    path: Path
    sha256: str


def read_pictures(folder: Path, exclude: Callable[[Path], bool] | None = None, strict: bool = False) -> list[Picture]:
    """All pictures of a folder, any layout, except those for which `exclude` is true.

    Each is opened once; damaged ones are named on stderr and left out.

    Raises:
        UserError: there is none, or `strict` and one is damaged.
    """
    files = [path for path in list_images(folder) if not (exclude and exclude(path))]
    return [
        Picture(path.relative_to(folder.expanduser()).as_posix(), path, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in usable(files, strict=strict).good
    ]


def split(pictures: list[Picture], seed: int = 0) -> dict[str, list[Picture]]:
    """The pictures of each split, in the order of their names.

    Subfolders train, val and test are the split, and what lies beside them is left out. Without them it is drawn by the
    seed in the paper's shares (784 : 100 : 100), at least one picture each; copies of a picture go to one split.

    Raises:
        UserError: fewer than three different pictures, a subfolder missing or empty, or the same picture in two of
            the subfolders.
    """
    folders = {picture.name.split("/")[0] for picture in pictures if "/" in picture.name}
    if folders & set(SPLITS):
        found = {name: [p for p in pictures if p.name.startswith(f"{name}/")] for name in SPLITS}
        for name, some in found.items():
            if not some:
                raise UserError(f"There are folders named as splits, and {name}/ holds no picture: put some there.")
    else:
        found = _draw(pictures, seed)
    check_apart(found)
    return found


def _draw(pictures: list[Picture], seed: int) -> dict[str, list[Picture]]:
    kinds = sorted({picture.sha256 for picture in pictures})
    if len(kinds) < 3:
        raise UserError(f"A split into train, val and test needs three different pictures, and there are {len(kinds)}.")
    random.Random(seed).shuffle(kinds)
    few = [max(1, round(share * len(kinds))) for share in SHARES[1:]]
    ends = (0, len(kinds) - sum(few), len(kinds) - few[1], len(kinds))
    home = {sha: SPLITS[i] for i in range(3) for sha in kinds[ends[i] : ends[i + 1]]}
    return {name: [p for p in pictures if home[p.sha256] == name] for name in SPLITS}


def check_apart(found: dict[str, list[Picture]]) -> None:
    """UserError where the same picture, byte for byte, is in two splits."""
    seen: dict[str, tuple[str, str]] = {}
    for name, pictures in found.items():
        for picture in pictures:
            other, where = seen.setdefault(picture.sha256, (name, picture.name))
            if other != name:
                raise UserError(
                    f"{picture.name} and {where} are the same picture in two splits ({name} and {other}): keep one."
                )
