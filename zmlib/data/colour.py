"""Keep the photo's own colours: of the stylized picture only the lightness is used."""

from __future__ import annotations

import warnings

import numpy as np
from PIL import Image
from skimage.color import lab2rgb, rgb2lab

STRIP = 256  # rows converted at once: a 24-megapixel photo in float Lab would otherwise take about a gigabyte


def keep_colour(stylized: Image.Image, photo: Image.Image) -> Image.Image:
    """The lightness of one picture in the colours of another: L* of `stylized`, a* and b* of `photo` (CIE Lab, D65).

    The luminance-only transfer of Gatys et al. (2016, "Preserving color in neural artistic style transfer"), in Lab
    where they used YIQ, since L* is even to the eye. Colours outside sRGB at their new lightness are clipped.

    Args:
        stylized: an RGB picture.
        photo: an RGB picture of the same size.

    Returns:
        An RGB picture of that size.

    Raises:
        ValueError: the sizes differ.
    """
    if stylized.size != photo.size:
        raise ValueError(f"both pictures must have one size, got {stylized.size} and {photo.size}")
    light, colour = np.asarray(stylized.convert("RGB")), np.asarray(photo.convert("RGB"))
    out = np.empty_like(light)
    for top in range(0, len(light), STRIP):
        rows = slice(top, top + STRIP)
        lab = rgb2lab(colour[rows].astype(np.float32) / 255)
        lab[..., 0] = rgb2lab(light[rows].astype(np.float32) / 255)[..., 0]
        with warnings.catch_warnings():  # skimage warns of colours outside sRGB, which we clip on purpose
            warnings.simplefilter("ignore", UserWarning)
            out[rows] = np.rint(lab2rgb(lab).clip(0, 1) * 255).astype(np.uint8)
    return Image.fromarray(out)
