"""Equation 3 and the convolutions that both networks are built of."""

from __future__ import annotations

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.padding import reflect

EPS = 1e-5  # eq. 3's epsilon; torch's InstanceNorm2d has the same


def din(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = EPS) -> Tensor:
    """Dynamic instance normalisation, eq. 3: (x - mu) / sqrt(sigma^2 + eps) * gamma + beta.

    Args:
        x: (N, C, H, W). mu and sigma^2 are its mean and (biased) variance over H and W, computed in float32.
        gamma, beta: broadcastable to x, normally (N, C, 1, 1); (N, C, H, W) for a value with regions.

    Returns:
        (N, C, H, W) in x's dtype.
    """
    if x.dtype != torch.float32 and gamma.shape[2:] == (1, 1):
        return _FusedDIN.apply(x, gamma.expand(x.shape[0], -1, 1, 1), beta.expand(x.shape[0], -1, 1, 1), eps)
    variance, mean = torch.var_mean(x.float(), dim=(2, 3), keepdim=True, correction=0)
    scale = gamma.float() * torch.rsqrt(variance + eps)
    return torch.addcmul(beta.float() - scale * mean, x.float(), scale).to(x.dtype)


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


class _FusedDIN(torch.autograd.Function):
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


class _FusedPool(torch.autograd.Function):
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


def pool(x: Tensor) -> Tensor:
    """Mean and standard deviation over space of each channel: (N, C, H, W) to (N, 2C), float32."""
    if x.dtype == torch.float32:
        variance, mean = torch.var_mean(x, dim=(2, 3), correction=0)
    else:
        mean, square = _FusedPool.apply(x)
        variance = (square - mean * mean).clamp_min(0)
    return torch.cat([mean, (variance + 1e-6).sqrt()], dim=1)


class Conv(nn.Conv2d):
    """A convolution over a map padded by reflection, with `nn.Conv2d`'s weights and names."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W), H and W above the padding."""
        return F.conv2d(reflect(input, self.kernel_size[0] // 2), self.weight, self.bias, self.stride)


def conv(
    c_in: int, c_out: int, kernel: int, stride: int = 1, padding: Literal["reflect", "valid"] = "reflect"
) -> nn.Conv2d:
    """A convolution that keeps the size (divided by stride) under "reflect" padding, or is unpadded under "valid"."""
    return (nn.Conv2d if padding == "valid" else Conv)(c_in, c_out, kernel, stride)


def keep_variance(net: nn.Module) -> None:
    """Start every convolution of a net so that ReLUs keep the variance from layer to layer: He's, and no bias.

    For what has no normalisation that would see to it.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]


def upsample(x: Tensor, mode: str) -> Tensor:
    """Twice the size, by "nearest" or "bilinear" interpolation; a convolution follows."""
    if mode == "bilinear":
        return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
