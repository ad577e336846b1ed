"""What an app leaves on a page that has no kernel: its pictures as they were, and how to have it live."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PIL import Image

from zmlib.widgets.thumbs import address

SIDE, SMALL = 420, 112  # px, the long side of the painted picture, and of the others


def still(name: str, parts: Sequence[tuple[str, Image.Image]], painted: tuple[str, Image.Image]) -> str:
    """HTML with the pictures inside.

    Args:
        name: of the app, such as "mix".
        parts: what the picture was made of, each with what it shows.
        painted: the picture, and what it shows.
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
