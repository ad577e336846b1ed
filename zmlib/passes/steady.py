"""Steady video: the content's statistics held from frame to frame, as a correction of gamma and beta.

Eq. 3 normalises each map of a frame by the mean mu and deviation sigma of that frame. When something bright enters a
scene they change, and with them the whole picture, even where nothing moves: it flickers. With statistics m and s held
over time instead,

    (x - m) / s * gamma + beta  =  (x - mu) / sigma * gamma' + beta',
    gamma' = gamma sigma / s,   beta' = beta + gamma (mu - m) / s,

so holding them is eq. 3 with another gamma and beta, and TNet needs no case for it. Noise flickers too: `Denoise`
averages it away before a network makes brush strokes of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib import fast
from zmlib.affine import Affine
from zmlib.data.images import check_images
from zmlib.errors import UserError
from zmlib.layers import EPS
from zmlib.sources import require_affine
from zmlib.tnet import MIN_SIDE
from zmlib.zmnet import ZMNet

SHARE = 0.15  # of a new frame where nothing moves: noise is averaged over some 1 / SHARE frames
STILL, MOVES = 2 / 255, 6 / 255  # mean differences over a window that are surely noise, and surely motion
WINDOW = 5  # pixels


class Steady:
    """Stylizes the frames of one scene in their order, and holds the statistics of every dynamic normalisation.

    m and s^2 are running means of mu and sigma^2: m <- keep m + (1 - keep) mu. The first frame sets them.

    Args:
        net: any network whose TNet is the paper's; with keep = 0 any network.
        keep: from 0 (each frame alone, as by `ZMNet.stylize`) to 1 (those of the first frame for good).

    Raises:
        UserError: a network with another TNet, or `keep` outside [0, 1].
    """

    def __init__(self, net: ZMNet, keep: float) -> None:
        if not 0 <= keep <= 1:
            raise UserError(f"The share of the statistics that is kept must lie between 0 and 1, not {keep:g}.")
        if keep:
            try:
                require_affine(net.kind, of_tnet=True)
            except UserError as error:
                raise UserError(f"{str(error)[:-1]}, or hold no statistics (--steady 0).") from None
        self._net, self._keep = net, keep
        self._held: dict[int, tuple[Tensor, Tensor]] = {}

    def forget(self) -> None:
        """The next frame begins another scene."""
        self._held = {}

    @torch.no_grad()
    def stylize(self, content: Tensor, affine: Affine) -> Tensor:
        """The next frame, by `ZMNet.stylize` with the held statistics.

        content: (1, 3, H, W) in [0, 1]. affine: of one signal; it may differ from frame to frame. Returns content's
        shape, in [0, 1].
        """
        affine = affine.to(self._net.device)
        if self._keep == 0:
            return self._net.stylize(content, affine)
        if fast.can_stylize(self._net.tnet, content, affine):
            check_images("content", content, MIN_SIDE)
            return fast.stylize(self._net.tnet, content, affine, self._held_pair)
        # Copies, each changed before TNet reads it: a normalisation follows its convolution.
        live = replace(affine, gamma=tuple(g.clone() for g in affine.gamma), beta=tuple(b.clone() for b in affine.beta))
        trunk = self._net.tnet.trunk
        pairs = [conv for pair in trunk.pairs() for conv in pair]
        convs = [trunk.conv1, trunk.conv2, trunk.conv3, *pairs, trunk.up1, trunk.up2]
        with ExitStack() as hooks:
            for i in range(len(affine.spec)):
                hooks.callback(convs[i].register_forward_hook(self._correct(i, affine, live)).remove)
            return self._net.stylize(content, live)

    def _correct(self, i: int, affine: Affine, live: Affine) -> Callable[[nn.Module, Any, Tensor], None]:
        """A hook that sets gamma' and beta' of normalisation i when its map x, (1, C, h, w), is there."""

        def hook(_conv: nn.Module, _given: Any, x: Tensor) -> None:
            variance, mean = torch.var_mean(x.float(), dim=(2, 3), correction=0)  # (1, C) each
            gamma, beta = self._held_pair(i, mean, variance, affine.gamma[i], affine.beta[i])
            live.gamma[i].copy_(gamma)
            live.beta[i].copy_(beta)

        return hook

    def _held_pair(self, i: int, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
        """gamma' and beta' of normalisation i; all of one shape, that of the map's mean and variance."""
        m, s2 = self._held.get(i, (mean, variance))
        m, s2 = torch.lerp(mean, m, self._keep), torch.lerp(variance, s2, self._keep)
        self._held[i] = (m, s2)
        inverse = torch.rsqrt(s2 + EPS)
        return gamma * ((variance + EPS).sqrt() * inverse), beta + gamma * ((mean - m) * inverse)


def keep_of(seconds: float, fps: float) -> float:
    """The share of the statistics that a frame keeps, held for `seconds`: exp(-1 / (seconds fps)), or 0 for 0."""
    return math.exp(-1 / (seconds * fps)) if seconds > 0 else 0.0


class Denoise:
    """A running mean of the frames, pixel by pixel, that follows at once where something moves.

    mean <- mean + w (frame - mean). w is SHARE where the mean difference over a window stays below STILL, 1 where it
    is above MOVES, and goes straight in between.
    """

    def __init__(self) -> None:
        self._mean: Tensor | None = None

    def forget(self) -> None:
        """The next frame begins another scene."""
        self._mean = None

    def __call__(self, frame: Tensor) -> Tensor:
        """The next frame without its noise. frame: (1, 3, H, W) in [0, 1]; frames of one size until `forget`."""
        if self._mean is None:
            self._mean = frame
        difference = (frame - self._mean).mean(1, keepdim=True)
        near = F.avg_pool2d(difference, WINDOW, 1, WINDOW // 2, count_include_pad=False).abs()
        moves = ((near - STILL) / (MOVES - STILL)).clamp(0, 1)
        moves = F.max_pool2d(moves, WINDOW, 1, WINDOW // 2)  # the rim of what moves belongs to it
        self._mean = torch.lerp(self._mean, frame, SHARE + (1 - SHARE) * moves)
        return self._mean
