"""TNet's pass over one picture, restated so that it costs a processor little more than the matrix products.

What is restated, and why it is the same function:

- Eq. 3 and the ReLU: relu(scale (x - mean) + beta) = scale (max(x, c) - c) with c = mean - beta / scale and scale > 0.
  The map keeps max(x, c); scale and shift go into the next convolution's weights and bias. A negative gamma flips the
  signs of the convolution before it.
- A residual sum needs the scale alone: the shift is kept beside the map as a vector.
- Up-sampling (`zmlib.fast.up`), the last convolution (`zmlib.fast.weights.Out`) and, in float32, the wide 3x3
  convolutions (`zmlib.fast.winograd`) take fewer products.
- Statistics are those of the whole picture, summed over bands of rows in float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.fast.planes import Edge, Lazy, Moments, Plane, Rows, bands, convolve, picture
from zmlib.fast.up import Up, enlarge
from zmlib.fast.weights import OUT_ROWS, Conv, Weights
from zmlib.fast.winograd import ROWS, convolution
from zmlib.layers import EPS
from zmlib.tnet import to_image

KEEP = 512 << 20  # bytes: a larger map of the picture's own size (layer 1 and the last) is computed twice, not kept
TINY = 1e-20  # a scale of 0 would have no threshold
# gamma and beta (C,) of normalisation i, given the mean and the variance (C,) of its map
Given = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Plan:
    """Which steps are restated. A step that is switched off runs as TNet is written; the result is the same."""

    threshold: bool = True  # eq. 3 and the ReLU as max(x, c)
    merged_upsampling: bool = True  # up-sampling and its convolution as 2x2 convolutions
    split_output: bool = True  # the last convolution in two
    winograd: bool = True  # in float32, wide 3x3 convolutions with half the products


FAST = Plan()


@dataclass(frozen=True, eq=False)
class Pass:
    """One picture through one TNet in one style.

    Attributes:
        weights: from `zmlib.fast.weights.weights_of`, for the same dtype.
        given: returns gamma and beta of a normalisation, from the mean and variance of its map.
        signs: of each normalisation's gamma, (C,), known before its map is.
        mode: of up-sampling. dtype: of maps and products, bfloat16 or float32.
        plan: which steps are restated.
    """

    weights: Weights
    given: Given
    signs: list[Tensor]
    mode: str
    dtype: torch.dtype
    plan: Plan = FAST

    def __call__(self, content: Tensor, out: Tensor) -> None:
        """content: (3, H, W), float in [0, 1] or uint8. out: (H, W, 3), float32 or uint8, receives the picture."""
        x: Plane | Lazy = picture(content, self.dtype)
        scale, shift = torch.full((3,), 1 / 255), torch.zeros(3)
        for i, conv in enumerate(self.weights.down):
            x, scale, shift = self._down(x, scale, shift, conv, i)
        assert isinstance(x, Plane)
        shift = self._blocks(x, scale, shift)
        scale = torch.ones_like(scale)
        i = 3 + 2 * len(self.weights.pairs)
        for conv, border in zip(self.weights.ups, (1, 4), strict=True):
            x, scale, shift = self._up(x, scale, shift, conv, i, border)
            i += 1
        self._out(x, scale, shift, out)

    def _normalise(
        self, i: int, make: Rows, height: int, width: int, channels: int, border: int, edge: Edge = "reflect"
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        """A map m, and the scale and shift (C,) with which scale m + shift is the normalised map after the ReLU.

        make: computes rows of x, the convolution's output with the signs of gamma.
        """
        row_bytes = width * channels * self.dtype.itemsize
        moments, plane = Moments(), None
        if height * row_bytes <= KEEP or i not in (0, len(self.signs) - 1) or not self.plan.threshold:
            plane = Plane(height, width, channels, border, self.dtype)
        for first, last in bands(height, row_bytes, ROWS):
            rows = make(first, last)
            moments.add(rows)
            if plane is not None and len(rows) < height:
                plane.inner[first:last] = rows
        mean, variance = moments.get()
        gamma, beta = self.given(i, self.signs[i] * mean, variance)
        scale = (gamma.abs() * torch.rsqrt(variance + EPS)).clamp_min(TINY)
        threshold = (mean - beta / scale).to(self.dtype)
        shift = -scale * threshold.float()  # from the rounded threshold, so that the ReLU's zero is zero
        if plane is None:
            return Lazy(make, height, width, border, threshold), scale, shift
        x = rows if len(rows) == height else plane.inner
        if self.plan.threshold:
            torch.maximum(x, threshold, out=plane.inner)
        else:
            shift = beta - scale * mean
            torch.addcmul(shift.to(self.dtype), x, scale.to(self.dtype), out=plane.inner).relu_()
            scale, shift = torch.ones_like(scale), torch.zeros_like(shift)
        plane.mirror(edge)
        return plane, scale, shift

    def _down(
        self, x: Plane | Lazy, scale: Tensor, shift: Tensor, conv: Conv, i: int, border: int = 1
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        """A convolution, its normalisation and the ReLU."""
        weight, bias, _ = conv.folded(scale, shift, self.signs[i], self.dtype)
        stride, kernel = conv.stride, weight.shape[2]
        apply = convolution(weight, bias, stride, self.plan.winograd)

        def make(first: int, last: int) -> Tensor:
            return apply(x.rows(first * stride, (last - 1) * stride + kernel))

        return self._normalise(i, make, x.height // stride, x.width // stride, weight.shape[0], border)

    def _blocks(self, x: Plane, scale: Tensor, shift: Tensor) -> Tensor:
        """The residual blocks, in place in x. Returns the shift (C,) of the new x; its scale is 1."""
        torch.addcmul(shift.to(self.dtype), x.inner, scale.to(self.dtype), out=x.inner)
        x.mirror()
        ones, shift = torch.ones_like(scale), torch.zeros_like(shift)
        last = len(self.weights.pairs) - 1
        for j, (first, second) in enumerate(self.weights.pairs):
            i = 3 + 2 * j
            y, inner_scale, inner_shift = self._down(x, ones, shift, first, i)
            assert isinstance(y, Plane)
            weight, bias, _ = second.folded(inner_scale, inner_shift, self.signs[i + 1], self.dtype)
            # z takes y's memory, one row higher: the next bands do not read what a band overwrites.
            z, moments = y.data[: y.height, 1:-1], Moments()
            apply = convolution(weight, bias, fewer=self.plan.winograd)
            for top, bottom in bands(x.height, x.width * x.channels * self.dtype.itemsize, ROWS):
                rows = apply(y.rows(top, bottom + 2))
                moments.add(rows)
                if len(rows) == x.height:
                    z = rows
                else:
                    z[top:bottom] = rows
            mean, variance = moments.get()
            gamma, beta = self.given(i + 1, self.signs[i + 1] * mean, variance)
            step = gamma.abs() * torch.rsqrt(variance + EPS)
            torch.addcmul(x.inner, z, step.to(self.dtype), out=x.inner)
            shift = shift + beta - step * mean
            x.mirror("replicate" if j == last else "reflect")
        return shift

    def _up(
        self, x: Plane | Lazy, scale: Tensor, shift: Tensor, conv: Conv, i: int, border: int
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        """Up-sampling, a convolution, its normalisation and the ReLU."""
        assert isinstance(x, Plane)
        if not self.plan.merged_upsampling:
            return self._down(enlarge(x, self.mode), scale, shift, conv, i, border)
        folded = conv.folded(scale, shift, self.signs[i], self.dtype)
        edge: Edge = "replicate" if border == 1 else "reflect"  # what the next layer wants: up-sampling or the output
        rows = Up(x, folded, self.mode).rows
        return self._normalise(i, rows, 2 * x.height, 2 * x.width, len(folded.bias), border, edge)

    def _out(self, x: Plane | Lazy, scale: Tensor, shift: Tensor, out: Tensor) -> None:
        """The output convolution and 0.5 + 150/255 tanh, clamped."""
        assert self.weights.out is not None
        across, gather, whole = self.weights.out.across, self.weights.out.gather, self.weights.out.whole
        weight = across.folded(scale, shift, torch.ones(len(across.bias)), self.dtype).weight
        bias = whole.bias_for(shift)
        plain = None if self.plan.split_output else whole.folded(scale, shift, torch.ones(3), self.dtype)
        around = gather.shape[2] - OUT_ROWS
        row_bytes = x.width * weight.shape[0] * self.dtype.itemsize
        for first, last in bands(x.height, row_bytes, OUT_ROWS, out=True):
            rows = x.rows(first, last + around)
            if plain is not None:
                write(convolve(rows, plain.weight, plain.bias), out[first:last])
                continue
            lines = convolve(rows, weight, None)
            sums = convolve(lines, gather, None, (OUT_ROWS, 1)).unflatten(2, (OUT_ROWS, 3)).transpose(1, 2)
            write((sums.float() + bias).flatten(0, 1), out[first:last])


def write(sums: Tensor, out: Tensor) -> None:
    """Turn the output convolution's sums (h, w, 3), of which the upper left counts, into the pixels out (H, W, 3)."""
    image = to_image(sums[: out.shape[0], : out.shape[1]]).clamp_(0, 1)
    out.copy_(image.mul_(255).round_() if out.dtype == torch.uint8 else image)
