"""Small photos and paintings, on disk or only by name, and a set planned from them for a stand-in loss network."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from processes import running
from stand_in import random_network

from zmlib.perceptual import LossNetwork
from zmlib.styleset.build import build
from zmlib.styleset.plan import Row, Settings, plan, write_plan
from zmlib.styleset.shard import ALL, Shard
from zmlib.styleset.split import Picture, read_pictures, split

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(seed=3, size=32, view=64, iterations=4, network="random-0")


def smooth(seed: int, width: int = 56, height: int = 48) -> Image.Image:
    """A picture of a few colours, each seed another."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def fill(folder: Path, count: int, first: int = 0) -> Path:
    """`count` different pictures, of seeds from `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        smooth(first + i).save(folder / f"{i:02d}.png")
    return folder


@dataclass
class Sources:
    """Pictures in `folder`/photos and `folder`/paintings, and what is planned of them."""

    folder: Path
    count: int = 30
    network: LossNetwork = field(default_factory=random_network)

    def pictures(self, which: str) -> list[Picture]:
        return read_pictures(self.folder / which)

    def rows(self, count: int | None = None) -> list[Row]:
        apart = (split(self.pictures(which), SETTINGS.seed) for which in ("photos", "paintings"))
        return plan(*apart, count or self.count, SETTINGS)

    def build(
        self,
        out: Path,
        rows: list[Row] | None = None,
        settings: Settings = SETTINGS,
        batch: int = 4,
        shard: Shard = ALL,
    ) -> int:
        rows = self.rows() if rows is None else rows
        write_plan(out, rows, settings)
        both = (self.pictures(which) for which in ("photos", "paintings"))
        return build(rows, settings, *both, out, self.network, batch=batch, shard=shard, progress=False)


def files(folder: Path) -> dict[str, bytes]:
    """What a set holds, name -> bytes, hidden files left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def run_beside(script: str, *words: object) -> AbstractContextManager[subprocess.Popen[str]]:
    """A Python process of its own that finds zmlib and the tests' helpers, and ends with the block."""
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "styleset")))
    return running([sys.executable, "-c", script, *map(str, words)], env={**os.environ, "PYTHONPATH": path})


def invented(count: int) -> list[Picture]:
    """Pictures of which nothing but name and hash is asked."""
    return [Picture(f"{i:04d}.jpg", Path(f"{i:04d}.jpg"), f"{i * 7919 % 10007:064x}") for i in range(count)]
