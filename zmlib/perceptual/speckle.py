"""Coloured speckle: fine colour that a style does not have, and the amplification of the photo's noise.

A VGG is nearly blind to fine chromatic patterns, so a network that it trains finds them a cheap way to raise the
entries of a Gram matrix, and neither the loss nor J notices. The picture itself is therefore measured here, in two
channels of colour that are orthogonal to lightness, octave by octave.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

#: lightness, red-green and blue-yellow as unit vectors in RGB, so that white noise is as strong in each of the three
AXES = ((3**-0.5, 3**-0.5, 3**-0.5), (2**-0.5, -(2**-0.5), 0.0), (6**-0.5, 6**-0.5, -2 * 6**-0.5))
CHANNELS = ("lightness", "red-green", "blue-yellow")
OCTAVES = ("2-5 px", "5-11 px", "11-22 px")  # periods of which each band passes 0.4 of the amplitude or more
UNIT = 0.02  # of the range: this excess of fine colour counts 1
FLOOR = 1.5 / 255  # below what the eye sees: a style without any colour has a finite ratio
FLAT = ((0.43, 0.49, 0.57), (0.14, 0.12, 0.11), (0.84, 0.82, 0.78))  # a grey-blue, a dark and a pale patch
NOISE = 2 / 255
EDGE = 8  # pixels of a patch, at a side of 128, that its surroundings reach


def opponent(images: Tensor) -> Tensor:
    """Lightness, red-green and blue-yellow of RGB pictures: (N, 3, H, W) in, (N, 3, H, W) out."""
    axes = torch.tensor(AXES, dtype=images.dtype, device=images.device)
    return torch.einsum("kc,nchw->nkhw", axes, images)


def octaves(maps: Tensor) -> list[Tensor]:
    """The three finest bands of a Laplacian pyramid (Burt and Adelson, 1983), see `OCTAVES`.

    maps: (N, C, H, W), H and W at least 16. Each band has half the size of the one before it.
    """
    count = maps.shape[1]
    taps = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=maps.dtype, device=maps.device) / 16
    kernel = torch.outer(taps, taps).expand(count, 1, 5, 5)
    bands = []
    for _ in OCTAVES:
        smooth = F.conv2d(F.pad(maps, (2, 2, 2, 2), mode="reflect"), kernel, groups=count)
        bands.append(maps - smooth)
        maps = smooth[..., ::2, ::2]
    return bands


def fine_colour(images: Tensor) -> Tensor:
    """Root mean square of the fine red-green and blue-yellow of pictures, in each octave: (N, 2, 3).

    images: (N, 3, H, W) RGB in [0, 1], H and W at least 16. The result is in units of the range, with a gradient.

    >>> fine_colour(torch.rand(1, 1, 64, 64).expand(1, 3, 64, 64)).shape  # a grey picture has none: all about 0
    torch.Size([1, 2, 3])
    """
    colour = opponent(images.float())[:, 1:]
    # The root has no slope at 0, which an untextured picture reaches.
    return torch.stack([(band.square().mean((2, 3)) + 1e-8).sqrt() for band in octaves(colour)], 2)


def speckle(outputs: Tensor, styles: Tensor) -> Tensor:
    """How much more fine colour an output has than its style, (N,): a term of training, 0 where it has no more.

    The mean over two channels and three octaves of max(0, rms(output) - rms(style)) / `UNIT`.

    outputs, styles: (N, 3, H, W) and (N or 1, 3, h, w) in [0, 1], at least 16 pixels a side.
    """
    excess = fine_colour(outputs) - fine_colour(styles)
    return excess.clamp_min(0).mean((1, 2)) / UNIT


def speckle_ratio(outputs: Tensor, styles: Tensor) -> Tensor:
    """The ratio of an output's fine colour to its style's: (N, 3), a column for each octave.

    sqrt((rg_o^2 + by_o^2) / (rg_s^2 + by_s^2 + 1.5^2)) with the rms of `fine_colour` in grey levels. 1 and less is what
    the style itself has. Arguments as for `speckle`.
    """
    energy = (fine_colour(x).square().sum(1) for x in (outputs, styles))
    return (next(energy) / (next(energy) + FLOOR**2)).sqrt()


@torch.no_grad()
def noise_gain(stylize: Callable[[Tensor], Tensor], photo: Tensor, seed: int = 0) -> Tensor:
    """How much a network amplifies the photo's noise in flat areas: (3, 3), a row for each patch of `FLAT`.

    A flat patch of half the side is set into the middle of the photo, once exactly flat and once with white noise of 2
    grey levels. The difference of the two outputs inside the patch is the noise that came through; its standard
    deviation over that of the input noise is the gain, for lightness, red-green and blue-yellow.

    Args:
        stylize: (N, 3, H, W) in [0, 1] -> the same shape, one style for all.
        photo: (1, 3, S, S) in [0, 1], S at least 64.
        seed: of the noise.
    """
    side = photo.shape[-1] // 2
    at = slice(side // 2, side // 2 + side)
    noise = NOISE * torch.randn((1, 3, side, side), generator=torch.Generator().manual_seed(seed)).to(photo.device)
    inside = slice(side * EDGE // 128, side - side * EDGE // 128)
    put_in = opponent(noise)[..., inside, inside].std((2, 3))
    gains = []
    for colour in FLAT:
        flat = torch.tensor(colour, device=photo.device).view(1, 3, 1, 1).expand(1, 3, side, side)
        pictures = photo.repeat(2, 1, 1, 1)
        pictures[:, :, at, at] = torch.cat([flat, flat + noise])
        without, with_noise = stylize(pictures).float()[:, :, at, at][..., inside, inside].split(1)
        gains.append(opponent(with_noise - without).std((2, 3)) / put_in)
    return torch.cat(gains)
