"""What one run of the benchmark measures, and about how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from bench.jobs import BATCH_UPTO, EAGER_UPTO
from zmlib.device import choose_device
from zmlib.errors import UserError
from zmlib.tnet import MIN_SIDE

SIZES, BATCHES = (128, 256, 512, 1024, 2048), (1, 8)
LARGEST = 4096  # pixels a side: a photo of 16 megapixels
ROUND = 40  # about how many seconds a round of all methods takes at 1024 px
ITERATIONS = 300  # of OST; the paper says "hundreds"


@dataclass(frozen=True)
class Settings:
    """What one run measures; `make bench --help` explains each.

    Raises:
        UserError: something is out of range.
    """

    sizes: Sequence[int] = SIZES
    batches: Sequence[int] = BATCHES
    budget_seconds: float = 45.0
    threads: int | None = None
    device: str = "cpu"
    quick: bool = False
    iterations: int = ITERATIONS
    compile: bool = False
    place: torch.device = field(init=False)

    def __post_init__(self) -> None:
        for what, numbers, most in (("size", self.sizes, LARGEST), ("batch", self.batches, 64)):
            least = MIN_SIDE if what == "size" else 1
            for number in numbers:
                if not least <= number <= most:
                    raise UserError(f"A {what} to measure must lie between {least} and {most:,}: {number} does not.")
            if not numbers:
                raise UserError(f"Give at least one {what} to measure.")
        if not self.groups:
            raise UserError(f"Several pictures at once are measured up to {BATCH_UPTO} px only: give a smaller size.")
        if not 0 < self.budget_seconds <= 3600 or not 1 <= self.iterations <= 1_000_000:
            raise UserError("The seconds must lie between 0 and 3,600, and OST's iterations between 1 and 1,000,000.")
        if self.threads is not None and not 1 <= self.threads <= 1024:
            raise UserError(f"The number of threads must lie between 1 and 1,024, not {self.threads}.")
        object.__setattr__(self, "place", choose_device(self.device))
        if self.place.type == "mps":
            raise UserError('The benchmark runs on the devices "cpu" and "cuda": choose one of them.')

    @property
    def groups(self) -> list[tuple[int, int]]:
        """(size, batch) of the jobs that are timed together; several pictures at once up to 512 px only."""
        every = [(size, batch) for batch in sorted(set(self.batches)) for size in sorted(set(self.sizes))]
        return [(size, batch) for size, batch in every if batch == 1 or size <= BATCH_UPTO]

    def plan(self) -> dict[str, float]:
        """Every stage, in order, with about how many seconds it takes on two cores."""
        stages = {"peaks": 15.0}
        for size, batch in self.groups:
            share = 0.25 if size > EAGER_UPTO else 1.0  # ours alone
            one = 2 + share * ROUND * batch * (size / 1024) ** 2  # two rounds do not count, three or more do
            stages[group_name(size, batch)] = max(self.budget_seconds, 3 * one) + 2 * one + 40.0 * self.compile
        if self.place.type == "cpu":
            stages |= {"differences": sum(50 * (min(s, 512) / 512) ** 2 for s in set(self.sizes)) / 1.5 + 5}
            stages |= {"fresh processes": 50.0 if self.quick else 110.0}
            stages |= {} if self.quick else {"large photos": 120.0}
            stages |= {"bands": 5.0 if self.quick else 30.0}
        return stages | {"peaks again": 15.0}


def group_name(size: int, batch: int) -> str:
    """The name of a stage."""
    return f"{size} px" + (f", {batch} at once" if batch > 1 else "")
