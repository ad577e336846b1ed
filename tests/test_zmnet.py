"""Saving, loading and the checks at the public boundary."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import zmlib
from zmlib import UserError


def test_round_trip(tiny_model, tmp_path: Path) -> None:
    path = zmlib.save(tiny_model, tmp_path / "w.safetensors", {"steps": 3})
    again = zmlib.load(path)
    content, style = torch.rand(1, 3, 40, 40), torch.rand(1, 3, 48, 32)
    assert again.card == {"steps": 3} and again.config == tiny_model.config
    a, b = tiny_model.stylize(content, tiny_model.encode(style)), again.stylize(content, again.encode(style))
    assert (a - b).abs().max() < 0.02  # float16 weights
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def test_one_value_serves_many_pictures(tiny_model) -> None:
    affine = tiny_model.encode(torch.rand(1, 3, 32, 32))
    content = torch.rand(3, 3, 32, 48)
    out = tiny_model.stylize(content, affine)
    assert out.shape == content.shape and out.min() >= 0 and out.max() <= 1
    torch.testing.assert_close(out[1:2], tiny_model.stylize(content[1:2], affine), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (torch.rand(3, 32, 32), "shape"),
        (torch.rand(1, 1, 32, 32), "shape"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.int32), "float"),
        (torch.rand(1, 3, 31, 64), "at least 32"),
        (torch.rand(1, 3, 32, 32) * 255, "divide"),
        (torch.full((1, 3, 32, 32), float("nan")), r"\[0, 1\]"),
    ],
)
def test_wrong_pictures_are_refused_in_a_sentence(tiny_model, images, says) -> None:
    with pytest.raises(UserError, match=says):
        tiny_model.encode(images)
    with pytest.raises(UserError, match=says):
        tiny_model.stylize(images, tiny_model.encode(torch.rand(1, 3, 32, 32)))


def test_wrong_weights_are_refused_in_a_sentence(tmp_path: Path, tiny_model) -> None:
    pickled, broken, foreign = tmp_path / "a.pt", tmp_path / "b.safetensors", tmp_path / "c.safetensors"
    torch.save({}, pickled)
    broken.write_bytes(b"not safetensors")
    save_file({"x": torch.zeros(1)}, foreign)
    truncated = zmlib.save(tiny_model, tmp_path / "d.safetensors", {})
    truncated.write_bytes(truncated.read_bytes()[:-100])
    for path, says in ((pickled, "run code"), (broken, "damaged"), (foreign, "no ZM-Net"), (truncated, "damaged")):
        with pytest.raises(UserError, match=says) as caught:
            zmlib.load(path)
        assert str(path) in str(caught.value)
    with pytest.raises(UserError, match="no weights named"):
        zmlib.load("unheard-of")
