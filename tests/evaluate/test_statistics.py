"""Intervals, the signal test, crossings: the arithmetic of the results."""

from __future__ import annotations

import random
import statistics

import pytest
import torch

from zmlib import Affine
from zmlib.affine import Norm
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.ost_equivalent import crossing, ost_results, trajectory
from zmlib.evaluate.signal_test import average, compare_signals, next_names, uses_signal
from zmlib.evaluate.statistics import paired, share, summary


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


def test_the_signal_test_counts_wins_and_compares_medians() -> None:
    found = compare_signals([0.2, 0.4, 0.3], [0.3, 0.4, 0.6], [0.6, 0.9, 0.3])
    assert found == {"rate": pytest.approx(2 / 3), "mean_over_right": pytest.approx(2.0)}


def test_paired_losses_are_resampled_together() -> None:
    below = torch.tensor([[0.2, 1.0, 3.0], [0.5, 0.7, 2.0]])
    same = paired([2 * below], [below])
    assert same == {"ratio": pytest.approx(2), "low": pytest.approx(2), "high": pytest.approx(2), "n": 6}
    several = paired([below, 3 * below], [below], statistic="mean")
    assert several["ratio"] == pytest.approx(2) and several["n"] == 6
    assert paired([below[:1, :1]], [below[:1, :1]])["low"] is None


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


def test_uses_signal_tells_a_listener_from_a_deaf_one(network, pictures):
    """By a network that paints its signal's mean colour, and one that is deaf."""

    class Painter:
        def encode(self, style):
            return Affine((style.mean((2, 3)),), (torch.zeros(1, 3),), (Norm("colour", 3, 1),))

        def stylize(self, content, affine):
            return (content - content.mean((2, 3), True) + affine.gamma[0][:, :, None, None]).clamp(0, 1)

    class Deaf(Painter):
        def encode(self, style):
            return super().encode(torch.full_like(style, 0.5))

    contents = pictures(2).split(1)
    styles = [(p * c).clamp(0, 1) for p, c in zip(pictures(3, seed=5).split(1), (0.3, 0.7, 1.6), strict=True)]
    found, deaf = (uses_signal(net(), Judge(network), contents, styles) for net in (Painter, Deaf))
    assert found["rate"] > 0.8 and found["mean_over_right"] > 1.1
    assert deaf == {"rate": 0.0, "mean_over_right": 1.0}
