"""Super-resolution: what is reduced and enlarged, that both trainings learn and resume, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.neighbours.fitting import Fitting
from zmlib.neighbours.gan import superres
from zmlib.neighbours.gan.refining import Refining, squared_slope
from zmlib.neighbours.gan.sets import read
from zmlib.neighbours.gan.superres import (
    Enlarger,
    bicubic,
    enlarge,
    reduced,
    train_adversarial,
    train_superres,
)
from zmlib.neighbours.weights import load_networks
from zmlib.weights import weights_hash

HERE: dict[str, Any] = {"device": "cpu", "precision": "32-true", "progress": False, "pictures": 64}


@pytest.fixture(scope="module")
def faces() -> Tensor:
    return read("faces", "test", 16).pictures.float() / 255


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fitting, "AVERAGING", 0.8)
        patch.setattr(superres, "BATCH", 8)
        return train_superres("faces", tmp_path_factory.mktemp("superres"), steps=60, **HERE)


def error(x: Tensor, y: Tensor) -> float:
    return float((x - y).square().mean())


def test_faces_are_reduced_as_pillow_does_it(faces: Tensor) -> None:
    whole = (faces[:1] * 255).round().byte()
    image = Image.fromarray(whole[0].permute(1, 2, 0).numpy()).resize((16, 16), Image.Resampling.BICUBIC)
    theirs = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1) / 255
    assert (reduced(whole / 255)[0] - theirs).abs().max() < 1.5 / 255


def test_the_network_begins_as_bicubic_and_is_small(faces: Tensor) -> None:
    net, small = Enlarger(), reduced(faces)
    assert torch.equal(enlarge(small, net), bicubic(small))
    assert sum(p.numel() for p in net.parameters()) < 400_000


def test_what_is_enlarged_stays_a_picture(faces: Tensor) -> None:
    net = Enlarger(8, 1)
    nn.init.constant_(net.layers[-1].bias, 3.0)  # type: ignore[arg-type]
    assert enlarge(reduced(faces), net).max() == 1


@pytest.mark.parametrize("shape", [(1, 3, 64, 64), (1, 1, 16, 16), (3, 16, 16)])
def test_pictures_of_another_size_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UserError, match=r"must be \(N, 3, 16, 16\), not .*: reduce them first"):
        enlarge(torch.zeros(shape), Enlarger(8, 1))


def test_sixty_steps_beat_bicubic_on_faces_that_it_has_not_seen(start: Path, faces: Tensor) -> None:
    small = reduced(faces)
    net = load_networks(start).nets["enlarger"]
    assert error(enlarge(small, net), faces) < 0.9 * error(bicubic(small), faces)


def test_a_stopped_refining_resumes_to_the_same_weights(
    start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = load_networks(train_adversarial(start, tmp_path / "once", steps=6, **HERE))
    real = Refining.train_step

    def stop(self: Refining) -> Tensor:
        if self.step == 3:
            raise KeyboardInterrupt
        return real(self)

    with monkeypatch.context() as patch:
        patch.setattr(Refining, "train_step", stop)
        with pytest.raises(KeyboardInterrupt):
            train_adversarial(start, tmp_path / "again", steps=6, **HERE)
    again = load_networks(train_adversarial(start, tmp_path / "again", steps=6, **HERE))
    hashes = [{name: weights_hash(net) for name, net in found.nets.items()} for found in (once, again)]
    assert hashes[0] == hashes[1] and set(hashes[0]) == {"enlarger", "critic"}
    assert hashes[0]["enlarger"] != weights_hash(load_networks(start).nets["enlarger"])
    rows = list(csv.DictReader((tmp_path / "again" / "losses.csv").open()))
    assert all(float(rows[-1][name]) > 0 for name in ("pixels", "network", "generator", "discriminator", "penalty"))
    assert once.card["what"] == "superres-adversarial" and once.card["domain"] == "faces"


def test_the_discriminator_is_listened_to(start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superres, "BATCH", 4)
    nets = []
    for weight in (0.0, 1.0):
        monkeypatch.setattr(superres, "JUDGE", weight)
        file = train_adversarial(start, tmp_path / str(weight), steps=4, **HERE)
        nets.append(load_networks(file).nets)
    assert weights_hash(nets[0]["enlarger"]) != weights_hash(nets[1]["enlarger"])
    first, second = (torch.cat([p.flatten() for p in net["critic"].parameters()]) for net in nets)
    assert (first - second).abs().max() < 0.01  # it learns to tell the same pictures apart, whatever it is asked for


def test_the_penalty_of_a_linear_discriminator_is_its_weights_squared() -> None:
    linear = nn.Linear(12, 1)
    found = squared_slope(nn.Sequential(nn.Flatten(), linear), torch.rand(5, 3, 2, 2))
    assert found.item() == pytest.approx(linear.weight.square().sum().item(), rel=1e-5)
    found.backward()
    assert linear.weight.grad is not None
