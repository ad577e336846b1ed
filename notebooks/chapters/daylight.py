"""What can be counted in a picture of a day or a night: its brightness, its yellow, and the lights that came on."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, label, mean
from skimage.color import rgb2lab
from sklearn.isotonic import IsotonicRegression
from torch import Tensor

SURROUND = 8.0  # pixels, the deviation of the Gaussian by which the surroundings of a place are averaged
CONTRAST = 12.0  # units of L* by which a light outshines its surroundings
DARK = 40.0  # L* of a light's surroundings, at most
AREA = (3, 120)  # pixels of a light or a window, least and most, in a picture of 256 x 256
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
    """The number of lights that the output has at windows of the photo, and the photo has not.

    A light is a small bright region in dark surroundings. A window is any small region of the photo that stands out
    from its surroundings, brighter or darker.

    output, photo: (1, 3, H, W) in [0, 1], of one size; `SURROUND` and `AREA` are for a side of about 256 pixels.
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
    """Where a picture has lights: a mask (H, W). lightness: L*, (H, W)."""
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
    """The photo under the rising tone curve that brings it nearest to the output, by the mean square of the pixels.

    The curve is the best of all that rise, one for the three channels, by isotonic regression: what the output has
    beyond it, no tone curve can give.

    photo, output: (1, 3, H, W) in [0, 1], of one size.
    """
    x, y = (picture.detach().float().cpu().flatten().numpy() for picture in (photo, output))
    curve = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    return photo.new_tensor(curve.predict(x)).view_as(photo).clamp(0, 1)


def blurred(photo: Tensor, sigma: float = 2.0) -> Tensor:
    """A photo (1, 3, H, W) without its fine detail, by a Gaussian with a deviation of `sigma` pixels."""
    return photo.new_tensor(gaussian_filter(photo.cpu().numpy(), (0, 0, sigma, sigma)))


def gain_to(photo: Tensor, wanted: float) -> Tensor:
    """The photo times the gain that gives it the wanted `brightness`: "simply changing image illumination".

    The gain, at most 4, is found by halving the interval.

    photo: (1, 3, H, W) in [0, 1]. wanted: L*, 0 to 100.
    """
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if brightness((middle * photo).clamp(0, 1)) < wanted else (low, middle)
    return (high * photo).clamp(0, 1)
