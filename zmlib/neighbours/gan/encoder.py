"""En: from a picture to a code. G is held fixed, and En begins as the discriminator (the lecture's second method)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.neighbours.fitting import fit, settings_hash, with_options
from zmlib.neighbours.gan.distance import by_network, by_pixels
from zmlib.neighbours.gan.networks import encoder_of
from zmlib.neighbours.gan.sets import domain_of, read
from zmlib.neighbours.weights import load_networks
from zmlib.perceptual.slim import load_slim
from zmlib.train.settings import Settings
from zmlib.weights import weights_hash

RATE, BATCH = 5e-4, 32
PIXELS, NETWORK, PRIOR = 10.0, 1.0, 0.01


def train_encoder(
    gan: str | Path,
    out: Path,
    settings: Settings | None = None,
    *,
    steps: int = 6000,
    pictures: int = 30_000,
    domain: str | Path | None = None,
    **options: Any,
) -> Path:
    """Train the encoder of a generator; resumes where it stopped.

    Half of a batch are pictures of the data, of which the code is unknown: G(En(x)) must look like x, by pixels and by
    slim's features, and En(x) must stay a likely code. The other half are pictures G(z): there En must find z.

    Args:
        gan: weights of `train_gan`, by name or file.
        out: the folder of the resume file, the log and the weights, which hold the generator and the discriminator too.
        pictures: of the data, at most.
        domain: of CelebA its folder; None: the weights' own domain.

    Returns:
        The file of the weights.

    Raises:
        UserError: no such weights, or as `zmlib.neighbours.fitting.fit`.
    """
    settings = with_options(settings, options)
    nets, about = load_networks(gan)
    parts: Mapping[str, Any] = nets
    generator, critic, slim = parts["generator"], parts["critic"], load_slim()
    data = read(domain_of(about, domain), "train", pictures).pictures
    torch.manual_seed(settings.seed)
    encoder = encoder_of(critic, generator.code)
    encoder.requires_grad_(True)

    def losses(net: nn.Module, rng: np.random.Generator) -> Tensor:
        half = BATCH // 2
        x = data[torch.from_numpy(rng.integers(len(data), size=half))].float() / 255
        z = torch.from_numpy(rng.standard_normal((half, generator.code), dtype=np.float32))
        with torch.no_grad():
            drawn = generator(z)
        codes = net(torch.cat([x, drawn])).float()
        again = generator(codes[:half])
        code = F.mse_loss(codes[half:], z)
        pixels, network = by_pixels(again, x).mean(), by_network(again, x, slim).mean()
        prior = (codes[:half].square().mean() - 1).relu()
        return torch.stack([code + PIXELS * pixels + NETWORK * network + PRIOR * prior, code, pixels, network])

    of_gan = {f"generator_{name}": about[name] for name in ("steps", "seconds")}
    card = {**about, **of_gan, "what": "encoder", "gan_sha256": weights_hash(generator), "encoder_pictures": pictures}
    key = settings_hash("encoder", card, steps, RATE, BATCH, PIXELS, NETWORK, PRIOR)
    names = ("loss", "code", "pixels", "network")
    return fit(
        encoder,
        losses,
        names,
        key,
        out,
        settings,
        steps=steps,
        rate=RATE,
        batch=BATCH,
        card=card,
        name="encoder",
        beside=nets,
    )
