"""What can be counted in a picture of a day or a night: its brightness, its yellow, and lights that came on."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, label, mean
from skimage.color import rgb2lab
from sklearn.isotonic import IsotonicRegression
from torch import Tensor

SURROUND = 8.0  # pixels, the deviation of the Gaussian that says what lies around a place
CONTRAST = 12.0  # units of L* by which a light outshines what is around it
DARK = 40.0  # L*, the most that may be around a light
AREA = (3, 120)  # pixels of a light, or of a window, in a picture of 256 pixels
YELLOW = 20.0  # units of b*


def lab(picture: Tensor) -> np.ndarray:
    """CIE Lab, (H, W, 3), of an RGB picture (1, 3, H, W) in [0, 1]."""
    return rgb2lab(picture[0].float().cpu().numpy().transpose(1, 2, 0).clip(0, 1))


def brightness(picture: Tensor) -> float:
    """The mean of L*, 0 to 100. picture: (1, 3, H, W) in [0, 1]."""
    return float(lab(picture)[..., 0].mean())


def yellow_gained(output: Tensor, photo: Tensor) -> float:
    """The share of pixels that are yellow in the output and not in the photo: b* over 20 and larger than |a*|.

    output, photo: (1, 3, H, W) in [0, 1], of one size.
    """
    after, before = (_yellow(lab(picture)) for picture in (output, photo))
    return float((after & ~before).mean())


def _yellow(picture: np.ndarray) -> np.ndarray:
    a, b = picture[..., 1], picture[..., 2]
    return (b > YELLOW) & (b > np.abs(a))


def lights_gained(output: Tensor, photo: Tensor) -> int:
    """How many small bright regions in dark surroundings the output has at windows of the photo and the photo has not.

    A window is any small region of the photo that stands out from what is around it, brighter or darker. What the photo
    itself shows as a light does not count.

    Args:
        output, photo: (1, 3, H, W) in [0, 1], of one size; the sizes above are for a side of about 256 pixels.
    """
    before, after = lab(photo)[..., 0], lab(output)[..., 0]
    relief = before - gaussian_filter(before, SURROUND)
    windows = _small(relief > CONTRAST) | _small(relief < -CONTRAST)
    lit, was = _lights(after), _lights(before)
    regions, count = label(lit)
    each = np.arange(1, count + 1)
    at_windows, had_light = (mean(mask, regions, each) for mask in (windows, was))  # shares of each region
    return int(((at_windows >= 0.5) & (had_light == 0)).sum())


def _lights(lightness: np.ndarray) -> np.ndarray:
    """Where a picture has lights, as a mask. lightness: L*, (H, W)."""
    around = gaussian_filter(lightness, SURROUND)
    return _small((lightness - around > CONTRAST) & (around < DARK))


def _small(mask: np.ndarray) -> np.ndarray:
    """The regions of the mask whose area lies within `AREA`."""
    regions, count = label(mask)
    areas = np.bincount(regions.ravel(), minlength=count + 1)
    keep = (areas >= AREA[0]) & (areas <= AREA[1])
    keep[0] = False
    return keep[regions]


def nearest_tone_curve(photo: Tensor, output: Tensor) -> Tensor:
    """The photo under the rising tone curve that brings it nearest to the output, in the mean square of the pixels.

    Of all rising curves, one for the three channels, by isotonic regression: whatever the output has beyond this, no
    tone curve could give. Both are (1, 3, H, W) in [0, 1], of one size.
    """
    x, y = (picture.detach().float().cpu().flatten().numpy() for picture in (photo, output))
    curve = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    return photo.new_tensor(curve.predict(x)).view_as(photo).clamp(0, 1)


def blurred(photo: Tensor, sigma: float = 2.0) -> Tensor:
    """A photo (1, 3, H, W) without its fine detail: a Gaussian of deviation sigma pixels."""
    return photo.new_tensor(gaussian_filter(photo.cpu().numpy(), (0, 0, sigma, sigma)))


def gain_to(photo: Tensor, wanted: float) -> Tensor:
    """The photo under the one gain that gives it the wanted `brightness`: "simply changing image illumination".

    photo: (1, 3, H, W) in [0, 1]. Found by halving; a photo that clips as a whole before stays under it.
    """
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if brightness((middle * photo).clamp(0, 1)) < wanted else (low, middle)
    return (high * photo).clamp(0, 1)
