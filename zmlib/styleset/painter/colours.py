"""Colours: sRGB and Oklab, palettes by the part a colour plays, and the main colours of a picture.

Oklab (Ottosson 2020) has even steps in lightness and hue, is quick on single colours and silent out of gamut;
scikit-image's CIE Lab warns for every colour outside sRGB, which a painter mixes all the time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.random import Generator
from sklearn.cluster import KMeans

Colour = np.ndarray  # float (3,) or (..., 3), sRGB in [0, 1]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_FROM_LMS, _FROM_LAB = np.linalg.inv(_TO_LMS), np.linalg.inv(_TO_LAB)


def from_hex(codes: str) -> np.ndarray:
    """Colours (n, 3), float32 sRGB in [0, 1], of space-separated codes such as ``"1f5fa8 4f9bd0"``."""
    rows = [[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in codes.split()]
    return np.array(rows, np.float32) / 255


def to_oklab(rgb: np.ndarray) -> np.ndarray:
    """sRGB (..., 3) in [0, 1] as Oklab (..., 3): L in [0, 1], a and b about -0.3 to 0.3."""
    rgb = np.asarray(rgb, np.float32)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0) + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T


def to_srgb(lab: np.ndarray) -> np.ndarray:
    """Oklab (..., 3) as sRGB (..., 3), clipped to [0, 1]."""
    linear = (np.asarray(lab, np.float32) @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


@dataclass(frozen=True)
class Palette:
    """Colours (n, 3), sRGB in [0, 1]: sky from high to low, land from far to near, water deep and lit."""

    sky: Colour
    land: Colour
    water: Colour
    accent: Colour
    sun: Colour
    dark: Colour
    light: Colour


# sky x3 | land x3 | water x2 | accents x2 | sun | dark | light
_CURATED = {
    "arles": "1f5fa8 4f9bd0 f2d27a 7fa35a e0a32e 3f6b3a 2a6f97 8ecae6 d1495b f4a259 ffd23f 1b2a41 fdf3d8",
    "dusk": "3b1c59 b23a6b ff9e5e 7a4e7e 4a3b6b 20203c 5b3a78 ff8f66 ff5d73 ffc857 ffe08a 160f29 ffe9cf",
    "edo": "2b4c7e 9fb8c8 f0e3c4 7b9e9b 5a7d7c 2d4654 1f4172 7fa6c0 c8402f e2a93b d9412e 14213d f6eedd",
    "fauve": "f25f5c ffa552 ffe066 247ba0 70c1b3 b2356b 2d6cdf 50d2c2 9b2fae 00a878 fff3b0 1d1a4b fff7d6",
    "nocturne": "0b1d51 1f3f8f 3f7fbf 16425b 123047 0a1a2f 0f2f66 5aa9e6 f4d35e ee964b f9e784 050c1f dceaf7",
    "orchard": "8fc9e8 c9e4de fbe3d6 9cc69b 6a994e 386641 48a9a6 b7e4c7 ef6f9c f7b2ad fff1a8 22402b fffaf0",
    "autumn": "5d8aa8 b7c4b1 f6d6a8 c97b3d a44a1f 5c2e16 3d6b7d a9bcb0 d62828 f77f00 f9c74f 2b1a12 fbeed3",
    "jade": "0f6b6b 62b6a0 e9e2b3 2a9d8f 1f6f5c 123c3a 0b525b 7bdcb5 e76f51 f4e285 f6bd60 06262b f4f6df",
    "rose": "6d597a b56576 eaac8b 8e6c88 56566f 32354f 5d5a88 e9a6a6 e56b6f ffd6a5 ffe5b4 23203a fff0e6",
    "sahara": "2a7fba 8cc7dd f7dcb0 e8a15b cc6b3a 7e3524 1f6f8b 7fd1c7 3a86a8 ffd166 fff1b5 3a1712 fff3dc",
    "arctic": "274c77 6096ba d9ecf2 a3cef1 6b8fb5 33507a 134074 8da9c4 ff6b6b ffe66d ffd6e0 0b2545 f7fbff",
    "scream": "123c2f d9a404 e85d04 6a040f 1d3557 0b132b 3a0ca3 4cc9f0 f72585 90be6d f94144 0a0a1a ffe8a3",
    "lemon": "f9d923 ffe97f fff6c2 36ae7c 187498 0e4a5c 187498 7fd8be eb5353 f9d923 ff7b00 10223b fffbe0",
    "violet": "4a2c82 8f5fbf f3b5d8 5f8f4e 2f6b52 1c3f40 3d3a8c c9a7eb ffd84d ff7aa2 ffe9a8 150f2e fdf1ff",
}


def _parse(text: str) -> Palette:
    rows = from_hex(text)
    return Palette(rows[:3], rows[3:6], rows[6:8], rows[8:10], rows[10], rows[11], rows[12])


CURATED = {name: _parse(text) for name, text in _CURATED.items()}


def shifted(colours: Colour, hue: float = 0.0, chroma: float = 1.0, light: float = 0.0) -> Colour:
    """``colours`` (..., 3) turned by ``hue`` radians, ``chroma`` times as colourful, ``light`` hundredths lighter."""
    lab = to_oklab(colours)
    a, b = lab[..., 1].copy(), lab[..., 2].copy()
    lab[..., 1] = chroma * (a * np.cos(hue) - b * np.sin(hue))
    lab[..., 2] = chroma * (a * np.sin(hue) + b * np.cos(hue))
    lab[..., 0] = np.clip(lab[..., 0] + 0.01 * light, 0, 1)
    return to_srgb(lab)


def choose(rng: Generator) -> Palette:
    """A curated palette, its hues turned together a little (sometimes far), each part varied on its own."""
    palette = CURATED[list(CURATED)[int(rng.integers(len(CURATED)))]]
    turn = rng.normal(0, 0.15) if rng.random() < 0.75 else rng.uniform(-np.pi, np.pi)
    chroma = rng.uniform(0.95, 1.25)
    parts = {
        part.name: shifted(getattr(palette, part.name), turn + rng.normal(0, 0.1), chroma, rng.normal(0, 2.5))
        for part in fields(palette)
    }
    return replace(palette, **parts)


def ramp(colours: Colour, position: np.ndarray | np.floating | float) -> Colour:
    """The colour (..., 3) at ``position`` in [0, 1] along ``colours`` (n, 3), straight in Oklab."""
    lab = to_oklab(colours)
    places = np.clip(position, 0, 1) * (len(lab) - 1)
    return to_srgb(np.stack([np.interp(places, np.arange(len(lab)), lab[:, channel]) for channel in range(3)], axis=-1))


_WEIGHTS = np.array([1.0, 1.7, 1.7], np.float32)  # hue before lightness: a small bright flower gets its own block


def clusters(rng: Generator, picture: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` main colours of ``picture`` (H, W, 3): Oklab (count, 3), light to dark, and labels (H, W)."""
    lab = to_oklab(picture)
    step = max(1, min(picture.shape[:2]) // 96)
    sample = (lab[step // 2 :: step, step // 2 :: step] * _WEIGHTS).reshape(-1, 3)
    # rare colours count for more: one of each kind of pixel, so to say
    kinds, index, often = np.unique((sample * 40).round(), axis=0, return_inverse=True, return_counts=True)
    weight = often[index.ravel()] ** -0.5
    seed = int(rng.integers(2**31))
    means = (
        KMeans(min(count, len(kinds)), n_init=2, random_state=seed).fit(sample, sample_weight=weight).cluster_centers_
    )
    means = means[np.argsort(-means[:, 0])].astype(np.float32)
    flat = (lab * _WEIGHTS).reshape(-1, 3)
    labels = ((flat**2).sum(1, keepdims=True) - 2 * flat @ means.T + (means**2).sum(1)).argmin(1)
    return means / _WEIGHTS, labels.reshape(picture.shape[:2])
