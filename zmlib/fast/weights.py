"""A TNet's weights in the form that the fast path reads; they are prepared once and kept until they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from zmlib.tnet import TNet, Trunk

# [parity of the output row][row of the small map][row of the kernel]; see `zmlib.fast.up`
TAPS = torch.tensor([[[1.0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1]]])
OUT_ROWS = 4  # output rows that one position of `gather` makes; heights are multiples of 4


class Conv:
    """A convolution's weight (O, C, h, w), bias (O,) and stride; for one after up-sampling also its `phases`."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int = 1, phases: Sequence[Tensor] = ()) -> None:
        self.weight = weight.contiguous(memory_format=torch.channels_last)
        self.phases = [phase.contiguous(memory_format=torch.channels_last) for phase in phases]
        self.bias, self.stride = bias, stride
        self._total = weight.sum((2, 3))
        self._constant: dict[tuple[float, float, float, torch.dtype], Folded] = {}

    def folded(self, scale: Tensor, shift: Tensor, sign: Tensor, dtype: torch.dtype) -> Folded:
        """The convolution of scale m + shift as one of the map m, its outputs times the signs, or any factors, (O,).

        scale, shift: (C,). Exact at the edges too, since borders are mirrored and not zero.
        """
        factor = (sign[:, None] * scale)[:, :, None, None]
        twice = factor.repeat(2, 1, 1, 1) if self.phases else factor
        return Folded(
            (self.weight * factor).to(dtype),
            self.bias_for(shift, sign).to(dtype),
            [(phase * twice).to(dtype) for phase in self.phases],
        )

    def constant(self, scale: float, shift: float, dtype: torch.dtype, times: float = 1.0) -> Folded:
        """`folded` for one scale, one shift and one factor of all channels; the result is kept."""
        key = (scale, shift, times, dtype)
        if key not in self._constant:
            o, c = self.weight.shape[:2]
            given = torch.full((c,), scale), torch.full((c,), shift), torch.full((o,), times)
            self._constant[key] = self.folded(*given, dtype)
        return self._constant[key]

    def bias_for(self, shift: Tensor, sign: Tensor | float = 1.0) -> Tensor:
        """The bias for a map with this shift, (O,) in float32."""
        return sign * (self.bias + self._total @ shift)


class Folded(NamedTuple):
    """Weight, bias and phases of a convolution that include its map's scale and shift, in the type that it runs in."""

    weight: Tensor
    bias: Tensor
    phases: list[Tensor]


@dataclass(frozen=True)
class Out:
    """TNet's last convolution, 9x9 to 3 channels, in two.

    A processor's convolution makes 16 or 32 channels at a time, of which 3 would be used. So a 1x9 convolution makes
    27, one for each colour and each row of the kernel, and a second one, with weights 0 and 1, adds those of 9
    neighbouring rows, for four rows of the picture at a time. `whole` is the convolution as TNet has it.
    """

    across: Conv
    gather: Tensor
    whole: Conv


@dataclass(frozen=True)
class Weights:
    """The convolutions of layers 1-3, of the residual blocks, of the two up-sampling layers and of the output."""

    down: tuple[Conv, ...]
    pairs: tuple[tuple[Conv, Conv], ...]
    ups: tuple[Conv, ...]
    out: Out | None


_kept: WeakKeyDictionary[nn.Module, tuple[object, Weights]] = WeakKeyDictionary()


def weights_of(net: TNet | Trunk, dtype: torch.dtype) -> Weights:
    """The weights of a TNet, or of a PNet's trunk (which has no output)."""
    parameters = list(net.parameters())
    key = (dtype, *((p.data_ptr(), 0 if p.is_inference() else p._version) for p in parameters))
    kept = _kept.get(net)
    if kept is None or kept[0] != key:
        with torch.no_grad():
            kept = _kept[net] = (key, _prepare(net, dtype))
    return kept[1]


def _prepare(net: TNet | Trunk, dtype: torch.dtype) -> Weights:
    trunk, mode = (net.trunk if isinstance(net, TNet) else net), net.config.upsampling

    def plain(conv: nn.Conv2d, up: bool = False) -> Conv:
        weight, bias = conv.weight.detach().float(), conv.bias
        assert bias is not None
        return Conv(weight, bias.detach().float(), conv.stride[0], phases(weight, mode) if up else ())

    return Weights(
        tuple(map(plain, (trunk.conv1, trunk.conv2, trunk.conv3))),
        tuple((plain(first), plain(second)) for first, second in trunk.pairs()),
        tuple(plain(conv, up=True) for conv in (trunk.up1, trunk.up2)),
        _out(plain(net.out), dtype) if isinstance(net, TNet) else None,
    )


def phases(weight: Tensor, mode: str) -> list[Tensor]:
    """(O, C, 3, 3) as kernels of the odd and of the even output rows, (2 O, C, 2, 2) each, odd columns first."""
    share = 1 / 16 if mode == "bilinear" else 1.0  # so that the filter (1, 2, 1) x (1, 2, 1) sums to 1
    return [torch.cat([torch.einsum("ik,ockl,jl->ocij", a, weight * share, b) for b in TAPS]) for a in TAPS]


def _out(conv: Conv, dtype: torch.dtype) -> Out:
    weight = conv.weight
    o, c, height, width = weight.shape
    channels = o * height if dtype == torch.float32 else -(-o * height // 32) * 32  # bfloat16 works by 32
    across = torch.zeros(channels, c, 1, width)
    across[: o * height, :, 0] = weight.permute(2, 0, 1, 3).flatten(0, 1)
    gather = torch.zeros(OUT_ROWS, o, channels, OUT_ROWS + height - 1, 1)
    for row in range(OUT_ROWS):
        for k in range(height):
            for colour in range(o):
                gather[row, colour, k * o + colour, row + k] = 1
    gather = gather.flatten(0, 1).to(dtype, memory_format=torch.channels_last)
    return Out(Conv(across, torch.zeros(channels)), gather, conv)
