"""Give every picture its size, and fetch those that are not visible only when they become so.

With its size known, a picture keeps its place while it is fetched, and the text below it does not jump.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image

IMAGE = re.compile(r"<img (?P<attributes>[^>]*?)\s*/?>")
SOURCE = re.compile(r'\bsrc="([^"]+)"')
LENGTH = re.compile(r"^\s*([\d.]+)\s*(px|pt|in|cm|mm)?\s*$")
PIXELS = {None: 1.0, "px": 1.0, "pt": 96 / 72, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}  # CSS's own


def size_of(picture: Path) -> tuple[int, int] | None:
    """Width and height in CSS pixels, as a browser shows a file by itself; None where it does not say."""
    if picture.suffix == ".svg":
        root = ElementTree.parse(picture).getroot()
        sides = [LENGTH.match(root.get(side, "")) for side in ("width", "height")]
        if None in sides:
            return None
        width, height = (round(float(side[1]) * PIXELS[side[2]]) for side in sides if side)
        return width, height
    with Image.open(picture) as opened:
        return opened.size


def sized(html: str, folder: Path) -> str:
    """A page's HTML with width, height and loading on each picture that has no width.

    folder: the page's, from which its pictures' addresses count. The first picture is fetched at once: it is what the
    page is opened for. A picture that is missing, or none of the site's, is left as it is.
    """
    met = 0

    def told(found: re.Match[str]) -> str:
        nonlocal met
        attributes = found["attributes"]
        source = SOURCE.search(attributes)
        if source is None or "://" in source[1] or source[1].startswith("data:"):
            return found.group()
        met += 1
        if re.search(r"\b(width|loading)=", attributes):  # said already, here or by an earlier build
            return found.group()
        file = folder / unquote(urlsplit(source[1]).path)
        size = size_of(file) if file.is_file() else None
        if size is None:
            return found.group()
        later = ' loading="lazy"' if met > 1 else ' fetchpriority="high"'
        return f'<img {attributes} width="{size[0]}" height="{size[1]}"{later} />'

    return IMAGE.sub(told, html)
