"""Reflection padding that leaves a channels-last map channels-last.

torch's own on a CPU turns the map to channels-first, pads it and turns it back, in the gradient too: a quarter of the
time of a training step. Here whole rows of pixels are copied.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def reflect(x: Tensor, border: int) -> Tensor:
    """(N, C, H, W) with `border` pixels mirrored about each edge pixel; `border` less than H and W. Equals F.pad's."""
    own = x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
    if own and border < min(x.shape[2:]) and not torch.compiler.is_compiling():
        return _Reflect.apply(x, border)
    return F.pad(x, (border,) * 4, mode="reflect")


def _mirrors(size: int, border: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """For both ends of an axis of the padded map: the pixels outside, and those inside that they mirror."""
    low = slice(0, border), slice(border + 1, 2 * border + 1)
    high = slice(border + size, 2 * border + size), slice(size - 1, border + size - 1)
    return low, high


class _Reflect(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, border: int) -> Tensor:
        ctx.border = border
        n, c, height, width = x.shape
        size = (n, c, height + 2 * border, width + 2 * border)
        y = torch.empty(size, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
        middle = slice(border, border + height)
        y[:, :, middle, border : border + width] = x
        for outside, inside in _mirrors(width, border):
            y[:, :, middle, outside] = y[:, :, middle, inside].flip(3)
        for outside, inside in _mirrors(height, border):
            y[:, :, outside] = y[:, :, inside].flip(2)
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        border = ctx.border
        grad = grads[0]
        height, width = grad.shape[2] - 2 * border, grad.shape[3] - 2 * border
        middle, centre = slice(border, border + height), slice(border, border + width)
        result = grad[:, :, middle, centre].clone(memory_format=torch.channels_last)
        for outside, inside in _mirrors(height, border):
            rows = slice(inside.start - border, inside.stop - border)
            result[:, :, rows] += grad[:, :, outside, centre].flip(2)
        for outside, inside in _mirrors(width, border):
            strip = grad[:, :, middle, outside].clone(memory_format=torch.channels_last)
            for above, within in _mirrors(height, border):
                rows = slice(within.start - border, within.stop - border)
                strip[:, :, rows] += grad[:, :, above, outside].flip(2)
            columns = slice(inside.start - border, inside.stop - border)
            result[:, :, :, columns] += strip.flip(3)
        return result, None
