"""One interface: a network takes the kind of signal that it was trained on, and names it when given another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from zmlib import TNetConfig, UserError, ZMNet
from zmlib.signals.histogram import SIZE, histogram, roots
from zmlib.signals.words import CHOSEN, WordPlane, known_words
from zmlib.stylize import stylize

SMALL = TNetConfig(width=(4, 4, 8), blocks=1)


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))


def vectors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {word: rng.normal(size=5).astype(np.float32) for word in (*CHOSEN, "dawnlet")}


def guided_by_words(own_plane: bool = False) -> ZMNet:
    net = ZMNet(SMALL, "serial-vector", inputs=2, hidden=4).eval()
    plane = WordPlane.fit(vectors())
    places = dict(zip(CHOSEN, plane.places(np.stack([vectors()[w] for w in CHOSEN])).tolist(), strict=True))
    trained = {word: (places if own_plane else known_words())[word] for word in ("noon", "night")}
    net.card = {"words": {"trained": trained, "plane": plane.as_dict()}}
    torch.nn.init.normal_(net.source.heads[0].linear.weight)
    return net


def test_a_word_is_its_place() -> None:
    net = guided_by_words()
    value = net.encode(["noon", "Night"])
    assert len(value) == 2
    both = torch.tensor([known_words()["noon"], known_words()["night"]])
    torch.testing.assert_close(value.gamma[0], net.encode(both).gamma[0])
    assert not torch.allclose(net.encode("noon").gamma[0], net.encode("night").gamma[0])


def test_more_words_come_from_a_file_of_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = guided_by_words()
    with pytest.raises(UserError, match='"dawnlet" .* did you mean .*For more words: .*glove.6B.50d.txt was not found'):
        net.encode("dawnlet")
    (tmp_path / "data" / "words").mkdir(parents=True)
    lines = [" ".join([word, *map(str, vector)]) for word, vector in vectors().items()]
    (tmp_path / "data" / "words" / "glove.6B.50d.txt").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path / "data"))
    place = torch.from_numpy(WordPlane.fit(vectors()).places(vectors()["dawnlet"][None]))
    torch.testing.assert_close(net.encode("dawnlet").gamma[0], net.encode(place).gamma[0])
    with pytest.raises(UserError, match='"nigth" .* night'):
        net.encode("nigth")


def test_a_network_of_another_plane_does_not_take_the_places_that_ship() -> None:
    net = guided_by_words(own_plane=True)
    place = torch.tensor([net.card["words"]["trained"]["night"]])
    torch.testing.assert_close(net.encode("night").gamma[0], net.encode(place).gamma[0])
    with pytest.raises(UserError, match="2 words"):
        net.encode("morning")


@pytest.mark.parametrize(
    ("kind", "options", "signal", "wants"),
    [
        ("serial-image", {}, "night", "guided by pictures.* given words"),
        ("table", {"styles": 2}, ["night"], "numbers of its styles.* given words"),
        ("constant", {}, "night", "nothing: it has one style.* given words"),
        ("serial-vector", {"inputs": 3}, "night", r"vectors, \(N, 3\), and it was given words"),
        ("serial-vector", {"inputs": 3}, torch.rand(1, 3, 32, 32), r"vectors, \(N, 3\), .*given \(1, 3, 32, 32\)"),
        ("parallel-vector", {"inputs": 3}, torch.rand(1, 2), r"\(N, 3\), .*given \(1, 2\)"),
        ("serial-image", {}, torch.rand(1, 2), "signal must be a float tensor of shape"),
        ("serial-image", {}, 3, "guided by pictures.* something of type int"),
        ("serial-image", {}, [0.5, 0.5], "guided by pictures.* something of type list"),
    ],
)
def test_another_kind_of_signal_gets_a_sentence(kind: str, options: dict, signal: object, wants: str) -> None:
    with pytest.raises(UserError, match=wants):
        ZMNet(SMALL, kind, **options).encode(signal)  # type: ignore[arg-type]


def test_a_network_of_words_names_them_when_given_a_picture() -> None:
    with pytest.raises(UserError, match='words, such as "night"'):
        guided_by_words().encode(torch.rand(1, 3, 32, 32))


def test_a_network_of_colours_reads_pictures_and_histograms() -> None:
    net = ZMNet(SMALL, "serial-vector", inputs=SIZE, hidden=4).eval()
    net.card = {"reads": "colours"}
    torch.nn.init.normal_(net.source.heads[0].linear.weight)
    pictures = torch.rand(2, 3, 40, 32)
    torch.testing.assert_close(net.encode(pictures).gamma[0], net.encode(histogram(pictures)).gamma[0])
    torch.testing.assert_close(net.encode(pictures.flip(3)).gamma[0], net.encode(pictures).gamma[0])
    torch.testing.assert_close(net.encode(pictures).gamma[0], net.source(roots(histogram(pictures))).gamma[0])
    assert stylize(pictures[:1], pictures[1:], model=net).size == (32, 40)
    with pytest.raises(UserError, match=r"colours of pictures.*given \(1, 2\)"):
        net.encode(torch.rand(1, 2))
