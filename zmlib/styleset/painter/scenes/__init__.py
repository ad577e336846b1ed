"""Procedural pictures to paint from: a scene is a function that lays one down on a canvas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from zmlib.styleset.painter.colours import Palette, choose
from zmlib.styleset.painter.scenes.canvas import Canvas
from zmlib.styleset.painter.scenes.garden import meadow, vase
from zmlib.styleset.painter.scenes.imagined import marble, night, rings
from zmlib.styleset.painter.scenes.land import hills, mountain, town, wood
from zmlib.styleset.painter.scenes.water import sea, wave

SCENES: dict[str, Callable[[Canvas], None]] = {
    scene.__name__: scene for scene in (hills, mountain, wood, town, sea, wave, meadow, vase, night, marble, rings)
}


def make(rng: Generator, size: int, scene: str | None = None, palette: Palette | None = None) -> np.ndarray:
    """A scene (H, W, 3), ``size`` pixels square, sRGB in [0, 1]; by the generator where none is named."""
    names = list(SCENES)
    name = names[int(rng.integers(len(names)))]
    own = choose(rng)
    canvas = Canvas(size, rng, palette or own)
    SCENES[scene or name](canvas)
    return canvas.rgb.clip(0, 1)
