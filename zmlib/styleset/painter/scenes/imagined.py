"""Imagined scenes: a sky of eddies over a village, marbled flow, rings and wedges."""

from __future__ import annotations

import numpy as np

from zmlib.styleset.painter.colours import ramp, shifted
from zmlib.styleset.painter.noise import ridge
from zmlib.styleset.painter.scenes import parts
from zmlib.styleset.painter.scenes.canvas import Canvas


def night(canvas: Canvas) -> None:
    """The palette's colours darkened; bands wound about a few eddies; ringed stars, a moon; lit windows."""
    rng, palette = canvas.rng, canvas.palette
    deep = shifted(palette.sky[0], 0, 1.15, -12)
    u, v = canvas.x.copy(), canvas.y.copy()
    for _ in range(int(rng.integers(2, 5))):  # wind the coordinates about each eddy
        cx, cy, reach = rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.5), rng.uniform(0.1, 0.2)
        dx, dy = u - cx, v - cy
        angle = rng.choice([-1, 1]) * 5 * np.exp(-(dx**2 + dy**2) / reach**2)
        u, v = cx + dx * np.cos(angle) - dy * np.sin(angle), cy + dx * np.sin(angle) + dy * np.cos(angle)
    bands = np.sin(2 * np.pi * (7 * v + 1.2 * np.sin(3 * u)) + 0.7 * canvas.noise(3, 3))
    stops = np.stack([deep, palette.sky[0], palette.sky[1], shifted(palette.water[1], light=4)])
    canvas.rgb = ramp(stops, 0.42 + 0.33 * bands + 0.1 * canvas.noise(10, 3))
    stars = [
        (float(rng.uniform(0.03, 0.97)), float(rng.uniform(0.03, 0.5)), float(rng.uniform(0.008, 0.02)))
        for _ in range(int(rng.integers(7, 14)))
    ]
    stars.append((float(rng.choice([0.15, 0.85])), 0.15, 0.05))
    for x, y, radius in stars:
        away = np.hypot(canvas.x - x, canvas.y - y)
        halo = np.exp(-((away / (3 * radius)) ** 2)) * (0.75 + 0.25 * np.sin(2 * np.pi * away / (0.9 * radius)))
        canvas.fill(0.9 * halo, palette.sun)
        canvas.fill(canvas.edge(away - 0.8 * radius), shifted(palette.sun, light=10))
    for k in range(3):
        line = ridge(rng, 1 + 0.7 * k, 0.45)(canvas.x)
        top = 0.62 + 0.1 * k - 0.06 * line
        slope = ramp(np.stack([palette.water[0], deep, palette.dark]), np.float32(k / 2))
        rows = np.sin(2 * np.pi * 14 * (canvas.y - top) + 4 * canvas.x)
        body = slope + (0.16 * np.clip(rows, 0, 1))[..., None] * (palette.sky[1] - slope)
        canvas.fill(canvas.edge(top - canvas.y), body)
    with canvas.shapes() as draw:
        for y in np.linspace(0.74, 0.97, 5):
            for x in np.arange(-0.05, 1, 0.13) + rng.uniform(0, 0.1, 9)[: len(np.arange(-0.05, 1, 0.13))]:
                width = float(0.025 + 0.11 * (y - 0.68))
                wall = ramp(np.stack([deep, palette.sky[1]]), np.float32(rng.uniform(0.2, 0.8)))
                window = palette.sun if rng.random() < 0.75 else palette.dark
                parts.house(draw, (float(x), float(y)), width, wall, shifted(palette.accent[0], 0, 0.8, -22), window)
        side = float(rng.choice([0.14, 0.8]))
        for k in range(int(rng.integers(1, 4))):
            parts.cypress(
                draw, (side + 0.09 * k, 1.02), float(rng.uniform(0.45, 0.85)), shifted(palette.dark, 0.0, 1.3, 9)
            )


