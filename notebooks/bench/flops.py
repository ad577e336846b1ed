"""How much a pass computes and moves at least, counted from the shapes: what a roofline needs.

A processor's limits are its matrix products a second and its bytes a second; which of the two binds a network depends
on its intensity, the operations for each byte.
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
    """Of one picture, or of several.

    Attributes:
        nominal: multiply-adds of the network as it is written.
        done: multiply-adds of the fast path, which needs 4 for 9 of them after up-sampling (`zmlib.fast.up`). Its
            output convolution counts as what it uses, 27 channels of 1x9, without the zeros of the sum behind it.
        values: numbers moved at least. Each map is written once and read once, each weight read once.
    """

    nominal: float
    done: float
    values: float

    def __add__(self, other: Work) -> Work:
        return Work(self.nominal + other.nominal, self.done + other.done, self.values + other.values)

    def times(self, count: int) -> Work:
        """For `count` pictures."""
        return Work(count * self.nominal, count * self.done, count * self.values)

    def intensity(self, itemsize: int) -> float:
        """Operations a byte, two for each multiply-add done, if a number has `itemsize` bytes."""
        return 2 * self.done / (self.values * itemsize)


def tnet(config: TNetConfig, height: int, width: int) -> Work:
    """Of a TNet's pass with a kept style; the picture is counted as the pass has it, up to a multiple of 4."""
    height, width = height + -height % 4, width + -width % 4
    trunk = sum(_trunk(config, height, width, len(config.norms)), Work(0, 0, 0))
    out = _layer(config.width[0], 3, 9, height, width)
    return trunk + out + Work(0, 0, 3 * height * width)


def pnet(config: TNetConfig, height: int, width: int) -> Work:
    """Of the serial image PNet's pass over a style picture, its linear maps included."""
    counts = [2 * norm.channels for norm in config.spec]
    heads = float(sum(count * count for count in counts))
    trunk = sum(_trunk(config, height, width, len(counts)), Work(0, 0, 0))
    return trunk + Work(heads, heads, heads + 2.0 * sum(counts) + 3 * height * width)


def counted(net: Callable[..., Any], modules: nn.Module, *given: Any) -> Work:
    """Of any network, by watching its convolutions and linear layers; nothing is computed if it is on the meta device.

    net: what is called with `given`. modules: where its layers are. The values are those of `Work`, so normalisations
    and sums count as free, for this network as for ours.
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
    """The convolutions of layers 1-9, of which the last up-sampling ones are left out where `norms` is short of them.

    A stride halves a side upwards, and up-sampling doubles what is left.
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
    """A convolution with an output of that size. share: of its products that the fast path does."""
    weights = c_in * c_out * kernel**2
    macs = float(weights * height * width)
    return Work(macs, share * macs, 2.0 * c_out * height * width + weights)
