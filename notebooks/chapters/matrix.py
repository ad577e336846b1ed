"""Every style on every photo: the matrix of J of a network."""

from __future__ import annotations

import torch
from rich.progress import track
from torch import Tensor

from zmlib.evaluate.judge import Judge
from zmlib.zmnet import ZMNet


def signals(net: ZMNet, styles: Tensor) -> Tensor:
    """The signals of styles (S, 3, H, W) in [0, 1]: the pictures, or the rows 0 to S - 1 of a table."""
    return torch.arange(len(styles)) if net.reading.numbered else styles


@torch.no_grad()
def judge_all(net: ZMNet, judge: Judge, contents: Tensor, styles: Tensor, progress: bool = False) -> Tensor:
    """Style and content part of J for every style on every photo.

    Args:
        net: any network; the rows of a table belong to the styles in their order.
        judge, contents, styles: on the network's device; pictures (C, 3, H, W) and (S, 3, h, w) in [0, 1].

    Returns:
        (2, S, C), on the CPU.
    """
    guide = signals(net, styles)
    rows = []
    for i in track(range(len(styles)), description="judging", disable=not progress):
        affine = net.encode(guide[i : i + 1])
        outputs = torch.cat([net.stylize(content[None], affine) for content in contents])
        rows.append(torch.stack(judge.parts(outputs, contents, styles[i : i + 1])))
    return torch.stack(rows, 1).cpu()
