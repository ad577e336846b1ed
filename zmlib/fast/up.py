"""Up-sampling and a 3x3 convolution as 2x2 convolutions of the small map.

After nearest up-sampling, two of a kernel's three rows meet the same row of the small map, so they can be summed
beforehand: 4 multiplications in place of 9. Output rows 2i - 1 and 2i read the same small rows, i - 1 and i.

Bilinear up-sampling is nearest up-sampling followed by the filter (1, 2, 1) / 4 along each axis. Away from the edges of
the picture that filter and the convolution commute, and after the convolution there are fewer channels to filter. At
the edges (where torch clamps, and the convolution's own border reflects what was clamped) one ring of pixels is
computed as TNet is written.
"""

from __future__ import annotations

import torch
from torch import Tensor

from zmlib.fast.planes import Plane, convolve
from zmlib.fast.weights import Folded
from zmlib.layers import upsample


class Up:
    """Rows of the large map, for one set of weights.

    Args:
        source: the small map, its border of 1 replicated.
        folded: the kernel (O, C, 3, 3), its bias and its `phases`. mode: "nearest" or "bilinear".
    """

    def __init__(self, source: Plane, folded: Folded, mode: str) -> None:
        whole, bias, self._kernels = folded
        self._source, self._channels, self._mode = source, len(bias), mode
        share = 1 / 16 if mode == "bilinear" else 1.0
        self._phase_bias = (bias * share).repeat(2)
        if mode == "bilinear":
            small = source.data
            self._left, self._right = (_column(small, at, whole, bias) for at in ((1, 2), (-2, -3)))
            self._top, self._bottom = (
                _column(small.transpose(0, 1), at, whole.transpose(2, 3), bias) for at in ((1, 2), (-2, -3))
            )

    def rows(self, first: int, last: int) -> Tensor:
        """Rows [first, last) of the large map, both even: (last - first, 2 W, O)."""
        small = self._source.rows(first // 2, last // 2 + 2)
        odd, even = (convolve(small, kernel, self._phase_bias).flatten(1) for kernel in self._kernels)
        channels = self._channels
        count = len(odd) - 1
        y = torch.empty(count, 2, odd.shape[1], dtype=odd.dtype)
        if self._mode == "nearest":
            y[:, 0], y[:, 1] = even[:-1], odd[1:]
            return y.view(2 * count, -1, channels)[:, 1:-1]
        # Row 2i of the filtered map is rows 2i - 1 and 2i + 1 and twice 2i of the unfiltered one.
        torch.add(odd[:-1], odd[1:], out=y[:, 0]).add_(even[:-1], alpha=2)
        torch.add(even[:-1], even[1:], out=y[:, 1]).add_(odd[1:], alpha=2)
        lines = y.view(2 * count, -1)
        z = torch.add(lines[:, : -2 * channels], lines[:, 2 * channels :])
        z = z.add_(lines[:, channels:-channels], alpha=2).view(2 * count, -1, channels)
        z[:, 0], z[:, -1] = self._left[first:last], self._right[first:last]
        if first == 0:
            z[0] = self._top
        if last == 2 * self._source.height:
            z[-1] = self._bottom
        return z


def enlarge(small: Plane, mode: str) -> Plane:
    """The large map itself, bordered for a 3x3 convolution: what `Up` avoids."""
    large = Plane(2 * small.height, 2 * small.width, small.channels, 1, small.data.dtype)
    large.inner.copy_(upsample(small.inner.permute(2, 0, 1)[None], mode)[0].permute(1, 2, 0))
    large.mirror()
    return large


def _column(small: Tensor, at: tuple[int, int], kernel: Tensor, bias: Tensor) -> Tensor:
    """The outermost column of the large map, up-sampled, padded and convolved as TNet is written.

    small: (H + 2, W + 2, C), its outermost pixels repeated. at: the indices of its outermost column and of the next.
    Returns (2 H, O).
    """
    edge, inside = small[:, at[0]], small[:, at[1]]
    second = torch.lerp(edge, inside, 0.25)  # of the large map; its first is the edge itself
    lines = torch.stack([second, edge, second], 1)  # the border reflects the second
    middle = lines[1:-1]
    large = torch.stack([torch.lerp(middle, lines[:-2], 0.25), torch.lerp(middle, lines[2:], 0.25)], 1).flatten(0, 1)
    large = torch.cat([large[1:2], large, large[-2:-1]])
    return convolve(large, kernel.contiguous(memory_format=torch.channels_last), bias)[:, 0]
