"""Pictures of nothing: marbled flow, rings and wedges."""

from __future__ import annotations

import numpy as np

from zmlib.styleset.painter.palettes import ramp, shifted
from zmlib.styleset.painter.scenes.canvas import Canvas


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
