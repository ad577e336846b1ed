"""Published networks with random weights: how long a pass takes depends on their shapes alone.

They are written from the papers, and run as the published code does: eager, in float32, in torch's default layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.device import declare_missing_operators

Statistics = tuple[Tensor, Tensor]  # mean and standard deviation of each channel, (N, C, 1, 1)


def _conv(c_in: int, c_out: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    return [nn.ReflectionPad2d(kernel // 2), nn.Conv2d(c_in, c_out, kernel, stride)]


def _normal(c_in: int, c_out: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    return [*_conv(c_in, c_out, kernel, stride), nn.InstanceNorm2d(c_out, affine=True), nn.ReLU()]


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        last = [*_conv(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True)]
        self.branch = nn.Sequential(*_normal(channels, channels, 3), *last)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


def johnson() -> nn.Sequential:
    """The network of Johnson et al. (2016), as in PyTorch's example of fast neural style: one network for each style.

    (N, 3, H, W) to (N, 3, H, W), H and W multiples of 4. 1,679,235 parameters.
    """
    return nn.Sequential(
        *_normal(3, 32, 9),
        *_normal(32, 64, 3, 2),
        *_normal(64, 128, 3, 2),
        *(_Residual(128) for _ in range(5)),
        nn.Upsample(scale_factor=2),
        *_normal(128, 64, 3),
        nn.Upsample(scale_factor=2),
        *_normal(64, 32, 3),
        *_conv(32, 3, 9),
    )


class AdaIN(nn.Module):
    """Huang and Belongie (2017): VGG-19 to relu4_1 with its first 1x1 convolution on RGB, and the mirrored decoder."""

    def __init__(self) -> None:
        super().__init__()
        widths, counts = (64, 128, 256), (2, 2, 4)
        layers: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
        back: list[nn.Module] = []
        c_in = 3
        for width, count in zip(widths, counts, strict=True):
            for _ in range(count):
                layers += [*_conv(c_in, width, 3), nn.ReLU()]
                back = [*_conv(width, c_in, 3), nn.ReLU(), *back]
                c_in = width
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
            back = [nn.Upsample(scale_factor=2), *back]
        self.encoder = nn.Sequential(*layers, *_conv(256, 512, 3), nn.ReLU())
        self.decoder = nn.Sequential(*_conv(512, 256, 3), nn.ReLU(), *back[:-1])  # no ReLU behind the picture

    def statistics(self, style: Tensor) -> Statistics:
        """What is kept of style pictures (N, 3, h, w): mean and deviation, (N, 512, 1, 1) each."""
        return _statistics(self.encoder(style))

    def forward(self, content: Tensor, style: Statistics) -> Tensor:
        """(N, 3, H, W) to (N, 3, H, W), H and W multiples of 8."""
        features = self.encoder(content)
        mean, deviation = _statistics(features)
        return self.decoder((features - mean) / deviation * style[1] + style[0])


def _statistics(x: Tensor) -> Statistics:
    variance, mean = torch.var_mean(x, dim=(2, 3), keepdim=True)
    return mean, (variance + 1e-5).sqrt()


class _Conditional(nn.Module):
    """Reflection, a convolution, and an instance normalisation with given scale and shift."""

    def __init__(self, c_in: int, c_out: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(*_conv(c_in, c_out, kernel))

    def forward(self, x: Tensor, style: Statistics) -> Tensor:
        return F.instance_norm(self.conv(x)) * style[1] + style[0]


class Ghiasi(nn.Module):
    """Ghiasi et al. (2017): a transformer with 2,758 scales and shifts from a style, from the residual blocks on.

    The style network is the trunk of torchvision's MobileNetV2 at width 1.0 (the authors' is the larger Inception-v3),
    the mean over space, 100 numbers, and a linear map to all scales and shifts.
    """

    CHANNELS = (*[128] * 10, 64, 32, 3)

    def __init__(self) -> None:
        super().__init__()
        declare_missing_operators()
        from torchvision.models import mobilenet_v2

        self.contract = nn.Sequential(*_normal(3, 32, 9), *_normal(32, 64, 3, 2), *_normal(64, 128, 3, 2))
        shapes: list[tuple[int, int, int]] = [*[(128, 128, 3)] * 10, (128, 64, 3), (64, 32, 3), (32, 3, 9)]
        self.layers = nn.ModuleList(_Conditional(*shape) for shape in shapes)
        trunk: Any = mobilenet_v2(weights=None).features
        self.reader = nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Conv2d(1280, 100, 1), nn.Flatten())
        self.heads = nn.Linear(100, 2 * sum(self.CHANNELS))

    def read(self, style: Tensor) -> list[Statistics]:
        """Shift and scale of every conditional layer, (N, C, 1, 1) each, for style pictures (N, 3, h, w)."""
        parts = self.heads(self.reader(style))[:, :, None, None].split([c for c in self.CHANNELS for _ in (0, 1)], 1)
        return list(zip(parts[::2], parts[1::2], strict=True))

    def forward(self, content: Tensor, style: Sequence[Statistics]) -> Tensor:
        """(N, 3, H, W) to (N, 3, H, W) in [0, 1], H and W multiples of 4."""
        x = self.contract(content)
        for i in range(0, 10, 2):
            y = F.relu(self.layers[i](x, style[i]))
            x = x + self.layers[i + 1](y, style[i + 1])
        for i in (10, 11):
            x = F.relu(self.layers[i](F.interpolate(x, scale_factor=2.0), style[i]))
        return torch.sigmoid(self.layers[12](x, style[12]))


def parameters(net: nn.Module) -> int:
    """The number of parameters of a network."""
    return sum(p.numel() for p in net.parameters())
