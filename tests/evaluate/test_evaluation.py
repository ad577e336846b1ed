"""evaluate() end to end with a random network and stand-in judges; the results as a file, lines and a sheet."""

from __future__ import annotations

import json

import pytest
import torch
from PIL import Image
from stand_in import random_network

from zmlib import TNetConfig, ZMNet
from zmlib.data.images import to_image
from zmlib.data.sheet import GAP
from zmlib.errors import UserError
from zmlib.evaluate.evaluation import Ost, Settings, evaluate
from zmlib.evaluate.grid import grid
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import Pair
from zmlib.evaluate.report import report, write_results
from zmlib.weights import weights_hash


@pytest.fixture
def pairs(pictures):
    photos, paintings = pictures(5, size=48), pictures(3, seed=9, size=40)
    return [
        Pair(f"photo {i}", f"painting {i % 3}", to_image(photos[i : i + 1]), to_image(paintings[i % 3 : i % 3 + 1]))
        for i in range(5)
    ]


@pytest.fixture
def judges():
    return [Judge(random_network()), Judge(random_network("other", seed=1))]


class Copier(ZMNet):
    """A perfect user of its signal: its gamma is a number that names the style, the output is that style."""

    def __init__(self, paintings):
        super().__init__(TNetConfig(width=(8, 8, 16), blocks=1))
        self.paintings = paintings

    def encode(self, signal):
        affine = super().encode(signal)
        numbers = [int((self.paintings - s).abs().sum((1, 2, 3)).argmin()) for s in signal]
        gamma = tuple(torch.tensor(numbers, dtype=torch.float32)[:, None].expand_as(g).clone() for g in affine.gamma)
        return type(affine)(gamma, affine.beta, affine.spec)

    def stylize(self, content, affine):
        return torch.stack([self.paintings[round(float(g[0]))] for g in affine.gamma[0]])


def test_results_are_complete_and_agree_with_the_judge(tiny_model, pairs, judges, tmp_path):
    results = evaluate(tiny_model, pairs, judges=judges, settings=Settings(40, 32, batch=2), progress=False)
    assert results["main"] == "J_tiny" and set(results["judges"]) == {"J_tiny", "J_other"}
    assert [row["photo"] for row in results["pairs"]] == [f"photo {i}" for i in range(5)]
    for row in results["pairs"]:
        assert row["other_painting"] != row["painting"]
        for name in ("J_tiny", "J_other"):
            cells = row[name]
            assert cells["value"] == pytest.approx(cells["style"] + cells["content"])
    values = sorted(row["J_tiny"]["value"] for row in results["pairs"])
    found = results["judges"]["J_tiny"]
    assert found["value"]["median"] == pytest.approx(values[2])
    assert found["value"]["low"] <= values[2] <= found["value"]["high"]
    assert found["weights_hash"] == "random-0"
    assert results["settings"] == {"pairs": 5, "styles": 3, "size": 40, "style_size": 32, "seed": 0, "batch": 2}
    assert results["model"]["weights_hash"] == weights_hash(tiny_model)
    assert results["seconds"]["all"] >= results["seconds"]["stylize"] > 0
    path = write_results(results, tmp_path / "new" / "results.json")
    assert json.loads(path.read_text()) == results
    assert [p.name for p in path.parent.iterdir()] == ["results.json"]


def test_results_do_not_depend_on_the_batch(tiny_model, pairs, judges):
    one, all_ = (
        evaluate(tiny_model, pairs, judges=judges[:1], settings=Settings(40, 32, batch=batch), progress=False)["pairs"]
        for batch in (1, 5)
    )
    for a, b in zip(one, all_, strict=True):
        assert a["J_tiny"]["value"] == pytest.approx(b["J_tiny"]["value"], rel=1e-4)
        assert a["J_tiny"]["other"] == pytest.approx(b["J_tiny"]["other"], rel=1e-4)


