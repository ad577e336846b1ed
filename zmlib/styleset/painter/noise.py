"""Smooth random fields in unit coordinates: the same generator gives the same field at any size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image

Field = np.ndarray  # float32 (H, W)


def fractal(rng: Generator, shape: tuple[int, int], cells: float, octaves: int = 4, gain: float = 0.5) -> Field:
    """Value noise (H, W): ``cells`` lumps across the short side, then twice as many at ``gain`` of the height, ...

    Mean about 0, standard deviation 1.
    """
    height, width = shape
    short = min(shape)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        count = cells * 2**octave
        rows, columns = (max(2, round(count * side / short)) + 1 for side in shape)
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        if max(rows, columns) <= 2 * max(shape):
            total += gain**octave * np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC))
    return (total - total.mean()) / (total.std() + 1e-6)


def ridge(
    rng: Generator, frequency: float, roughness: float, octaves: int = 5
) -> Callable[[Field | np.floating], Field]:
    """A skyline: a function of x in [0, 1], a sum of sines with random phases, about -1 to 1."""
    parts = [
        (roughness**k, frequency * 2**k * rng.uniform(0.8, 1.25), rng.uniform(0, 2 * np.pi)) for k in range(octaves)
    ]
    norm = sum(part[0] for part in parts)

    def line(x: Field | np.floating) -> Field:
        return np.sum([a * np.sin(2 * np.pi * f * np.asarray(x) + phase) for a, f, phase in parts], axis=0) / norm

    return line
