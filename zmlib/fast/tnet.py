"""TNet's pass over one picture, restated so that a processor does it in little more than its matrix products.

What is restated, and why it is the same function:

- Eq. 3 and the ReLU: relu(scale (x - mean) + beta) = scale (max(x, c) - c) with c = mean - beta / scale and scale > 0.
  The map keeps max(x, c); scale and shift go into the next convolution's weights and bias. A negative gamma changes the
  signs of the convolution before it.
- A residual sum needs the scale alone: the shift is carried beside the map as a vector.
- Up-sampling (`zmlib.fast.up`) and the last convolution (`zmlib.fast.weights.Out`) in fewer products.
- Statistics are those of the whole picture, summed over bands of rows in float64.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from zmlib.fast.planes import Edge, Lazy, Moments, Plane, Rows, bands, convolve, picture
from zmlib.fast.up import Up
from zmlib.fast.weights import OUT_ROWS, Conv, Weights
from zmlib.layers import EPS
from zmlib.tnet import to_image

KEEP = 512 << 20  # bytes: larger maps of the picture's own size (layer 1 and the last) are computed twice, not kept
TINY = 1e-20  # a scale of 0 would have no threshold
# gamma and beta (C,) of normalisation i, given the mean and the variance (C,) of its map
Given = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]


class Pass:
    """One picture through one TNet in one style.

    Args:
        weights: of `zmlib.fast.weights.weights_of`, for the same dtype.
        given: gamma and beta of a normalisation, from its mean and variance.
        signs: of gamma, (C,) a normalisation, known before its map is.
        mode: of up-sampling. dtype: of maps and products, bfloat16 or float32.
    """

    def __init__(self, weights: Weights, given: Given, signs: list[Tensor], mode: str, dtype: torch.dtype) -> None:
        self._weights, self._given, self._signs, self._mode, self._dtype = weights, given, signs, mode, dtype

    def __call__(self, content: Tensor, out: Tensor) -> None:
        """content: (3, H, W), float in [0, 1] or uint8. out: (H, W, 3), float32 or uint8, is written to."""
        x: Plane | Lazy = picture(content, self._dtype)
        scale, shift = torch.full((3,), 1 / 255), torch.zeros(3)
        for i, conv in enumerate(self._weights.down):
            x, scale, shift = self._down(x, scale, shift, conv, i)
        assert isinstance(x, Plane)
        shift = self._blocks(x, scale, shift)
        scale = torch.ones_like(scale)
        i = 3 + 2 * len(self._weights.pairs)
        for conv, border in zip(self._weights.ups, (1, 4), strict=True):
            x, scale, shift = self._up(x, scale, shift, conv, i, border)
            i += 1
        self._out(x, scale, shift, out)

    def _normalise(
        self, i: int, make: Rows, height: int, width: int, channels: int, border: int, edge: Edge = "reflect"
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        """The map max(x, c), and the scale and shift (C,) that it stands for.

        make: rows of x, the convolution's output with its signs.
        """
        row_bytes = width * channels * self._dtype.itemsize
        moments, plane = Moments(), None
        if height * row_bytes <= KEEP or i not in (0, len(self._signs) - 1):
            plane = Plane(height, width, channels, border, self._dtype)
        for first, last in bands(height, row_bytes, 2):
            rows = make(first, last)
            moments.add(rows)
            if plane is not None and len(rows) < height:
                plane.inner[first:last] = rows
        scale, threshold = self._threshold(i, *moments.get())
        shift = -scale * threshold.float()  # of the threshold as it is in dtype, so that the ReLU's zero is zero
        if plane is None:
            return Lazy(make, height, width, border, threshold), scale, shift
        torch.maximum(rows if len(rows) == height else plane.inner, threshold, out=plane.inner)
        plane.mirror(edge)
        return plane, scale, shift

    def _threshold(self, i: int, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """scale = |gamma| / sigma and c = mean - beta / scale, (C,) each; mean is that of the map with its signs."""
        gamma, beta = self._given(i, self._signs[i] * mean, variance)
        scale = (gamma.abs() * torch.rsqrt(variance + EPS)).clamp_min(TINY)
        return scale, (mean - beta / scale).to(self._dtype)

    def _down(
        self, x: Plane | Lazy, scale: Tensor, shift: Tensor, conv: Conv, i: int, border: int = 1
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        """A convolution, its normalisation and the ReLU."""
        weight, bias, _ = conv.folded(scale, shift, self._signs[i], self._dtype)
        stride, kernel = conv.stride, weight.shape[2]

        def make(first: int, last: int) -> Tensor:
            return convolve(x.rows(first * stride, (last - 1) * stride + kernel), weight, bias, stride)

        return self._normalise(i, make, x.height // stride, x.width // stride, weight.shape[0], border)

    def _blocks(self, x: Plane, scale: Tensor, shift: Tensor) -> Tensor:
        """The residual blocks, in place in x. Returns the shift (C,) of what is in x afterwards; its scale is 1."""
        dtype = self._dtype
        torch.addcmul(shift.to(dtype), x.inner, scale.to(dtype), out=x.inner)
        x.mirror()
        ones, shift = torch.ones_like(scale), torch.zeros_like(shift)
        last = len(self._weights.pairs) - 1
        for j, (first, second) in enumerate(self._weights.pairs):
            i = 3 + 2 * j
            y, inner_scale, inner_shift = self._down(x, ones, shift, first, i)
            assert isinstance(y, Plane)
            weight, bias, _ = second.folded(inner_scale, inner_shift, self._signs[i + 1], dtype)
            # In y's place, one row higher than it lies: what a band overwrites, the next ones do not read.
            z, moments = y.data[: y.height, 1:-1], Moments()
            for top, bottom in bands(x.height, x.width * x.channels * dtype.itemsize):
                rows = convolve(y.rows(top, bottom + 2), weight, bias)
                moments.add(rows)
                if len(rows) == x.height:
                    z = rows
                else:
                    z[top:bottom] = rows
            mean, variance = moments.get()
            gamma, beta = self._given(i + 1, self._signs[i + 1] * mean, variance)
            step = gamma.abs() * torch.rsqrt(variance + EPS)
            torch.addcmul(x.inner, z, step.to(dtype), out=x.inner)
            shift = shift + beta - step * mean
            x.mirror("replicate" if j == last else "reflect")
        return shift

    def _up(
        self, x: Plane | Lazy, scale: Tensor, shift: Tensor, conv: Conv, i: int, border: int
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        """Up-sampling, a convolution, its normalisation and the ReLU."""
        assert isinstance(x, Plane)
        folded = conv.folded(scale, shift, self._signs[i], self._dtype)
        edge: Edge = "replicate" if border == 1 else "reflect"  # what the next layer wants: up-sampling or the output
        rows = Up(x, folded, self._mode).rows
        return self._normalise(i, rows, 2 * x.height, 2 * x.width, len(folded.bias), border, edge)

    def _out(self, x: Plane | Lazy, scale: Tensor, shift: Tensor, out: Tensor) -> None:
        """The output convolution and 0.5 + 150/255 tanh, clamped."""
        assert self._weights.out is not None
        across, gather = self._weights.out.across, self._weights.out.gather
        weight = across.folded(scale, shift, torch.ones(len(across.bias)), self._dtype).weight
        bias = self._weights.out.whole.bias_for(shift)
        around = gather.shape[2] - OUT_ROWS
        row_bytes = x.width * weight.shape[0] * self._dtype.itemsize
        for first, last in bands(x.height, row_bytes, OUT_ROWS, out=True):
            lines = convolve(x.rows(first, last + around), weight, None)
            sums = convolve(lines, gather, None, (OUT_ROWS, 1)).unflatten(2, (OUT_ROWS, 3)).transpose(1, 2)
            write((sums.float() + bias).flatten(0, 1), out[first:last])


def write(sums: Tensor, out: Tensor) -> None:
    """The output convolution's sums, (h, w, 3), as pixels of out, (H, W, 3) with H <= h and W <= w: its upper left."""
    image = to_image(sums[: out.shape[0], : out.shape[1]]).clamp_(0, 1)
    out.copy_(image.mul_(255).round_() if out.dtype == torch.uint8 else image)
