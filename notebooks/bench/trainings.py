"""What the tuning of the training loop gains. In `notebooks/`: `python -m bench.trainings`

Three loops take turns in one run, so that a busy machine slows all alike. One is a plain eager float32 loop over TNet,
PNet and a full-size VGG-16 that measures photo, style and output in each step, as a tutorial would write it. The other
two are `zmlib train` with its stores filled, on the same VGG-16 and on slim. Speed depends on shapes alone, so VGG-16
has random weights here, and the pictures are noise.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from chapters.timing import interleaved
from lightning.fabric import Fabric
from PIL import Image

from zmlib.device import pick_precision
from zmlib.perceptual import LossNetwork, loss_network
from zmlib.train.loop import Trainer
from zmlib.train.objective import loss_parts
from zmlib.train.recipe import Phase, Recipe
from zmlib.train.recipes import RECIPES
from zmlib.zmnet import ZMNet

CROPS = 8


def random_vgg16(folder: Path) -> LossNetwork:
    """torchvision's VGG-16 to relu4_3 with random weights."""
    keys = [f"features.{index}" for index in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)]
    sizes = [
        (64, 3),
        (64, 64),
        (128, 64),
        (128, 128),
        (256, 128),
        (256, 256),
        (256, 256),
        (512, 256),
        *[(512, 512)] * 2,
    ]
    tensors = {}
    for key, (out, into) in zip(keys, sizes, strict=True):
        tensors[f"{key}.weight"] = torch.randn(out, into, 3, 3) * (2 / (9 * into)) ** 0.5
        tensors[f"{key}.bias"] = torch.zeros(out)
    torch.save(tensors, folder / "vgg16-397923af.pth")
    return loss_network("vgg16", weights=folder)


def plain(recipe: Recipe, network: LossNetwork, device: torch.device) -> Callable[[], None]:
    """A step of the plain loop on random pictures."""
    model = ZMNet(recipe.config, recipe.source).to(device).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    phase = recipe.phases[0]
    content, style = torch.rand(2, phase.batch, 3, phase.size, phase.size, device=device)

    def step() -> None:
        optimiser.zero_grad()
        with torch.no_grad():
            targets = network.measure(style), network.measure(content)
        style_part, content_part = loss_parts(recipe, network, network.measure(model(content, style)), *targets)
        (style_part + content_part).mean().backward()
        optimiser.step()

    return step


def tuned(recipe: Recipe, network: LossNetwork, folder: Path) -> Callable[[], object]:
    """A step of `zmlib train`, its stores filled."""
    rng = np.random.default_rng(0)
    files = [folder / f"{i}.png" for i in range(CROPS)]
    for file in files:
        Image.fromarray(rng.integers(0, 255, (320, 320, 3), dtype=np.uint8)).save(file)
    fabric = Fabric(accelerator="auto", devices=1, precision=pick_precision("auto", "auto"))  # type: ignore[arg-type]
    trainer = Trainer(recipe, files, files, folder, fabric, network=network)
    for bank in trainer.banks(recipe.phases[0]):
        bank.draw(range(CROPS))
    return trainer.train_step


def main(
    size: Annotated[int, typer.Option(help="Side of the crops in pixels.")] = 128,
    batch: Annotated[int, typer.Option(help="Pictures in a step.")] = 4,
    rounds: Annotated[int, typer.Option(help="Turns of each loop.")] = 7,
) -> None:
    """Print images per second of each loop, and the ratios of the medians."""
    recipe = replace(RECIPES["styles"], phases=(Phase(1000, size=size, batch=batch),), contents=CROPS, styles=CROPS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        vgg, slim = random_vgg16(folder).to(device), loss_network("slim").to(device)
        steps = {
            "plain float32 loop, VGG-16": plain(replace(recipe, terms={}), vgg, device),
            "zmlib train, VGG-16": tuned(recipe, vgg, folder),
            "zmlib train, slim": tuned(recipe, slim, folder),
        }
        taken = interleaved(steps, rounds)
    first = statistics.median(next(iter(taken.values())))
    print(f"{size} px, batches of {batch}, {torch.get_num_threads()} threads, {device.type}")
    for name, times in taken.items():
        middle = statistics.median(times)
        spread = f"spread {min(times) / middle:.2f} to {max(times) / middle:.2f}"
        print(f"{name:28} {batch / middle:7.2f} images/s   {first / middle:5.2f} times   ({spread})")


if __name__ == "__main__":
    typer.run(main)
