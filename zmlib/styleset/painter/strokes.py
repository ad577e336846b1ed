"""Oil paint: curved brush strokes of several sizes, after Hertzmann 1998.

"Painterly Rendering with Curved Brush Strokes of Multiple Sizes", SIGGRAPH 98.  Kept from the paper: layers from
the largest brush to the smallest; each compares the canvas with the picture blurred to the brush's size and paints
only where they differ by more than a threshold, from the worst point of each grid cell; a stroke follows the normal
of the gradient, bends by a curvature filter, and ends where its colour would do harm; colours jitter.
Ours: where the picture is flat the strokes follow a smooth random flow; each stroke is a body with bristles, whose
height is lit at the end (impasto) over a woven canvas.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, sobel

from zmlib.styleset.painter.colours import to_oklab, to_srgb
from zmlib.styleset.painter.noise import Field, fractal

OVER = 2  # strokes are drawn at twice the size and averaged down


class Brushwork:
    """One painter's hand, drawn at random; lengths in pixels of a picture whose short side is 512."""

    def __init__(self, rng: Generator) -> None:
        scale = float(rng.choice([0.75, 1.0, 1.35]))
        self.radii = tuple(scale * radius for radius in ((22, 10, 5, 2.6) if rng.random() < 0.7 else (16, 8, 4)))
        self.threshold = float(rng.uniform(0.06, 0.13))  # colour difference (sRGB, 0 to 1.7) that is painted over
        self.curvature = float(rng.uniform(0.4, 1.0))  # 0 straight on, 1 free to turn (Hertzmann's f_c)
        self.longest = int(rng.integers(5, 15))  # steps of one radius
        self.jitter = float(rng.uniform(0.02, 0.055))  # lightness of strokes; half of it for colour
        self.broken = float(rng.uniform(0.0, 0.25))  # share of strokes in a shifted hue
        self.flow = float(rng.uniform(0.1, 1.2))  # weight of the random flow against the picture's own edges
        self.relief = float(rng.uniform(0.5, 1.3))  # strength of the lit paint
        self.chroma = float(rng.uniform(1.05, 1.35))
        # Oklab of the primed canvas
        self.ground = (float(rng.uniform(0.4, 0.85)), float(rng.normal(0.03, 0.03)), float(rng.normal(0.05, 0.03)))


def strokes(image: np.ndarray, rng: Generator) -> np.ndarray:
    """``image`` (H, W, 3) in [0, 1] as an oil painting of the same shape."""
    height, width = image.shape[:2]
    unit = min(height, width) / 512
    hand = Brushwork(rng)
    picture = to_oklab(image)
    picture[..., 1:] *= hand.chroma
    picture = to_srgb(picture)
    angle = np.pi * fractal(rng, (height, width), float(rng.uniform(1.5, 3.5)), 2) * 0.6 + rng.uniform(0, np.pi)
    first = tuple(int(round(255 * value)) for value in to_srgb(np.array(hand.ground)))
    sheet = Image.new("RGBA", (width * OVER, height * OVER), (*first, 90))  # the fourth channel is the paint's height
    for layer, radius in enumerate(hand.radii):
        brush = max(radius * unit, 1.0)
        wanted = gaussian_filter(picture, (0.45 * brush, 0.45 * brush, 0))
        if layer == 0:
            difference = np.full((height, width), 9.0, np.float32)
        else:
            canvas = np.asarray(sheet.reduce(OVER).convert("RGB"), np.float32) / 255
            canvas = gaussian_filter(canvas, (0.5 * brush, 0.5 * brush, 0))  # bristles are no error to be mended
            difference = np.linalg.norm(wanted - canvas, axis=-1)
        # the finer the brush, the more it takes to use it: large strokes stay to be seen in calm places
        starts = _starts(rng, difference, max(2, round(0.9 * brush)), hand.threshold * (1 + 0.3 * layer))
        if not len(starts):
            continue
        tangent = _tangent(wanted, angle, hand.flow, brush)
        paths, lengths = _trace(wanted, difference, tangent, starts, brush, hand)
        colours = _mix(rng, wanted[starts[:, 0], starts[:, 1]], hand)
        _lay(rng, sheet, paths, lengths, colours, brush, hand)
    return _lit(rng, np.asarray(sheet, np.float32) / 255, hand, unit)


