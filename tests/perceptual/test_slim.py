"""slim: the shipped file, its Grams, and that it needs nothing but the package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from zmlib.errors import UserError
from zmlib.perceptual import gram, loss_network, scale_free
from zmlib.perceptual.slim import LAYERS, SLIM_FILE, TEACHERS, Slim


def test_its_features_have_the_teachers_shapes() -> None:
    x = torch.rand(2, 3, 48, 64)
    found = loss_network("slim")(x)
    assert {name: tuple(value.shape) for name, value in found.items()} == {
        "relu1_2": (2, 64, 48, 64),
        "relu2_2": (2, 128, 24, 32),
        "relu3_3": (2, 256, 12, 16),
        "relu4_1": (2, 128, 6, 8),
    }


def test_the_cheap_gram_is_the_gram_of_the_features() -> None:
    net = loss_network("slim")
    x = torch.rand(2, 3, 50, 37)
    features, measured = net(x), net.measure(x)
    for name, value in measured.grams.items():
        expected = gram(features[name])
        assert (value - expected).norm() < 1e-4 * expected.norm()
    torch.testing.assert_close(measured.content, features["relu3_3"])


def test_measure_takes_other_layers_and_refuses_unknown_ones() -> None:
    net = loss_network("slim")
    x = torch.rand(1, 3, 32, 32)
    measured = net.measure(x, ["relu4_1"], "relu2_2")
    assert list(measured.grams) == ["relu4_1"] and measured.content.shape == (1, 128, 16, 16)
    with pytest.raises(UserError, match="distilled_relu4_1"):
        net.measure(x, ["distilled_relu4_1"])
    with pytest.raises(UserError, match=r"\[0, 1\]"):
        net.measure(x * 255)


@pytest.mark.parametrize("autocast", [False, True])
def test_the_gradient_reaches_the_picture(autocast: bool) -> None:
    net = loss_network("slim")
    x, style, photo = torch.rand(3, 1, 3, 32, 32)
    x.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        scale_free(net.measure(x), net.measure(style), net.measure(photo)).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all() and x.grad.abs().max() > 0
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_it_runs_where_there_is_nothing_else(tmp_path: Path) -> None:
    """In a new process: no data folder, no cache, and every attempt at a connection is an error."""
    script = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('it asked for a connection')\n"
        "socket.socket.connect = refuse\n"
        "import torch\n"
        "from zmlib.perceptual import loss_network\n"
        "net = loss_network('slim')\n"
        "print(net.measure(torch.rand(1, 3, 32, 32)).content.shape[1], len(net.weights_hash))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "ZMLIB_DATA"} | {"TORCH_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["256", "64"]


def test_the_file_is_small_and_says_what_it_is() -> None:
    from safetensors import safe_open

    assert SLIM_FILE.stat().st_size < 1_000_000
    with safe_open(SLIM_FILE, "pt") as file:
        card = file.metadata()
        kinds = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
    assert kinds == {"F16"} and card["teacher"] == "vgg16-caffe" and {"recipe", "seconds", "licence"} <= set(card)
    assert SLIM_FILE.with_suffix(".md").is_file()


def test_a_missing_damaged_or_foreign_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not there"):
        loss_network("slim", weights=tmp_path / "slim.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(SLIM_FILE.read_bytes()[:5000])
    with pytest.raises(UserError, match="not a readable weights file"):
        loss_network("slim", weights=cut)
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, cut)
    with pytest.raises(UserError, match="not slim's weights"):
        loss_network("slim", weights=cut)


def test_it_predicts_its_teacher_on_pictures_it_never_saw(data_dir: Path) -> None:
    """The differences of two pictures' Grams, of which J is made, point where the teacher's point."""
    from PIL import Image
    from torchvision.transforms.functional import pil_to_tensor

    names = sorted((data_dir / "paintings" / "val").glob("*.jpg"))[:6]
    resized = [Image.open(name).convert("RGB").resize((128, 128)) for name in names]
    x = torch.stack([pil_to_tensor(picture).float() / 255 for picture in resized])
    slim, teacher = loss_network("slim"), loss_network("vgg16-caffe")
    ours, theirs = slim.measure(x), teacher.measure(x)
    untrained = Slim().freeze().measure(x)
    for name in LAYERS:
        truth = theirs.grams[TEACHERS[name]].diff(dim=0).flatten(1)
        likeness = torch.cosine_similarity(ours.grams[name].diff(dim=0).flatten(1), truth).mean()
        chance = torch.cosine_similarity(untrained.grams[name].diff(dim=0).flatten(1), truth).mean()
        assert likeness > 0.5 > chance + 0.4, name


def test_an_untrained_slim_has_the_same_cheap_gram() -> None:
    net = Slim().freeze()
    x = torch.rand(1, 3, 40, 40)
    for name, value in net.measure(x).grams.items():
        torch.testing.assert_close(value, gram(net(x)[name]), rtol=1e-4, atol=1e-5)
