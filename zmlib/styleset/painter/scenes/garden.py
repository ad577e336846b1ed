"""Scenes of flowers: a meadow, a vase."""

from __future__ import annotations

import numpy as np

from zmlib.styleset.painter.colours import Colour, ramp, shifted
from zmlib.styleset.painter.noise import ridge
from zmlib.styleset.painter.scenes import parts
from zmlib.styleset.painter.scenes.canvas import Canvas, Point, Shapes


def flower(draw: Shapes, centre: Point, radius: float, petal: Colour, heart: Colour) -> None:
    """Two rounds of petals and a heart."""
    rng = draw.canvas.rng
    count, turn, tilt = int(rng.integers(5, 12)), rng.uniform(0, 6.3), float(rng.uniform(0.6, 1.0))
    for reach, size, light in ((0.62, 0.42, -8.0), (0.4, 0.36, 7.0)):
        for k in range(count):
            angle = turn + 2 * np.pi * k / count
            place = (centre[0] + reach * radius * np.cos(angle), centre[1] + tilt * reach * radius * np.sin(angle))
            draw.blob(place, size * radius, shifted(petal, rng.normal(0, 0.08), 1.1, light + rng.normal(0, 4)), 0.1)
        turn += np.pi / count
    draw.blob(centre, 0.26 * radius, heart, 0.1)
    draw.blob((centre[0] - 0.05 * radius, centre[1] - 0.06 * radius), 0.13 * radius, shifted(heart, light=16), 0.1)


def meadow(canvas: Canvas) -> None:
    """Flowers by the hundred, small far away and large at one's feet."""
    rng, palette = canvas.rng, canvas.palette
    horizon = float(rng.uniform(0.22, 0.4))
    parts.sky(canvas, horizon, swirl=rng.random())
    parts.sun(canvas, horizon, rings=rng.random() < 0.3)
    parts.clouds(canvas, horizon)
    far = horizon - 0.05 * (1 + 0.5 * ridge(rng, 2, 0.6)(canvas.x))
    canvas.fill(canvas.edge(far - canvas.y), canvas.mottle(palette.land[2], 8, 14))
    depth = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1)
    grass = ramp(np.stack([palette.land[0], palette.land[1], palette.land[2]]), depth**0.7 + 0.12 * canvas.noise(9, 4))
    canvas.fill(canvas.edge(horizon - canvas.y), grass)
    kinds = [palette.accent[0], palette.accent[1], palette.light, palette.sun]
    kinds = [kinds[i] for i in rng.permutation(4)[: int(rng.integers(2, 5))]]
    hearts = [palette.dark, palette.sun]
    drift = canvas.noise(3, 2)
    with canvas.shapes() as draw:
        for y in np.sort(rng.random(520) ** 0.75):
            near, x = float(y), float(rng.random())
            place = (x, horizon + near * (1 - horizon))
            blade = shifted(palette.land[int(rng.integers(3))], rng.normal(0, 0.2), 1.2, rng.normal(4, 9))
            for _ in range(3):
                root = (x + float(rng.normal(0, 0.02)), place[1] + 0.03)
                tip = (root[0] + float(rng.normal(0, 0.02 * near)), root[1] - (0.01 + 0.1 * near))
                draw.line([root, tip], 0.002 + 0.005 * near, blade)
            patch = drift[min(canvas.size - 1, int(place[1] * canvas.size)), int(x * (canvas.size - 1))]
            if patch + 0.6 * rng.normal() > -0.5:
                kind = int(np.clip(patch + 1.5 + 0.4 * rng.normal(), 0, len(kinds) - 1))
                radius = 0.005 + 0.05 * near**1.6 * float(rng.uniform(0.6, 1.2))
                petal = shifted(kinds[kind], rng.normal(0, 0.08), 1.1, rng.normal(0, 5))
                if radius < 0.014:
                    draw.blob(place, radius, petal, 0.2, 0.7)
                else:
                    flower(draw, place, radius, petal, hearts[kind % 2])