def _starts(rng: Generator, difference: Field, cell: int, threshold: float) -> np.ndarray:
    """The worst point (row, column) of each ``cell`` x ``cell`` whose mean difference is over the threshold."""
    height, width = difference.shape
    rows, columns = -(-height // cell), -(-width // cell)
    padded = np.pad(difference, ((0, rows * cell - height), (0, columns * cell - width)), constant_values=-1.0)
    cells = padded.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(rows * columns, cell * cell)
    inside = cells >= 0
    mean = np.where(inside, cells, 0).sum(1) / inside.sum(1)
    worst = np.where(inside, cells + 1e-4 * rng.random(cells.shape, np.float32), -1).argmax(1)
    index = np.arange(rows * columns)
    place = np.stack([index // columns * cell + worst // cell, index % columns * cell + worst % cell], 1)
    return place[mean > threshold]


def _tangent(wanted: np.ndarray, angle: Field, flow: float, brush: float) -> np.ndarray:
    """Unit directions (H, W, 2) as (x, y) along edges, from the structure tensor; the flow's where there are none."""
    light = wanted @ np.array([0.3, 0.59, 0.11], np.float32)
    gx, gy = sobel(light, 1), sobel(light, 0)
    reach = 0.6 * brush + 1
    xx, yy, xy = (gaussian_filter(part, reach) for part in (gx * gx, gy * gy, gx * gy))
    weak = flow * (0.25 * float((xx + yy).mean()) + 1e-5)
    nx, ny = -np.sin(angle), np.cos(angle)
    xx, yy, xy = xx + weak * nx * nx, yy + weak * ny * ny, xy + weak * nx * ny
    normal = 0.5 * np.arctan2(2 * xy, xx - yy)
    return np.stack([-np.sin(normal), np.cos(normal)], -1)


def _trace(
    wanted: np.ndarray, difference: Field, tangent: np.ndarray, starts: np.ndarray, brush: float, hand: Brushwork
) -> tuple[np.ndarray, np.ndarray]:
    """All strokes of a layer at once: paths (n, longest + 1, 2) as (x, y), and how many points of each are used."""
    height, width = difference.shape
    here = starts[:, ::-1].astype(np.float32)
    colour = wanted[starts[:, 0], starts[:, 1]]
    last = tangent[starts[:, 0], starts[:, 1]]
    paths = np.repeat(here[:, None], hand.longest + 1, 1)
    alive, lengths = np.ones(len(starts), bool), np.ones(len(starts), int)
    for step in range(1, hand.longest + 1):
        column, row = (here[:, k].round().astype(int).clip(0, (width, height)[k] - 1) for k in (0, 1))
        ahead = tangent[row, column]
        ahead = np.where((ahead * last).sum(1, keepdims=True) < 0, -ahead, ahead)
        ahead = hand.curvature * ahead + (1 - hand.curvature) * last
        last = ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
        here = here + brush * last
        inside = (here >= 0).all(1) & (here[:, 0] < width) & (here[:, 1] < height)
        column, row = (here[:, k].round().astype(int).clip(0, (width, height)[k] - 1) for k in (0, 1))
        harm = np.linalg.norm(wanted[row, column] - colour, axis=1) > difference[row, column]
        alive &= inside & ~(harm & (step > 2))
        if not alive.any():
            break
        paths[alive, step] = here[alive]
        lengths[alive] = step + 1
    return paths, lengths


def _mix(rng: Generator, colours: np.ndarray, hand: Brushwork) -> np.ndarray:
    """The strokes' colours in Oklab (n, 3): each a little off, some far in hue at the same lightness."""
    lab = to_oklab(colours)
    lab += rng.normal(0, 1, lab.shape).astype(np.float32) * np.array([1, 0.5, 0.5], np.float32) * hand.jitter
    turn = np.where(rng.random(len(lab)) < hand.broken, rng.normal(0, 0.8, len(lab)), 0)
    a, b = lab[:, 1].copy(), lab[:, 2].copy()
    lab[:, 1], lab[:, 2] = a * np.cos(turn) - b * np.sin(turn), a * np.sin(turn) + b * np.cos(turn)
    return lab


def _smooth(paths: np.ndarray) -> np.ndarray:
    """Chaikin's corner cutting (n, L, 2), twice for short ones: nearly the quadratic B-spline, its ends kept."""
    for _ in range(2 if paths.shape[1] < 8 else 1):
        near, far = paths[:, :-1] * 0.75 + paths[:, 1:] * 0.25, paths[:, :-1] * 0.25 + paths[:, 1:] * 0.75
        cut = np.stack([near, far], 2).reshape(len(paths), -1, 2)
        paths = np.concatenate([paths[:, :1], cut, paths[:, -1:]], 1)
    return paths


def _lay(
    rng: Generator,
    sheet: Image.Image,
    paths: np.ndarray,
    lengths: np.ndarray,
    colours: np.ndarray,
    brush: float,
    hand: Brushwork,
) -> None:
    """Draw the strokes of a layer in random order: a body, then bristles along it that run past its end."""
    bristles = int(np.clip(round(0.55 * brush * OVER), 2, 13))
    wide = max(1, round(1.5 * brush * OVER / bristles))
    across = np.linspace(-0.88, 0.88, bristles, dtype=np.float32)
    count = len(paths)
    tints = np.repeat(colours[:, None], bristles + 1, 1)
    tints[:, 1:, 0] += rng.normal(0, 0.6 * hand.jitter + 0.012, (count, bristles))
    heights = rng.normal(140, 22, (count, 1)) + rng.normal(0, 34, (count, bristles + 1))
    heights[:, 1:] += 34 * np.abs(across) ** 3  # paint is pushed up at the sides
    inks = np.concatenate([np.rint(255 * to_srgb(tints)), heights.clip(20, 255)[..., None]], 2).astype(int)
    pressure, skew = rng.uniform(0.75, 1.15, count), rng.uniform(0, 0.22, (count, bristles))
    order = rng.permutation(count)

    shapes: dict[int, tuple[list[float], list[list[float]]]] = {}
    for length in np.unique(lengths):  # the geometry of all strokes of one length together
        which = np.flatnonzero(lengths == length)
        line = paths[which, :length]
        line = _smooth(line if length > 1 else line + brush * _DAB) * OVER
        along = np.gradient(line, axis=1)
        along /= np.maximum(np.hypot(along[..., :1], along[..., 1:]), 1e-6)
        t = np.linspace(0, 1, line.shape[1])
        half = brush * OVER * np.minimum(1, 0.45 + 3.2 * t) * np.minimum(1, 0.3 + 2.6 * (1 - t))
        half = half[None, :, None] * pressure[which, None, None]
        side = np.stack([-along[..., 1], along[..., 0]], -1) * half
        body = np.concatenate([line + side, (line - side)[:, ::-1]], 1)
        hairs = line[:, None] + side[:, None] * across[None, :, None, None]
        past = along[:, None, -1] * (brush * OVER * (skew[which] * 5 - 0.2))[..., None]
        hairs = np.concatenate([hairs, (hairs[:, :, -1] + past)[:, :, None]], 2)
        outlines, bundles = body.reshape(len(which), -1).tolist(), hairs.reshape(*hairs.shape[:2], -1).tolist()
        shapes |= {int(stroke): both for stroke, both in zip(which, zip(outlines, bundles, strict=True), strict=True)}

    draw = ImageDraw.Draw(sheet)
    skips = (skew * 0.5 * (2 * lengths[:, None])).astype(int) * 2  # where on its way a bristle touches down
    for index in order.tolist():
        outline, bundle = shapes[index]
        tint = inks[index].tolist()
        draw.polygon(outline, fill=tuple(tint[0]))
        for k, hair in enumerate(bundle):
            draw.line(hair[skips[index, k] :], fill=tuple(tint[k + 1]), width=wide)


_DAB = np.array([[-0.8, -0.1], [0.0, 0.1], [0.8, 0.0]])


def _lit(rng: Generator, sheet: np.ndarray, hand: Brushwork, unit: float) -> np.ndarray:
    """The painted sheet (H*2, W*2, 4) lit from one side by its height, and averaged down."""
    colour, paint = sheet[..., :3], gaussian_filter(sheet[..., 3], 0.9 * OVER * unit)
    rows, columns = np.indices(paint.shape, dtype=np.float32) / (OVER * unit)
    weave = 0.03 * (np.sin(rows * 2.1) * np.cos(columns * 0.15) + np.sin(columns * 2.1))
    paint = paint + weave * (1.1 - paint)
    angle = rng.uniform(0.6, 1.1) * np.pi
    slope = np.cos(angle) * np.gradient(paint, axis=1) + np.sin(angle) * np.gradient(paint, axis=0)
    slope *= hand.relief * OVER * unit * 1.6
    lit = colour * (1 + np.clip(slope, -0.4, 0.35))[..., None]
    lit += np.clip(slope - 0.14, 0, 0.3)[..., None] * 0.7  # a little gloss on the steepest ridges
    height, width = lit.shape[0] // OVER, lit.shape[1] // OVER
    return lit.reshape(height, OVER, width, OVER, 3).mean((1, 3)).clip(0, 1)
