"""How much a pass computes, and how much it must move at least, counted from the shapes: what a roofline needs.

A processor's limits are its multiply-adds per second and its bytes per second. Which of the two limits a network
depends on the network's intensity, the operations per byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from zmlib.tnet import TNetConfig


@dataclass(frozen=True)
class Work:
    """The work of a pass over one picture, or over several.

    Attributes:
        nominal: multiply-adds of the network as it is written.
        done: multiply-adds of the fast path, which needs 4 in place of 9 after up-sampling (`zmlib.fast.up`). Of its
            output convolution the 27 channels of 1x9 count, without the zeros of the sum after it.
        values: the fewest numbers that are moved: each map is written once and read once, each weight is read once.
    """

    nominal: float
    done: float
    values: float

    def __add__(self, other: Work) -> Work:
        return Work(self.nominal + other.nominal, self.done + other.done, self.values + other.values)

    def times(self, count: int) -> Work:
        """The work for `count` pictures."""
        return Work(count * self.nominal, count * self.done, count * self.values)

    def intensity(self, itemsize: int) -> float:
        """Operations per byte, two for each multiply-add done, if a number has `itemsize` bytes."""
        return 2 * self.done / (self.values * itemsize)


def tnet(config: TNetConfig, height: int, width: int) -> Work:
    """The work of a TNet's pass with a kept style; the picture counts as padded to a multiple of 4."""
    height, width = height + -height % 4, width + -width % 4
    trunk = sum(_trunk(config, height, width, len(config.norms)), Work(0, 0, 0))
    out = _layer(config.width[0], 3, 9, height, width)
    return trunk + out + Work(0, 0, 3 * height * width)


def pnet(config: TNetConfig, height: int, width: int) -> Work:
    """The work of the serial image PNet's pass over a style picture, its linear maps included."""
    counts = [2 * norm.channels for norm in config.spec]
    heads = float(sum(count * count for count in counts))
    trunk = sum(_trunk(config, height, width, len(counts)), Work(0, 0, 0))
    return trunk + Work(heads, heads, heads + 2.0 * sum(counts) + 3 * height * width)


def counted(net: Callable[..., Any], modules: nn.Module, *given: Any) -> Work:
    """The work of any network, from hooks on its convolutions and linear layers; on the meta device it costs nothing.

    Normalisations and sums count as free, as they do for ZM-Net.

    Args:
        net: is called with `given`.
        modules: has its layers.
    """
    found: list[Work] = []

    def count(layer: nn.Module, _: Any, output: torch.Tensor) -> None:
        weight = layer.weight
        assert isinstance(weight, torch.Tensor)
        macs = float(output.numel() * weight[0].numel())
        found.append(Work(macs, macs, 2.0 * output.numel() + weight.numel()))

    watched = [m for m in modules.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [module.register_forward_hook(count) for module in watched]
    try:
        with torch.no_grad():
            net(*given)
    finally:
        for hook in hooks:
            hook.remove()
    pictures = sum(float(x.numel()) for x in given if isinstance(x, torch.Tensor))
    return sum(found, Work(0, 0, pictures))


def _trunk(config: TNetConfig, height: int, width: int, norms: int) -> Iterator[Work]:
    """The convolutions of layers 1-9; where `norms` is smaller, without the last up-sampling ones.

    A stride halves a side, rounded up, and up-sampling doubles the result.
    """
    a, b, c = config.width
    half, quarter = ((-(-height // n), -(-width // n)) for n in (2, 4))
    yield _layer(3, a, 9, height, width)
    yield _layer(a, b, 3, *half)
    yield _layer(b, c, 3, *quarter)
    for _ in range(2 * config.blocks):
        yield _layer(c, c, 3, *quarter)
    left = norms - 3 - 2 * config.blocks
    for c_in, c_out, factor in ((c, b, 2), (b, a, 4))[:left]:
        yield _layer(c_in, c_out, 3, factor * quarter[0], factor * quarter[1], share=4 / 9)


def _layer(c_in: int, c_out: int, kernel: int, height: int, width: int, share: float = 1.0) -> Work:
    """A convolution with an output of this size. share: the part of its products that the fast path computes."""
    weights = c_in * c_out * kernel**2
    macs = float(weights * height * width)
    return Work(macs, share * macs, 2.0 * c_out * height * width + weights)
