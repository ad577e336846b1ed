"""Equation 3 and the convolutions that both networks are built of."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.kernels import FusedDIN, FusedPool, reflect

EPS = 1e-5  # eq. 3's epsilon; torch's InstanceNorm2d has the same


def din(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = EPS) -> Tensor:
    """Dynamic instance normalisation, eq. 3: (x - mu) / sqrt(sigma^2 + eps) * gamma + beta.

    Args:
        x: (N, C, H, W). mu and sigma^2 are its mean and (biased) variance over H and W, computed in float32.
        gamma, beta: broadcastable to x, normally (N, C, 1, 1); (N, C, H, W) for a style with regions.

    Returns:
        (N, C, H, W) in x's dtype.

    Example:
        >>> import torch
        >>> from zmlib.layers import din
        >>> x = torch.rand(2, 8, 16, 16)
        >>> gamma, beta = torch.full((2, 8, 1, 1), 3.0), torch.full((2, 8, 1, 1), 0.5)
        >>> y = din(x, gamma, beta)
        >>> y.shape
        torch.Size([2, 8, 16, 16])
        >>> y.mean((2, 3))[0, 0].round(decimals=3), y.std((2, 3), correction=0)[0, 0].round(decimals=2)
        (tensor(0.5000), tensor(3.))
    """
    if x.dtype != torch.float32 and gamma.shape[2:] == (1, 1):
        return FusedDIN.apply(x, gamma.expand(x.shape[0], -1, 1, 1), beta.expand(x.shape[0], -1, 1, 1), eps)
    variance, mean = torch.var_mean(x.float(), dim=(2, 3), keepdim=True, correction=0)
    scale = gamma.float() * torch.rsqrt(variance + eps)
    return torch.addcmul(beta.float() - scale * mean, x.float(), scale).to(x.dtype)


def pool(x: Tensor) -> Tensor:
    """Mean and standard deviation over space of each channel: (N, C, H, W) to (N, 2C), float32."""
    if x.dtype == torch.float32:
        variance, mean = torch.var_mean(x, dim=(2, 3), correction=0)
    else:
        mean, square = FusedPool.apply(x)
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

    It is for networks without normalisations, which would keep it otherwise.
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
