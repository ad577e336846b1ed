"""Faster forms of three operations of `zmlib.layers`, with their gradients: reflection padding, DIN, pooling.

Padding: torch's own on a CPU turns a channels-last map to channels-first, pads it and turns it back, in the gradient
too: a quarter of the time of a training step. Here whole rows of pixels are copied, and the map stays channels-last.

DIN and pooling: in half precision, with few passes over the map and sums in float32.
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


def _rows(x: Tensor) -> Tensor:
    """(N, C, H, W) as (N, HW, C): free of cost where x is channels-last."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def _moments(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and mean square over the rows, (N, C) each.

    Accumulated in float32 (torch's var_mean takes four times as long).
    """
    norm = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float32)
    return rows.mean(1, dtype=torch.float32), norm.square() / rows.shape[1]


def _centre(mean: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """The mean rounded to dtype, (N, 1, C), and what the rounding left, (N, C) in float32.

    Half-precision arithmetic on x - mean has rounding errors that differ from pixel to pixel and average out. On x and
    a shift apart, the shift's own error is the same at every pixel, adds up over the picture, and can drown a gradient.
    """
    near = mean.to(dtype)
    return near[:, None], mean - near.float()


class FusedDIN(torch.autograd.Function):
    """Eq. 3 in three passes over the map forward and four back, for half-precision training.

    sigma^2 = E[x^2] - mu^2 cancels digits, which is harmless beside bfloat16's eight bits; float32 maps take the plain
    way.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
        rows, gamma, beta = _rows(x), gamma.flatten(1).float(), beta.flatten(1).float()
        mean, square = _moments(rows)
        inverse = torch.rsqrt((square - mean * mean).clamp_min(0) + eps)
        scale = gamma * inverse
        near, rest = _centre(mean, x.dtype)
        y = torch.addcmul((beta - scale * rest).to(x.dtype)[:, None], rows - near, scale.to(x.dtype)[:, None])
        ctx.save_for_backward(rows, mean, inverse, scale)
        ctx.size = x.shape[2:]
        return y.unflatten(1, ctx.size).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        rows, mean, inverse, scale = ctx.saved_tensors
        grad = _rows(grads[0])
        d_beta = grad.sum(1, dtype=torch.float32)
        d_gamma = ((grad * rows).sum(1, dtype=torch.float32) - mean * d_beta) * inverse
        # d_x = scale (grad - E[grad] - x_hat E[grad x_hat]) with x_hat = (x - mean) inverse,
        # as a (x - near) + b + scale grad.
        dtype = rows.dtype
        near, rest = _centre(mean, dtype)
        a = -scale * inverse * d_gamma / rows.shape[1]
        b = -scale * d_beta / rows.shape[1] - a * rest
        d_x = torch.addcmul(
            torch.addcmul(b.to(dtype)[:, None], rows - near, a.to(dtype)[:, None]), grad, scale.to(dtype)[:, None]
        )
        shape = (*mean.shape, 1, 1)
        return d_x.unflatten(1, ctx.size).permute(0, 3, 1, 2), d_gamma.view(shape), d_beta.view(shape), None


class FusedPool(torch.autograd.Function):
    """Mean and mean square over space, in one pass back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        rows = _rows(x)
        mean, square = _moments(rows)
        ctx.save_for_backward(rows, mean)
        ctx.size = x.shape[2:]
        return mean, square

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        rows, mean = ctx.saved_tensors
        dtype = rows.dtype
        near, rest = _centre(mean, dtype)
        d_mean, slope = grads[0] / rows.shape[1], 2 * grads[1] / rows.shape[1]
        # d_x = d_mean + slope x. For a standard deviation the two nearly cancel, so take x about its mean.
        base = d_mean + slope * (mean - rest)
        d_x = torch.addcmul(base.to(dtype)[:, None], rows - near, slope.to(dtype)[:, None])
        return d_x.unflatten(1, ctx.size).permute(0, 3, 1, 2)
