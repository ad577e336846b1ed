"""Whether the fast path's bands show: a picture in many small bands beside the same picture by the eager network.

Statistics are those of the whole picture, summed exactly over the bands, so nothing depends on where a band begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from bench.machine import TYPES
from bench.methods import Networks, paintings
from zmlib import fast
from zmlib.data import samples
from zmlib.data.images import resize_short, to_tensor
from zmlib.fast import planes
from zmlib.fast import tnet as fast_tnet

SHORT = 1152  # the short side in pixels: with the photo's 3 : 2, two megapixels
ROWS = 48  # rows in a band, at most, of the full-size map and of the smaller ones
NEAR = 4  # rows on each side of a border that count as the border: the reach of the last convolution


@torch.no_grad()
def seams(nets: Networks, precisions: Sequence[str], short: int = SHORT) -> dict[str, Any]:
    """Differences to the eager float32 network, at the bands' borders and elsewhere.

    Args:
        short: the short side of the photo, pixels.

    Returns:
        width, height, bands (of the full-size map), and `rows`. A row has precision, what ("as it is", "small bands",
        "small bands, maps computed twice"), and differences in units of 1/255: `border` and `elsewhere` (the largest),
        `border_mean` and `elsewhere_mean`. The borders are those of the small bands, also for "as it is", whose own
        bands are larger.
    """
    net = nets.styles
    content, style = to_tensor(resize_short(samples.photos()["china"], short)), paintings(1)
    height, width = content.shape[2:]
    affine = net.source(style)
    expected = net.tnet(content, affine).clamp(0, 1)
    rows: list[dict[str, Any]] = []
    full = height + -height % 4
    for precision in precisions:
        wide = (width + -width % 4) * net.config.width[0] * TYPES[precision].itemsize  # bytes of a row at any scale
        size = ROWS * wide
        with patch.object(planes, "BAND", size):
            starts, bands = borders(full, wide), len(list(planes.bands(full, wide, 2)))
        near = _near(height, starts)
        for what, band, out, keep in (
            ("as it is", planes.BAND, planes.OUT_BAND, fast_tnet.KEEP),
            ("small bands", size, size, fast_tnet.KEEP),
            ("small bands, maps computed twice", size, size, 0),
        ):
            with (
                patch.object(planes, "BAND", band),
                patch.object(planes, "OUT_BAND", out),
                patch.object(fast_tnet, "KEEP", keep),
                fast.using(TYPES[precision]),
            ):
                away = (net.stylize(content, affine) - expected).abs()[0] * 255
            at, off = away[:, near], away[:, ~near]
            found = {"border": at.max(), "elsewhere": off.max(), "border_mean": at.mean(), "elsewhere_mean": off.mean()}
            rows.append({"precision": precision, "what": what} | {name: float(x) for name, x in found.items()})
    return {"width": width, "height": height, "bands": bands, "rows": rows}


def borders(height: int, row_bytes: int) -> list[int]:
    """The picture's rows at which bands of the three scales begin, by the current `zmlib.fast.planes.BAND`.

    A row of a map has the same number of bytes at half and at a quarter of the size, since its channels double.
    """
    found: set[int] = set()
    for scale in (1, 2, 4):
        found |= {scale * first for first, _ in planes.bands(height // scale, row_bytes, 2)}
    return sorted(found - {0})


def _near(height: int, rows: Sequence[int]) -> Tensor:
    """Which of the picture's rows are within `NEAR` of one of `rows`; bool, (H,)."""
    at = torch.arange(height)
    return (at[:, None] - torch.tensor(rows)[None] + 0.5).abs().amin(1) < NEAR
