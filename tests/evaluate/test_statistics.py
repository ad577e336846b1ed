"""Intervals, the signal test, crossings: the arithmetic of the results."""

from __future__ import annotations

import random
import statistics

import numpy as np
import pytest
import torch

from zmlib import Affine
from zmlib.affine import Norm
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.ost_equivalent import crossing, ost_results, trajectory
from zmlib.evaluate.signal_test import average, next_names
from zmlib.evaluate.statistics import _take, paired, paired_difference, ratio_of_ratios, share, summary


def test_summary_holds_the_median_and_an_interval_that_narrows_with_more_pairs():
    chance = random.Random(0)
    values = [chance.gauss(0.4, 0.1) for _ in range(400)]
    few, many = summary(values[:16]), summary(values)
    assert many["median"] == pytest.approx(statistics.median(values))
    assert many["n"] == 400 and many["low"] < 0.4 < many["high"]
    assert many["high"] - many["low"] < 0.5 * (few["high"] - few["low"])
    assert summary(values[:16]) == few


def test_one_pair_says_nothing_about_others():
    assert summary([0.3]) == {"median": 0.3, "low": None, "high": None, "n": 1}


def test_share():
    found = share([True] * 9 + [False])
    assert found["share"] == pytest.approx(0.9) and found["low"] < 0.9 <= found["high"]
    assert share([True, True])["share"] == 1.0


def test_the_other_style_is_the_next_one() -> None:
    assert next_names(["b", "a", "d", "b", "a"]) == {"b": "a", "a": "d", "d": "b"}


def test_paired_losses_are_resampled_together() -> None:
    below = torch.tensor([[0.2, 1.0, 3.0], [0.5, 0.7, 2.0]])
    same = paired([2 * below], [below])
    known = {"ratio": 2, "low": 2, "high": 2, "n": 6, "photos": 3, "styles": 2}
    assert same == {key: pytest.approx(value) for key, value in known.items()}
    several = paired([below, 3 * below], [below], statistic="mean")
    assert several["ratio"] == pytest.approx(2) and several["n"] == 6
    assert paired([below[:1, :1]], [below[:1, :1]])["low"] is None


def test_photos_and_styles_are_drawn_and_not_their_pairs() -> None:
    """Numbers that only the style decides have as few independent draws as there are styles, however many photos."""
    chance = np.random.default_rng(0)
    by_style = np.repeat(chance.normal(1, 0.2, size=(8, 1)), 50, 1)
    crossed, singly = summary(by_style, statistic="mean"), summary(by_style.ravel(), statistic="mean")
    assert crossed["mean"] == pytest.approx(singly["mean"]) and crossed["n"] == singly["n"] == 400
    assert crossed["high"] - crossed["low"] > 4 * (singly["high"] - singly["low"])
    expected = 2 * 1.96 * by_style[:, 0].std() / 8**0.5  # of a mean over eight independent numbers
    assert crossed["high"] - crossed["low"] == pytest.approx(expected, rel=0.15)


def test_pairs_by_name_are_drawn_as_a_table_is() -> None:
    table = np.random.default_rng(1).random((3, 4))
    styles, photos = np.indices(table.shape)
    named = summary(table.ravel(), of=(photos.ravel(), styles.ravel()))
    assert named == summary(table)
    assert summary([0.1, 0.4, 0.9], of=(["a", "b", "c"], ["wave", "wave", "agate"]))["styles"] == 2


@pytest.mark.parametrize("statistic", ["median", "mean"])
def test_a_draw_of_each_once_is_the_plain_statistic(statistic: str) -> None:
    values = np.random.default_rng(2).random(11)
    for some in (values, values[:10]):
        taken = _take(some, np.ones((1, len(some)), dtype=int), statistic)
        assert taken == pytest.approx(getattr(np, statistic)(some))
    twice = _take(np.array([1.0, 2.0, 5.0]), np.array([[1, 0, 2]]), "median")
    assert twice == pytest.approx(5.0)  # of 1, 5, 5


def test_the_difference_of_paired_numbers_has_an_interval() -> None:
    below = np.random.default_rng(3).random((4, 5))
    found = paired_difference(below + 0.25, below, statistic="mean")
    assert [found[key] for key in ("difference", "low", "high")] == pytest.approx([0.25] * 3)


def test_a_ratio_of_ratios_draws_its_two_sets_of_styles_apart() -> None:
    chance = np.random.default_rng(4)
    one, other = chance.random((5, 3)) + 1, chance.random((9, 3)) + 1
    found = ratio_of_ratios(3 * one, one, 2 * other, other)
    assert [found[key] for key in ("ratio", "low", "high")] == pytest.approx([1.5] * 3)
    assert (found["n"], found["photos"], found["styles"]) == (42, 3, 14)
    with pytest.raises(ValueError, match="same photos"):
        ratio_of_ratios(one, one, other[:, :2], other[:, :2])


def test_average_counts_every_style_alike():
    spec = (Norm("n", 2, 1),)
    affines = [Affine((torch.full((1, 2), x),), (torch.full((1, 2), -x),), spec) for x in (1.0, 2.0, 6.0)]
    mean = average(affines)
    assert mean.gamma[0].tolist() == [[3.0, 3.0]] and mean.beta[0].tolist() == [[-3.0, -3.0]]


def test_crossing_is_linear_between_iterations_and_takes_the_first():
    curve = [1.0, 0.6, 0.8, 0.4]
    assert crossing(curve, 1.2) == 0.0
    assert crossing(curve, 0.8) == pytest.approx(0.5)
    assert crossing(curve, 0.5) == pytest.approx(2.75)
    assert crossing(curve, 0.6) == 1.0
    assert crossing(curve, 0.39) is None


def test_ost_equivalent_finds_ost_itself(network, pictures):
    """OST after 3 iterations is worth 3; the photo is worth 0; what OST does not reach is over the cap."""
    judge, content, style = Judge(network), pictures(1), pictures(1, seed=1)
    curve = trajectory(judge, content, style, 6)[:, :, 0].sum(1)
    assert curve[0] == pytest.approx(1.0, abs=1e-6) and len(curve) == 7
    three = pytest.approx(3.0, abs=1e-3) if curve[3] < curve[:3].min() else pytest.approx(3.0, abs=3.0)
    targets = [float(curve[3]), 1.0, -1.0]
    found = ost_results(judge, [(content, style)] * 3, targets, cap=6)
    assert found["per_pair"] == [three, 0.0, None]


def test_ost_results_run_no_further_than_needed_and_say_what_is_a_bound(network, pictures):
    judge, content, style = Judge(network), pictures(1), pictures(1, seed=1)
    pair = [(content, style)]
    assert len(trajectory(judge, content, style, 50, until=0.9)) < 51
    found = ost_results(judge, pair * 2, [0.9, -1.0], cap=4, steps=(1, 2))
    assert set(found["curve"]) == {"1", "2"}
    assert found["curve"]["1"]["value"]["median"] == pytest.approx(float(trajectory(judge, content, style, 1)[1].sum()))
    assert found["equivalent"]["capped"] == 1 and found["equivalent"]["text"].startswith(">")
    never = ost_results(judge, pair, [-1.0], cap=4)
    assert never["per_pair"] == [None] and never["equivalent"]["text"] == "> 4"
    at_once = ost_results(judge, pair, [2.0], cap=4)
    assert at_once["equivalent"]["text"] == "0" and at_once["equivalent"]["capped"] == 0
