"""A colour woodblock print: flat blocks, a key block of dark outlines, wood grain, paper, and bokashi gradation."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter, median_filter

from zmlib.styleset.painter.colours import clusters, from_hex, to_oklab, to_srgb
from zmlib.styleset.painter.noise import Field, fractal

OVER = 2  # printed at twice the size and averaged down
_PAPERS = from_hex("f5ecd7 efe3c8 f7f1e3 eadbbd")
_KEYS = from_hex("17202e 1c1a18 2a1a12 10293a 2b1430")


class Print:
    """One printer's way, drawn at random; lengths in pixels of a picture whose short side is 512."""

    def __init__(self, rng: Generator) -> None:
        self.blocks = int(rng.integers(7, 13))
        self.smooth = float(rng.uniform(0.9, 2.0))
        self.key = float(rng.uniform(0.8, 1.7))  # width of the outlines
        self.shift = float(rng.uniform(0.0, 1.2))  # misregistration of a block
        self.grain = float(rng.uniform(0.5, 1.2))
        self.bokashi = float(rng.uniform(0.3, 0.9))
        self.chroma = float(rng.uniform(1.05, 1.35))
        self.seal = bool(rng.random() < 0.6)
        self.paper = rng.choice(_PAPERS)
        self.ink = rng.choice(_KEYS)


def woodblock(image: np.ndarray, rng: Generator) -> np.ndarray:
    """``image`` (H, W, 3) in [0, 1] as a woodblock print of the same shape."""
    height, width = image.shape[:2]
    unit = min(height, width) / 512
    way = Print(rng)
    calm = median_filter(image, size=(max(1, round(3 * unit)),) * 2 + (1,))
    colours, labels = clusters(rng, calm, way.blocks)
    labels = _cut(labels, len(colours), way.smooth * unit)
    shape = labels.shape
    colours[:, 1:] *= way.chroma
    paper, key = way.paper, way.ink
    fibres = fractal(rng, shape, 120, 3, 0.9)
    sheet = np.broadcast_to(paper, (*shape, 3)) * (1 + 0.02 * fibres[..., None])
    down = (np.arange(shape[0], dtype=np.float32) / shape[0])[:, None]
    for k, colour in enumerate(colours):
        mask = labels == k
        if not mask.any():
            continue
        dy, dx = np.rint(rng.normal(0, way.shift * unit * OVER, 2)).astype(int)
        rows, columns = (np.clip(np.arange(side) - by, 0, side - 1) for side, by in zip(shape, (dy, dx), strict=True))
        block = gaussian_filter(mask[np.ix_(rows, columns)].astype(np.float32), 0.5 * OVER * unit)
        wood = _wood(rng, shape, unit)
        # pigment: thinner along the grain, speckled where the paper's tooth stands out
        cover = block * np.clip(
            0.97 - way.grain * (0.16 * wood + 0.07 * np.maximum(fibres, 0) + 0.1 * (fibres > 1.6)), 0, 1
        )
        reach = np.flatnonzero(mask.any(1)) / shape[0]
        fall = (down - reach[0]) / max(reach[-1] - reach[0], 0.05)
        tone = way.bokashi * rng.choice([-0.13, 0.0, 0.13]) * (fall.clip(0, 1) - 0.5)
        shade = np.broadcast_to(colour, (shape[0], 1, 3)).copy()
        shade[..., 0] += tone
        sheet = sheet + cover[..., None] * (to_srgb(shade) - sheet)
    sheet = _bokashi(rng, sheet, colours, way)
    lines = _key_block(rng, calm, colours, labels, way, unit)
    sheet = sheet + (lines * np.clip(0.97 - 0.12 * np.maximum(fibres, 0), 0, 1))[..., None] * (key - sheet)
    if way.seal:
        sheet = _seal(rng, sheet, unit)
    return sheet.reshape(height, OVER, width, OVER, 3).mean((1, 3)).clip(0, 1)


def _cut(labels: np.ndarray, count: int, smooth: float) -> np.ndarray:
    """Labels (H, W) at twice the size with carved, smooth borders: the greatest of the blurred blocks."""
    height, width = labels.shape
    best, winner = np.full((height * OVER, width * OVER), -1, np.float32), np.zeros((height * OVER, width * OVER), int)
    for k in range(count):
        block = gaussian_filter((labels == k).astype(np.float32), smooth)
        block = np.asarray(Image.fromarray(block).resize((width * OVER, height * OVER), Image.Resampling.BICUBIC))
        better = block > best
        best, winner = np.where(better, block, best), np.where(better, k, winner)
    return winner


