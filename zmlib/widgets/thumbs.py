"""Small pictures inside a page, the names of pictures, and the still that an app leaves on a page with no kernel."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from zmlib.data.images import open_image

SIDE, SMALL = 420, 112  # px, the long side of the painted picture, and of the others


def address(image: Image.Image, side: int = 96, quality: int = 80) -> str:
    """A picture as a `data:` address of a JPEG, its long side at most `side` pixels."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def named(own: Any, samples: Mapping[str, Image.Image], kind: str) -> dict[str, Image.Image]:
    """The user's own pictures by name, and after them the samples.

    Args:
        own: None, a picture (anything that `zmlib.data.images.open_image` takes, or the name of a sample), several, or
            pictures by name. A file keeps its name; others are called "own photo" or "own style".
        kind: "photo" or "style".

    Raises:
        ImageError: one cannot be read.
    """
    found: dict[str, Image.Image] = {}
    for name, picture in pairs(own, kind):
        if isinstance(picture, str) and picture in samples:
            found[picture] = samples[picture]
        else:
            found[free(name, found.keys() | samples.keys())] = open_image(picture)
    return found | {name: samples[name] for name in samples if name not in found}


def free(name: str, taken: Iterable[str]) -> str:
    """The name, with a number after it if it is taken."""
    taken, tried, number = set(taken), name, 2
    while tried in taken:
        tried, number = f"{name} {number}", number + 1
    return tried


def pairs(own: Any, kind: str) -> Sequence[tuple[str, Any]]:
    """What `named` is given, each picture with the name that it would like to have."""
    if own is None:
        return []
    if isinstance(own, Mapping):
        return list(own.items())
    several = own if isinstance(own, (list, tuple)) else [own]
    return [(Path(one).stem if isinstance(one, (str, Path)) else f"own {kind}", one) for one in several]


def still(name: str, parts: Sequence[tuple[str, Image.Image]], painted: tuple[str, Image.Image]) -> str:
    """HTML with the pictures inside.

    Args:
        name: of the app, such as "mix".
        parts: the pictures that went into it, each with its caption.
        painted: the caption and the picture.
    """
    row = "display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start"
    small = "".join(_figure(text, image, SMALL) for text, image in parts)
    return (
        f'<div class="zmlib-still" style="{row}">{_figure(*painted, SIDE)}'
        f'<div style="{row}; flex: 1 1 240px">{small}</div></div>'
        f'<p class="zmlib-live">A still of an app. It is live in a notebook that runs, and by '
        f"<code>zmlib app {escape(name)}</code> as a page of its own.</p>"
    )


def _figure(text: str, image: Image.Image, side: int) -> str:
    shown = escape(text, quote=True)
    return (
        f'<figure style="margin: 0; max-width: min(100%, {side}px)"><img alt="{shown}" '
        f'src="{address(image, side, 85)}" style="max-width: 100%; height: auto">'
        f'<figcaption style="font-size: 0.85em">{shown}</figcaption></figure>'
    )
