"""Scenes on land: hills, a mountain over a lake, a wood, a town."""

from __future__ import annotations

import numpy as np

from zmlib.styleset.painter.colours import ramp, shifted
from zmlib.styleset.painter.noise import ridge
from zmlib.styleset.painter.scenes import parts
from zmlib.styleset.painter.scenes.canvas import Canvas


def hills(canvas: Canvas) -> None:
    """Ridge behind ridge, the near ones ploughed and planted."""
    rng, palette = canvas.rng, canvas.palette
    horizon = float(rng.uniform(0.34, 0.52))
    parts.sky(canvas, horizon + 0.1, swirl=rng.random())
    parts.sun(canvas, horizon, rings=rng.random() < 0.4)
    if rng.random() < 0.75:
        parts.clouds(canvas, horizon)
    count = int(rng.integers(4, 7))
    tree = int(rng.integers(3))
    for k in range(count):
        near = k / (count - 1)
        line = ridge(rng, 0.6 + 1.1 * (1 - near) + rng.random(), 0.45 - 0.15 * near)
        base = horizon + (0.98 - horizon) * near**1.25 * 0.92
        top = base - (0.075 - 0.02 * near) * line(canvas.x)
        colour = ramp(palette.land, np.float32(near))
        if k == count - 2 or (k and rng.random() < 0.35):
            colour = shifted(palette.accent[k % 2], light=-3)
        body = canvas.mottle(colour, 5, 7)
        if k:  # furrows that close up towards the crest, or patchwork
            depth = np.clip(canvas.y - top, 0, 1)
            slant = rng.uniform(-3, 3)
            rows = np.sin((18 + 14 * near) * (canvas.x + slant * depth) * (1 + 1.2 * near) / (0.35 + 2 * depth))
            furrow = shifted(colour, 0.35, 1.2, -13 if rng.random() < 0.5 else 12)
            body = body + (0.8 * np.clip(rows * 2.5, 0, 1))[..., None] * (furrow - body)
        canvas.fill(canvas.edge(top - canvas.y), body)
        rim = np.exp(-(((canvas.y - top) / 0.012) ** 2)) * (canvas.y > top)
        canvas.fill(0.6 * rim, shifted(colour, 0.2, 1.1, 16))
        if k == 0 or rng.random() < 0.2:
            continue
        with canvas.shapes() as draw:
            for x in np.sort(rng.uniform(0.02, 0.98, int(rng.integers(2, 7)))):
                height = float((0.05 + 0.26 * near**1.4) * rng.uniform(0.7, 1.3))
                foot = (float(x), float(base - (0.075 - 0.02 * near) * line(np.float32(x)) + 0.02 + 0.05 * near))
                leaf = shifted(palette.land[2], 0.2 * rng.normal(), 1.1, 8 * (1 - near))
                if tree == 0:
                    parts.cypress(draw, foot, 1.25 * height, leaf)
                elif tree == 1:
                    leaf = leaf if rng.random() < 0.6 else shifted(palette.accent[int(rng.integers(2))], light=-4)
                    parts.round_tree(draw, foot, height, leaf, palette.dark)
                else:
                    parts.pine(draw, foot, 1.2 * height, leaf, palette.dark)
            if rng.random() < 0.5:
                x = float(rng.uniform(0.1, 0.8))
                foot = (x, float(base - (0.075 - 0.02 * near) * line(np.float32(x)) + 0.03))
                window = palette.dark
                parts.house(draw, foot, 0.03 + 0.06 * near, palette.light, shifted(palette.accent[0]), window)


