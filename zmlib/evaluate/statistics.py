"""A median is one number of many: how far another draw of the pairs could have moved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import bootstrap

RESAMPLES = 2000


def summary(values: Sequence[float], seed: int = 0, statistic: str = "median") -> dict[str, Any]:
    """The median (or "mean") of one value a pair, with its bootstrap 95 % interval over pairs.

    Returns `{"median": ..., "low": ..., "high": ..., "n": ...}`; low and high are None for a single pair, which says
    nothing about others. The interval is the percentile one, from 2,000 resamples drawn from seed.
    """
    sample = np.asarray(values, dtype=float)
    function: Any = {"median": np.median, "mean": np.mean}[statistic]
    low = high = None
    if len(sample) > 1:
        interval = bootstrap(
            (sample,), function, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(seed)
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return {statistic: float(function(sample)), "low": low, "high": high, "n": len(sample)}


def share(wins: Sequence[bool], seed: int = 0) -> dict[str, Any]:
    """The share of pairs for which something holds, with its bootstrap 95 % interval: `{"share", "low", "high", "n"}`.

    Where it holds for all pairs or for none, every resample agrees and the interval has no width; read n beside it.
    """
    found = summary([float(w) for w in wins], seed, "mean")
    return {"share": found["mean"], "low": found["low"], "high": found["high"], "n": found["n"]}
