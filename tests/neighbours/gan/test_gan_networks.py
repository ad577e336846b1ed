"""The generator, the discriminator and what begins as it; and the files that they are kept in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from zmlib.errors import UserError
from zmlib.neighbours.gan.networks import Critic, Generator, encoder_of
from zmlib.neighbours.weights import load_networks, save_network

SMALL = (8, 8, 6, 6, 4)


def test_shapes_ranges_and_the_number_of_parameters() -> None:
    generator, critic = Generator(), Critic()
    x = generator(torch.randn(3, 64))
    assert x.shape == (3, 3, 64, 64) and 0 <= x.min() and x.max() <= 1
    assert critic(x).shape == (3, 1)
    assert sum(p.numel() for net in (generator, critic) for p in net.parameters()) < 2_000_000


def test_the_discriminator_sees_each_picture_by_itself() -> None:
    critic, x = Critic(width=(4, 4, 4, 4)), torch.rand(4, 3, 64, 64)
    assert torch.allclose(critic(x)[1], critic(x[1:2])[0], atol=1e-6)


def test_an_encoder_begins_as_the_discriminator() -> None:
    critic = Critic(width=(4, 6, 8, 10))
    encoder, x = encoder_of(critic, 64), torch.rand(2, 3, 64, 64)
    assert torch.equal(encoder.trunk(x), critic.trunk(x)) and encoder(x).shape == (2, 64)
    with torch.no_grad():
        encoder.trunk[0].weight.add_(1)
    assert not torch.equal(encoder.trunk(x), critic.trunk(x))  # a copy, not the same tensors


def test_saved_and_loaded_networks_are_the_same(tmp_path: Path) -> None:
    generator, critic = Generator(width=SMALL), Critic(width=(4, 4, 4, 4))
    generator(torch.randn(8, 64))  # moves the statistics
    file = save_network({"generator": generator, "critic": critic}, tmp_path / "a" / "w.safetensors", {"steps": 3})
    nets, card = load_networks(file)
    assert card == {"steps": 3} and not nets["generator"].training
    z = torch.randn(2, 64)
    for tensor in generator.state_dict().values():
        tensor.copy_(tensor.half().float()) if tensor.is_floating_point() and tensor.ndim > 1 else None
    assert torch.allclose(nets["generator"](z), generator.eval()(z), atol=2e-3)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["w.safetensors"]


def test_files_that_hold_no_networks(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no weights .*nothing.*give a .safetensors file"):
        load_networks(tmp_path / "nothing")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no such thing")
    with pytest.raises(UserError, match="broken.safetensors cannot be read"):
        load_networks(broken)
    other = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(1)}, other)
    with pytest.raises(UserError, match="holds no networks of a neighbour"):
        load_networks(other)
    file = save_network({"critic": Critic(width=(4, 4, 4, 4))}, tmp_path / "w.safetensors", {})
    wrong = {"format": "zmlib-neighbours-1", "card": "{}", "networks": json.dumps({"critic": ["gan-critic", {}]})}
    save_file(load_file(file), file, metadata=wrong)
    with pytest.raises(UserError, match="does not hold the networks that its own header describes"):
        load_networks(file)
