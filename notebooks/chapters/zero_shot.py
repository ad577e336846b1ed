"""Table 1's last row, measured: what each method makes of a style that it never saw, with no training step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.evaluate.shuffled import uses_signal
from zmlib.evaluate.statistics import summary
from zmlib.zmnet import ZMNet


def zero_shot(
    net: ZMNet, fst: Sequence[ZMNet], cin: ZMNet, judge: Judge, contents: Tensor, unseen: Tensor, seed: int = 0
) -> dict[str, Any]:
    """J on unseen styles of ZM-Net, of FST and CIN with the styles that they know, and of the untouched photo.

    FST paints its own style whatever is asked. Of CIN row i is asked for style i: it has no better way to choose.

    Args:
        contents, unseen: (C, 3, H, W) and (S, 3, H, W) in [0, 1], S at least 2; all on one device.

    Returns:
        The values of the claim: "zero_shot" (medians over pairs), "interval" (ZM-Net's, over pairs) and "signal".
    """
    ours = judge_all(net, judge, contents, unseen)
    rows = torch.arange(len(unseen)) % cin.options["styles"]
    known = [_judge_rows(cin, judge, contents, unseen, rows)]
    others = [judge_all(one, judge, contents, unseen) for one in fst]
    untouched = torch.stack([torch.stack(judge.parts(contents, contents, style[None])) for style in unseen], 1).cpu()
    found = summary(ours.sum(0).flatten().tolist(), seed)
    pictures = [[image[None] for image in batch] for batch in (contents, unseen)]
    return {
        "zero_shot": {
            "zmnet": found["median"],
            "content": float(ours[1].median()),
            "fst": _median(others),
            "cin": _median(known),
            "nothing": _median([untouched]),
        },
        "interval": [found["low"], found["high"]],
        "signal": uses_signal(net, judge, *pictures),
    }


def own_j(fst: Mapping[str, ZMNet], styles: Mapping[str, Tensor], judge: Judge, contents: Tensor) -> float:
    """Median J of FST networks on their own styles: whether training converged enough to compare (a standing rule).

    fst, styles: by the same names; a style is (1, 3, H, W) in [0, 1].
    """
    return _median([judge_all(net, judge, contents, styles[name]) for name, net in fst.items()])


@torch.no_grad()
def _judge_rows(cin: ZMNet, judge: Judge, contents: Tensor, styles: Tensor, rows: Tensor) -> Tensor:
    parts = []
    for row, style in zip(rows, styles, strict=True):
        outputs = cin.stylize(contents, cin.encode(row[None]))
        parts.append(torch.stack(judge.parts(outputs, contents, style[None])))
    return torch.stack(parts, 1).cpu()


def _median(found: Sequence[Tensor]) -> float:
    """Of J over all pairs of all networks, each (2, S, C)."""
    return float(np.median(torch.cat([one.sum(0).flatten() for one in found]).numpy()))
