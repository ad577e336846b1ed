"""The game, the encoder and the classifier in the house's loop: they resume, they learn, they say what is wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch

from zmlib.errors import UserError
from zmlib.neighbours.gan import load_gan
from zmlib.neighbours.gan.bundle import assemble
from zmlib.neighbours.gan.classifier import spoiled, train_classifier
from zmlib.neighbours.gan.encoder import train_encoder
from zmlib.neighbours.gan.judging import chances, frechet
from zmlib.neighbours.gan.sets import read
from zmlib.neighbours.gan.training import Game, GanTraining, train_gan
from zmlib.neighbours.weights import load_networks
from zmlib.weights import weights_hash

GAME = Game(steps=6, pictures=32, batch=4, every=2)
HERE = {"device": "cpu", "precision": "32-true", "progress": False}


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "losses.csv").open()))


@pytest.fixture(scope="module")
def gan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_gan(GAME, tmp_path_factory.mktemp("gan"), **HERE)


def test_a_stopped_game_resumes_to_the_same_weights(gan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = GanTraining.train_step

    def stop(self: GanTraining) -> torch.Tensor:
        if self.step == 3:
            raise KeyboardInterrupt
        return real(self)

    with monkeypatch.context() as patch:
        patch.setattr(GanTraining, "train_step", stop)
        with pytest.raises(KeyboardInterrupt):
            train_gan(GAME, tmp_path, **HERE)
    again = load_networks(train_gan(GAME, tmp_path, **HERE)).nets
    once = load_networks(gan).nets
    assert {name: weights_hash(net) for name, net in again.items()} == {n: weights_hash(net) for n, net in once.items()}
    assert list(rows(tmp_path)[-1]) == ["step", "discriminator", "generator", "penalty", "rate", "images_per_second"]
    assert load_networks(gan).card["steps"] == 6


def test_another_game_does_not_resume_from_it(gan: Path) -> None:
    with pytest.raises(UserError, match="other"):
        train_gan(Game(steps=6, pictures=32, batch=4, every=2, penalty=5.0), gan.parent, **HERE)


def test_the_penalty_makes_the_discriminator_flatter(tmp_path: Path) -> None:
    ends = []
    for penalty in (0.0, 30.0):
        game = Game(steps=20, pictures=32, batch=8, every=1, rate=1e-3, penalty=penalty)
        train_gan(game, tmp_path / str(penalty), **HERE)
        ends.append(float(rows(tmp_path / str(penalty))[-1]["penalty"]))
    assert ends[1] < 0.5 * ends[0]


def test_everything_of_a_domain_ends_in_one_file(gan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zmlib.neighbours.gan.bundle.MEASURED", 64)
    encoder = train_encoder(gan, tmp_path / "encoder", steps=3, pictures=32, **HERE)
    classifier = train_classifier("faces", tmp_path / "classifier", steps=3, pictures=32, **HERE)
    whole = load_gan(assemble(encoder, classifier, tmp_path / "faces.safetensors"))
    assert weights_hash(whole.generator) == weights_hash(load_networks(gan).nets["generator"])  # held fixed
    data = read("faces", "test", 5)
    assert whole.attributes == data.attributes and whole.vectors.vectors.shape == (len(data.attributes), 64)
    x = data.pictures.float() / 255
    assert whole.chances(whole.generate(whole.encode(x))).shape == (5, len(data.attributes))
    other = train_classifier("shoes", tmp_path / "shoes", steps=1, pictures=8, **HERE)
    with pytest.raises(UserError, match="take two of one domain"):
        assemble(encoder, other, tmp_path / "both.safetensors")
    with pytest.raises(UserError, match="has no encoder, classifier, vectors"):
        load_gan(gan)


def test_a_classifier_learns_in_a_hundred_steps(tmp_path: Path) -> None:
    file = train_classifier("faces", tmp_path, steps=100, pictures=1500, **HERE)
    data = read("faces", "test", 200)
    right = (chances(load_networks(file).nets["classifier"], data.pictures) > 0.5) == data.labels  # type: ignore[arg-type]
    assert right.float().mean() > 0.7


def test_spoiled_pictures_keep_range_and_half_of_them_are_as_they_were() -> None:
    import numpy as np

    x = torch.rand(8, 3, 64, 64)
    y = spoiled(x, np.random.default_rng(0))
    assert torch.equal(x[4:], y[4:]) and not torch.equal(x[:4], y[:4]) and 0 <= y.min() and y.max() <= 1


def test_the_frechet_distance_of_two_normal_clouds() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(60_000, 2), 2 * torch.randn(60_000, 2) + torch.tensor([3.0, 0.0])
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet(a, b) == pytest.approx(9 + 2 * (1 + 4 - 2 * 2), rel=0.03)  # of the definition, by hand
