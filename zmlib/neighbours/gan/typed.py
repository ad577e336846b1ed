"""Strokes and attributes as people type them for `zmlib edit`."""

from __future__ import annotations

import math
from typing import Any

from PIL import ImageColor

from zmlib.errors import UserError
from zmlib.neighbours.gan.strokes import KINDS, Stroke


def read_stroke(text: str) -> Stroke:
    """A stroke: `colour COLOUR X,Y ...`, `sketch X,Y X,Y ...` or `warp X,Y X,Y`, each with `radius=R` if wanted.

    Args:
        text: places and radius in pixels of the 64 x 64 picture; a colour is #aa2200 or a name.

    Raises:
        UserError: the stroke cannot be read, or its brush is outside the picture.

    Example:
        >>> read_stroke("warp 30,44 34,44 radius=6")
        Warp(points=((30.0, 44.0), (34.0, 44.0)), radius=6.0)
    """
    name, *words = text.split() or [""]
    name = {"color": "colour"}.get(name.lower(), name.lower())
    if name not in KINDS:
        raise UserError(f'The stroke "{text}" must begin with one of {", ".join(KINDS)}.')
    options: dict[str, Any] = {}
    if name == "colour":
        options["colour"] = _colour(words.pop(0) if words else "", text)
    points = []
    for word in words:
        try:
            if word.startswith("radius="):
                options["radius"] = float(word.removeprefix("radius="))
            else:
                x, y = word.split(",")
                points.append((float(x), float(y)))
        except ValueError:
            raise UserError(f'"{word}" in the stroke "{text}" is neither a place, as 20,14, nor radius=4.') from None
    return KINDS[name](tuple(points), **options)


def _colour(word: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(value / 255 for value in ImageColor.getrgb(word)[:3])
    except ValueError:
        says = f'"{word}" in the stroke "{text}" is no colour: write it as #aa2200, or by name, such as red.'
        raise UserError(says) from None


def read_strength(text: str) -> tuple[str, float]:
    """An attribute's name and strength, of `NAME` (strength 1) or `NAME=STRENGTH`.

    Raises:
        UserError: the strength is no finite number.
    """
    name, given, number = text.partition("=")
    try:
        value = float(number) if given else 1.0
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f'"{number}" in --attribute {text} is no number: write it as {name}=1 or {name}=-0.5.')
    return name.strip(), value
