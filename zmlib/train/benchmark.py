"""What the tuning of the training loop is worth: images a second beside a plain loop. `python -m zmlib.train.benchmark`

Plain: float32, no bank (the loss network measures photo and style anew each step). Tuned: what `train` does, with
its bank filled. The two take turns, so that a busy machine slows both alike. Random pictures; needs the loss network's
weights.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from lightning.fabric import Fabric
from PIL import Image

from zmlib.train.loop import Trainer, pick_precision
from zmlib.train.recipe import Phase, Recipe
from zmlib.train.recipes import RECIPES

CROPS = 8
ROUNDS = 4


def trainer(recipe: Recipe, precision: str, folder: Path) -> Trainer:
    """A trainer on a few random pictures."""
    rng = np.random.default_rng(0)
    files = [folder / f"{i}.png" for i in range(CROPS)]
    for file in files:
        Image.fromarray(rng.integers(0, 255, (160, 160, 3), dtype=np.uint8)).save(file)
    fabric = Fabric(accelerator="auto", devices=1, precision=precision)  # type: ignore[arg-type]
    return Trainer(recipe, files, files, folder, fabric)


def seconds(step: Callable[[], object], times: int = 3) -> float:
    """Median time of a call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def forgetful(plain: Trainer) -> Callable[[], object]:
    """A step that finds its banks empty: everything is measured again."""

    def step() -> object:
        plain._phase = None
        return plain.train_step()

    return step


def main() -> None:
    """Print images a second of both, and their ratio."""
    recipe = replace(RECIPES["styles"], phases=(Phase(1000, size=128, batch=2),), contents=CROPS, styles=CROPS)
    with tempfile.TemporaryDirectory() as folder:
        tuned = trainer(recipe, pick_precision("auto", "auto"), Path(folder))
        plain = forgetful(trainer(recipe, "32-true", Path(folder)))
        contents, styles = tuned.banks(recipe.phases[0])
        contents.draw(range(CROPS))
        styles.draw(range(CROPS))
        plain(), tuned.train_step()
        rounds = [(seconds(plain), seconds(tuned.train_step)) for _ in range(ROUNDS)]
    slow, fast = (statistics.median(column) for column in zip(*rounds, strict=True))
    batch = recipe.phases[0].batch
    print(
        f"plain float32 loop: {batch / slow:.2f} images/s; tuned: {batch / fast:.2f} images/s; {slow / fast:.2f} times"
    )


if __name__ == "__main__":
    main()
