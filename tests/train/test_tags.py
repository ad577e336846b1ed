"""Words as the signal in training: which pictures, which places, and what the card says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import fill, glove, losses, tagged, tiny

import zmlib
from zmlib import UserError
from zmlib.data.folders import list_images
from zmlib.signals.words import WordPlane
from zmlib.sources import make_source
from zmlib.train import RECIPES, Phase, train
from zmlib.train.tags import Tags


@pytest.fixture(autouse=True)
def _vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZMLIB_DATA", str(glove(tmp_path / "data")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tagged(tmp_path / "pictures", {"noon": 5, "night": 2})


def test_a_word_comes_first_and_then_another_of_its_pictures(folder: Path) -> None:
    tags = Tags.of(list_images(folder), folder)
    assert len(tags.files) == 7 and sorted(set(tags.words)) == ["night", "noon"]
    crops = tags.draw(np.random.default_rng(0), limit=70, count=400)
    assert crops.min() >= 0 and crops.max() < 70 and len(set(crops)) > 60
    words = [tags.words[crop % 7] for crop in crops]
    assert abs(words.count("noon") - 200) < 40, "as often as night, which has fewer pictures"
    assert all(tags.files[crop % 7].parent.name == word for crop, word in zip(crops, words, strict=True))
    signals = tags.signals(crops)
    assert signals.shape == (400, 2)
    assert {tuple(row) for row in signals.tolist()} == {tuple(torch.tensor(p).tolist()) for p in tags.places.values()}


def test_so_many_of_each_word_evenly(folder: Path) -> None:
    tags = Tags.of(list_images(folder), folder, most=2)
    names = [f"{file.parent.name}/{file.stem}" for file in tags.files]
    assert names == ["night/00", "night/01", "noon/00", "noon/02"]
    with pytest.raises(UserError, match="holds 2 pictures for night, and 3 are needed"):
        Tags.of(list_images(folder), folder, most=3)


def test_folders_that_are_no_words_get_a_sentence(tmp_path: Path) -> None:
    flat = fill(tmp_path / "flat", 2)
    with pytest.raises(UserError, match="flat must hold a folder of pictures for each of two words"):
        Tags.of(list_images(flat), flat)
    other = tagged(tmp_path / "other", {"noon": 1, "nigth": 1})
    with pytest.raises(UserError, match='"nigth" .* night'):
        Tags.of(list_images(other), other)


@pytest.mark.parametrize("name", ["words", "words-parallel"])
def test_a_network_that_was_trained_on_words_says_which(name: str, folder: Path, tmp_path: Path) -> None:
    photos = fill(tmp_path / "photos", 2)
    recipe = tiny(name, 3, contents=4, styles=14, pictures=2)
    first, second = (losses(recipe, photos, folder, tmp_path / f"{i}") for i in range(2))
    assert first == second, "a seed gives the same losses"
    net = zmlib.load(tmp_path / "0" / "weights.safetensors")
    assert set(net.card["words"]["trained"]) == {"noon", "night"}
    plane = WordPlane.from_dict(net.card["words"]["plane"])
    assert plane.chosen == ("noon", "afternoon", "morning", "night")
    value = net.encode(torch.tensor([net.card["words"]["trained"]["noon"]]))
    assert len(value) == 1


def test_the_weights_hold_pnet_alone_and_name_the_tnet_that_it_guides(folder: Path, tmp_path: Path) -> None:
    photos, out = fill(tmp_path / "photos", 2), tmp_path / "out"
    recipe = RECIPES["words"]
    short = replace(recipe, phases=(Phase(2, size=32, batch=1),), pictures=2, style_size=32, loss_network="slim")
    file = train(short, photos, folder, out, device="cpu", precision="32-true", progress=False)
    assert file.stat().st_size < 1_000_000
    net, base = zmlib.load(file), zmlib.load(recipe.start)
    assert net.card["tnet"] == recipe.start
    for name, tensor in base.tnet.state_dict().items():
        assert torch.equal(net.tnet.state_dict()[name], tensor), name
    with torch.no_grad():
        next(net.tnet.parameters()).add_(1)
    with pytest.raises(ValueError, match="is not that of styles"):
        zmlib.save(net, tmp_path / "other.safetensors", net.card)


def test_a_recipe_for_pnet_alone_needs_a_tnet(folder: Path, tmp_path: Path) -> None:
    recipe = replace(tiny("words", 2, pictures=2), trains="pnet")
    photos, first = fill(tmp_path / "photos", 2), tmp_path / "first"
    with pytest.raises(UserError, match="trains PNet alone"):
        train(recipe, photos, folder, tmp_path / "none", progress=False)
    assert not (tmp_path / "none").exists()
    losses(tiny("words-parallel", 2, pictures=2), photos, folder, first)
    start = first / "weights.safetensors"
    file = train(recipe, photos, folder, tmp_path / "mine", start=start, device="cpu", progress=False)
    net, base = zmlib.load(file), zmlib.load(start)
    assert "tnet" not in net.card, "a file of one's own may move, so the weights are whole"
    for name, tensor in base.tnet.state_dict().items():
        assert torch.equal(net.tnet.state_dict()[name], tensor), name


def test_both_networks_have_as_many_parameters() -> None:
    count = {}
    for name in ("words", "words-parallel"):
        recipe = RECIPES[name]
        source = make_source(recipe.source, recipe.config, **recipe.options)
        count[name] = sum(p.numel() for p in source.parameters())
    assert count["words"] == pytest.approx(count["words-parallel"], rel=0.01)
