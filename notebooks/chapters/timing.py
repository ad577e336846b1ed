"""How long things take, on whatever device they run; for comparisons, in turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import sleep

from torch.utils.benchmark import timer

from zmlib import fast


def interleaved(
    jobs: Mapping[str, Callable[[], object]], repeats: int, warmup: int = 1, rest: float = 0.0
) -> dict[str, list[float]]:
    """Seconds of each job, `repeats` times, taking turns so that a slow spell of the machine hits all alike.

    Each does what it does for a user, whatever precision an experiment has chosen for its pictures (`zmlib.fast.use`).
    A GPU is waited for before and after each job (torch's own timer does so), so that its work counts in full.

    Args:
        jobs: name -> what to do.
        repeats: rounds that count.
        warmup: rounds before these, which do not.
        rest: seconds to wait before each job. The threads of some libraries go on for a while after their work, waiting
            for more, and would take the processor from the next job.
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
