"""The serial image PNet's pass, built of the same parts. It has no normalisations, and only its moments are used."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from zmlib.fast.planes import Moments, Plane, bands, convolve, picture
from zmlib.fast.up import Up
from zmlib.fast.weights import Conv, Weights


class Psi:
    """The vectors psi_l of one picture.

    Args:
        weights: of the PNet's trunk.
        levels: what each map is multiplied by, as many as psi are wanted.
        mode: of up-sampling. dtype: of maps and products.
    """

    def __init__(self, weights: Weights, levels: Sequence[float], mode: str, dtype: torch.dtype) -> None:
        self._weights, self._levels, self._mode, self._dtype = weights, levels, mode, dtype

    def __call__(self, signal: Tensor) -> list[Tensor]:
        """signal: (3, h, w), float in [0, 1] or uint8. Returns the psi_l, (1, 2 C), as `zmlib.layers.pool`."""
        found: list[Tensor] = []
        x = picture(signal, self._dtype, 1)
        for conv in self._weights.down:
            # The network reads 4 v - 2, for a pixel v in [0, 1].
            scale, shift = (1.0, 0.0) if found else (4 / 255, -2.0)
            x = self._conv(x, conv, found, scale, shift)
        last = len(self._weights.pairs) - 1
        for j, (first, second) in enumerate(self._weights.pairs):
            self._conv(self._conv(x, first, found), second, found, add_to=x)
            x.mirror("replicate" if j == last else "reflect")
        for conv in self._weights.ups[: len(self._levels) - len(found)]:
            x = self._up(x, conv, found)
        return found

    def _conv(
        self,
        x: Plane,
        conv: Conv,
        found: list[Tensor],
        scale: float = 1.0,
        shift: float = 0.0,
        add_to: Plane | None = None,
    ) -> Plane:
        """A convolution and the ReLU: a new map, or one that is added to `add_to` before the ReLU."""
        o, _, kernel, _ = conv.weight.shape
        level = self._levels[len(found)]
        weight, bias, _ = conv.constant(scale, shift, self._dtype, level)
        height, width = -(-x.height // conv.stride), -(-x.width // conv.stride)
        y = Plane(height, width, o, 1, self._dtype) if add_to is None else add_to
        moments = Moments()
        for first, last in bands(height, width * o * self._dtype.itemsize):
            rows = x.rows(first * conv.stride, (last - 1) * conv.stride + kernel)
            made = convolve(rows, weight, bias, conv.stride)
            if add_to is not None:
                made.add_(y.inner[first:last], alpha=level)
            moments.add(made.relu_())
            y.inner[first:last] = made
        found.append(_psi(moments))
        if add_to is None:
            y.mirror()
        return y

    def _up(self, x: Plane, conv: Conv, found: list[Tensor]) -> Plane:
        o = len(conv.bias)
        folded = conv.constant(1.0, 0.0, self._dtype, self._levels[len(found)])
        up, moments = Up(x, folded, self._mode), Moments()
        more = len(self._levels) - len(found) > 1  # of the last map only the moments are needed
        y = Plane(2 * x.height, 2 * x.width, o, 1, self._dtype) if more else x
        for first, last in bands(2 * x.height, 2 * x.width * o * self._dtype.itemsize, 2):
            made = up.rows(first, last).relu_()
            moments.add(made)
            if more:
                y.inner[first:last] = made
        found.append(_psi(moments))
        if more:
            y.mirror("replicate")
        return y


def _psi(moments: Moments) -> Tensor:
    mean, variance = moments.get()
    return torch.cat([mean, (variance + 1e-6).sqrt()])[None]
