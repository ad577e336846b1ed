"""Time and memory of a picture of so many megapixels, from picture to picture, each in a process of its own.

The highest memory of a process says what one picture takes, and never falls; so each picture needs a new one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.child import peak_memory

from zmlib.device import has_bf16

HOME = Path(__file__).resolve().parents[1]  # from where a process finds this module
ASPECT = (4, 3)


def size_of(megapixels: float) -> tuple[int, int]:
    """Width and height of a photo of 4 to 3.

    >>> size_of(12)
    (4000, 3000)
    """
    unit = (megapixels * 1e6 / (ASPECT[0] * ASPECT[1])) ** 0.5
    return round(ASPECT[0] * unit), round(ASPECT[1] * unit)


def precisions() -> list[str]:
    """What maps and products can be computed in without loss of time on this machine."""
    return ["bfloat16", "float32"] if has_bf16() else ["float32"]


def cost(megapixels: float, precision: str, model: str = "styles") -> dict[str, float]:
    """Seconds of `zmlib.stylize`, and the largest resident memory in MB of a process that calls it once.

    precision: of maps and products, "bfloat16" or "float32". model: shipped weights, or a file.

    Raises:
        RuntimeError: the process failed; with the end of what it said.
    """
    words = [sys.executable, "-m", "chapters.any_size_cost", str(megapixels), precision, model]
    done = subprocess.run(words, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{megapixels} megapixels in {precision}: {done.stderr[-500:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each size; found: what `cost` returned, each with "megapixels" and "precision"."""
    rows: dict[float, dict[str, Any]] = {}
    for one in found:
        row = rows.setdefault(one["megapixels"], {"megapixels": f"{one['megapixels']:g}"})
        row |= {f"s, {one['precision']}": f"{one['seconds']:.1f}", f"MB, {one['precision']}": f"{one['memory']:.0f}"}
    return list(rows.values())


def _measure(megapixels: float, precision: str, model: str) -> dict[str, float]:
    """What the process itself does: a smooth photo, painted once."""
    import numpy as np
    import torch
    from PIL import Image

    import zmlib
    from zmlib import fast

    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
    photo = coarse.resize(size_of(megapixels), Image.Resampling.BICUBIC)
    fast.use(getattr(torch, precision))
    net = zmlib.load(model)
    affine = net.encode(torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0)))
    start = time.perf_counter()
    zmlib.stylize(photo, affine, model=net)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "memory": peak_memory() / 1e6}


if __name__ == "__main__":
    print(json.dumps(_measure(float(sys.argv[1]), *sys.argv[2:])))
