"""What several scenes share: sky, sun, clouds, trees, houses, boats."""

from __future__ import annotations

import numpy as np

from zmlib.styleset.painter.colours import Colour, ramp, shifted
from zmlib.styleset.painter.scenes.canvas import Canvas, Point, Shapes


def sky(canvas: Canvas, horizon: float, swirl: float = 0.0) -> None:
    """From the palette's high sky to its low sky at ``horizon``; ``swirl`` bends the bands into eddies."""
    height = canvas.y / horizon
    drift = canvas.noise(2.5, 3) * (0.05 + 0.1 * swirl)
    canvas.rgb = ramp(canvas.palette.sky, height + drift)


def sun(canvas: Canvas, horizon: float, rings: bool = False) -> Point:
    """A sun or moon with a glow, or with rings; returns its place."""
    rng, palette = canvas.rng, canvas.palette
    place = (float(rng.uniform(0.18, 0.82)), float(horizon * rng.uniform(0.3, 0.85)))
    radius = float(rng.uniform(0.05, 0.11))
    away = np.hypot(canvas.x - place[0], canvas.y - place[1])
    if rings:
        for k in range(5, 0, -1):
            tint = ramp(np.stack([palette.sun, palette.sky[1]]), np.float32((k - 0.5) / 5.0))
            canvas.fill(canvas.edge(away - radius * (1 + 0.55 * k)), shifted(tint, 0.1 * (k % 2), 1.1, 6 * (k % 2)))
    else:
        canvas.fill(0.75 * np.exp(-((away / (3.2 * radius)) ** 2)), palette.sun)
    canvas.disc(place, radius, shifted(palette.sun, light=4))
    return place


def clouds(canvas: Canvas, horizon: float) -> None:
    """Long banks of cloud, lit above and shaded below."""
    rng, palette = canvas.rng, canvas.palette
    size = canvas.size
    stretch = canvas.noise(float(rng.uniform(2, 4)), 5, 0.55)
    rows = np.clip((np.arange(size) * 2.2).astype(int), 0, size - 1)  # flatten the lumps into banks
    lumps = stretch[rows] * np.clip((horizon - canvas.y) / (0.4 * horizon), 0, 1)
    lit = ramp(np.stack([palette.sky[1], palette.sky[2], palette.light]), np.clip(lumps - 0.3, 0, 1.4) / 1.4)
    canvas.fill(np.clip((lumps - 0.35) / 0.12, 0, 1) * 0.9, lit)
    under = np.roll(lumps, size // 40, axis=0)
    canvas.fill(np.clip((lumps - 0.35) / 0.2, 0, 1) * np.clip((under - lumps) * 2, 0, 0.55), palette.sky[0])


def cypress(draw: Shapes, foot: Point, height: float, colour: Colour) -> None:
    """A dark flame of a tree, lit along one side."""
    rng = draw.canvas.rng
    t = np.linspace(0, 1, 24)
    width = 0.13 * height * np.sin(np.pi * np.clip(t, 0, 1) ** 0.7) ** 0.8
    lean = 0.05 * height * np.sin(5 * t + rng.uniform(0, 6))
    for part, light, shift in ((1.0, 0, 0.0), (0.6, 9, 0.25), (0.28, 18, 0.45)):
        left = np.stack([foot[0] + lean - part * width + shift * width, foot[1] - height * t], 1)
        right = np.stack([foot[0] + lean + part * width + shift * width * 0.6, foot[1] - height * t], 1)
        draw.polygon(np.concatenate([left, right[::-1]]), shifted(colour, 0.1 * light / 9, 1.1, light))


def round_tree(draw: Shapes, foot: Point, height: float, colour: Colour, trunk: Colour) -> None:
    """A trunk and a crown of a dozen leaf masses, the lit ones last."""
    rng = draw.canvas.rng
    draw.line([foot, (foot[0] + 0.04 * height, foot[1] - 0.6 * height)], 0.09 * height, trunk)
    for k in range(14):
        angle, reach = rng.uniform(0, 2 * np.pi), 0.3 * height * np.sqrt(rng.random())
        centre = (foot[0] + reach * np.cos(angle), foot[1] - 0.68 * height + 0.75 * reach * np.sin(angle) - 0.008 * k)
        tone = shifted(colour, rng.normal(0, 0.12), 1.1, -14 + 2.6 * k)
        draw.blob(centre, 0.17 * height * rng.uniform(0.7, 1.2), tone, 0.12)


def pine(draw: Shapes, foot: Point, height: float, colour: Colour, trunk: Colour) -> None:
    """Tiers of boughs about a straight trunk."""
    draw.line([foot, (foot[0], foot[1] - height)], 0.035 * height, trunk)
    for k in range(6):
        base, half = foot[1] - height * (0.15 + 0.135 * k), height * 0.24 * (1 - k / 6.8)
        tip = base - 0.26 * height
        draw.polygon([(foot[0] - half, base), (foot[0], tip), (foot[0] + half, base)], shifted(colour, light=2.0 * k))
        lit = [(foot[0] + 0.1 * half, base), (foot[0], tip), (foot[0] + half, base)]
        draw.polygon(lit, shifted(colour, 0.1, 1.1, 7 + 2 * k))


def house(draw: Shapes, foot: Point, width: float, wall: Colour, roof: Colour, window: Colour) -> None:
    """A gabled house seen a little from the side."""
    rng = draw.canvas.rng
    x, y = foot
    tall, gable, side = width * rng.uniform(0.6, 1.0), width * rng.uniform(0.4, 0.6), width * 0.6
    draw.polygon([(x, y), (x, y - tall), (x + width, y - tall), (x + width, y)], wall)
    draw.polygon([(x, y - tall), (x + width / 2, y - tall - gable), (x + width, y - tall)], wall)
    far = x + width + side
    draw.polygon([(x + width, y), (x + width, y - tall), (far, y - tall), (far, y)], shifted(wall, light=-16))
    top = y - tall - gable
    draw.polygon([(x + width, y - tall), (x + width / 2, top), (far - width / 2, top), (far, y - tall)], roof)
    draw.line(
        [(x - 0.05 * width, y - tall + 0.04 * width), (x + width / 2, top)], 0.07 * width, shifted(roof, light=-14)
    )
    for column in (0.2, 0.58):
        draw.polygon(
            [
                (x + width * (column + dx), y - tall * 0.7 + width * dy)
                for dx, dy in ((0, 0), (0.2, 0), (0.2, 0.26), (0, 0.26))
            ],
            window,
        )


def sail(draw: Shapes, foot: Point, height: float, hull: Colour, cloth: Colour) -> None:
    """A boat with two sails."""
    x, y = foot
    lean = 0.08 * height
    draw.polygon(
        [
            (x - 0.42 * height, y - 0.12 * height),
            (x + 0.45 * height, y - 0.14 * height),
            (x + 0.28 * height, y),
            (x - 0.3 * height, y),
        ],
        hull,
    )
    mast = (x + lean, y - height)
    draw.polygon([mast, (x + 0.03 * height, y - 0.16 * height), (x + 0.4 * height, y - 0.18 * height)], cloth)
    draw.polygon(
        [mast, (x - 0.03 * height, y - 0.16 * height), (x - 0.33 * height, y - 0.2 * height)],
        shifted(cloth, 0.2, 1.2, -10),
    )
    draw.line([mast, (x, y - 0.1 * height)], 0.025 * height, hull)
