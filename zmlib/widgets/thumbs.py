"""Small pictures, as addresses that hold them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from zmlib.data.images import open_image


def address(image: Image.Image, side: int = 96, quality: int = 80) -> str:
    """A picture as a `data:` address of a JPEG, its long side at most `side` pixels."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=quality)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def named(own: Any, samples: Mapping[str, Image.Image], kind: str) -> dict[str, Image.Image]:
    """Pictures of one's own by name, and after them the samples.

    Args:
        own: None, a picture (anything that `zmlib.data.images.open_image` takes, or the name of a sample), several, or
            pictures by name. A file is called by its name, others "own photo" and the like.
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
    """The name, with a number behind it if others have it already."""
    taken, tried, number = set(taken), name, 2
    while tried in taken:
        tried, number = f"{name} {number}", number + 1
    return tried


def pairs(own: Any, kind: str) -> Sequence[tuple[str, Any]]:
    """What was given as `named` takes it, each with the name that it would like to have."""
    if own is None:
        return []
    if isinstance(own, Mapping):
        return list(own.items())
    several = own if isinstance(own, (list, tuple)) else [own]
    return [(Path(one).stem if isinstance(one, (str, Path)) else f"own {kind}", one) for one in several]
