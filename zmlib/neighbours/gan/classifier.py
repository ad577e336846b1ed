"""A classifier of the attributes, trained on labels: it counts what a generator draws and says what an edit changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.neighbours.fitting import fit, settings_hash, with_options
from zmlib.neighbours.gan.networks import Critic
from zmlib.neighbours.gan.sets import read
from zmlib.train.settings import Settings

RATE, BATCH, NOISE = 1e-3, 64, 0.05


def train_classifier(
    domain: str,
    out: Path,
    settings: Settings | None = None,
    *,
    steps: int = 3000,
    pictures: int = 30_000,
    **options: Any,
) -> Path:
    """Train a classifier of a domain's attributes; resumes where it stopped.

    Half of the pictures are blurred or noisy: a generator's are neither as sharp nor as clean as the data.

    Args:
        domain: "faces", "shoes", or a folder that holds CelebA.
        out: the folder of the resume file, the log and the weights.

    Returns:
        The file of the weights.

    Raises:
        UserError: as `zmlib.neighbours.gan.sets.read` and `zmlib.neighbours.fitting.fit`.
    """
    settings = with_options(settings, options)
    data = read(domain, "train", pictures)
    torch.manual_seed(settings.seed)
    net = Critic(len(data.attributes), (16, 32, 64, 128))

    def losses(net: nn.Module, rng: np.random.Generator) -> Tensor:
        which = torch.from_numpy(rng.integers(len(data.pictures), size=BATCH))
        x = spoiled(data.pictures[which].float() / 255, rng)
        return F.binary_cross_entropy_with_logits(net(x).float(), data.labels[which].float())[None]

    card = {
        "what": "classifier",
        "domain": Path(domain).name,
        "attributes": list(data.attributes),
        "pictures": pictures,
    }
    key = settings_hash("classifier", card, steps, RATE, BATCH, NOISE)
    return fit(
        net, losses, ("loss",), key, out, settings, steps=steps, rate=RATE, batch=BATCH, card=card, name="classifier"
    )


def spoiled(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1]: a quarter blurred, a quarter with noise, the rest as they are."""
    quarter = len(x) // 4
    blurred = F.interpolate(F.avg_pool2d(x[:quarter], 2), scale_factor=2, mode="bilinear")
    grain = torch.from_numpy(rng.standard_normal(x[quarter : 2 * quarter].shape, dtype=np.float32))
    noisy = (x[quarter : 2 * quarter] + NOISE * grain).clamp(0, 1)
    return torch.cat([blurred, noisy, x[2 * quarter :]])
