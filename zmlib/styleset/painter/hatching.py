"""Pen work: tone by hatching and cross-hatching in a few coloured inks, on toned or dark paper.

The picture is split into amounts of each ink (non-negative least squares of densities over the paper); each ink is
hatched at its own angle, a second and third time across where more of it is needed.  Every line is cut into single
pen strokes with their own pressure, tilt and place.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy.ndimage import gaussian_filter, maximum_filter

from zmlib.styleset.painter.colours import clusters, from_hex, to_oklab, to_srgb
from zmlib.styleset.painter.noise import Field, fractal

_LIGHT, _DARK = from_hex("f4ead2 e9dcc0 dfe3dc e8cfae f3e2da cfd8dc"), from_hex("1a2238 20180f 102a2a")


class Pen:
    """One draughtsman's hand, drawn at random; lengths in pixels of a picture whose short side is 512."""

    def __init__(self, rng: Generator) -> None:
        which = int(rng.integers(len(_LIGHT) + len(_DARK)))
        self.paper = np.concatenate([_LIGHT, _DARK])[which]
        self.dark = which >= len(_LIGHT)
        self.inks = int(rng.integers(4, 7))
        self.spacing = float(rng.uniform(4.0, 6.5))
        self.width = float(rng.uniform(1.3, 2.1))
        self.stroke = float(rng.uniform(22, 70))  # length of a pen stroke
        self.wobble = float(rng.uniform(1.0, 7.0))
        self.form = float(rng.uniform(0, 34))  # how far lines bend with light and shade
        self.wash = float(rng.uniform(0.15, 0.7))  # share of a watercolour wash under the lines
        self.contour = float(rng.uniform(0.5, 1.0))


def hatching(image: np.ndarray, rng: Generator) -> np.ndarray:
    """``image`` (H, W, 3) in [0, 1] as a pen drawing of the same shape."""
    shape = image.shape[:2]
    unit = min(shape) / 512
    pen = Pen(rng)
    lab = to_oklab(image)
    lab[..., 1:] *= 1.5
    picture = to_srgb(lab)
    inks = _inks(rng, picture, pen)
    amounts = _amounts(picture, inks, pen)
    grain = fractal(rng, shape, 90, 3, 0.8)
    sheet = np.broadcast_to(pen.paper, picture.shape) * (1 + 0.018 * grain[..., None])
    if pen.wash:
        pools = np.clip(0.8 + 0.25 * fractal(rng, shape, 4, 4), 0, 1)[..., None]
        washed = gaussian_filter(picture, (2.5 * unit, 2.5 * unit, 0))
        sheet = sheet + pen.wash * pools * (washed * (1 + 0.03 * grain[..., None]) - sheet)
    light = gaussian_filter(to_oklab(picture)[..., 0], 3 * unit)
    turn = rng.uniform(0, np.pi)
    for k, ink in enumerate(inks):
        amount = gaussian_filter(amounts[..., k], 0.8 * unit) * (1 - 0.35 * pen.wash)
        for again, least in enumerate((0.05, 0.38, 0.68)):
            angle = turn + k * np.pi / len(inks) + (0, 1.15, 0.55)[again] + rng.normal(0, 0.06)
            need = np.clip((amount - least) / 0.4, 0, 1)
            if need.max() > 0.05:
                sheet = _ink(sheet, _hatch(rng, need, light, angle, pen, unit), ink, pen)
    line = pen.paper * 0.12 if not pen.dark else np.array([0.97, 0.94, 0.86])
    return _ink(sheet, _contours(rng, picture, pen, unit), line, pen).clip(0, 1)


def _inks(rng: Generator, picture: np.ndarray, pen: Pen) -> np.ndarray:
    """The picture's own main colours as inks (n, 3): purer, and well apart from the paper."""
    lab = clusters(rng, picture, pen.inks)[0]
    chroma = np.maximum(np.hypot(lab[:, 1], lab[:, 2]), 0.015)
    lab[:, 1:] *= (np.clip(chroma * 2.1, 0.1, 0.26) / chroma)[:, None]
    lab[:, 0] = lab[:, 0].clip(0.68, 0.95) if pen.dark else (0.8 * lab[:, 0]).clip(0.2, 0.62)
    return to_srgb(lab)