def mountain(canvas: Canvas) -> None:
    """A snow-capped cone over a lake that mirrors it, reeds or pines in front."""
    rng, palette = canvas.rng, canvas.palette
    horizon = float(rng.uniform(0.52, 0.66))
    parts.sky(canvas, horizon, swirl=0.3)
    if rng.random() < 0.8:
        parts.sun(canvas, 0.6 * horizon, rings=rng.random() < 0.5)
    parts.clouds(canvas, 0.8 * horizon)
    peak, top = float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.1, 0.2))
    away = np.abs(canvas.x - peak)
    rough = ridge(rng, 4, 0.6)(canvas.x)
    flank = top + (horizon - top) * (1 - np.exp(-away * rng.uniform(3.2, 4.5))) / 0.85 + 0.008 * rough
    flank = np.maximum(flank, top + 0.012 * np.sin(40 * canvas.x) * (away < 0.05) + 0.012)
    face = ramp(np.stack([palette.land[0], palette.land[1], palette.land[2]]), (canvas.y - top) / (horizon - top))
    canvas.fill(canvas.edge(flank - canvas.y), face)
    shade = canvas.edge(peak - canvas.x + 0.03 * rough + 0.25 * (canvas.y - top) * np.sin(25 * canvas.y), 0.02)
    canvas.fill(0.5 * shade * canvas.edge(flank - canvas.y), shifted(palette.land[2], light=-4))
    gully = top + (0.17 + 0.05 * np.abs(np.sin(38 * (canvas.x - peak) + 2 * rough))) * (horizon - top) / 0.5
    canvas.fill(canvas.edge(flank - canvas.y) * canvas.edge(canvas.y - gully), palette.light)
    canvas.fill(
        0.55 * shade * canvas.edge(flank - canvas.y) * canvas.edge(canvas.y - gully), shifted(palette.sky[1], light=5)
    )
    for k in range(2):
        line = ridge(rng, 1.5 + k, 0.5)(canvas.x)
        low = horizon - (0.06 - 0.03 * k) * (1 + 0.6 * line)
        canvas.fill(canvas.edge(low - canvas.y), canvas.mottle(ramp(palette.land, np.float32(0.4 + 0.4 * k)), 5))
    _mirror(canvas, horizon)
    with canvas.shapes() as draw:
        for _ in range(int(rng.integers(2, 5))):
            parts.sail(
                draw,
                (float(rng.uniform(0.1, 0.9)), float(rng.uniform(horizon + 0.05, 0.85))),
                float(rng.uniform(0.05, 0.11)),
                palette.dark,
                palette.light,
            )
        side = float(rng.choice([0.08, 0.86]))
        for k in range(int(rng.integers(2, 5))):
            foot = (side + 0.1 * float(rng.normal()), 1.02)
            parts.pine(
                draw, foot, float(rng.uniform(0.3, 0.62)), shifted(palette.land[2], light=-3 + 3 * k), palette.dark
            )


def _mirror(canvas: Canvas, horizon: float) -> None:
    """Water below ``horizon``: what is above, upside down, darker, rippled."""
    size = canvas.size
    edge = int(horizon * size)
    depth = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1)
    ripple = np.sin(90 * depth**0.55 + 1.5 * canvas.noise(5, 3)) * 0.012 * (0.3 + depth)
    rows = np.clip((2 * edge - np.arange(size)[:, None] + (ripple * size * 1.5)).astype(int), 0, size - 1)
    columns = np.clip((np.arange(size)[None] + ripple * size).astype(int), 0, size - 1)
    water = ramp(canvas.palette.water, 0.5 + 0.5 * np.sin(70 * depth**0.6 + 2 * canvas.noise(4, 3)))
    canvas.fill(canvas.edge(horizon - canvas.y), 0.55 * canvas.rgb[rows, columns] + 0.45 * water)


