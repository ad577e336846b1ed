"""The data of the generative networks by name: drawn faces, drawn shoes, or a folder that has CelebA."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from zmlib.errors import UserError
from zmlib.neighbours.gan import celeba, faces, shoes
from zmlib.neighbours.gan.factors import Labelled

__all__ = ["ATTRIBUTES", "COUNTS", "Labelled", "as_float", "domain_of", "read"]

#: the drawn domains
DRAWN = {"faces": faces.draw, "shoes": shoes.draw}

#: domain -> the names of its labels, in order; a folder has those of "celeba"
ATTRIBUTES = {
    "faces": tuple(faces.ATTRIBUTES),
    "shoes": tuple(shoes.ATTRIBUTES),
    "celeba": tuple(celeba.ATTRIBUTES),
}

#: split -> how many pictures are drawn unless told otherwise, and the number of the first: the splits never meet
COUNTS = {"train": 30_000, "test": 2_000}
FIRST = {"train": 0, "test": 10**9}


def read(domain: str | Path, split: str = "train", count: int | None = None, seed: int = 0) -> Labelled:
    """Read or draw a set of labelled pictures.

    Args:
        domain: "faces", "shoes", or a folder that has CelebA.
        split: "train" or "test"; they share no picture.
        count: pictures; None: as many as `COUNTS` says, or all of a folder's.
        seed: of the drawn domains; of a folder it chooses which `count` pictures are read.

    Raises:
        UserError: an unknown domain or split, or a folder without CelebA.
    """
    if split not in COUNTS:
        raise UserError(f"There is no split {split!r}: take {' or '.join(COUNTS)}.")
    if count is not None and not 0 < count <= FIRST["test"]:
        raise UserError(f"The count of pictures must lie between 1 and {FIRST['test']}, not {count}.")
    if domain in DRAWN:
        return DRAWN[str(domain)](COUNTS[split] if count is None else count, seed, first=FIRST[split])
    if not Path(domain).is_dir():
        raise UserError(f"There is no domain and no folder {domain}: take faces, shoes, or a folder that has CelebA.")
    return celeba.read(Path(domain), split, count, seed)


def domain_of(card: Mapping[str, Any], given: str | Path | None) -> str | Path:
    """Where the pictures are that weights belong to: the card's domain, or the folder of that name that is given.

    Raises:
        UserError: the folder has another name than that on which the weights were trained.
    """
    if given is not None and Path(given).name != card["domain"]:
        raise UserError(f"The weights are of {card['domain']}, and {given} was given: name the pictures they are of.")
    return card["domain"] if given is None else given


def as_float(pictures: Tensor) -> Tensor:
    """Pictures as a generator makes them: uint8 in [0, 255] -> float32 in [-1, 1], on the same device."""
    return pictures.float().div_(127.5).sub_(1)
