"""Scenes on water: an open sea with boats, a great wave."""

from __future__ import annotations

import numpy as np

from zmlib.styleset.painter.colours import ramp, shifted
from zmlib.styleset.painter.noise import ridge
from zmlib.styleset.painter.scenes import parts
from zmlib.styleset.painter.scenes.canvas import Canvas


def sea(canvas: Canvas) -> None:
    """Sun over water: a path of glitter, headlands, sails."""
    rng, palette = canvas.rng, canvas.palette
    horizon = float(rng.uniform(0.38, 0.56))
    parts.sky(canvas, horizon, swirl=rng.random())
    place = parts.sun(canvas, horizon, rings=rng.random() < 0.35)
    parts.clouds(canvas, horizon)
    for k in range(2):
        line = ridge(rng, 0.9 + k, 0.45)(canvas.x)
        reach = canvas.edge((canvas.x - rng.uniform(0.3, 0.55)) * (1 if rng.random() < 0.5 else -1), 0.25)
        low = horizon - (0.09 - 0.03 * k) * np.clip(0.6 + line, 0, 2) * reach
        canvas.fill(canvas.edge(low - canvas.y), canvas.mottle(palette.land[k], 5))
    depth = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1)
    lines = np.sin(95 * depth**0.5 + 2.2 * canvas.noise(4, 4)) + 0.5 * canvas.noise(12, 3)
    water = ramp(np.stack([shifted(palette.water[0], light=-8), palette.water[0], palette.water[1]]), 0.5 + 0.3 * lines)
    water += 0.35 * (1 - depth[..., None]) * (palette.sky[2] - water)
    canvas.fill(canvas.edge(horizon - canvas.y), water)
    path = np.exp(-(((canvas.x - place[0]) / (0.04 + 0.2 * depth)) ** 2)) * (lines > 0.25) * (canvas.y > horizon)
    canvas.fill(0.9 * path, palette.sun)
    with canvas.shapes() as draw:
        for y in np.sort(rng.uniform(0.03, 0.6, int(rng.integers(3, 8)))):
            cloth = palette.accent[int(rng.integers(2))] if rng.random() < 0.6 else palette.light
            size = float(0.05 + 0.3 * y * rng.uniform(0.8, 1.2))
            parts.sail(
                draw, (float(rng.uniform(0.05, 0.95)), horizon + float(y) * (1 - horizon)), size, palette.dark, cloth
            )


def wave(canvas: Canvas) -> None:
    """A breaking wave with claws of foam before a far mountain."""
    rng, palette = canvas.rng, canvas.palette
    parts.sky(canvas, 0.75, swirl=0.2)
    parts.sun(canvas, 0.45, rings=False)
    peak = float(rng.uniform(0.55, 0.75))
    cone = 0.56 + 0.75 * np.abs(canvas.x - peak)
    canvas.fill(canvas.edge(cone - canvas.y), palette.land[1])
    canvas.fill(
        canvas.edge(cone - canvas.y) * canvas.edge(canvas.y - 0.61 - 0.015 * np.sin(70 * canvas.x)), palette.light
    )
    deep, lit = palette.water
    for k in range(4):
        near = k / 3
        shift, sway = rng.uniform(0, 1), rng.uniform(1.1, 1.5)
        line = np.abs(np.sin(np.pi * (sway * canvas.x + shift))) ** 0.8
        top = 0.72 + 0.09 * k - (0.08 + 0.03 * near) * line
        stripes = np.sin(2 * np.pi * ((canvas.y - top) * (26 - 4 * k)) + 1.2 * canvas.noise(3, 2))
        canvas.fill(canvas.edge(top - canvas.y), ramp(np.stack([deep, shifted(lit, light=-6)]), 0.5 + 0.7 * stripes))
        canvas.fill(canvas.edge(top - canvas.y) * canvas.edge(canvas.y - top - 0.014 - 0.01 * near), palette.light)
        if k == 1:
            _claw(canvas)


def _claw(canvas: Canvas) -> None:
    """The breaker: a curl of striped water whose edge ends in drops of foam."""
    rng, palette = canvas.rng, canvas.palette
    deep, lit = palette.water
    t = np.linspace(0, 1, 60)
    crest = np.stack([0.72 * t**0.9 - 0.08, 0.8 - 0.62 * np.sin(0.5 * np.pi * np.minimum(1, t * 1.35)) ** 1.2], 1)
    crest[44:, 1] += np.linspace(0, 1, 16) ** 1.6 * 0.22
    crest[50:, 0] -= np.linspace(0, 1, 10) ** 2 * 0.06
    inner = np.stack(
        [0.55 - 0.35 * np.sin(np.pi * np.linspace(0.05, 0.95, 40)) ** 1.1 - 0.02, np.linspace(0.42, 0.9, 40)], 1
    )
    with canvas.shapes() as draw:
        draw.polygon(np.concatenate([crest, inner, [(-0.1, 0.95)]]), deep)
        for k in range(1, 10):  # stripes that follow the curl
            f = k / 10
            n = np.linspace(0, 1, 40)
            outer = np.stack([np.interp(n, t, crest[:, 0]), np.interp(n, t, crest[:, 1])], 1)
            path = outer * (1 - f) + inner[::-1] * f * 0.98 + np.array([-0.02, 0.03])
            keep = path[4 : 38 - int(10 * f)]
            draw.line(keep, 0.014 if k % 2 else 0.006, lit if k % 2 else shifted(lit, light=14))
        edge = crest[14:]
        for _ in range(3):
            for place in edge:
                radius = float(rng.uniform(0.012, 0.03))
                draw.blob(
                    (float(place[0] + rng.normal(0, 0.01)), float(place[1] + rng.normal(0, 0.012))),
                    radius,
                    palette.light,
                    0.3,
                )
        for _ in range(110):
            place = crest[int(rng.integers(20, 60))]
            drop = (float(place[0] + abs(rng.normal(0, 0.07))), float(place[1] + rng.normal(0, 0.06)))
            radius = 0.005 * float(rng.uniform(0.6, 1.7))
            draw.oval(drop, radius, radius, palette.light)
