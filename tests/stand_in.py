"""Stand-ins for what is large: a loss network of a few random convolutions, and small pictures with some structure."""

from __future__ import annotations

import pytest
import torch

from zmlib.perceptual import LossNetwork
from zmlib.perceptual.vgg import Chain, vgg_plan


def random_network(name: str = "tiny", seed: int = 0) -> LossNetwork:
    """Two blocks of 6 and 8 channels, style layers relu1_1 and relu2_1, content layer relu2_1."""
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    chain = Chain(vgg_plan(["a", "b"], (6, 8), (1, 1)))
    torch.random.set_rng_state(state)
    layers = ("relu1_1", "relu2_1")
    made = LossNetwork(name, {"": chain}, style_layers=layers, content_layer="relu2_1", weights_hash=f"random-{seed}")
    return made.freeze()


@pytest.fixture
def network() -> LossNetwork:
    return random_network()


@pytest.fixture
def pictures():
    """pictures(n, seed=0, size=32): n pictures (n, 3, size, size) in [0, 1], smooth, each seed with its own colours."""

    def make(n: int, seed: int = 0, size: int = 32) -> torch.Tensor:
        chance = torch.Generator().manual_seed(seed)
        coarse = torch.rand(n, 3, 5, 5, generator=chance) * torch.rand(n, 3, 1, 1, generator=chance)
        return torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear", align_corners=True)

    return make
