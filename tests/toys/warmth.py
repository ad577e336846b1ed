"""A toy source, all that a new one takes: gamma and beta from one number, how much warmer than grey a picture is."""

from torch import Tensor, nn

from zmlib.affine import Affine
from zmlib.signals.reading import Vectors
from zmlib.sources import source
from zmlib.tnet import TNetConfig


class Warmth(Vectors):
    name, wants = "warmth", "one number, (N, 1): the mean of red less that of blue, -1 to 1"

    def of_styles(self, styles: Tensor, numbers: Tensor) -> Tensor:
        return (styles[:, 0] - styles[:, 2]).mean((1, 2))[:, None]


@source("warmth", reads=Warmth(inputs=1))
class WarmthNet(nn.Module):
    def __init__(self, config: TNetConfig) -> None:
        super().__init__()
        self.spec, self.channels = config.spec, [norm.channels for norm in config.spec]
        self.linear = nn.Linear(1, 2 * sum(self.channels))

    def forward(self, signal: Tensor) -> Affine:
        gamma, beta = (part.split(self.channels, 1) for part in self.linear(signal).chunk(2, 1))
        return Affine(tuple(1 + g for g in gamma), tuple(beta), self.spec)
