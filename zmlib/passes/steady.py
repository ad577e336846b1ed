"""The content's statistics held from picture to picture, as a correction of gamma and beta.

Eq. 3 normalises each map of a frame by the mean mu and deviation sigma of that frame. When something bright enters a
scene they change, and with them the whole picture, even where nothing moves: it flickers. With statistics m and s held
over time instead,

    (x - m) / s * gamma + beta  =  (x - mu) / sigma * gamma' + beta',
    gamma' = gamma sigma / s,   beta' = beta + gamma (mu - m) / s,

so holding them is eq. 3 with another gamma and beta, and TNet needs no case for it. The same correction helps a photo
that is mostly blank, whose own statistics are those of a few pixels: it takes part of another picture's (`zmlib.passes.
blank`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from zmlib import fast
from zmlib.affine import Affine
from zmlib.data.images import check_images
from zmlib.errors import UserError
from zmlib.layers import EPS
from zmlib.sources import require_affine
from zmlib.tnet import MIN_SIDE
from zmlib.zmnet import ZMNet

Held: TypeAlias = dict[int, tuple[Tensor, Tensor]]  # m and s^2 of each normalisation, (C,) or (1, C) each


class Steady:
    """Stylizes the frames of one scene in their order, and holds the statistics of every dynamic normalisation.

    m and s^2 are running means of mu and sigma^2: m <- keep m + (1 - keep) mu. The first frame sets them.
    Frames of each size have their own, as a picture that is painted at several sizes needs (`zmlib.passes.levels`).

    Attributes:
        share: of their statistics that frames take from another picture, see `lean`.

    Args:
        net: any network whose TNet is the paper's; with keep = 0 any network.
        keep: from 0 (each frame alone, as by `ZMNet.stylize` but for `lean`) to 1 (those of the first frame for good).

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
        self._all: dict[tuple[int, ...], Held] = {}
        self._held: Held = {}  # of the frame at hand
        self.share = 0.0
        self._other: Held = {}

    def lean(self, share: float, content: Tensor, affine: Affine) -> None:
        """Let frames take a share, 0 to 1, of their statistics from another picture, from now on.

        content, affine: the picture and its style, as for `stylize`; looked at where the share rises from 0.
        """
        if share and not self.share:
            other = Steady(self._net, 1)
            other.stylize(content, affine)
            self._other = other._held
        self.share = share

    def forget(self) -> None:
        """The next frame begins another scene."""
        self._all, self.share = {}, 0.0

    @torch.no_grad()
    def stylize(self, content: Tensor, affine: Affine) -> Tensor:
        """The next frame, by `ZMNet.stylize` with the held statistics.

        content: (1, 3, H, W) in [0, 1]. affine: of one signal; it may differ from frame to frame. Returns content's
        shape, in [0, 1].
        """
        affine = affine.to(self._net.device)
        if self._keep == 0 and self.share == 0:
            return self._net.stylize(content, affine)
        self._held = self._all.setdefault(tuple(content.shape), {})
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
        if self.share:
            m, s2 = (torch.lerp(a, b, self.share) for a, b in zip((m, s2), self._other[i], strict=True))
        inverse = torch.rsqrt(s2 + EPS)
        return gamma * ((variance + EPS).sqrt() * inverse), beta + gamma * ((mean - m) * inverse)


def keep_of(seconds: float, fps: float) -> float:
    """The share of the statistics that a frame keeps, held for `seconds`: exp(-1 / (seconds fps)), or 0 for 0."""
    return math.exp(-1 / (seconds * fps)) if seconds > 0 else 0.0
