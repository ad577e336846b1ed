"""How trainings are carried out: on what, how far, how often saved. What is trained is the recipe's to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zmlib.errors import UserError, at_least

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "32-true", "bf16-mixed")


@dataclass(frozen=True)
class Settings:
    """Settings of one training.

    Raises:
        UserError: a number below its least, or an unknown device or precision.

    Example:
        >>> Settings(steps=3, device="cpu").save_every
        180.0
    """

    steps: int | None = None  # in all, instead of the recipe's; the phases keep their shares
    device: str = "auto"  # one of `DEVICES`
    devices: int = 1  # GPUs, or processes on a CPU
    precision: str = "auto"  # bf16-mixed where the device computes in it; else one of `PRECISIONS`
    seed: int = 0  # of the first weights and of everything that is drawn
    start: str | Path | None = None  # shipped weights or a file to begin from, see `Trainer`; None: the recipe's
    name: str = "custom"  # what the card calls a recipe that is not given by name
    exclude: Callable[[Path], bool] | None = None  # whether to leave out a file
    strict: bool = False  # refuse pictures that cannot be opened; otherwise they are named on stderr and left out
    resume: bool = True  # from the resume file in the folder, where there is one; False starts afresh
    changed_pictures: bool = False  # resume even where pictures were added or removed since; the card says so
    snapshots: int = 0  # exports of the weights along the way, evenly, as steps/NNNNNN.safetensors
    store: int | None = None  # bytes that crops and their measurements may take; None: half of the free memory
    save_every: float = 180.0  # seconds between two resume files
    progress: bool = True  # show a bar

    def __post_init__(self) -> None:
        at_least(1, steps=self.steps, devices=self.devices)
        at_least(0, seed=self.seed, snapshots=self.snapshots, save_every=self.save_every)
        for name, given, known in (("device", self.device, DEVICES), ("precision", self.precision, PRECISIONS)):
            if given not in known:
                raise UserError(f'--{name} must be one of {", ".join(known)}, not "{given}".')


@dataclass(frozen=True)
class GraphSettings:
    """Settings of `zmlib weights train`, for all trainings together; those without a comment are as in `Settings`.

    Raises:
        UserError: a number below its least.
    """

    photos: Path
    paintings: Path
    length: str = "evening"  # or "long"
    tagged: Path | None = None  # a folder of photos for each word; None: no network of words is trained
    only: tuple[str, ...] = ()  # networks by name; none: all
    table: Path | None = None  # another file than jobs.yml
    loss_network: str | None = None  # instead of the recipes'
    exclude: tuple[str, ...] = ()  # patterns of names of files that are not used
    shards: int = 1  # parts of the style set that may be derived at the same time
    threads: int = 1  # of the processor, for each training
    memory: float | None = None  # gigabytes that each training keeps of measured crops
    save_every: float | None = None
    snapshots: int = 10
    device: str = "auto"
    judge: bool = True  # measure each network before its card is written
    strict: bool = False
    changed_pictures: bool = False

    def __post_init__(self) -> None:
        at_least(1, threads=self.threads, shards=self.shards)
        at_least(0.1, memory=self.memory)
        at_least(0, save_every=self.save_every, snapshots=self.snapshots)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> GraphSettings:
        """From Snakemake's configuration, whose keys are the options' names; lists may be words with commas between."""
        given = {key.replace("-", "_"): value for key, value in config.items() if value is not None}
        for name in ("photos", "paintings", "tagged", "table"):
            if name in given:
                given[name] = Path(given[name]).resolve()
        for name in ("only", "exclude"):
            words = given.get(name, ())
            given[name] = tuple(word for word in words.split(",") if word) if isinstance(words, str) else tuple(words)
        return cls(**given)

    def config(self) -> dict[str, Any]:
        """As Snakemake's configuration, for a JSON file."""
        given = {name.replace("_", "-"): value for name, value in vars(self).items()}
        return given | {name: str(value) for name, value in given.items() if isinstance(value, Path)}
