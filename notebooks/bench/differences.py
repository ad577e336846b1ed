"""How far the fast path's pictures are from the eager network's in float32, on real photos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from bench.jobs import EAGER_UPTO
from bench.machine import TYPES
from bench.methods import OURS, QUARTER, Networks, paintings, photos
from zmlib import fast

MANY, FEW = 6, 2  # photos up to 512 px a side, and above


@torch.no_grad()
def differences(nets: Networks, size: int, precisions: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each network, precision and kind of style, over several photos with a style each.

    With a kept style both networks have the same gamma and beta; with a new one each computes its own.

    Args:
        size: of the photos, pixels a side; nothing is measured above `EAGER_UPTO`.

    Returns:
        method, style, precision, size, photos; and in units of 1/255 `mean` over all pixels, `worst` (the mean of the
        worst photo), `p999` (the 99.9th percentile) and `max`.
    """
    if size > EAGER_UPTO:
        return []
    count = MANY if size <= 512 else FEW
    rows: list[dict[str, Any]] = []
    for method, net in ((OURS, nets.styles), (QUARTER, nets.quarter)):
        found: dict[tuple[str, str], list[np.ndarray]] = {(p, s): [] for p in precisions for s in ("kept", "new")}
        for content, style in zip(photos(size, count).split(1), paintings(count).split(1), strict=True):
            affine = net.source(style)
            expected = net.tnet(content, affine).clamp(0, 1)
            for precision in precisions:
                with fast.using(TYPES[precision]):
                    for kind, used in (("kept", affine), ("new", net.encode(style))):
                        away = (net.stylize(content, used) - expected).abs() * 255
                        found[precision, kind].append(away.flatten().numpy())
        for (precision, kind), each in found.items():
            row = {"method": method, "style": kind, "precision": precision, "size": size, "photos": count}
            rows.append(row | summary(each))
    return rows


def summary(each: Sequence[np.ndarray]) -> dict[str, float]:
    """`mean`, `worst`, `p999` and `max` of the pixels' differences. each: an array for each photo."""
    together = np.concatenate(each)
    return {
        "mean": float(together.mean(dtype=np.float64)),
        "worst": max(float(one.mean(dtype=np.float64)) for one in each),
        "p999": float(np.percentile(together, 99.9)),
        "max": float(together.max()),
    }