def _all(canvas: Canvas) -> np.ndarray:
    palette = canvas.palette
    return np.concatenate(
        [palette.sky, palette.land, palette.water, palette.accent, palette.sun[None], palette.light[None]]
    )


def marble(canvas: Canvas) -> None:
    """Noise bent by noise (domain warping), cut into bands of colour."""
    rng, size = canvas.rng, canvas.size
    amount = float(rng.uniform(0.07, 0.16))
    reach = (amount * canvas.noise(2.2, 3), amount * canvas.noise(2.2, 3))
    field = canvas.noise(2.5, 3, 0.45)
    for _ in range(2):
        rows = np.mod(((canvas.y + reach[0]) * size).astype(int), size)
        columns = np.mod(((canvas.x + reach[1]) * size).astype(int), size)
        field = field[rows, columns]
    colours = _all(canvas)[rng.permutation(12)[: int(rng.integers(6, 9))]]
    place = (0.5 + 0.5 * np.tanh(0.8 * field)) * len(colours)
    soft = float(rng.uniform(0.05, 0.6))
    step = np.floor(place) + np.clip((place % 1 - 0.5) / soft + 0.5, 0, 1)
    canvas.rgb = ramp(np.concatenate([colours, colours[:1]]), step / len(colours))
    veins = np.exp(-(((place % 1 - 0.5) / 0.05) ** 2))
    canvas.fill(0.75 * veins * (canvas.noise(4, 2) > -0.2), canvas.palette.dark)


def rings(canvas: Canvas) -> None:
    """Quartered rings, arcs, bars and wedges over a two-tone ground."""
    rng, palette = canvas.rng, canvas.palette
    colours = _all(canvas)
    slope = rng.uniform(-1, 1)
    ground = canvas.edge(canvas.y - 0.5 - slope * (canvas.x - 0.5) - 0.08 * np.sin(5 * canvas.x), 0.3)
    low, high = palette.light, palette.sky[int(rng.integers(3))]
    canvas.rgb = ramp(np.stack([low, high]), ground + 0.08 * canvas.noise(3, 3))
    for _ in range(int(rng.integers(5, 9))):
        cx, cy, reach = rng.random(), rng.random(), float(rng.uniform(0.1, 0.34))
        away = np.hypot(canvas.x - cx, canvas.y - cy)
        quarter = np.floor((np.arctan2(canvas.y - cy, canvas.x - cx) + rng.uniform(0, 6)) / (np.pi / 2)).astype(int) % 4
        count = int(rng.integers(3, 6))
        ring = np.minimum((away / reach * count).astype(int), count)
        table = colours[rng.integers(len(colours), size=(4, count + 1))]
        whole = rng.random() < 0.4
        shown = canvas.edge(away - reach) * (1 if whole else (quarter != rng.integers(4)))
        canvas.fill(0.94 * shown, table[0 if whole else quarter, ring])
    with canvas.shapes() as draw:
        for _ in range(int(rng.integers(6, 14))):
            colour = shifted(colours[int(rng.integers(len(colours)))], rng.normal(0, 0.1))
            centre, angle = rng.random(2), rng.uniform(0, 6.3)
            along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
            if rng.random() < 0.5:
                draw.polygon([centre + 0.2 * along, centre + 0.05 * across, centre - 0.05 * across], colour)
            else:
                draw.line(
                    [centre - 0.25 * along, centre + 0.25 * along], float(rng.uniform(0.004, 0.014)), palette.dark
                )
        for _ in range(int(rng.integers(2, 6))):
            t = np.linspace(0, 1, 60)
            bend = rng.uniform(-0.2, 0.2, 3)
            path = np.stack([t, 0.5 + sum(b * np.sin(2 * np.pi * (k + 1) * t + b * 20) for k, b in enumerate(bend))], 1)
            draw.line(path, float(rng.uniform(0.004, 0.012)), palette.dark)
