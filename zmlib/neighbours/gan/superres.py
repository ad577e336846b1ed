"""Super-resolution, 16 to 64 pixels: bicubic, a residual network by its squared error, and the same with a judge.

The networks and their order are those of Ledig et al. (CVPR 2017), whom the lecture shows, at the size of our faces.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.neighbours.fitting import fit, settings_hash, with_options
from zmlib.neighbours.gan.distance import by_network
from zmlib.neighbours.gan.networks import SIZE, SLOPE
from zmlib.neighbours.gan.refining import Made, refine
from zmlib.neighbours.gan.sets import domain_of, read
from zmlib.neighbours.weights import load_networks, network
from zmlib.perceptual.slim import load_slim
from zmlib.train.settings import Settings
from zmlib.weights import weights_hash

FACTOR = 4
SMALL = SIZE // FACTOR
RATE, BATCH = 1e-3, 16
REFINED_RATE, PIXELS, NETWORK, JUDGE = 2e-4, 1.0, 0.3, 0.02  # of the second training; the weights of its three terms


def reduced(x: Tensor) -> Tensor:
    """Pictures (N, 3, 64, 64) in [0, 1] at a quarter of their size, (N, 3, 16, 16): bicubic, antialiased."""
    return F.interpolate(x, size=SMALL, mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def bicubic(small: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] at four times their size, between pixels by cubic curves."""
    return F.interpolate(small, scale_factor=FACTOR, mode="bicubic", align_corners=False).clamp(0, 1)


class Residual(nn.Module):
    """x + conv(rectify(conv(x))). Nothing is normalised: contrast is part of the answer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(SLOPE), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same."""
        return x + self.body(x)


@network("gan-enlarger")
class Enlarger(nn.Module):
    """Residual blocks at the small size, two shuffles of channels into pixels, and what they make added to bicubic.

    Args:
        width: channels at the small size.
        blocks: residual blocks there.
    """

    def __init__(self, width: int = 40, blocks: int = 6) -> None:
        super().__init__()
        self.config = {"width": width, "blocks": blocks}
        first = nn.Conv2d(3, width, 3, padding=1)
        layers: list[nn.Module] = [first, nn.LeakyReLU(SLOPE), *(Residual(width) for _ in range(blocks))]
        for inputs, outputs in ((width, 32), (32, 16)):
            layers += [nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(SLOPE)]
        last = nn.Conv2d(16, 3, 3, padding=1)
        nn.init.zeros_(last.weight)  # it begins as bicubic
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]
        self.layers = nn.Sequential(*layers, last)

    def forward(self, small: Tensor) -> Tensor:
        """small (N, 3, H, W) in [0, 1]. Returns (N, 3, 4 H, 4 W), about in [0, 1] (`enlarge` clips it)."""
        return bicubic(small) + self.layers((2 * small - 1).contiguous(memory_format=torch.channels_last))


@torch.no_grad()
def enlarge(small: Tensor, enlarger: nn.Module) -> Tensor:
    """Super-resolution of faces.

    Args:
        small: pictures, (N, 3, 16, 16) in [0, 1].
        enlarger: a network of `train_superres` or `train_adversarial`.

    Returns:
        (N, 3, 64, 64) in [0, 1].

    Raises:
        UserError: pictures of another size.

    Example:
        >>> enlarge(torch.rand(2, 3, 16, 16), Enlarger()).shape
        torch.Size([2, 3, 64, 64])
    """
    if small.ndim != 4 or small.shape[1:] != (3, SMALL, SMALL):
        raise UserError(
            f"The small pictures must be (N, 3, {SMALL}, {SMALL}), not {tuple(small.shape)}: reduce them first, "
            "as gan.superres.reduced does."
        )
    return enlarger(small).clamp(0, 1)


def train_superres(
    domain: str,
    out: Path,
    settings: Settings | None = None,
    *,
    steps: int = 12_000,
    pictures: int = 20_000,
    **options: Any,
) -> Path:
    """Train the residual network by its mean squared error; resumes where it stopped.

    Args:
        domain: "faces", "shoes", or a folder that holds CelebA.
        out: the folder of the resume file, the log and the weights.
        settings: device, precision, seed; options: single ones by name.

    Returns:
        The file of the weights.

    Raises:
        UserError: as `zmlib.neighbours.gan.sets.read` and `zmlib.neighbours.fitting.fit`.
    """
    settings = with_options(settings, options)
    data = read(domain, "train", pictures).pictures
    torch.manual_seed(settings.seed)
    enlarger = Enlarger()

    def losses(net: nn.Module, rng: np.random.Generator) -> Tensor:
        x = data[torch.from_numpy(rng.integers(len(data), size=BATCH))].float() / 255
        return F.mse_loss(net(reduced(x)).float(), x)[None]

    card = {"what": "superres", "domain": Path(domain).name, "pictures": pictures}
    key = settings_hash("superres", card, enlarger.config, steps, RATE, BATCH)
    plan: dict[str, Any] = {"steps": steps, "rate": RATE, "batch": BATCH, "card": card, "name": "enlarger"}
    return fit(enlarger, losses, ("loss",), key, out, settings, **plan)


def train_adversarial(
    start: str | Path,
    out: Path,
    settings: Settings | None = None,
    *,
    steps: int = 3500,
    pictures: int = 20_000,
    domain: str | Path | None = None,
    **options: Any,
) -> Path:
    """Train the residual network on, by pixels, slim's features and a discriminator; resumes where it stopped.

    Args:
        start: weights of `train_superres`, by name or file.
        domain: of CelebA its folder; None: the weights' own domain.
        out, settings, options: as there. The discriminator is exported beside the network.

    Returns:
        The file of the weights.

    Raises:
        UserError: no such weights, or as `train_superres`.
    """
    settings = with_options(settings, options)
    nets, about = load_networks(start)
    slim, enlarger = load_slim(), nets["enlarger"].requires_grad_(True)
    data = read(domain_of(about, domain), "train", pictures).pictures

    def makes(net: nn.Module, rng: np.random.Generator) -> Made:
        x = data[torch.from_numpy(rng.integers(len(data), size=BATCH))].float() / 255
        y = net(reduced(x)).float()
        pixels, features = F.mse_loss(y, x), by_network(y, x, slim).mean()
        return Made(y, x, PIXELS * pixels + NETWORK * features, (pixels, features))

    card = {**about, "what": "superres-adversarial", "start_sha256": weights_hash(nets["enlarger"])}
    key = settings_hash("adversarial", card, pictures, steps, REFINED_RATE, BATCH, PIXELS, NETWORK)
    plan: dict[str, Any] = {"steps": steps, "rate": REFINED_RATE, "batch": BATCH, "card": card, "name": "enlarger"}
    return refine(enlarger, makes, ("pixels", "network"), key, out, settings, weight=JUDGE, **plan)