def test_the_signal_test_tells_a_network_that_uses_its_signal_from_one_that_does_not(pairs, judges, pictures):
    results = evaluate(
        Copier(pictures(3, seed=9, size=40)), pairs, judges=judges[:1], settings=Settings(40, 40), progress=False
    )
    assert results["speckle"]["octaves"]["11-22 px"]["largest_tenth"] < 1  # a picture has just under its own
    judge = results["judges"]["J_tiny"]
    assert judge["style"]["median"] < 0.01  # the right painting itself comes back
    assert judge["signal"]["right_below_other"]["share"] == 1.0
    assert judge["signal"]["other"]["median"] > judge["value"]["median"]

    deaf = ZMNet(TNetConfig(width=(8, 8, 16), blocks=1)).eval()
    deaf.encode = lambda signal: type(deaf).encode(deaf, torch.full_like(signal, 0.5))
    results = evaluate(deaf, pairs, judges=judges[:1], settings=Settings(40, 32), progress=False)
    signal = results["judges"]["J_tiny"]["signal"]
    assert signal["right_below_other"]["share"] < 0.9  # its wins are rounding
    assert signal["mean_over_right"]["ratio"] == pytest.approx(1, rel=1e-3)
    assert signal["mean_over_right"]["photos"] == 5 and signal["mean_over_right"]["styles"] == 3


def test_one_style_has_no_signal_test(tiny_model, pairs, judges):
    results = evaluate(tiny_model, pairs[:1], judges=judges[:1], settings=Settings(40, 32), progress=False)
    assert results["judges"]["J_tiny"]["signal"] is None
    assert results["judges"]["J_tiny"]["value"]["low"] is None
    assert len(report(results)) == 4  # the pairs, the judge, speckle, gain


def test_ost_and_the_lines_to_read(tiny_model, pairs, judges):
    results = evaluate(
        tiny_model, pairs, judges=judges, settings=Settings(40, 32), ost=Ost(2, cap=3, steps=(1,)), progress=False
    )
    assert results["ost"]["judge"] == "J_tiny" and len(results["ost"]["per_pair"]) == 2
    assert [("ost_equivalent" in row) for row in results["pairs"]] == [True, True, False, False, False]
    text = "\n".join(report(results))
    assert f"{results['judges']['J_tiny']['value']['median']:.3f}" in text
    assert "OST-equivalent (J_tiny, 2 pairs, Adam from the photo)" in text and "5 pairs, 3 styles, 40 px" in text


def test_the_weights_hash_follows_the_weights(tiny_model):
    before = weights_hash(tiny_model)
    next(tiny_model.parameters()).data.flatten()[0] += 1e-3
    assert weights_hash(tiny_model) != before


def test_what_cannot_be_evaluated(tiny_model, pairs, judges):
    for change, words in (
        ({"settings": Settings(size=16)}, "at least 32"),
        ({"settings": Settings(batch=0)}, "at least 1"),
        ({"ost": Ost(0)}, "at least 1"),
        ({"judges": []}, "one judge or several"),
        ({"judges": [judges[0], judges[0]]}, "different names"),
    ):
        with pytest.raises(UserError, match=words):
            evaluate(tiny_model, pairs, **({"judges": judges, "progress": False} | change))
    with pytest.raises(UserError, match="no pair"):
        evaluate(tiny_model, [], judges=judges)
    words = ZMNet(TNetConfig(width=(8, 8, 16), blocks=1), "serial-vector", inputs=4)
    with pytest.raises(UserError, match="guided by images"):
        evaluate(words, pairs, judges=judges)


def test_results_are_not_written_elsewhere(tmp_path):
    with pytest.raises(UserError, match=".json"):
        write_results({}, tmp_path / "results.txt")
    with pytest.raises(ValueError):
        write_results({"value": float("nan")}, tmp_path / "results.json")
    assert list(tmp_path.iterdir()) == []


def test_grid_is_saved_whole(tiny_model, pairs, judges, tmp_path):
    path = grid(tiny_model, pairs, tmp_path / "grid.png", judge=judges[0], rows=2, settings=Settings(40, 32))
    with Image.open(path) as sheet:
        assert sheet.width == 3 * 40 + 2 * GAP and sheet.height > 2 * (40 + GAP)
    with pytest.raises(UserError, match="at least one pair"):
        grid(tiny_model, [], tmp_path / "none.png", judge=judges[0])
    with pytest.raises(UserError):
        grid(tiny_model, pairs, tmp_path / "grid.xyz", judge=judges[0])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["grid.png"]
