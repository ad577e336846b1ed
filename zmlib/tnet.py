"""TNet, the image-transformation network of Johnson et al. (2016), with dynamic instance normalisation.

| layer (paper's number) | what | channels at the paper's width | size | normalisations |
| --- | --- | --- | --- | --- |
| 1 | 9x9 convolution | 32 | 1 | 1 |
| 2, 3 | 3x3 convolution, stride 2 | 64, 128 | 1/2, 1/4 | 1 each |
| 4 - 8 | residual block of two 3x3 convolutions | 128 | 1/4 | 2 each |
| 9 | twice: up-sampling and 3x3 convolution | 64, 32 | 1/2, 1 | 1 each |
| 10 | 9x9 convolution to RGB | 3 | 1 | none |

The paper counts "10 layers (5 of them are residual blocks)", of which "the first 9" are dynamic; Johnson's network has
eleven. `reading` chooses how to reconcile the two: "grouped" counts both up-sampling convolutions as layer 9, so that
all 15 normalisations are dynamic; "static-last" does not count the output convolution, so that layer 10 is the second
up-sampling one, with a learned constant normalisation, and 14 are dynamic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.affine import Affine, Norm, Spec
from zmlib.layers import conv, din, upsample

DYNAMIC_LAYERS = range(1, 10)  # "the PNet connects to the TNet through the first 9 layers" (section 4.1)
MIN_SIDE = 32  # smaller pictures leave too few positions at a quarter of the size to normalise over


@dataclass(frozen=True)
class TNetConfig:
    """The settings of a TNet, and of a serial image PNet.

    Attributes:
        width: channels of layers 1, 2 and 3. (32, 64, 128) is the paper's; (16, 32, 64) costs a quarter.
        blocks: residual blocks; the paper has 5. Where there are fewer, layers 4-8 are spread over them.
        padding: "reflect" pads every convolution; "valid" pads the picture by 40 pixels and leaves the residual blocks
            unpadded, which gives the sizes 336, 168, 84, ..., 128, 256 of the paper's Figure 3.
        upsampling: "nearest" or "bilinear", before each of layer 9's convolutions.
        reading: "grouped" or "static-last", see the module's text.

    Example:
        >>> from zmlib import TNetConfig
        >>> config = TNetConfig(width=(16, 32, 64), upsampling="bilinear")
        >>> len(config.spec), config.spec[0]
        (15, Norm(name='conv1', channels=16, layer=1))
        >>> sum(norm.channels for norm in TNetConfig().spec)  # gammas at the paper's width, and as many betas
        1600
    """

    width: tuple[int, int, int] = (32, 64, 128)
    blocks: int = 5
    padding: Literal["reflect", "valid"] = "reflect"
    upsampling: Literal["nearest", "bilinear"] = "nearest"
    reading: Literal["grouped", "static-last"] = "grouped"

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", tuple(self.width))
        known = {
            "padding": ("reflect", "valid"),
            "upsampling": ("nearest", "bilinear"),
            "reading": ("grouped", "static-last"),
        }
        for name, choices in known.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")
        if len(self.width) != 3 or not 1 <= self.blocks <= 5:
            raise ValueError("width needs three numbers, and blocks must be 1 to 5")

    @property
    def norms(self) -> Spec:
        """Every normalisation, in order, with the paper's number of its layer (10: not dynamic)."""
        a, b, c = self.width
        norms = [Norm("conv1", a, 1), Norm("conv2", b, 2), Norm("conv3", c, 3)]
        for i in range(self.blocks):
            layer = 4 + round(i * 4 / max(self.blocks - 1, 1))
            norms += [Norm(f"res{i + 1}a", c, layer), Norm(f"res{i + 1}b", c, layer)]
        return (*norms, Norm("up1", b, 9), Norm("up2", a, 9 if self.reading == "grouped" else 10))

    @property
    def spec(self) -> Spec:
        """The dynamic normalisations."""
        return tuple(norm for norm in self.norms if norm.layer in DYNAMIC_LAYERS)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values."""
        return {**asdict(self), "width": list(self.width)}


class Trunk(nn.Module):
    """The convolutions that TNet and the serial image PNet share (layers 1-9).

    inputs: how many maps of a layer's size each convolution reads; 2 for `zmlib.baselines.concat`.
    """

    def __init__(self, config: TNetConfig, inputs: int = 1) -> None:
        super().__init__()
        self.config = config
        a, b, c = config.width
        k = inputs
        inner = config.padding  # "valid" leaves only the residual blocks unpadded; the others keep exact halves
        self.conv1 = conv(3 * k, a, 9)
        self.conv2 = conv(a * k, b, 3, stride=2)
        self.conv3 = conv(b * k, c, 3, stride=2)
        self.res = nn.ModuleList(
            nn.ModuleList([conv(c * k, c, 3, padding=inner), conv(c * k, c, 3, padding=inner)])
            for _ in range(config.blocks)
        )
        self.up1 = conv(c * k, b, 3)
        self.up2 = conv(b * k, a, 3)

    def pairs(self) -> Iterator[tuple[nn.Conv2d, nn.Conv2d]]:
        """The two convolutions of each residual block."""
        for block in self.res:
            first, second = cast(nn.ModuleList, block)
            yield cast(nn.Conv2d, first), cast(nn.Conv2d, second)


class TNet(nn.Module):
    """Content image and affine parameters (gamma, beta) in, image out.

    Example:
        >>> import torch
        >>> from zmlib import Affine, TNet
        >>> tnet = TNet()
        >>> tnet(torch.rand(2, 3, 64, 96), Affine.identity(tnet.spec)).shape
        torch.Size([2, 3, 64, 96])
    """

    def __init__(self, config: TNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or TNetConfig()
        self.spec = self.config.spec
        self.trunk = Trunk(self.config)
        self.out = conv(self.config.width[0], 3, 9)
        if self.config.reading == "static-last":
            self.last_gamma = nn.Parameter(torch.ones(1, self.config.width[0]))
            self.last_beta = nn.Parameter(torch.zeros(1, self.config.width[0]))

    def forward(self, content: Tensor, affine: Affine) -> Tensor:
        """Transform pictures.

        Args:
            content: (N, 3, H, W) in [0, 1]; H and W any size from 32 up.
            affine: gamma and beta of N signals, or of one, which then serves all photos.

        Returns:
            (N, 3, H, W), about [0, 1]: 0.5 + 150/255 tanh, Johnson's range, a little wider so that black and white keep
            a gradient. `ZMNet.stylize` clamps it.
        """
        if affine.spec != self.spec:
            raise ValueError("the affine parameters belong to a TNet of another structure")
        if len(affine) == 1 and content.shape[0] > 1:
            affine = affine.expand(content.shape[0])
        height, width = content.shape[-2:]
        net, mode = self.trunk, self.config.upsampling

        x = self._pad(content)
        if affine.regions is not None:  # the regions must cover what the maps cover
            affine = replace(
                affine, regions=self._pad(F.interpolate(affine.regions, size=(height, width), mode="bilinear"))
            )
        inset = 0  # pixels that unpadded convolutions have taken from each side of the map

        def norm(x: Tensor, i: int) -> Tensor:
            if i == len(self.spec):  # the reading "static-last": a constant of the network's own
                return din(x, self.last_gamma[:, :, None, None], self.last_beta[:, :, None, None])
            return din(x, *affine.at(i, (x.shape[-2], x.shape[-1]), inset))

        x = F.relu(norm(net.conv1(x), 0))
        x = F.relu(norm(net.conv2(x), 1))
        x = F.relu(norm(net.conv3(x), 2))
        eaten = 1 if self.config.padding == "valid" else 0
        for i, (first, second) in enumerate(net.pairs()):
            inset += eaten
            y = F.relu(norm(first(x), 3 + 2 * i))
            inset += eaten
            x = _crop(x, 2 * eaten) + norm(second(y), 4 + 2 * i)
        after = 3 + 2 * len(net.res)
        inset *= 2
        x = F.relu(norm(net.up1(upsample(x, mode)), after))
        inset *= 2
        x = F.relu(norm(net.up2(upsample(x, mode)), after + 1))
        return to_image(self.out(x))[..., :height, :width]

    def _pad(self, content: Tensor) -> Tensor:
        """To a multiple of 4, and under "valid" with the 8 pixels a side that a block eats."""
        return pad(content, 8 * self.config.blocks if self.config.padding == "valid" else 0)


def pad(x: Tensor, border: int = 0) -> Tensor:
    """Reflect the edges: right and bottom up to a multiple of 4, and `border` pixels on every side.

    Args:
        x: (N, C, H, W), H and W at least 2.
        border: a multiple of 4.
    """
    height, width = x.shape[-2:]
    left, top, right, bottom = border, border, border + -width % 4, border + -height % 4
    # Reflection cannot exceed the picture; go in several rounds for small ones.
    while left or top or right or bottom:
        h, w = x.shape[-2] - 1, x.shape[-1] - 1
        now = (min(left, w), min(right, w), min(top, h), min(bottom, h))
        x = F.pad(x, now, mode="reflect")
        left, right, top, bottom = left - now[0], right - now[1], top - now[2], bottom - now[3]
    return x


def to_image(x: Tensor) -> Tensor:
    """0.5 + 150/255 tanh x, float32: Johnson's range, a little beyond [0, 1]."""
    return 0.5 + (150 / 255) * torch.tanh(x.float())


def _crop(x: Tensor, border: int) -> Tensor:
    """Without `border` pixels on each side: what an unpadded residual block's branch has left of its input."""
    return x[..., border : x.shape[-2] - border, border : x.shape[-1] - border] if border else x