def wood(canvas: Canvas) -> None:
    """Trunks against dappled leaves, light coming through, a path of fallen leaves."""
    rng, palette = canvas.rng, canvas.palette
    leaves = np.concatenate([palette.land, palette.accent, palette.sun[None]])
    glow = np.exp(-(((canvas.x - rng.uniform(0.3, 0.7)) / 0.28) ** 2) - ((canvas.y - 0.42) / 0.34) ** 2)
    canvas.rgb = ramp(np.stack([palette.land[2], palette.land[1], palette.sky[1], palette.sun]), 0.85 * glow + 0.12)
    floor = 0.72 + 0.03 * ridge(rng, 1.2, 0.5)(canvas.x)
    canvas.fill(canvas.edge(floor - canvas.y), canvas.mottle(palette.accent[1], 9, 16))
    birch = rng.random() < 0.5
    for k in range(4):
        near = k / 3
        with canvas.shapes() as draw:
            for _ in range(int(9 - 2 * k)):
                x, width = float(rng.uniform(-0.02, 1.02)), (0.008 + 0.04 * near) * float(rng.uniform(0.7, 1.3))
                lean, foot = float(rng.normal(0, 0.05)), 0.7 + 0.08 * k + 0.05 * float(rng.random())
                bark = palette.light if birch else shifted(palette.dark, light=14 * (1 - near))
                bark = ramp(np.stack([palette.sky[1], bark]), np.float32(0.35 + 0.65 * near))
                down = np.linspace(-0.05, foot, 12)
                path = x + lean * (1 - down) + 0.006 * np.sin(9 * down + rng.uniform(0, 6))
                draw.line(np.stack([path, down], 1), width, bark)
                shadow = np.stack([path + 0.3 * width, down], 1)
                draw.line(shadow, 0.4 * width, shifted(bark, 0.0, 1.0, -22 if birch else -9))
                for y0 in rng.uniform(0, foot, int(14 * near) if birch else 0):
                    x0 = float(np.interp(y0, down, path))
                    draw.line(
                        [(x0 - 0.5 * width, y0), (x0 + rng.uniform(-0.2, 0.4) * width, y0 + 0.003)], 0.006, palette.dark
                    )
            for _ in range(300):
                x, y = float(rng.random()), float(rng.beta(1.1, 2.2) * 0.75)
                tone = leaves[int(rng.integers(len(leaves)))]
                draw.blob(
                    (x, y),
                    0.006 + 0.016 * near * rng.random(),
                    shifted(tone, rng.normal(0, 0.15), 1.1, rng.normal(0, 7)),
                )
            for _ in range(120):
                x, y = float(rng.random()), float(rng.uniform(0.74, 1.0))
                tone = leaves[2 + int(rng.integers(len(leaves) - 2))]
                draw.blob((x, y), 0.004 + 0.012 * (y - 0.7) * 3, shifted(tone, 0, 1.1, rng.normal(0, 8)), 0.2, 0.5)


def town(canvas: Canvas) -> None:
    """Houses climbing a hill above the water, trees among them."""
    rng, palette = canvas.rng, canvas.palette
    parts.sky(canvas, 0.5, swirl=rng.random())
    parts.sun(canvas, 0.32, rings=rng.random() < 0.5)
    parts.clouds(canvas, 0.4)
    top = 0.42 - 0.16 * np.sin(np.pi * np.clip(canvas.x * 1.1, 0, 1)) + 0.03 * ridge(rng, 2, 0.5)(canvas.x)
    canvas.fill(canvas.edge(top - canvas.y), canvas.mottle(palette.land[1], 6, 8))
    walls = [palette.light, palette.sky[2], palette.accent[1], shifted(palette.accent[0], light=14), palette.sun]
    roofs = [
        palette.accent[0],
        palette.land[0],
        shifted(palette.water[0], light=6),
        shifted(palette.accent[0], light=-12),
    ]
    with canvas.shapes() as draw:
        for y in np.linspace(0.3, 0.84, 8):
            width = 0.035 + 0.075 * (y - 0.25)
            places = np.arange(-0.05, 1.05, width * 1.75) + rng.uniform(0, width)
            for x in places + 0.25 * width * rng.normal(size=places.shape):
                crest = 0.42 - 0.16 * np.sin(np.pi * min(1.0, max(0.0, x * 1.1)))
                if y < crest + 0.03:
                    continue
                foot = (float(x), float(y + 0.02 * rng.normal()))
                if rng.random() < 0.2:
                    parts.round_tree(draw, foot, 1.7 * width, shifted(palette.land[2], light=6), palette.dark)
                    continue
                wall = shifted(walls[int(rng.integers(len(walls)))], rng.normal(0, 0.1), 1.0, rng.normal(0, 4))
                parts.house(draw, foot, width, wall, roofs[int(rng.integers(len(roofs)))], palette.dark)
    _mirror(canvas, 0.84)
