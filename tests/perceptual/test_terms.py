"""The table of loss terms: what a recipe asks for is added, in the table's order, and a new one is one function."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.train.tiny import fill
from zmlib import UserError
from zmlib.perceptual import TERMS, best_available, loss_network
from zmlib.train import RECIPES, Phase, Recipe, train


@pytest.mark.parametrize("name", TERMS)
def test_a_term_is_one_number_a_picture_with_a_slope(name: str) -> None:
    output = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    content, style = torch.rand(2, 2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    found = TERMS[name](output, content, 0.5 + 0.1 * style)
    assert found.shape == (2,) and found.isfinite().all() and (found >= 0).all()
    found.sum().backward()
    assert output.grad is not None and output.grad.abs().max() > 0


def darkness(output: Tensor, content: Tensor, style: Tensor) -> Tensor:
    """A toy: how much darker than white an output is, (N,)."""
    return 1 - output.mean((1, 2, 3))


def test_a_toy_term_is_one_function_and_one_number_in_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TERMS, "darkness", darkness)
    plain = replace(RECIPES["smoke"], phases=(Phase(2, size=32, batch=2),), rate=0.0, averaging=0.0)
    photos, styles = fill(tmp_path / "photos", 2), fill(tmp_path / "styles", 2, 50)
    rows = {}
    for name, recipe in (("plain", plain), ("toy", replace(plain, terms={"darkness": 100.0}))):
        train(recipe, photos, styles, tmp_path / name, device="cpu", precision="32-true", progress=False)
        (rows[name],) = csv.DictReader((tmp_path / name / "losses.csv").open())
    added = float(rows["toy"]["loss"]) - float(rows["plain"]["loss"])
    assert 10 < added < 90, "outputs of an untrained network are grey"
    assert rows["toy"]["style"] == rows["plain"]["style"], "the terms are no part of the style loss"


def test_an_unknown_term_is_refused() -> None:
    with pytest.raises(UserError, match='no loss term "glitter": take some of lattice, halo, grain, speckle'):
        Recipe("mine", terms={"glitter": 1.0})


def test_auto_is_the_best_loss_network_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first whose files are there; nothing is downloaded."""
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path))
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))
    assert best_available() == "slim" and loss_network("auto").name == "slim"
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / "vgg16-397923af.pth").touch()
    assert best_available() == "vgg16"
    (tmp_path / "weights").mkdir()
    for name in ("vgg16_conv3_3_fp16.safetensors", "cd_vgg19_16x_encoder_4SE.safetensors"):
        assert best_available() == "vgg16"
        (tmp_path / "weights" / name).touch()
    assert best_available() == "vgg16-caffe"


def test_a_training_on_auto_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path))
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))
    recipe = replace(RECIPES["smoke"].shortened(1), loss_network="auto")
    photos, styles = fill(tmp_path / "photos", 1), fill(tmp_path / "styles", 1)
    train(recipe, photos, styles, tmp_path / "run", device="cpu", progress=False)
    assert "loss network: slim, the best that this machine has" in capsys.readouterr().err
