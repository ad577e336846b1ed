"""How long things take, on any device. Things that are compared take turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import sleep

import numpy as np
from torch.utils.benchmark import timer

from zmlib import fast


def interleaved(
    jobs: Mapping[str, Callable[[], object]], repeats: int, warmup: int = 1, rest: float = 0.0
) -> dict[str, list[float]]:
    """Seconds of each job, `repeats` times. The jobs take turns, so that a slow moment of the machine hits all alike.

    Each job runs as it does for a user, whatever precision an experiment has chosen (`zmlib.fast.use`). The clock waits
    for a GPU before and after each job (torch's own timer does so), so that its work counts in full.

    Args:
        jobs: name -> what to do.
        repeats: rounds that count.
        warmup: rounds before these, which do not count.
        rest: seconds to wait before each job. The threads of some libraries keep the processor busy for a while after
            their work, and would slow the next job.
    """
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(warmup + repeats):
        for name, job in jobs.items():
            sleep(rest)
            with fast.using(None):
                start = timer()
                job()
                seconds = timer() - start
            if turn >= warmup:
                found[name].append(seconds)
    return found


def fastest(seconds: Mapping[str, Sequence[float]], names: Iterable[str]) -> str:
    """Which of these has the lowest median; seconds: what `interleaved` returned.

    >>> fastest({"a": [3, 1, 3], "b": [2, 2, 9]}, ["a", "b"])
    'b'
    """
    return min(names, key=lambda name: float(np.median(seconds[name])))
