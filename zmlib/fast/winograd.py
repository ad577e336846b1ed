"""3x3 convolutions with half the products: Winograd's F(4, 3), along the rows only.

Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015, here in one dimension. Four neighbouring rows
of the output need six rows of the input and, directly, 12 products for each column of a 3x3 kernel. Six sums of the
input rows, each multiplied by one sum of the kernel's rows, give the same four rows as sums of six products. The sums
are of whole rows, so they cost little, and what is left are six ordinary 1x3 convolutions, which run at nearly full
speed. In two dimensions, F(4x4, 3x3) halves the products again, but its sums take two to three times as long, and the
matrix products that are left run slower: with it, a pass that uses AVX-512 took longer than by direct convolution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from zmlib.fast.planes import convolve

ROWS = 4  # a band of a multiple of these leaves no rows to convolve directly
LEAST_CHANNELS = 64  # with fewer, the sums cost more than the products that they save
# The six sums of a kernel's three rows: its polynomial at 0, 1, -1, 2, -2 and infinity, scaled so that the
# sums of the input and of the products have whole factors
KERNEL_SUMS = torch.tensor([[6.0, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24


def convolution(weight: Tensor, bias: Tensor, stride: int = 1, fewer: bool = True) -> Callable[[Tensor], Tensor]:
    """`convolve` with this weight (O, C, h, w) and bias (O,), in the way that takes the least time.

    fewer: whether float32 may take fewer products. In bfloat16 all are computed directly.
    """
    fits = weight.dtype == torch.float32 and weight.shape[2:] == (3, 3) and stride == 1
    if fewer and fits and min(weight.shape[:2]) >= LEAST_CHANNELS:
        return Winograd(weight, bias)
    return partial(convolve, weight=weight, bias=bias, stride=stride)


class Winograd:
    """The unpadded 3x3 convolution of (H, W, C) with weight (O, C, 3, 3) and bias (O,), float32: (H - 2, W - 2, O)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        o, c = weight.shape[:2]
        # The layout of a (O, C, 1, 3) kernel in channels last
        kernels = (KERNEL_SUMS @ weight.permute(2, 0, 3, 1).reshape(3, -1)).view(6, o, 1, 3, c)
        self._kernels = kernels.permute(0, 1, 4, 2, 3).unbind()
        # Product 1 is a term of all four rows, with the factor 1, and so is its bias.
        self._biases = (None, bias, None, None, None, None)
        self._weight, self._bias = weight, bias

    def __call__(self, rows: Tensor) -> Tensor:
        """rows: (H, W, C), also a view of whole rows. Up to three last rows are convolved directly."""
        height, width = rows.shape[0] - 2, rows.shape[1] - 2
        y = torch.empty(height, width, len(self._bias))
        fours = height - height % ROWS
        if fours:
            parts = zip(_input_sums(rows[: fours + 2]), self._kernels, self._biases, strict=True)
            _output_sums([convolve(part, kernel, bias) for part, kernel, bias in parts], y[:fours])
        if fours < height:
            y[fours:] = convolve(rows[fours:], self._weight, self._bias)
        return y


def _input_sums(rows: Tensor) -> Iterator[Tensor]:
    """The six sums of rows (4 n + 2, W, C), one at a time so that each is convolved while in cache: (n, W, C) each.

    With d the six rows of a four: 4 d0 - 5 d2 + d4, (d4 - 4 d2) + and - (d3 - 4 d1), (d4 - d2) + and - 2 (d3 - d1),
    and 4 d1 - 5 d3 + d5.
    """
    _, d1, d2, _ = rows[:-2].unflatten(0, (-1, 4)).unbind(1)
    step0, step1, step2, step3 = torch.sub(rows[2:], rows[:-2]).unflatten(0, (-1, 4)).unbind(1)  # d2 - d0 to d5 - d3
    yield torch.sub(step2, step0, alpha=4)
    even, odd = torch.sub(step2, d2, alpha=3), torch.sub(step1, d1, alpha=3)
    yield even + odd
    yield even - odd
    yield torch.add(step2, step1, alpha=2)
    yield torch.sub(step2, step1, alpha=2)
    yield torch.sub(step3, step1, alpha=4)


def _output_sums(products: list[Tensor], y: Tensor) -> None:
    """The four rows of each six products (n, W, O), into y (4 n, W, O). The products are overwritten.

    With m the six: m0 + (m1 + m2) + (m3 + m4), (m1 - m2) + 2 (m3 - m4), (m1 + m2) + 4 (m3 + m4), and
    (m1 - m2) + 8 (m3 - m4) + m5.
    """
    y0, y1, y2, y3 = y.unflatten(0, (-1, 4)).unbind(1)
    m0, m1, m2, m3, m4, m5 = products
    odd, twice_odd = m1 - m2, m3 - m4
    even, twice_even = m1.add_(m2), m3.add_(m4)
    torch.add(m0.add_(even), twice_even, out=y0)
    torch.add(odd, twice_odd, alpha=2, out=y1)
    torch.add(even, twice_even, alpha=4, out=y2)
    torch.add(m5.add_(odd), twice_odd, alpha=8, out=y3)
