"""Generator, discriminator and encoder, of the kind of DCGAN (Radford et al., 2016), for pictures of 64 x 64 pixels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from zmlib.neighbours.weights import network

SIZE = 64  # side of the pictures, in pixels
CODE = 64  # numbers in a code z
SLOPE = 0.2  # of the leaky rectifiers, below zero


def up(inputs: int, outputs: int) -> nn.Sequential:
    """Twice the size: nearest neighbour and a 3x3 convolution, which leave no chequerboard as a transposed one does."""
    return nn.Sequential(
        nn.Upsample(scale_factor=2),
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    )


@network("gan-generator")
class Generator(nn.Module):
    """x = G(z): a code to a picture.

    Args:
        code: numbers in z, which is drawn from N(0, I).
        width: channels at 4, 8, 16, 32 and 64 pixels.

    Example:
        >>> Generator()(torch.zeros(2, 64)).shape
        torch.Size([2, 3, 64, 64])
    """

    def __init__(self, code: int = CODE, width: tuple[int, ...] = (160, 128, 96, 48, 24)) -> None:
        super().__init__()
        self.config = {"code": code, "width": list(width)}
        self.first = nn.Sequential(
            nn.Linear(code, width[0] * 16, bias=False),
            nn.Unflatten(1, (width[0], 4, 4)),
            nn.BatchNorm2d(width[0]),
            nn.LeakyReLU(SLOPE),
        )
        self.ups = nn.Sequential(*(up(a, b) for a, b in zip(width, width[1:], strict=False)))
        self.last = nn.Conv2d(width[-1], 3, 3, padding=1)

    @property
    def code(self) -> int:
        """Numbers in a code."""
        return int(self.config["code"])  # type: ignore[call-overload]

    def forward(self, z: Tensor) -> Tensor:
        """z (N, code), any values, in training from N(0, I). Returns pictures, (N, 3, 64, 64) in [0, 1]."""
        x = self.first(z).contiguous(memory_format=torch.channels_last)
        return torch.sigmoid(self.last(self.ups(x)))


@network("gan-critic")
class Critic(nn.Module):
    """Strided convolutions and one linear layer: the discriminator D, and the encoder En, which begins as it.

    Nothing in it is normalised: the penalty on its gradient (`gan.training`) sees each picture by itself.

    Args:
        outputs: 1 for a discriminator, the length of a code for an encoder.
        width: channels at 32, 16, 8 and 4 pixels.
    """

    def __init__(self, outputs: int = 1, width: tuple[int, ...] = (24, 48, 96, 192)) -> None:
        super().__init__()
        self.config = {"outputs": outputs, "width": list(width)}
        layers: list[nn.Module] = []
        for a, b in zip((3, *width), width, strict=False):
            layers += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE)]
        self.trunk = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(width[-1] * 16, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x (N, 3, 64, 64) in [0, 1]. Returns (N, outputs): for a discriminator the logit of "this is of the data"."""
        return self.head(self.trunk((2 * x - 1).contiguous(memory_format=torch.channels_last)))


def encoder_of(discriminator: Critic, code: int = CODE) -> Critic:
    """An encoder that begins with the discriminator's layers, as the lecture has it; only its last layer is new."""
    config: dict[str, Any] = discriminator.config
    encoder = Critic(code, tuple(config["width"]))
    encoder.trunk.load_state_dict(discriminator.trunk.state_dict())
    return encoder
