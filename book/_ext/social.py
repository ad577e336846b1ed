"""The picture beside a link to the book: its title over the front page's picture, which the book computed."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

NAME = "social.jpg"
FRONT = "results/overview/front.jpg"
SIZE = (1200, 630)  # what previews are made for: Open Graph's 1.91 : 1
ALT = "Photographs on the left, four styles along the top, and each photograph repainted in each of the four styles."
MARGIN = 30
GROUND, INK, SOFT = "white", "#1a202c", "#4a5568"


def words(title: str) -> tuple[str, str]:
    """A book's title in two parts: "name: what it is" -> ("name", "what it is")."""
    name, _, what = title.partition(":")
    return name.strip(), what.strip()


def compose(front: Path, name: str, what: str) -> Image.Image:
    """The picture, of SIZE.

    front: the sheet, of any size. It is not cropped: it stands at the bottom, as wide as fits, and the words above it.
    """
    card = Image.new("RGB", SIZE, GROUND)
    with Image.open(front) as opened:
        sheet = opened.convert("RGB")
    room = (SIZE[0] - 2 * MARGIN, SIZE[1] - 130 - MARGIN)
    scale = min(room[0] / sheet.width, room[1] / sheet.height)
    sheet = sheet.resize((round(sheet.width * scale), round(sheet.height * scale)), Image.Resampling.LANCZOS)
    card.paste(sheet, ((SIZE[0] - sheet.width) // 2, SIZE[1] - MARGIN - sheet.height))
    draw = ImageDraw.Draw(card)
    bold, plain = _font("DejaVuSans-Bold.ttf", 60), _font("DejaVuSans.ttf", 32)
    left = (SIZE[0] - sheet.width) // 2
    base = (SIZE[1] - MARGIN - sheet.height) // 2 + 20  # both on one line, in the middle of what is left
    draw.text((left, base), name, INK, bold, anchor="ls")
    draw.text((left + draw.textlength(name, bold) + 28, base), what, SOFT, plain, anchor="ls")
    return card


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that comes with matplotlib: the same letters on every machine."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)