def _amounts(picture: np.ndarray, inks: np.ndarray, pen: Pen) -> np.ndarray:
    """How much of each ink (H, W, n) >= 0 makes each pixel from the paper; multiplicative least squares."""

    def density(colour: np.ndarray) -> np.ndarray:
        if pen.dark:
            return np.maximum(colour - pen.paper, 0.004)
        return np.maximum(-np.log(np.maximum(colour, 0.03) / pen.paper), 0.004)

    height, width = picture.shape[:2]
    small = np.asarray(Image.fromarray(np.rint(255 * picture).astype(np.uint8)).reduce(2), np.float32) / 255
    target, basis = density(small).reshape(-1, 3), density(inks)
    weights = np.full((len(target), len(inks)), 0.3, np.float32)
    up, gram = target @ basis.T, basis @ basis.T
    for _ in range(40):
        weights *= up / (weights @ gram + 0.02)
    planes = weights.reshape(*small.shape[:2], -1)
    size = (width, height)
    return np.stack(
        [np.asarray(Image.fromarray(planes[..., k].copy()).resize(size)) for k in range(len(inks))], -1
    ).clip(0, 1.4)


def _hatch(rng: Generator, need: Field, light: Field, angle: float, pen: Pen, unit: float) -> Field:
    """Coverage (H, W) in [0, 1] of one family of pen strokes, present and pressed by ``need`` in [0, 1]."""
    rows, columns = np.indices(need.shape, dtype=np.float32) / unit
    bend = pen.wobble * fractal(rng, need.shape, 3, 3) + pen.form * (light - 0.5)
    across = (-np.sin(angle) * columns + np.cos(angle) * rows + bend) / pen.spacing
    table = rng.random(8192).astype(np.float32)
    line = np.floor(across).astype(np.int64)
    along = (np.cos(angle) * columns + np.sin(angle) * rows) / pen.stroke + 7 * table[(line * 131) & 8191]
    part = np.floor(along).astype(np.int64)
    key = line * 7919 + part * 104729
    place, tilt, presence = (table[(key + shift) & 8191] for shift in (11, 2357, 5003))
    f = along - part
    centre = 0.5 + 0.3 * (place - 0.5) + 0.5 * (tilt - 0.5) * (f - 0.5)
    distance = np.abs(across - line - centre) * pen.spacing
    drawn = np.clip((need - 0.3 * presence) / 0.12, 0, 1)
    pressure = (0.55 + 0.75 * need) * np.minimum(1, np.minimum(6 * f, 4 * (1 - f)) + 0.25)
    half = 0.5 * pen.width * pressure * drawn
    return np.clip((half - distance) * unit + 0.5, 0, 1) * np.clip(2.5 * half * unit, 0, 1) * (0.7 + 0.3 * place)


def _contours(rng: Generator, picture: np.ndarray, pen: Pen, unit: float) -> Field:
    """Outlines: the crests of the colour gradient, broken where the pen runs light."""
    lab = gaussian_filter(to_oklab(picture) * np.array([1, 1.3, 1.3], np.float32), (1.1 * unit, 1.1 * unit, 0))
    steep = np.sqrt(sum(np.gradient(lab, axis=axis) ** 2 for axis in (0, 1)).sum(-1)) * unit
    crest = gaussian_filter(steep, 0.4 * unit) / np.maximum(maximum_filter(steep, max(3, round(6 * unit))), 1e-6)
    broken = 0.7 + 0.3 * np.tanh(2 * fractal(rng, steep.shape, 12, 2) + 0.8)
    return np.clip((crest - 0.72) / 0.15, 0, 1) * np.clip((steep - 0.022) / 0.025, 0, 1) * broken * pen.contour


def _ink(sheet: np.ndarray, cover: Field, ink: np.ndarray, pen: Pen) -> np.ndarray:
    """Lines over the sheet: clear ink multiplies on light paper, chalk covers on dark."""
    if pen.dark:
        return sheet + 0.9 * cover[..., None] * (ink - sheet)
    return sheet * (1 + 0.92 * cover[..., None] * (ink / pen.paper - 1).clip(-1, 0))
