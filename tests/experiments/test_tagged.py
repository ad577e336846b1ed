"""Distances to photos that share a word, and the best tone curve towards them."""

from __future__ import annotations

import pytest
import torch
from chapters.tagged import GAINS, POWERS, TagSet, best_tone_curves, distances, tone
from stand_in import network, pictures  # noqa: F401


def test_the_distance_to_oneself_is_nothing_and_grows(network, pictures) -> None:  # noqa: F811
    own = pictures(1, seed=1)
    sets = {"own": TagSet.of(network, [own])}
    found = distances(network, [own, 0.7 * own, 0.2 * own], sets)["own"]
    assert found[0] == pytest.approx(0, abs=1e-6) and found[0] < found[1] < found[2] <= 1


def test_it_is_free_of_scale(network, pictures) -> None:  # noqa: F811
    grams = network.measure(pictures(2, seed=1)).grams
    one = TagSet({name: gram[0] for name, gram in grams.items()}).distance({n: g[1:] for n, g in grams.items()})
    darker = TagSet({name: gram[0] * 1e-3 for name, gram in grams.items()})
    torch.testing.assert_close(darker.distance({n: g[1:] * 1e-3 for n, g in grams.items()}), one)


def test_the_set_is_the_mean_of_its_photos(network, pictures) -> None:  # noqa: F811
    photos = pictures(3, seed=2)
    whole, parts = TagSet.of(network, [photos]), TagSet.of(network, [photos[:1], photos[1:]])
    for name, gram in network.measure(photos).grams.items():
        torch.testing.assert_close(whole.grams[name], gram.mean(0))
        torch.testing.assert_close(parts.grams[name], gram.mean(0))


def test_the_best_tone_curve_is_found(network, pictures) -> None:  # noqa: F811
    photos = list(pictures(3, seed=3).split(1))
    gain, power = GAINS[2], POWERS[3]
    sets = {"dim": TagSet.of(network, [tone(photo, gain, power) for photo in photos[:1]])}
    found = best_tone_curves(network, photos[:1], sets)
    assert found["dim"][:2] == (gain, power) and found["dim"][2].item() == pytest.approx(0, abs=1e-6)
    none = distances(network, photos, sets)["dim"].mean()
    assert best_tone_curves(network, photos, sets)["dim"][2].mean() <= none
