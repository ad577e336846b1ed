"""J on a scale that this field knows: the number of OST iterations that a result is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from rich.progress import track
from torch import Tensor

from zmlib.baselines.ost import LEARNING_RATE, Optimisation
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.statistics import Names, summary

CAP = 50
CURVE = (1, 5, 10, 20, 50, 100)  # medians of J seen when J was designed: 0.68, 0.38, 0.28, 0.20, 0.12, 0.10


def trajectory(
    judge: Judge, content: Tensor, style: Tensor, steps: int, *, until: float | None = None, at_least: int = 0
) -> Tensor:
    """J's two parts along a run of OST (J as objective, Adam at 0.02, from the photo).

    Args:
        content, style: (N, 3, H, W) and (N, 3, h, w) in [0, 1].
        steps: iterations at most.
        until: stop when every picture's J has reached this, but not before at_least iterations.

    Returns:
        (k + 1, 2, N) on the CPU, k the iterations done: row i is J's two parts after i iterations.
    """
    run = Optimisation(content, style, judge)
    seen: list[Tensor] = []
    best = torch.full((len(content),), torch.inf)
    for k in range(steps + 1):
        # A step returns the parts of the pictures before it, so only the last point costs an evaluation of its own.
        seen.append((run.step() if k < steps else run.parts()).cpu())
        best = torch.minimum(best, seen[-1].sum(0))
        if until is not None and k >= at_least and bool((best <= until).all()):
            break
    return torch.stack(seen)


def crossing(curve: Sequence[float], target: float) -> float | None:
    """Where a curve J(0), J(1), ... first reaches target, linear between iterations; None if it never does."""
    for k, value in enumerate(curve):
        if value <= target:
            return float(k) if k == 0 else k - 1 + (curve[k - 1] - target) / (curve[k - 1] - value)
    return None


def ost_results(
    judge: Judge,
    pictures: Sequence[tuple[Tensor, Tensor]],
    targets: Sequence[float],
    *,
    cap: int = CAP,
    steps: Sequence[int] = (),
    seed: int = 0,
    of: Names | None = None,
    progress: bool = False,
) -> dict[str, Any]:
    """OST on some pairs: the OST-equivalent of a method, and OST's own curve.

    OST minimises J itself, with Adam at 0.02, from the photo: a method worth k iterations stands where OST stands
    after k.

    Args:
        judge: whose J.
        targets: the method's J on each pair. A J of 1 or above is worth 0 iterations.
        cap: iterations at most.
        pictures: for each pair the photo (1, 3, H, W) and the style (1, 3, h, w). They run one at a time: on a CPU a
            batch saves nothing, and its slowest member would hold up the rest.
        steps: also report J, style and content part of OST after these iterations; OST runs to the largest.
        seed, of: for the bootstrap, see `zmlib.evaluate.statistics.summary`.

    Returns:
        `per_pair` (iterations, or None above cap), `equivalent` (the median of them with its interval, those above the
        cap taken at the cap; `capped`, their number; `text`, which says "> 50" where the median is a lower bound),
        `curve` (steps -> summaries), and how OST ran.
    """
    longest = max(steps, default=0)
    per_pair: list[float | None] = []
    curves: list[Tensor] = []
    rows = track(list(zip(pictures, targets, strict=True)), description="OST", disable=not progress)
    for (content, style), target in rows:
        content, style = content.to(judge.device), style.to(judge.device)
        curve = trajectory(judge, content, style, max(cap, longest), until=float(target), at_least=longest)[:, :, 0]
        per_pair.append(crossing(curve.sum(1).tolist()[: cap + 1], float(target)))
        curves.append(curve)
    return {
        "judge": judge.name,
        "optimiser": "adam",
        "lr": LEARNING_RATE["adam"],
        "start": "content",
        "cap": cap,
        "per_pair": per_pair,
        "equivalent": _capped(per_pair, cap, seed, of),
        "curve": {str(step): _summaries(torch.stack([curve[step] for curve in curves]), seed, of) for step in steps},
    }


def _capped(iterations: Sequence[float | None], cap: int, seed: int, of: Names | None) -> dict[str, Any]:
    found = summary([cap if i is None else i for i in iterations], seed, of=of)
    capped = sum(i is None for i in iterations)
    # With half of the pairs or more above the cap, the upper of the two middle values is one of them.
    bound = ">" if 2 * capped >= len(iterations) else ""
    return found | {"capped": capped, "text": f"{bound} {found['median']:.3g}".strip()}


def _summaries(parts: Tensor, seed: int, of: Names | None) -> dict[str, Any]:
    """parts (N, 2): style and content of one step."""
    columns = {"value": parts.sum(1), "style": parts[:, 0], "content": parts[:, 1]}
    return {name: summary(column.tolist(), seed, of=of) for name, column in columns.items()}
