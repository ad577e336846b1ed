"""Every style on every photo: the matrix of J, of networks and of OST, and the ratios of the claims."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from zmlib.evaluate.judge import Judge
from zmlib.evaluate.ost_equivalent import trajectory
from zmlib.evaluate.statistics import RESAMPLES
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


def ost_all(judge: Judge, contents: Tensor, styles: Tensor, steps: int, progress: bool = False) -> Tensor:
    """The same for OST after `steps` iterations with J as objective: the floor. (2, S, C), on the CPU."""
    rows = [
        trajectory(judge, contents, styles[i : i + 1], steps)[-1]
        for i in track(range(len(styles)), description="OST", disable=not progress)
    ]
    return torch.stack(rows, 1)


def ratio(above: Tensor, below: Tensor, seed: int = 0) -> dict[str, Any]:
    """Mean of `above` over mean of `below`, with the bootstrap 95 % interval over styles.

    Both have a number for each style, (A,) and (B,), and are resampled independently: their styles may differ. Returns
    {"ratio", "low", "high", "n"}, n the two numbers of styles.
    """
    a, b = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    rng = np.random.default_rng(seed)
    tops = a[rng.integers(len(a), size=(RESAMPLES, len(a)))].mean(1)
    bottoms = b[rng.integers(len(b), size=(RESAMPLES, len(b)))].mean(1)
    low, high = np.percentile(tops / bottoms, (2.5, 97.5))
    return {"ratio": float(a.mean() / b.mean()), "low": float(low), "high": float(high), "n": [len(a), len(b)]}


def over_ost(found: Tensor, floor: Tensor) -> Tensor:
    """A network's J over OST's for each style, means over photos: (2, S, C) of both to (S,).

    Some styles are hard for every method; divided by OST's J, seen and unseen styles compare.
    """
    return found.sum(0).mean(1) / floor.sum(0).mean(1)


def unseen_over_seen(found: dict[str, Tensor], floor: dict[str, Tensor], seed: int = 0) -> dict[str, Any]:
    """`ratio` of the unseen styles' J over OST's to the seen ones'; both dicts hold "seen" and "unseen", (2, S, C)."""
    above, below = (over_ost(found[kind], floor[kind]) for kind in ("unseen", "seen"))
    return ratio(above, below, seed)
