"""A style predictor after Ghiasi et al.: a pretrained CNN, a bottleneck of 100 numbers, and all gamma and beta.

After "Exploring the structure of a real-time, arbitrary neural artistic stylization network" (BMVC 2017),
re-implemented from the paper to stand beside ZM-Net: the same TNet, and another source. Where the serial PNet has a
head a layer, each fed by its own depth, here one vector, the mean over space of the deepest features, must say it all.
Smaller than theirs: the CNN is `slim`, trained on with the rest, and not Inception-v3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from zmlib.affine import Affine
from zmlib.baselines.adain import WIDTHS, Encoder
from zmlib.pnet import HEAD_INIT, Standardise
from zmlib.signals.reading import Pictures
from zmlib.sources import source
from zmlib.tnet import TNetConfig

BOTTLENECK = 100  # theirs


@source("predictor-image", reads=Pictures())
class StylePredictor(nn.Module):
    """gamma and beta of every normalisation from one vector of 100 numbers."""

    def __init__(self, config: TNetConfig, bottleneck: int = BOTTLENECK) -> None:
        super().__init__()
        self.spec = config.spec
        self.encoder = Encoder().requires_grad_(True)
        # Theirs has none; without it a network of this size does not hear its style (see `zmlib.pnet.Standardise`).
        self.norm = Standardise(WIDTHS[-1])
        self.narrow = nn.Linear(WIDTHS[-1], bottleneck)
        self.channels = [norm.channels for norm in self.spec]
        self.wide = nn.Linear(bottleneck, 2 * sum(self.channels))
        nn.init.normal_(self.wide.weight, std=HEAD_INIT)
        with torch.no_grad():
            ones, zeros = torch.ones(sum(self.channels)), torch.zeros(sum(self.channels))
            self.wide.bias.copy_(torch.cat([ones, zeros]))

    def forward(self, signal: Tensor) -> Affine:
        """signal: (N, 3, h, w) in [0, 1], 32 px or more a side. Returns the affine parameters of N signals."""
        mean = self.encoder(signal).mean((2, 3), dtype=torch.float32)
        gamma, beta = self.wide(self.narrow(self.norm(mean))).float().chunk(2, dim=1)
        return Affine(gamma.split(self.channels, 1), beta.split(self.channels, 1), self.spec)
