"""The project's painter: pictures that look painted, drawn or printed, from a picture or from a seed alone.

>>> from zmlib.styleset.painter import paint
>>> paint(None, seed=7, manner="strokes", size=64).size
(64, 64)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator
from PIL import Image

from zmlib.data.images import Source, open_image, resize_short, save_image
from zmlib.data.samples import SAMPLES, Sample
from zmlib.errors import UserError
from zmlib.styleset.painter import scenes
from zmlib.styleset.painter.hatching import hatching
from zmlib.styleset.painter.strokes import strokes
from zmlib.styleset.painter.woodblock import woodblock

_PAINTERS: dict[str, Callable[[np.ndarray, Generator], np.ndarray]] = {
    "strokes": strokes,
    "hatching": hatching,
    "woodblock": woodblock,
}

#: the ways of painting that :func:`paint` knows
MANNERS = tuple(_PAINTERS)

_SMALLEST = 32


def paint(source: Source | None, seed: int, manner: str, *, size: int = 512, scene: str | None = None) -> Image.Image:
    """A painting of ``source``, its short side ``size`` pixels; the same arguments always give the same picture.

    ``source`` is anything that :func:`~zmlib.data.images.open_image` takes, or None for a procedural scene, which is
    square and, unless ``scene`` (a key of ``scenes.SCENES``) names it, chosen by the seed.  ``manner`` is "strokes"
    (curved brush strokes of several sizes, Hertzmann 1998), "hatching" (pen and coloured inks) or "woodblock" (flat
    colours, outlines, grain).  The seed also varies the hand: brushes, inks, paper, colours.

    Raises :class:`~zmlib.errors.UserError` for an unknown manner or scene, a negative seed, or a size under 32.
    """
    if manner not in _PAINTERS:
        raise UserError(f"There is no manner {manner!r}: choose one of {', '.join(MANNERS)}.")
    if scene is not None and scene not in scenes.SCENES:
        raise UserError(f"There is no scene {scene!r}: choose one of {', '.join(scenes.SCENES)}.")
    if seed < 0 or size < _SMALLEST:
        raise UserError(f"A painting takes a seed from 0 and a size from {_SMALLEST}, not seed {seed} and size {size}.")
    # two generators: what is painted does not change with how it is painted
    subject, hand = np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1 + MANNERS.index(manner)])
    if source is None:
        image = scenes.make(subject, size, scene)
    else:
        image = np.asarray(resize_short(open_image(source), size), np.float32) / 255
    painted = _PAINTERS[manner](image, hand)
    return Image.fromarray(np.rint(painted.clip(0, 1) * 255).astype(np.uint8))


def paint_sample(sample: Sample, size: int = 512) -> Image.Image:
    """A shipped sample, painted again."""
    return paint(None, sample.seed, sample.manner, size=size, scene=sample.scene)


def paint_samples(folder: Path) -> list[Path]:
    """Paint all of `zmlib.data.samples.SAMPLES` again into a folder, as the JPEGs that ship; a minute on one core."""
    return [save_image(paint_sample(sample), folder / f"{sample.name}.jpg", quality=78) for sample in SAMPLES]
