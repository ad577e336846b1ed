"""How far apart two pictures are in edges, in colour and in texture, each without the other two (Figure 7).

All take pictures (1, 3, H, W) in [0, 1] and look at them in CIE Lab.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import sqrtm
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2lab
from skimage.filters import sobel
from torch import Tensor

from zmlib.perceptual.gram import gram
from zmlib.perceptual.network import LossNetwork

FINE = 3.0  # pixels: the standard deviation of the blur; what it takes away counts as fine detail


def colour_distance(a: Tensor, b: Tensor) -> float:
    """The Frechet distance of Gaussians fitted to the Lab pixels of two pictures, in units of Lab.

    Where a colour stands in the picture does not count.
    """
    (m, s), (n, t) = (_gaussian(x) for x in (a, b))
    cross = np.real(sqrtm(s @ t))
    return float(np.sqrt(max(0.0, np.square(m - n).sum() + np.trace(s + t - 2 * cross))))


def edge_distance(a: Tensor, b: Tensor) -> float:
    """The root mean square difference of the gradient magnitudes of the lightness of two pictures.

    Each lightness is scaled to unit spread first, since contrast belongs to colour.
    """
    return float(np.sqrt(np.mean((sobel(_lightness(a)) - sobel(_lightness(b))) ** 2)))


def texture_distance(a: Tensor, b: Tensor, network: LossNetwork) -> float:
    """The distance of the Gram matrices of the fine detail in the lightness of two pictures, their contrast matched.

    network: its layers relu1_2 and relu2_2 count, each with its distance as a share of the norm for b.
    """
    x, y = (_fine(p).to(network.mean) for p in (a, b))
    layers = ("relu1_2", "relu2_2")
    with torch.no_grad():
        p, q = network(x, layers), network(y, layers)
    each = [(gram(p[k]) - gram(q[k])).norm() / gram(q[k]).norm() for k in layers]
    return float(torch.stack(each).mean())


def _pixels(x: Tensor) -> np.ndarray:
    return rgb2lab(x[0].permute(1, 2, 0).cpu().numpy())


def _gaussian(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    lab = _pixels(x).reshape(-1, 3)
    return lab.mean(0), np.cov(lab, rowvar=False) + 1e-6 * np.eye(3)


def _lightness(x: Tensor) -> np.ndarray:
    light = _pixels(x)[..., 0]
    return (light - light.mean()) / max(light.std(), 1e-6)


def _fine(x: Tensor) -> Tensor:
    light = _lightness(x)
    fine = (light - gaussian_filter(light, FINE)) * 0.15 + 0.5
    return torch.from_numpy(fine).float().clamp(0, 1).expand(1, 3, -1, -1)
