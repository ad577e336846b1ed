"""Speckle and gain of networks: the columns, the medians and largest tenths, and which pictures they are taken from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from chapters.networks import over_all
from stand_in import random_network

from zmlib.data.images import to_image
from zmlib.evaluate import speckle
from zmlib.evaluate.evaluation import Settings, evaluate
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import Pair, read_square
from zmlib.evaluate.report import report
from zmlib.perceptual.speckle import CHANNELS, FLOOR, OCTAVES, speckle_ratio
from zmlib.signals.reading import Pictures
from zmlib.zmnet import ZMNet

GREY = torch.full((1, 3, 64, 64), 0.5)


class Louder:
    """A network whose gamma and beta are a factor: colour becomes louder by it, lightness stays."""

    kind, device, reading = "serial-image", torch.device("cpu"), Pictures()

    def encode(self, styles: torch.Tensor) -> torch.Tensor:
        return 10 * styles.mean((1, 2, 3))

    def stylize(self, content: torch.Tensor, affine: torch.Tensor) -> torch.Tensor:
        light = content.mean(1, keepdim=True)
        return light + affine.view(-1, 1, 1, 1) * (content - light)


def flat(*levels: float) -> torch.Tensor:
    return torch.cat([torch.full((1, 3, 64, 64), level) for level in levels])


def test_the_columns_are_three_octaves_and_two_colours() -> None:
    sign = (-1.0) ** torch.arange(64)
    red_green = torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1) / 2**0.5
    output = GREY + 0.05 * sign[:, None] * sign * red_green
    found = dict(zip(speckle.COLUMNS, speckle.ratios(output, GREY)[0].tolist(), strict=True))
    assert list(found) == [*OCTAVES, "red-green", "blue-yellow"]
    assert found["2-5 px"] == pytest.approx(0.05 / FLOOR, rel=1e-2)
    assert found["red-green"] == pytest.approx(0.05 / FLOOR, rel=1e-2)
    assert max(found["5-11 px"], found["11-22 px"], found["blue-yellow"]) < 0.05


def test_medians_and_largest_tenths_with_the_finest_octave_on_top() -> None:
    values = torch.arange(55, dtype=torch.float32).view(11, 5)
    found = speckle.summarise(values)
    assert list(found["octaves"]) == list(OCTAVES) and list(found["channels"]) == ["red-green", "blue-yellow"]
    parts = [*found["octaves"].values(), *found["channels"].values()]
    for column, part in zip(values.T.numpy(), parts, strict=True):
        assert part["median"] == np.median(column) and part["n"] == 11
        assert part["largest_tenth"] == pytest.approx(np.percentile(column, 90))
        assert part["low"] < part["median"] < part["high"]
    assert {name: found[name] for name in parts[0]} == parts[0]
    assert speckle.summarise(values[:1])["low"] is None


def test_gain_is_the_mean_over_patches_and_styles_and_the_largest_of_any() -> None:
    net = Louder()
    found = speckle.gain(net, [torch.tensor([1.0]), torch.tensor([3.0])], [GREY, GREY])
    assert list(found) == list(CHANNELS)
    assert found["lightness"]["mean"] == pytest.approx(1, rel=1e-3)
    for colour in ("red-green", "blue-yellow"):
        assert found[colour]["mean"] == pytest.approx(2, rel=1e-3) and found[colour]["n"] == 2
        assert found[colour]["largest"] == pytest.approx(3, rel=1e-3)
    assert speckle.gain(net, [torch.tensor([1.0])], [GREY[..., :63, :63]]) is None


def test_over_all_takes_every_style_on_every_photo(pictures) -> None:
    contents, styles = pictures(3, size=64) + 0.02 * torch.rand(3, 3, 64, 64), flat(0.1, 0.2)
    found = over_all(Louder(), contents, styles, flat=1)
    net = Louder()
    each = [speckle_ratio(net.stylize(c[None], net.encode(s[None])), s[None]) for s in styles for c in contents]
    assert found["speckle"]["n"] == 6 and found["gain"]["red-green"]["n"] == 1
    assert found["speckle"]["median"] == pytest.approx(torch.cat(each)[:, 0].quantile(0.5).item(), rel=1e-5)
    assert found["gain"]["red-green"]["mean"] == pytest.approx(1, rel=1e-3)  # the first style's factor


@pytest.fixture
def pairs(pictures):
    photos, paintings = pictures(5, size=80), pictures(3, seed=9, size=70)
    return [
        Pair(f"photo {i}", f"painting {i % 3}", to_image(photos[i : i + 1]), to_image(paintings[i % 3 : i % 3 + 1]))
        for i in range(5)
    ]


def judged(model: ZMNet, pairs: list[Pair], size: int = 64, batch: int = 2) -> dict:
    judges = [Judge(random_network())]
    return evaluate(model, pairs, judges=judges, settings=Settings(size, 32, batch=batch), progress=False)


def test_evaluate_has_the_right_style_s_ratio_of_every_pair(tiny_model, pairs) -> None:
    results = judged(tiny_model, pairs)
    for row, pair in zip(results["pairs"], pairs, strict=True):
        output = tiny_model.stylize(read_square(pair.photo, 64), tiny_model.encode(read_square(pair.painting, 32)))
        expected = speckle.ratios(output, read_square(pair.painting, 64))[0].tolist()
        assert list(row["speckle"].values()) == pytest.approx(expected, rel=1e-3)
    assert results["speckle"]["median"] == pytest.approx(np.median([r["speckle"]["2-5 px"] for r in results["pairs"]]))
    whole = judged(tiny_model, pairs, batch=5)["speckle"]["median"]
    assert whole == pytest.approx(results["speckle"]["median"], rel=1e-4)


def test_evaluate_takes_the_gain_of_the_first_styles_each_on_its_own_photo(tiny_model, pairs, monkeypatch) -> None:
    monkeypatch.setattr(speckle, "STYLES", 2)
    asked = []
    plain = speckle.gain
    monkeypatch.setattr(speckle, "gain", lambda *words: asked.append(words) or plain(*words))
    found = judged(tiny_model, pairs)["gain"]
    [(net, affines, photos, seed)] = asked
    assert net is tiny_model and seed == 0 and found["red-green"]["n"] == 2
    for i, (affine, photo) in enumerate(zip(affines, photos, strict=True)):
        torch.testing.assert_close(photo, read_square(pairs[i].photo, 64))
        own = tiny_model.encode(read_square(pairs[i].painting, 32))
        torch.testing.assert_close(affine.gamma[0], own.gamma[0])
    assert found["red-green"]["largest"] >= found["red-green"]["mean"] > 0


def test_the_lines_to_read(tiny_model, pairs) -> None:
    results = judged(tiny_model, pairs)
    first, second = speckle.lines(results)
    assert f"speckle {results['speckle']['median']:.2f} [" in first and "(aim for 1.2 and 2)" in first
    assert f"largest tenth {results['speckle']['largest_tenth']:.2f}" in first
    assert f"blue-yellow {results['gain']['blue-yellow']['mean']:.2f} (up to" in second
    assert {first, second} <= set(report(results))
    small = judged(tiny_model, pairs[:1], size=40)
    assert small["gain"] is None and "not measured" in speckle.lines(small)[1]
