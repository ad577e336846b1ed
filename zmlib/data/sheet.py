"""Sheets: labelled pictures in a grid."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
from PIL import Image, ImageDraw, ImageFont, ImageOps
from torch import Tensor

from zmlib.data.images import open_image, save_image

if TYPE_CHECKING:
    pass

GAP = 10  # pixels between pictures
TEXT = 26  # height of the letters in pixels; a sheet is about 1400 pixels wide
QUALITY = 88  # of JPEG: a sheet of photos stays below about 400 kB
INK, PAPER = "#1f2328", "#ffffff"


@dataclass(frozen=True)
class Sheet:
    """A finished sheet; a notebook shows it as a JPEG, which keeps committed notebooks small."""

    image: Image.Image

    def save(self, path: str | Path) -> Path:
        """Write the sheet, whole or not at all, in the format of the suffix; the folder is made where it is missing."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return save_image(self.image, path, quality=QUALITY)

    def _repr_jpeg_(self) -> bytes:
        buffer = io.BytesIO()
        self.image.save(buffer, format="jpeg", quality=QUALITY, subsampling=0, optimize=True)
        return buffer.getvalue()


def sheet(
    rows: Sequence[Sequence[Image.Image | Tensor | str | None]],
    *,
    columns: Sequence[str] = (),
    labels: Sequence[str] = (),
    captions: Sequence[Sequence[str]] = (),
    cell: tuple[int, int] = (320, 240),
) -> Sheet:
    """Arrange pictures in a grid.

    Args:
        rows: PIL pictures or tensors (1, 3, H, W) in [0, 1]; each is scaled to fill its cell and cropped evenly. A
            string is written in its cell, None leaves it empty.
        columns: a title above each column, of one line or several.
        labels: a title left of each row, written upwards.
        captions: a line under each picture, arranged as the rows.
        cell: width and height of a picture in pixels.

    Raises:
        ValueError: no pictures, or another number of titles than of columns or rows.

    Example:
        >>> import torch
        >>> from zmlib.data.sheet import sheet
        >>> pictures = [torch.rand(1, 3, 64, 96) for _ in range(4)]
        >>> page = sheet([pictures[:2], pictures[2:]], columns=["photo", "output"], cell=(120, 80))
        >>> page.image.size  # two cells and a gap wide
        (250, 209)
    """
    width = max((len(row) for row in rows), default=0)
    if not width:
        raise ValueError("a sheet needs at least one picture")
    if (columns and len(columns) != width) or (labels and len(labels) != len(rows)):
        raise ValueError(f"{len(rows)} rows of {width} pictures got {len(labels)} labels and {len(columns)} titles")
    lines = max((title.count("\n") for title in columns), default=0)
    top, left = (TEXT * (3 + 3 * lines) // 2 if columns else 0), (TEXT * 3 // 2 if labels else 0)
    step = cell[1] + GAP + (TEXT if captions else 0)  # from one row to the next
    size = (left + width * (cell[0] + GAP) - GAP, top + len(rows) * step - GAP)
    page = Image.new("RGB", size, PAPER)
    for i, title in enumerate(columns):
        page.paste(_title(title, cell[0], top), (left + i * (cell[0] + GAP), 0))
    for j, title in enumerate(labels):
        upwards = _title(title, cell[1], left).transpose(Image.Transpose.ROTATE_90)
        page.paste(upwards, (0, top + j * step))
    for j, row in enumerate(rows):
        for i, picture in enumerate(row):
            place = (left + i * (cell[0] + GAP), top + j * step)
            if captions:
                page.paste(_title(captions[j][i], cell[0], TEXT), (place[0], place[1] + cell[1]))
            if isinstance(picture, str):
                page.paste(_title(picture, *cell), place)
            elif picture is not None:
                page.paste(ImageOps.fit(open_image(picture), cell, Image.Resampling.LANCZOS), place)
    return Sheet(page)


def _title(text: str, width: int, height: int) -> Image.Image:
    """Text of one or several lines in the middle of an empty strip, smaller where it would not fit."""
    path = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")
    strip = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(strip)
    longest = max(draw.textlength(line, font=ImageFont.truetype(path, TEXT)) for line in text.split("\n"))
    font = ImageFont.truetype(path, max(8, int(TEXT * min(1, width / max(longest, 1)))))
    draw.text((width / 2, height / 2), text, fill=INK, font=font, anchor="mm", align="center", spacing=TEXT // 2)
    return strip
