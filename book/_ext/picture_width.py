"""Scale down photographs that are wider than a sharp screen can show.

A sheet of many pictures is 1667 pixels wide in its notebook and 1.3 MB; the column of text has
850 CSS pixels at most.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

WIDEST = 1440  # twice the column of a laptop, for screens that have two pixels for one
QUALITY = 87  # with colours in full, as zmlib.data.sheet saves them: painted pictures lose most by colours at half size


def narrow(picture: Path) -> bool:
    """Write a JPEG that is wider than WIDEST again, at that width; whether it was."""
    with Image.open(picture) as opened:
        if opened.format != "JPEG" or opened.width <= WIDEST:
            return False
        height = round(opened.height * WIDEST / opened.width)
        small = opened.convert("RGB").resize((WIDEST, height), Image.Resampling.LANCZOS)
    small.save(picture, "JPEG", quality=QUALITY, subsampling=0, optimize=True, progressive=True)
    return True
