"""Pairs of a photo and a painting: from a list in a file, two folders, or the samples that ship."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from zmlib.data.folders import list_images
from zmlib.data.images import centre_square, open_image, to_tensor
from zmlib.errors import UserError


@dataclass(frozen=True)
class Pair:
    """A photo and a style for it, each with a name for the results."""

    photo_name: str
    painting_name: str
    photo: Path | Image.Image
    painting: Path | Image.Image


def load_pairs(
    photos: str | Path | None = None,
    styles: str | Path | None = None,
    *,
    table: str | Path | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> list[Pair]:
    """The pairs to judge on.

    Args:
        photos, styles: two folders: every photo, with a style chosen by seed (each style once before any comes again).
        table: a file of lines `photo<TAB>painting` after a heading, relative to the file's folder.
        limit: keep this many, the first ones.
        seed: for the choice of styles.

    With none of them `$ZMLIB_DATA/pairs.tsv`, and where that is unset the samples that ship with the package.

    Raises:
        UserError: one folder without the other, a folder and a table, a table that cannot be read, no pair left.

    Example:
        >>> from zmlib.evaluate.pairs import load_pairs
        >>> pairs = load_pairs("photos", "paintings")
        >>> len(pairs), pairs[0].photo_name, pairs[0].painting_name
        (4, '0.jpg', '3.jpg')
    """
    if (photos is None) != (styles is None):
        raise UserError("Pairs from folders need both a folder of photos and a folder of styles.")
    if photos is not None and table is not None:
        raise UserError(f"Give either folders or the table {table}, not both.")
    if limit is not None and limit < 1:
        raise UserError(f"The number of pairs must be at least 1, got {limit}.")
    data = os.environ.get("ZMLIB_DATA")
    if photos is not None and styles is not None:
        pairs = _drawn(_named(photos), _named(styles), seed)
    elif table is not None or data:
        pairs = _read(Path(table) if table is not None else Path(str(data)) / "pairs.tsv")
    else:
        from zmlib.data import samples  # here, because it imports the libraries of the photos

        pairs = _drawn(list(samples.photos().items()), list(samples.styles().items()), seed)
    return pairs[:limit]


def _named(folder: str | Path) -> list[tuple[str, Path]]:
    return [(path.relative_to(folder).as_posix(), path) for path in list_images(Path(folder))]


def _drawn(
    photos: Sequence[tuple[str, Path | Image.Image]], styles: Sequence[tuple[str, Path | Image.Image]], seed: int
) -> list[Pair]:
    def endless() -> Iterator[tuple[str, Path | Image.Image]]:
        chance = random.Random(seed)
        while True:
            yield from chance.sample(styles, len(styles))

    return [Pair(name, style[0], photo, style[1]) for (name, photo), style in zip(photos, endless(), strict=False)]


def _read(table: Path) -> list[Pair]:
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The table of pairs {table} cannot be read ({error}): give a text file `photo<TAB>painting`."
        ) from error
    pairs = []
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and cells == ["photo", "painting"]):
            continue
        if len(cells) != 2:
            raise UserError(
                f"Line {number} of {table} should hold a photo and a painting with one tab between them: {line!r}."
            )
        for cell in cells:
            if not (table.parent / cell).is_file():
                raise UserError(f"Line {number} of {table} names {cell}, and there is no such file in {table.parent}.")
        pairs.append(Pair(cells[0], cells[1], table.parent / cells[0], table.parent / cells[1]))
    if not pairs:
        raise UserError(f"The table {table} holds no pair: write lines `photo<TAB>painting` below its heading.")
    return pairs


def read_square(source: Path | Image.Image, size: int) -> Tensor:
    """The square centre crop of a picture at size px: (1, 3, size, size) in [0, 1]."""
    return to_tensor(centre_square(open_image(source), size))


def read_batch(pairs: Sequence[Pair], size: int) -> tuple[Tensor, Tensor]:
    """Photos and paintings of the pairs as square centre crops: (N, 3, size, size) each, in [0, 1]."""
    photos = torch.cat([read_square(pair.photo, size) for pair in pairs])
    return photos, torch.cat([read_square(pair.painting, size) for pair in pairs])
