"""Completion of a cut-out region by a network that is given the picture and the mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zmlib.neighbours.fitting import settings_hash, with_options
from zmlib.neighbours.gan.distance import by_network
from zmlib.neighbours.gan.fillings import smooth
from zmlib.neighbours.gan.holes import any_holes, check
from zmlib.neighbours.gan.networks import SLOPE
from zmlib.neighbours.gan.refining import Made, refine
from zmlib.neighbours.gan.sets import read
from zmlib.neighbours.weights import network
from zmlib.perceptual.slim import load_slim
from zmlib.train.settings import Settings

RATE, BATCH = 1e-3, 16
EDGE = 0.02  # colours that are smoothed stay so far from 0 and 1, where the sigmoid is flat
PIXELS, NETWORK, JUDGE = 1.0, 0.5, 0.05  # the weights of the three terms


def down(inputs: int, outputs: int) -> nn.Sequential:
    """Half the size."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE))


def same(width: int) -> nn.Sequential:
    """The same size."""
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(SLOPE))


def up(inputs: int, outputs: int) -> nn.Sequential:
    """Twice the size."""
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, padding=1), nn.LeakyReLU(SLOPE))


@network("gan-filler")
class Filler(nn.Module):
    """A U-Net: down to 4 x 4 positions, and up again with what was seen on the way down added at each size.

    It is given the picture, filled by `smooth`, and the mask, and what it makes is added to that, before a sigmoid.

    Args:
        width: channels at 64, 32, 16, 8 and 4 pixels.
    """

    def __init__(self, width: tuple[int, ...] = (16, 32, 56, 72, 96)) -> None:
        super().__init__()
        self.config = {"width": list(width)}
        self.first = nn.Sequential(nn.Conv2d(4, width[0], 3, padding=1), nn.LeakyReLU(SLOPE))
        pairs = list(zip(width, width[1:], strict=False))
        self.downs = nn.ModuleList(down(a, b) for a, b in pairs)
        self.middle = same(width[-1])  # here each position sees most of the picture
        self.ups = nn.ModuleList(up(b, a) for a, b in reversed(pairs))
        self.joins = nn.ModuleList(same(a) for a, _ in reversed(pairs))
        self.last = nn.Conv2d(width[0], 3, 3, padding=1)
        nn.init.zeros_(self.last.weight)  # it begins as `smooth`
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, hole: Tensor) -> Tensor:
        """x (N, 3, 64, 64) in [0, 1], hole (N, 1, 64, 64) bool. Returns x with its holes filled, else unchanged."""
        base = smooth(x, hole)
        given = torch.cat([2 * base - 1, hole.to(x)], 1).contiguous(memory_format=torch.channels_last)
        maps = [self.first(given)]
        for layer in self.downs:
            maps.append(layer(maps[-1]))
        y = maps.pop()
        y = y + self.middle(y)
        for layer, join in zip(self.ups, self.joins, strict=True):
            y = join(layer(y) + maps.pop())
        return torch.where(hole, torch.sigmoid(base.logit(EDGE) + self.last(y)).to(x), x)


@torch.no_grad()
def complete(x: Tensor, hole: Tensor, filler: nn.Module) -> Tensor:
    """Fill holes by a network.

    Args:
        x: pictures, (N, 3, 64, 64) in [0, 1]; what they have in their holes is not looked at.
        hole: (N, 1, 64, 64) bool, True where it is to be filled.
        filler: a network of `train_completion`.

    Returns:
        (N, 3, 64, 64) in [0, 1], x itself outside of the holes.

    Raises:
        UserError: see `zmlib.neighbours.gan.holes.check`.

    Example:
        >>> from zmlib.neighbours.gan.holes import holes
        >>> complete(torch.rand(2, 3, 64, 64), holes("square", 2), Filler()).shape
        torch.Size([2, 3, 64, 64])
    """
    check(x, hole)
    return filler(x, hole)


def train_completion(
    domain: str,
    out: Path,
    settings: Settings | None = None,
    *,
    steps: int = 6000,
    pictures: int = 20_000,
    **options: Any,
) -> Path:
    """Train the network on holes of all kinds; resumes where it stopped.

    The loss is the absolute error in the hole, slim's features and a discriminator, which is shown the whole picture.

    Args:
        domain: "faces", "shoes", or a folder that holds CelebA.
        out: the folder of the resume file, the log and the weights, the discriminator's among them.
        settings: device, precision, seed; options: single ones by name.

    Returns:
        The file of the weights.

    Raises:
        UserError: as `zmlib.neighbours.gan.sets.read` and `zmlib.neighbours.gan.refining.refine`.
    """
    settings = with_options(settings, options)
    data = read(domain, "train", pictures).pictures
    slim = load_slim()
    torch.manual_seed(settings.seed)
    filler = Filler()

    def makes(net: nn.Module, rng: np.random.Generator) -> Made:
        x = data[torch.from_numpy(rng.integers(len(data), size=BATCH))].float() / 255
        hole = any_holes(rng, BATCH)
        y = net(x, hole).float()
        pixels = (y - x).abs().sum() / (3 * hole.sum())
        features = by_network(y, x, slim).mean()
        return Made(y, x, PIXELS * pixels + NETWORK * features, (pixels, features))

    card = {"what": "completion", "domain": Path(domain).name, "pictures": pictures}
    key = settings_hash("completion", card, filler.config, steps, RATE, BATCH, PIXELS, NETWORK)
    plan: dict[str, Any] = {"steps": steps, "rate": RATE, "batch": BATCH, "card": card, "name": "filler"}
    return refine(filler, makes, ("pixels", "network"), key, out, settings, weight=JUDGE, **plan)
