"""How far apart two pictures are in edges, in colour and in texture, each without the other two (Figure 7).

A picture is looked at once (`see`), in CIE Lab; the three distances then compare what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

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
LAYERS = ("relu1_2", "relu2_2")  # of the loss network, for the texture


@dataclass(frozen=True, repr=False)
class Seen:
    """What the three distances need of one picture.

    Attributes:
        colours: mean (3,) and covariance (3, 3) of its Lab pixels, wherever they stand.
        edges: gradient magnitude of its lightness, (H, W); the lightness is scaled to unit spread first, since
            contrast belongs to colour.
        texture: layer -> Gram matrix of the fine detail of that lightness, (1, C, C).
    """

    colours: tuple[np.ndarray, np.ndarray]
    edges: np.ndarray
    texture: dict[str, Tensor]


@torch.no_grad()
def see(picture: Tensor, network: LossNetwork) -> Seen:
    """Look at a picture (1, 3, H, W) in [0, 1]; network: for the texture, on any device."""
    lab = rgb2lab(picture[0].permute(1, 2, 0).cpu().numpy())
    pixels, light = lab.reshape(-1, 3), lab[..., 0]
    light = (light - light.mean()) / max(light.std(), 1e-6)
    fine = torch.from_numpy((light - gaussian_filter(light, FINE)) * 0.15 + 0.5).float().clamp(0, 1)
    maps = network(fine.expand(1, 3, -1, -1).to(network.mean), LAYERS)
    colours = (pixels.mean(0), np.cov(pixels, rowvar=False) + 1e-6 * np.eye(3))
    return Seen(colours, sobel(light), {name: gram(maps[name]) for name in LAYERS})


def colour_distance(a: Seen, b: Seen) -> float:
    """The Frechet distance of Gaussians fitted to the Lab pixels of two pictures, in units of Lab."""
    (m, s), (n, t) = a.colours, b.colours
    cross = np.real(sqrtm(s @ t))
    return float(np.sqrt(max(0.0, np.square(m - n).sum() + np.trace(s + t - 2 * cross))))


def edge_distance(a: Seen, b: Seen) -> float:
    """The root mean square difference of the gradient magnitudes of two pictures of one size."""
    return float(np.sqrt(np.mean((a.edges - b.edges) ** 2)))


def texture_distance(a: Seen, b: Seen) -> float:
    """The distance of the Gram matrices of two pictures' fine detail: the mean over the layers, each over b's norm."""
    each = [(a.texture[name] - b.texture[name]).norm() / b.texture[name].norm() for name in LAYERS]
    return float(torch.stack(each).mean())


MEASURES = {"edges": edge_distance, "colour": colour_distance, "texture": texture_distance}
