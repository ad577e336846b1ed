"""Bootstrap intervals: how far a number of one draw of pairs could move in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import bootstrap
from torch import Tensor

RESAMPLES = 2000
STATISTICS: dict[str, Any] = {"median": np.median, "mean": np.mean}


def summary(values: Sequence[float], seed: int = 0, statistic: str = "median") -> dict[str, Any]:
    """The median (or "mean") of one number for each pair, with its bootstrap 95 % interval over pairs.

    Returns `{"median": ..., "low": ..., "high": ..., "n": ...}`; low and high are None for a single pair, which says
    nothing about others. The interval is the percentile one, from 2,000 resamples drawn from seed.
    """
    sample, take = np.asarray(values, dtype=float), STATISTICS[statistic]
    low = high = None
    if len(sample) > 1:
        interval = bootstrap(
            (sample,), take, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(seed)
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return {statistic: float(take(sample)), "low": low, "high": high, "n": len(sample)}


def share(wins: Sequence[bool], seed: int = 0) -> dict[str, Any]:
    """The share of pairs for which something holds, with its bootstrap 95 % interval: `{"share", "low", "high", "n"}`.

    Where it holds for all pairs or for none, every resample agrees and the interval has no width; read n beside it.
    """
    found = summary([float(won) for won in wins], seed, "mean")
    return {"share": found["mean"], "low": found["low"], "high": found["high"], "n": found["n"]}


def paired(
    above: Sequence[Tensor], below: Sequence[Tensor], seed: int = 0, statistic: str = "median"
) -> dict[str, Any]:
    """The ratio of two losses on the same pairs, with its bootstrap 95 % interval over pairs.

    Args:
        above, below: tensors of equal shapes (S, C), a number for each pair. The statistic, "median" or "mean", is
            taken of each tensor; where a side has several, their mean counts.

    Returns:
        {"ratio", "low", "high", "n"}; low and high are None for a single pair.
    """
    take = STATISTICS[statistic]
    top, bottom = (np.stack([one.flatten().numpy() for one in side]).astype(float) for side in (above, below))
    n = top.shape[1]
    found = {"ratio": float(take(top, 1).mean() / take(bottom, 1).mean()), "low": None, "high": None, "n": n}
    if n > 1:
        drawn = np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))  # the same pairs above and below
        ratios = take(top[:, drawn], 2).mean(0) / take(bottom[:, drawn], 2).mean(0)
        found["low"], found["high"] = (float(bound) for bound in np.percentile(ratios, (2.5, 97.5)))
    return found
