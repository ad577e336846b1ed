"""What only a fresh process can measure: the time to the first result, and the peak of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench.methods import EAGER, OURS, PEERS, QUARTER
from zmlib.data import samples
from zmlib.data.images import centre_square, save_image

MEGAPIXELS = (1.0, 6.0, 24.0)
FIRST_SIZE = 512
RUNS = 3


def first_result(runs: int = RUNS) -> dict[str, Any]:
    """Seconds of a whole `zmlib stylize photo painting -o out.png` at 512 px, with Python's start, imports and weights.

    Returns `seconds` (the median), `all`, and `size`, the photo's side in pixels.
    """
    with TemporaryDirectory() as folder:
        here = Path(folder)
        save_image(centre_square(samples.photos()["chelsea"], FIRST_SIZE), here / "photo.jpg")
        save_image(next(iter(samples.styles().values())), here / "painting.jpg")
        words = ["stylize", "photo.jpg", "painting.jpg", "-o", "out.png", "--device", "cpu"]
        found = []
        for _ in range(runs):
            start = time.perf_counter()
            _run("from zmlib.cli import main; main()", words, here)
            found.append(time.perf_counter() - start)
    return {"seconds": median(found), "all": found, "size": FIRST_SIZE}


def large_photos(megapixels: Sequence[float] = MEGAPIXELS, runs: int = RUNS) -> list[dict[str, Any]]:
    """Paint photos of several sizes, as JPEG files, each in fresh processes that take turns.

    Returns:
        A row for each size: width, height, megapixels; `peak_bytes` of the process with all that it has loaded, the
        most of all runs; `seconds` (median) and `seconds_per_megapixel` of reading, painting and writing the photo.
    """
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder:
        here = Path(folder)
        save_image(next(iter(samples.styles().values())), here / "painting.jpg")
        for size in megapixels:
            save_image(enlarged(size), here / f"{size:g}.jpg")
        found: dict[float, list[dict[str, float]]] = {size: [] for size in megapixels}
        for _ in range(runs):
            for size in megapixels:
                found[size].append(_ask("paint", [f"{size:g}.jpg", "painting.jpg", "out.jpg"], here))
        for size, each in found.items():
            width, height = Image.open(here / f"{size:g}.jpg").size
            seconds, true = median(one["seconds"] for one in each), width * height / 1e6
            row = {"width": width, "height": height, "megapixels": true, "seconds": seconds}
            row |= {"seconds_per_megapixel": seconds / true, "peak_bytes": max(one["peak_bytes"] for one in each)}
            rows.append(row)
    return rows


def pass_memory(precisions: Sequence[str], size: int = 512) -> list[dict[str, Any]]:
    """The peak of memory of a kept-style pass of each method, each in a fresh process.

    Returns a row for each: method, precision, `peak_bytes` (the process with all that it has loaded) and `pass_bytes`
    (what the pass adds to what was there before; None where the system does not tell).
    """
    wanted = [(method, precision) for precision in reversed(precisions) for method in (OURS, QUARTER)]
    rows: list[dict[str, Any]] = []
    for method, precision in wanted + [(method, "fp32") for method in (EAGER, *PEERS)]:
        found = _ask("one_pass", [method, precision, str(size)], Path.cwd())
        rows.append({"method": method, "precision": precision, "size": size} | found)
    return rows


def enlarged(megapixels: float) -> Image.Image:
    """A sample photo (3 : 2) enlarged to this many megapixels, with noise like a camera's."""
    photo = samples.photos()["china"]
    height = round((megapixels * 1e6 * photo.height / photo.width) ** 0.5)
    large = np.array(photo.resize((round(megapixels * 1e6 / height), height), Image.Resampling.BICUBIC))
    noise = np.random.default_rng(0).normal(0, 4, large.shape[:2]).astype(np.float32)
    return Image.fromarray((large + noise[..., None]).clip(0, 255).astype(np.uint8))


def _ask(function: str, words: Sequence[str], here: Path) -> dict[str, Any]:
    """What a function of `bench.child` returns in a fresh process."""
    code = f"import json, sys; from bench import child; print(json.dumps(child.{function}(*sys.argv[1:])))"
    return json.loads(_run(code, words, here).splitlines()[-1])


def _run(code: str, words: Sequence[str], here: Path) -> str:
    """The output of a Python program that has this process's number of threads, this zmlib and this benchmark."""
    notebooks = Path(__file__).parents[1]
    places = [str(notebooks.parent), str(notebooks), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(places), "OMP_NUM_THREADS": str(torch.get_num_threads())}
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=here, env=env, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"the process to measure ended with exit status {done.returncode}: {last}")
    return done.stdout
