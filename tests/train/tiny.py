"""What the tests of training share: pictures, recipes of the real ones' shape that take a second, and their losses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zmlib.train.loop as loop
from zmlib import TNetConfig
from zmlib.signals.words import CHOSEN
from zmlib.train import RECIPES, Phase, Recipe, train


def fill(folder: Path, count: int, first: int = 0) -> Path:
    """`count` different pictures of 64 x 56 px, of seeds from `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        noise = np.random.default_rng(first + i).integers(0, 255, (12, 12, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((64, 56), Image.Resampling.BICUBIC).save(folder / f"{i:02d}.png")
    return folder


def tagged(folder: Path, counts: dict[str, int], first: int = 0) -> Path:
    """A folder of `counts[word]` pictures for each word."""
    for word, count in counts.items():
        fill(folder / word, count, first)
    return folder


def glove(data: Path) -> Path:
    """A folder such as `ZMLIB_DATA` names, with vectors for a few words."""
    (data / "words").mkdir(parents=True)
    rng = np.random.default_rng(0)
    lines = [" ".join([word, *map(str, rng.normal(size=5))]) for word in (*CHOSEN, "dawn")]
    (data / "words" / "glove.6B.50d.txt").write_text("\n".join(lines), encoding="utf-8")
    return data


def tiny(name: str, steps: int, **changes: object) -> Recipe:
    """The recipe of that name with its source, objective and phases, in few steps of 32 px on small networks."""
    recipe = RECIPES[name].shortened(steps)
    vector = recipe.source.endswith("vector")
    small = replace(
        recipe,
        config=replace(recipe.config, width=(8, 8, 16), blocks=1),
        options={"parallel-image": {"hidden": 8}}.get(recipe.source, recipe.options | {"hidden": 8} if vector else {}),
        loss_network="slim",
        phases=tuple(Phase(phase.steps, size=32, batch=2) for phase in recipe.phases),
        style_size=None if recipe.style_size is None else 64,
        start=None,  # of another size
        trains="all",
    )
    assert isinstance(small.config, TNetConfig) and small.steps == steps
    return replace(small, **changes)  # type: ignore[arg-type]


def losses(recipe: Recipe, photos: Path, styles: Path, out: Path, seed: int = 0) -> list[float]:
    """Train, and return the loss of every step."""
    seen: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        real = loop.Trainer.train_step

        def step(self: loop.Trainer):  # noqa: ANN202
            parts = real(self)
            seen.append(parts[0].item())
            return parts

        patch.setattr(loop.Trainer, "train_step", step)
        train(recipe, photos, styles, out, device="cpu", precision="32-true", progress=False, seed=seed)
    return seen
