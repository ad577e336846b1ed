"""A sheet on which a scene is laid down, back to front, in unit coordinates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from zmlib.styleset.painter.colours import Colour, Palette, ramp, shifted
from zmlib.styleset.painter.noise import Field, fractal

Point = tuple[float, float]
Path = Sequence[Point] | Sequence[np.ndarray] | np.ndarray  # points (x, y)


class Canvas:
    """``size`` x ``size`` pixels; x to the right and y down, both 0 to 1; colours are sRGB in [0, 1]."""

    def __init__(self, size: int, rng: Generator, palette: Palette) -> None:
        self.size, self.rng, self.palette = size, rng, palette
        self.rgb: np.ndarray = np.ones((size, size, 3), np.float32)
        step = (np.arange(size, dtype=np.float32) + 0.5) / size
        self.x, self.y = np.meshgrid(step, step)

    def noise(self, cells: float, octaves: int = 4, gain: float = 0.5) -> Field:
        return fractal(self.rng, (self.size, self.size), cells, octaves, gain)

    def edge(self, distance: Field, softness: float = 0.0) -> Field:
        """1 where ``distance`` (in units of the side) is negative, antialiased, or softened over ``softness``."""
        return np.clip(0.5 - distance / max(softness, 1.5 / self.size), 0, 1)

    def fill(self, mask: Field, colour: Colour) -> None:
        """Lay ``colour`` (3,) or (H, W, 3) down where ``mask`` (H, W) in [0, 1] says so."""
        self.rgb += mask[..., None].astype(np.float32) * (np.asarray(colour, np.float32) - self.rgb)

    def mottle(self, colour: Colour, strength: float = 6.0, cells: float = 10) -> Colour:
        """``colour`` as a field (H, W, 3), lighter and darker, warmer and cooler by noise."""
        low, high = shifted(colour, -0.25, 1.0, -strength * 1.6), shifted(colour, 0.25, 1.1, strength * 1.6)
        return ramp(np.stack([low, colour, high]), 0.5 + 0.22 * self.noise(cells, 3))

    def disc(self, centre: Point, radius: float, colour: Colour, softness: float = 0.0) -> None:
        distance = np.hypot(self.x - centre[0], self.y - centre[1]) - radius
        self.fill(self.edge(distance, softness), colour)

    def shapes(self) -> Shapes:
        """``with canvas.shapes() as draw:`` - polygons and blobs in unit coordinates."""
        return Shapes(self)


class Shapes:
    """PIL's drawing in unit coordinates; the sheet takes the result when the ``with`` block ends."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def __enter__(self) -> Shapes:
        self.scale = 2 * self.canvas.size
        pixels = np.rint(self.canvas.rgb.clip(0, 1) * 255).astype(np.uint8)
        self.image = Image.fromarray(pixels).resize((self.scale, self.scale), Image.Resampling.NEAREST)
        self.draw = ImageDraw.Draw(self.image)
        return self

    def __exit__(self, *_: object) -> None:
        self.canvas.rgb = np.asarray(self.image.reduce(2), np.float32) / 255

    def _pixels(self, points: Path) -> list[float]:
        return (np.asarray(points, float) * self.scale).ravel().tolist()

    def _ink(self, colour: Colour) -> tuple[int, int, int]:
        red, green, blue = (int(round(255 * min(1.0, max(0.0, float(value))))) for value in colour)
        return red, green, blue

    def polygon(self, points: Path, colour: Colour) -> None:
        self.draw.polygon(self._pixels(points), fill=self._ink(colour))

    def line(self, points: Path, width: float, colour: Colour) -> None:
        self.draw.line(
            self._pixels(points), fill=self._ink(colour), width=max(1, round(width * self.scale)), joint="curve"
        )

    def oval(self, centre: Point, rx: float, ry: float, colour: Colour) -> None:
        box = [value * self.scale for value in (centre[0] - rx, centre[1] - ry, centre[0] + rx, centre[1] + ry)]
        self.draw.ellipse(box, fill=self._ink(colour))

    def blob(self, centre: Point, radius: float, colour: Colour, wobble: float = 0.15, aspect: float = 1.0) -> None:
        """A closed, uneven outline about ``centre``."""
        rng = self.canvas.rng
        angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        size = np.ones(len(angle))
        for k in (2, 3, 5, 8):
            size += wobble / k * np.sin(k * angle + rng.uniform(0, 6.3))
        size *= radius
        self.polygon(np.stack([centre[0] + size * np.cos(angle), centre[1] + aspect * size * np.sin(angle)], 1), colour)
