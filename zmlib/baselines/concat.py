"""The concatenating twin: the signal's maps are joined to the content's before each convolution (section 3.2.1).

The paper's counter-example to DIN, after the structure of its reference [12]: "sufficient model capacity ... it
generalizes poorly to unseen guiding signals". The same two trunks as TNet and the serial PNet; but where DIN takes from
layer l of the signal's network two numbers a channel, here the whole map psi_{l-1} goes into convolution l beside
phi_{l-1}, and the normalisation after it has constant gamma and beta. (A vector, spread over the map, would do nothing
at all: the normalisation takes away what is constant over space.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.layers import conv, din, keep_variance, upsample
from zmlib.signals.reading import Pictures
from zmlib.sources import Constant, source
from zmlib.tnet import TNetConfig, Trunk, pad, to_image


@dataclass(frozen=True)
class Maps:
    """What a signal is to the twin: psi_0 (the picture) to psi_{L-1}, each (N, C_l, h_l, w_l)."""

    psi: tuple[Tensor, ...]

    def __len__(self) -> int:
        return self.psi[0].shape[0]

    def __getitem__(self, index: int | slice | Tensor) -> Maps:
        """Some members of the batch; an int keeps the batch axis (N = 1)."""
        if isinstance(index, int):
            index = slice(index, index + 1) if index != -1 else slice(index, None)
        return Maps(tuple(p[index] for p in self.psi))

    @staticmethod
    def cat(several: Sequence[Maps]) -> Maps:
        """Several as one batch, all of signals of one size."""
        _one_size(several)
        return Maps(tuple(torch.cat(p) for p in zip(*(one.psi for one in several), strict=True)))

    @staticmethod
    def mix(several: Sequence[Maps], weights: Sequence[float]) -> Maps:
        """The weighted mean, pixel by pixel, of signals of one size."""
        _one_size(several)
        total = float(sum(weights))
        if len(weights) != len(several) or total == 0:
            raise ValueError(f"a mix of {len(several)} signals needs as many weights, not summing to 0")
        return Maps(
            tuple(
                torch.stack([w / total * p for w, p in zip(weights, ps, strict=True)]).sum(0)
                for ps in zip(*(one.psi for one in several), strict=True)
            )
        )

    def expand(self, n: int) -> Maps:
        """A batch of one, repeated n times without a copy."""
        return Maps(tuple(p.expand(n, -1, -1, -1) for p in self.psi))

    def detach(self) -> Maps:
        """The same, cut from the graph."""
        return Maps(tuple(p.detach() for p in self.psi))

    def to(self, *args: Any, **kwargs: Any) -> Maps:
        """`Tensor.to` of every map."""
        return Maps(tuple(p.to(*args, **kwargs) for p in self.psi))


def _one_size(several: Sequence[Maps]) -> None:
    sizes = {tuple(one.psi[0].shape[2:]) for one in several}
    if len(sizes) != 1:
        raise ValueError(f"maps are joined pixel by pixel, so all signals must have one size, not {sorted(sizes)}")


def walk(net: Trunk, x: Tensor, upsampling: str, layer: Any) -> Tensor:
    """Through a trunk's convolutions in order: x = layer(i, convolution, x), with residual sums and up-sampling."""
    for i, module in enumerate((net.conv1, net.conv2, net.conv3)):
        x = F.relu(layer(i, module, x))
    i = 3
    for first, second in net.pairs():
        x = x + layer(i + 1, second, F.relu(layer(i, first, x)))
        i += 2
    for module in (net.up1, net.up2):
        x = F.relu(layer(i, module, upsample(x, upsampling)))
        i += 1
    return x


class ConcatTNet(nn.Module):
    """A TNet whose convolutions read phi_{l-1} and psi_{l-1} together, with constant normalisations."""

    def __init__(self, config: TNetConfig) -> None:
        super().__init__()
        if config.padding != "reflect" or config.reading != "grouped":
            raise ValueError("the concatenating twin knows the padding 'reflect' and the reading 'grouped' only")
        self.config, self.spec = config, config.spec
        self.trunk = Trunk(config, inputs=2)
        self.norm = Constant(config)
        self.out = conv(config.width[0], 3, 9)

    def forward(self, content: Tensor, maps: Maps) -> Tensor:
        """content: (N, 3, H, W) in [0, 1], any size from 32 px up; maps of N signals or one. As `TNet.forward`."""
        height, width = content.shape[-2:]
        if len(maps) == 1 and content.shape[0] > 1:
            maps = maps.expand(content.shape[0])
        affine = self.norm(content)

        def layer(i: int, convolution: nn.Conv2d, x: Tensor) -> Tensor:
            psi = maps.psi[i]
            if psi.shape[2:] != x.shape[2:]:  # the maps must lie on one another; on a CPU torch shrinks no bfloat16
                psi = F.interpolate(psi.float(), size=x.shape[2:], mode="bilinear", antialias=True)
            return din(convolution(torch.cat([x, psi.to(x.dtype)], 1)), *affine.at(i, (0, 0)))

        out = to_image(self.out(walk(self.trunk, pad(content), self.config.upsampling, layer)))
        return out[..., :height, :width]


@source("concat-image", reads=Pictures(), tnet=ConcatTNet, gives=Maps)
class ConcatPNet(nn.Module):
    """The signal's network: a trunk without normalisations, of which every convolution's input is kept."""

    def __init__(self, config: TNetConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = Trunk(config)
        keep_variance(self.trunk)
        for _, second in self.trunk.pairs():
            second.weight.data.mul_(0.3)  # as in the serial PNet: no normalisation tames the sum of five branches
        # Nothing reads its output. A parameter that wants a gradient and gets none would stop several processes.
        self.trunk.up2.requires_grad_(False)

    def forward(self, signal: Tensor) -> Maps:
        """signal: (N, 3, h, w) in [0, 1], any size from 32 px up; the maps are those of it padded to multiples of 4."""
        seen: list[Tensor] = []

        def layer(i: int, convolution: nn.Conv2d, x: Tensor) -> Tensor:
            seen.append(x)
            return x if convolution is self.trunk.up2 else convolution(x)

        walk(self.trunk, pad(signal * 4 - 2), self.config.upsampling, layer)
        return Maps(tuple(seen))
