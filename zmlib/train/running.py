"""Steps to the end, whatever is trained: a bar, a CSV of the losses, a resume file that a kill cannot spoil."""

from __future__ import annotations

import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from filelock import FileLock, Timeout
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor

from zmlib.device import out_of_memory, pick_precision
from zmlib.errors import UserError
from zmlib.train.settings import Settings
from zmlib.train.state import LossLog, write_resume
from zmlib.train.stopping import until_told_to_stop

if TYPE_CHECKING:
    from lightning.fabric import Fabric  # seconds, which only a training is worth

LOG_EVERY = 20


def make_fabric(settings: Settings) -> Fabric:
    """Device, precision and processes of a training, launched.

    Raises:
        UserError: a precision that the device does not have.
    """
    from lightning.fabric import Fabric

    # Its notices (which precision, which device) are for programmers; the progress bar says what matters.
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    precision = pick_precision(settings.precision, settings.device)
    fabric = Fabric(accelerator=settings.device, devices=settings.devices, precision=precision)  # type: ignore[arg-type]
    fabric.launch()
    return fabric


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Only one training at a time writes into a folder; what a kill left half-written there goes.

    Raises:
        UserError: another one does.
    """
    try:
        with FileLock(out / ".lock", timeout=0):
            for part in out.rglob(".*.part"):
                part.unlink(missing_ok=True)
            yield
    except Timeout:
        raise UserError(f"another training is running in {out}; wait for it, or name another --out") from None


class Running(ABC):
    """A training that `run` carries from wherever it stands to its end.

    A subclass says what a step is and what the rest of the run depends on. Its steps must be functions of (seed, step)
    and of that alone, so that a resumed run is the run that was never stopped.

    Args:
        out: the folder for resume file, CSV and weights.
        steps: in all.
        fabric: device, precision and number of processes.
        settings: `snapshots` and `save_every` are used here.
        label: beside the bar.
    """

    LOSSES: ClassVar[tuple[str, ...]] = ("loss",)  # what `train_step` returns, in that order
    LOWER = "lower --batch, or train with --device cpu"  # what to do where memory runs out

    def __init__(self, out: Path, steps: int, fabric: Fabric, settings: Settings, label: str) -> None:
        self.out, self.steps, self.fabric, self.settings, self.label = out, steps, fabric, settings, label
        self.key = ""  # a hash of all settings that decide the result
        self.pictures: dict[str, str] = {}  # hashes of what it trains on
        self.history: list[dict[str, int]] = []  # of the pictures, where they were changed on the way
        self.step, self.seconds = 0, 0.0
        self.marks = {round(steps * i / settings.snapshots) for i in range(1, settings.snapshots + 1)}
        self._torn = False

    @abstractmethod
    def train_step(self) -> Tensor:
        """One step, its updates inside `stepping`. Returns (len(LOSSES),), on the device (no wait for it)."""

    @abstractmethod
    def parts(self) -> dict[str, Any]:
        """Networks, optimisers and averages, as tensors, numbers and texts in dicts and lists."""

    @abstractmethod
    def put_back(self, parts: dict[str, Any]) -> None:
        """Continue from what `parts` gave."""

    @abstractmethod
    def export(self, file: Path | None = None) -> Path:
        """Write the weights as they are now: by every process, into a file or under their name in `out`."""

    @abstractmethod
    def snapshot(self) -> None:
        """Export the weights as they are now, named by the step, for a curve against steps."""

    @property
    @abstractmethod
    def batch_size(self) -> int:
        """Pictures in the step to come, of one process."""

    @property
    @abstractmethod
    def rate(self) -> float:
        """The learning rate of the last step."""

    def step_size(self) -> str:
        """How large a step is, for people."""
        return f"batch {self.batch_size}"

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """Around all updates of a step: until it is counted the parts of the state belong to different steps."""
        self._torn = True
        yield
        self.step += 1
        self._torn = False

    def state(self) -> dict[str, Any]:
        """All that the rest of the run depends on."""
        sure = {"fingerprint": self.key, "pictures": self.pictures, "history": self.history, "steps": self.steps}
        return sure | {"step": self.step, "seconds": self.seconds} | self.parts()

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what `state` gave."""
        self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
        self.put_back(state)

    def checkpoint(self) -> None:
        """Write the resume file."""
        if self.fabric.is_global_zero:
            write_resume(self.out, self.state())

    def run(self, progress: bool = True) -> Path:
        """Train to the end. A kill loses at most a few minutes, and Ctrl-C nothing. Returns the exported file."""
        main = self.fabric.is_global_zero
        log = LossLog(self.out, self.step, self.LOSSES) if main else None
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        try:
            with Progress(*columns, disable=not (progress and main)) as bar:
                task = bar.add_task(self.label, total=self.steps, completed=self.step)
                self._loop(log, lambda text: bar.update(task, completed=self.step, description=text))
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise UserError(f"the device ran out of memory at {self.step_size()}; {self.LOWER}") from error
        finally:
            if log:
                log.close()
        return self.export()

    def _loop(self, log: LossLog | None, show: Callable[[str], None]) -> None:
        sums = torch.zeros(len(self.LOSSES), device=self.fabric.device)
        count, images = 0, 0
        saved = tick = time.monotonic()
        try:
            with until_told_to_stop() as told:
                while self.step < self.steps:
                    if told:
                        raise KeyboardInterrupt
                    images += self.batch_size * self.fabric.world_size
                    sums += self.train_step()
                    count += 1
                    if self.step in self.marks:
                        self.snapshot()
                    if count == LOG_EVERY or self.step == self.steps:
                        now = time.monotonic()
                        show(self._report(log, (sums / count).tolist(), images, now - tick))
                        sums.zero_()
                        count, images, tick = 0, 0, now
                        if now - saved > self.settings.save_every:
                            self.checkpoint()
                            saved = now
        except BaseException:  # Ctrl-C, a missing picture, full memory: none of them may cost more than this step
            # Weights of two different steps, or that are no numbers, must not replace the last resume file.
            if not self._torn and bool(sums.isfinite().all()):
                self.checkpoint()
            raise
        self.checkpoint()

    def _report(self, log: LossLog | None, means: list[float], images: int, seconds: float) -> str:
        """A row of the log: what was lost since the last row, on average. Returns it as text for the bar."""
        for name, value in zip(self.LOSSES, means, strict=True):
            if not math.isfinite(value):
                what = f"the {name} is {value} at step {self.step}"
                raise UserError(f"{what}; lower the learning rate, or use 32-bit precision")
        self.seconds += seconds
        if log:
            log.add(self.step, means, self.rate, images / seconds)
        others = ", ".join(f"{name} {value:.4f}" for name, value in zip(self.LOSSES[1:], means[1:], strict=True))
        return f"{self.LOSSES[0]} {means[0]:.4f} ({others}) {images / seconds:.1f} images/s"