def vase(canvas: Canvas) -> None:
    """A bouquet in a round vase, fruit beside it, a striped cloth, a wall."""
    rng, palette = canvas.rng, canvas.palette
    wall = [palette.sky[0], palette.sky[1], palette.water[0], palette.land[1], palette.sky[2]][int(rng.integers(5))]
    table = float(rng.uniform(0.7, 0.78))
    canvas.rgb = canvas.mottle(wall, 8, 4)
    if rng.random() < 0.6:  # a patterned wall
        step = float(rng.uniform(0.09, 0.15))
        spots = np.hypot((canvas.x / step) % 1 - 0.5, ((canvas.y / step) + 0.5 * np.floor(canvas.x / step)) % 1 - 0.5)
        canvas.fill(0.7 * canvas.edge(spots - 0.2, 0.05), shifted(wall, 0.3, 1.2, 13))
    cloth = palette.accent[0] if rng.random() < 0.5 else palette.light
    board = canvas.mottle(cloth, 7, 6)
    bands = np.sin(2 * np.pi * 9 * (canvas.x - 0.5) / (0.4 + 1.2 * (canvas.y - table + 0.3)))
    canvas.fill(canvas.edge(table - canvas.y), board)
    canvas.fill(canvas.edge(table - canvas.y) * (bands > 0.45) * 0.85, palette.accent[1])
    x, width = float(rng.uniform(0.4, 0.58)), float(rng.uniform(0.13, 0.17))
    pot = palette.water[1] if rng.random() < 0.5 else palette.sun
    foot = table + 0.13
    canvas.fill(0.5 * np.exp(-(((canvas.x - x - 0.12) / 0.2) ** 2) - ((canvas.y - foot) / 0.03) ** 2), palette.dark)
    with canvas.shapes() as draw:
        for k in range(9):
            size = 1 - k / 9
            centre = (x - 0.035 * (1 - size), foot - 0.16 - 0.02 * (1 - size))
            draw.oval(centre, width * size, 0.17 * size, shifted(pot, 0.12 - 0.03 * k, 1.0, -22 + 5 * k))
        draw.polygon(
            [(x - 0.07, foot - 0.29), (x + 0.07, foot - 0.29), (x + 0.085, foot - 0.37), (x - 0.085, foot - 0.37)],
            shifted(pot, light=-8),
        )
        for _ in range(int(rng.integers(2, 6))):
            place = (
                float(rng.choice([x - 0.3, x + 0.3]) + rng.normal(0, 0.07)),
                foot + 0.03 + float(rng.random()) * 0.06,
            )
            fruit = [palette.accent[0], palette.accent[1], palette.sun][int(rng.integers(3))]
            for k in range(7):
                size = 0.062 * (1 - k / 8)
                draw.oval(
                    (place[0] - 0.008 * k / 3, place[1] - 0.01 * k / 3),
                    size,
                    size,
                    shifted(fruit, 0.03 * k, 1.0, -18 + 6 * k),
                )
        for _ in range(46):
            angle, reach = rng.uniform(-np.pi, 0.15), rng.uniform(0.05, 0.36)
            tip = (x + reach * np.cos(angle), foot - 0.42 + reach * 0.85 * np.sin(angle))
            leaf = shifted(palette.land[int(rng.integers(3))], rng.normal(0, 0.2), 1.2, rng.normal(2, 8))
            draw.line([(x, foot - 0.35), tip], 0.006, shifted(leaf, light=-8))
            draw.blob(
                (float(tip[0]), float(tip[1])), float(rng.uniform(0.02, 0.045)), leaf, 0.3, float(rng.uniform(0.4, 1.5))
            )
        kinds = [palette.accent[0], palette.accent[1], palette.light, palette.sun]
        for _ in range(26):
            angle, reach = rng.uniform(0, 2 * np.pi), 0.27 * np.sqrt(rng.random())
            place = (float(x + 1.05 * reach * np.cos(angle)), float(foot - 0.53 + 0.85 * reach * np.sin(angle)))
            kind = kinds[int(rng.integers(len(kinds)))]
            heart = palette.dark if kind is palette.sun else palette.sun
            flower(draw, place, float(rng.uniform(0.035, 0.085)), shifted(kind, rng.normal(0, 0.1), 1.1), heart)