def _wood(rng: Generator, shape: tuple[int, int], unit: float) -> Field:
    """The plank's grain, about 0 to 1: long wavering lines across the sheet, a knot or two."""
    rows, columns = np.indices(shape, dtype=np.float32) / (OVER * unit * 512)
    knots = sum(
        0.05 * np.exp(-(((columns - rng.random()) / 0.2) ** 2) - ((rows - rng.random()) / 0.06) ** 2) for _ in range(2)
    )
    lines = rows + knots + 0.012 * fractal(rng, shape, 2, 2)
    return 0.5 + 0.5 * np.sin(2 * np.pi * lines * rng.uniform(38, 70) + 0.8 * fractal(rng, shape, 3, 2))


def _bokashi(rng: Generator, sheet: np.ndarray, colours: np.ndarray, way: Print) -> np.ndarray:
    """A band of deep colour wiped off downwards from the top, at times another from the bottom up."""
    down = (np.arange(len(sheet), dtype=np.float32) / len(sheet))[:, None]
    deep = colours[len(colours) // 2 :][int(rng.integers(len(colours) - len(colours) // 2))].copy()
    deep[0] = min(deep[0], 0.42)
    ink, reach = to_srgb(deep), rng.uniform(0.1, 0.24)
    bands = [np.clip(1 - down / reach, 0, 1) ** 1.4]
    if rng.random() < 0.5:
        bands.append(0.6 * np.clip(1 - (1 - down) / (0.7 * reach), 0, 1) ** 1.4)
    for band in bands:
        uneven = np.clip(band * way.bokashi * (1 + 0.06 * fractal(rng, sheet.shape[:2], 5, 3)), 0, 1)
        sheet = sheet + uneven[..., None] * (sheet * (0.25 + 0.75 * ink) * 0.4 + 0.6 * ink - sheet)
    return sheet


def _key_block(
    rng: Generator, calm: np.ndarray, colours: np.ndarray, labels: np.ndarray, way: Print, unit: float
) -> Field:
    """Outlines (H, W) in [0, 1] where neighbouring blocks differ, swelling and thinning like a carved line."""
    flat = colours[labels]
    border = np.zeros(labels.shape, bool)
    for axis in (0, 1):
        step = np.linalg.norm(np.diff(flat, axis=axis), axis=-1) > 0.13
        border |= np.pad(step, [(0, int(axis == 0)), (0, int(axis == 1))])
    swell = np.clip(0.75 + 0.35 * fractal(rng, labels.shape, 9, 2), 0.15, 1.5)
    # the line is carved out of the darker side, so that small light things (foam, petals, windows) stay light
    half = way.key * OVER * unit * swell * np.where(colours[labels, 0] > 0.7, 0.45, 1.0)
    lines = np.clip(half - distance_transform_edt(~border) + 0.5, 0, 1) if border.any() else np.zeros(labels.shape)
    light = to_oklab(calm)[..., 0]
    darker = gaussian_filter(light, 1.7 * unit) - gaussian_filter(light, 0.9 * unit)
    fine = np.clip((darker - 0.03) / 0.02, 0, 1)
    size = (labels.shape[1], labels.shape[0])
    detail = np.asarray(Image.fromarray(fine).resize(size, Image.Resampling.BICUBIC)).clip(0, 1)
    return np.maximum(lines, 0.8 * detail)


def _seal(rng: Generator, sheet: np.ndarray, unit: float) -> np.ndarray:
    """The artist's red seal in a corner: a square with a few cut lines that say nothing."""
    side = round(26 * unit * OVER)
    cells = rng.random((5, 3)) < 0.5
    glyph = np.kron(np.pad(np.concatenate([cells, cells[:, 1::-1]], 1), 1), np.ones((4, 4), bool))
    stamp = np.asarray(Image.fromarray(np.uint8(255 * ~glyph)).resize((side, side)), np.float32) / 255
    top = sheet.shape[0] - side - round(16 * unit * OVER)
    left = round(16 * unit * OVER) if rng.random() < 0.5 else sheet.shape[1] - side - round(16 * unit * OVER)
    stamp = stamp * np.clip(0.9 + 0.1 * fractal(rng, stamp.shape, 8, 2), 0, 1)
    sheet = sheet.copy()
    place = sheet[top : top + side, left : left + side]
    place += stamp[..., None] * (np.array([0.78, 0.16, 0.12], np.float32) - place)
    return sheet
