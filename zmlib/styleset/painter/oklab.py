"""sRGB <-> Oklab (Ottosson 2020): even steps in lightness and hue, quick on single colours and silent out of gamut.

scikit-image's CIE Lab warns for every colour outside sRGB, which a painter mixes all the time.
"""

from __future__ import annotations

import numpy as np

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
