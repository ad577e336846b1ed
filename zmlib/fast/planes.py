"""Feature maps as the fast path keeps them: one picture, channels last, the border of the next convolution included.

A convolution then reads a slice of whole rows, without a copy, and nothing is padded later. Maps are computed in bands
of rows that fit into the processor's cache, so that the step after a convolution finds its output there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Edge = Literal["reflect", "replicate"]
Rows = Callable[[int, int], Tensor]  # given the first row and the one after the last, returns (rows, W, C)
BAND = 4 << 20  # bytes of a band: the fastest of 2, 4, 8, 16 and 32 MB on a processor with 32 MB of cache
OUT_BAND = 16 << 20  # for the last convolution, whose bands read eight rows of their neighbours again
LEAST, OUT_LEAST = 16, 64  # rows of a band; with fewer, a wide picture would read its neighbours' rows too often


class Plane:
    """A map in memory: data (H + 2b, W + 2b, C), of which `inner` is the map itself."""

    def __init__(self, height: int, width: int, channels: int, border: int, dtype: torch.dtype) -> None:
        self.height, self.width, self.channels, self.border = height, width, channels, border
        self.data = torch.empty(height + 2 * border, width + 2 * border, channels, dtype=dtype)

    @property
    def inner(self) -> Tensor:
        """(H, W, C), a view."""
        return self.data[self.border : self.border + self.height, self.border : self.border + self.width]

    def rows(self, first: int, last: int) -> Tensor:
        """Rows of the bordered map, (last - first, W + 2b, C); row `border` is the map's first. A view."""
        return self.data[first:last]

    def mirror(self, edge: Edge = "reflect") -> None:
        """Fill the border from the map."""
        mirror_columns(self.data[self.border : self.border + self.height], self.border, edge)
        mirror_rows(self.data, self.border, self.border + self.height, edge)


def picture(content: Tensor, kind: torch.dtype, multiple: int = 4) -> Plane:
    """The first convolution's map of (3, H, W), float in [0, 1] or uint8: from 0 to 255, which bfloat16 holds exactly.

    Right and bottom are mirrored up to a multiple, as `zmlib.tnet.pad` does, and then all sides by 4.
    """
    height, width = content.shape[1:]
    plane = Plane(height + -height % multiple, width + -width % multiple, 3, 4, kind)
    given = content.permute(1, 2, 0)
    factor = 1 if content.dtype == torch.uint8 else 255
    for first in range(0, height, 256):  # in parts: a float copy of a large photo would take more than its maps
        rows = given[first : first + 256]
        plane.inner[first : first + len(rows), :width] = rows if factor == 1 else rows * factor
    inner = plane.inner
    for i in range(plane.width - width):
        inner[:height, width + i] = inner[:height, width - 2 - i]
    for i in range(plane.height - height):
        inner[height + i] = inner[height - 2 - i]
    plane.mirror()
    return plane


class Lazy:
    """A map that is computed when it is read, for pictures whose largest maps do not fit into memory.

    Args:
        make: computes rows of the map before the threshold.
        height, width: of the map. threshold: (C,), the least value of each channel.
    """

    def __init__(self, make: Rows, height: int, width: int, border: int, threshold: Tensor) -> None:
        self.height, self.width, self.channels, self.border = height, width, len(threshold), border
        self._make, self._threshold = make, threshold

    def rows(self, first: int, last: int) -> Tensor:
        """As `Plane.rows`; a new tensor."""
        b = self.border
        low, high = max(0, first - b), min(self.height, last - b)
        y = self._make(low, high)
        data = torch.empty(last - first, self.width + 2 * b, self.channels, dtype=y.dtype)
        top = low + b - first
        torch.maximum(y, self._threshold, out=data[top : top + high - low, b : b + self.width])
        mirror_columns(data[top : top + high - low], b)
        mirror_rows(data, top, top + high - low)
        return data


def mirror_columns(data: Tensor, border: int, edge: Edge = "reflect") -> None:
    """Fill the outer columns of (H, W + 2 border, C) in place."""
    skip = edge == "reflect"
    last = data.shape[1] - 1 - border
    for i in range(border):
        data[:, border - 1 - i] = data[:, border + i + skip]
        data[:, last + 1 + i] = data[:, last - i - skip]


def mirror_rows(data: Tensor, top: int, bottom: int, edge: Edge = "reflect") -> None:
    """Fill rows [0, top), and those from `bottom` on, from the rows between, in place."""
    skip = edge == "reflect"
    for i in range(top):
        data[top - 1 - i] = data[top + i + skip]
    for i in range(data.shape[0] - bottom):
        data[bottom + i] = data[bottom - 1 - i - skip]


def bands(height: int, row_bytes: int, step: int = 1, out: bool = False) -> Iterator[tuple[int, int]]:
    """(first, last) rows of even bands of about `BAND` (`OUT_BAND`) bytes, each a multiple of `step` rows."""
    size, least = (OUT_BAND, OUT_LEAST) if out else (BAND, LEAST)
    count = max(1, min(round(height * row_bytes / size), height // least))
    rows = -(-height // (count * step)) * step
    return ((first, min(height, first + rows)) for first in range(0, height, rows))


def convolve(rows: Tensor, weight: Tensor, bias: Tensor | None, stride: int | tuple[int, int] = 1) -> Tensor:
    """Unpadded convolution of (H, W, C) with weight (O, C, h, w), (H', W', O): in the layout of the planes."""
    return F.conv2d(rows.permute(2, 0, 1)[None], weight, bias, stride)[0].permute(1, 2, 0)


class Moments:
    """Mean and (biased) variance of each channel, accumulated over bands; the sums are in float64."""

    def __init__(self) -> None:
        self._count = 0
        self._sum: Tensor | float = 0.0
        self._square: Tensor | float = 0.0

    def add(self, rows: Tensor) -> None:
        """rows: (H, W, C)."""
        channels = rows.shape[2]
        mean, variance = torch.zeros(2, channels)
        # The first half of torch's batch normalisation: its one vectorised reduction over a channels-last map.
        # It returns the map's dtype unless the running statistics are float32.
        mean, variance = torch.batch_norm_update_stats(rows.permute(2, 0, 1)[None], mean, variance, 1.0)
        count = rows.shape[0] * rows.shape[1]
        mean = mean.double()
        self._count += count
        self._sum = self._sum + count * mean
        self._square = self._square + count * (variance.double() + mean.square())

    def get(self) -> tuple[Tensor, Tensor]:
        """Mean and variance, (C,) each, float32."""
        mean = torch.as_tensor(self._sum / self._count)
        variance = (torch.as_tensor(self._square / self._count) - mean.square()).clamp_min(0)
        return mean.float(), variance.float()
