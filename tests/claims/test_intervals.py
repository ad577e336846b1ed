"""Numbers with intervals: at which end a bound is judged, and how many pairs would decide."""

from __future__ import annotations

import math

import pytest
from claim_examples import ratio, share
from claims.conditions import AnyOf, Bound, Condition, check
from claims.formatting import rounded
from claims.intervals import State, best, measured, needed, rounded_up, worst

HOLDS, UNDECIDED, FAILS = State.HOLDS, State.UNDECIDED, State.FAILS


def found(value: object, *bounds: Bound, **more: object):
    return check(Condition("values.x", bounds), {"values": {"x": value, **more}}, {})


@pytest.mark.parametrize(
    ("operator", "limit", "state"),
    [
        ("at_most", 1.2, HOLDS), ("at_most", 1.19, UNDECIDED), ("at_most", 0.8, UNDECIDED), ("at_most", 0.79, FAILS),
        ("below", 1.21, HOLDS), ("below", 1.2, UNDECIDED), ("below", 0.81, UNDECIDED), ("below", 0.8, FAILS),
        ("at_least", 0.8, HOLDS), ("at_least", 0.81, UNDECIDED), ("at_least", 1.2, UNDECIDED),
        ("at_least", 1.21, FAILS),
        ("above", 0.79, HOLDS), ("above", 0.8, UNDECIDED), ("above", 1.19, UNDECIDED), ("above", 1.2, FAILS),
    ],
)  # fmt: skip
def test_a_bound_holds_at_the_far_end_and_fails_at_the_near_one(operator: str, limit: float, state: State) -> None:
    one = found(ratio(1.0, 0.8, 1.2), Bound(operator, limit))
    assert one.state == state and not one.bare and not one.missing
    assert (one.needed is not None) == (state == UNDECIDED)


def test_two_bounds_hold_the_whole_interval() -> None:
    def between(low: float, high: float) -> State:
        return found(ratio(1.0, low, high), Bound("at_least", 0.9), Bound("at_most", 1.1)).state

    assert between(0.95, 1.05) == HOLDS and between(0.85, 1.05) == between(0.95, 1.15) == UNDECIDED
    assert found(ratio(1.3, 1.2, 1.4), Bound("at_least", 0.9), Bound("at_most", 1.1)).state == FAILS


def test_a_plain_number_has_no_interval() -> None:
    assert found(1.0, Bound("at_most", 1)).state == HOLDS and found(1.0, Bound("at_most", 1)).bare
    one = found(ratio(1.0), Bound("at_most", 0.5))
    assert one.state == FAILS and one.bare, "an interval of null is none"
    count = Condition("values.x", (Bound("at_least", 3),), plain=True)
    assert not check(count, {"values": {"x": 3}}, {}).bare
    assert not found(3, Bound("equals", 3)).bare and not found(True, Bound("is", True)).bare


def test_another_value_counts_with_its_interval() -> None:
    def against(low: float, high: float) -> State:
        bound = Bound("at_most", other="values.y", times=0.5)
        return found(ratio(1.0, 0.8, 1.2), bound, y=ratio(2.2, low, high)).state

    assert against(2.4, 2.6) == HOLDS and against(2.2, 2.6) == UNDECIDED and against(1.0, 1.5) == FAILS


@pytest.mark.parametrize(
    "value",
    [
        {"low": 1, "high": 2}, {"ratio": 1}, {"ratio": 1, "mean": 1, "low": 1, "high": 1},
        {"ratio": True, "low": 1, "high": 1},
        {"ratio": math.nan, "low": 0, "high": 1}, {"ratio": 1, "low": None, "high": 1}, "1", None, True, [1],
    ],
)  # fmt: skip
def test_what_is_no_number_is_missing(value: object) -> None:
    assert measured(value) is None
    assert found(value, Bound("at_most", 2)).missing == ("values.x",)


@pytest.mark.parametrize(
    ("value", "limit", "count"),
    [
        (ratio(1.0, 0.8, 1.2), 1.1, 60 * 4),  # holds at the estimate: the far end must come to half of its distance
        (ratio(1.0, 0.7, 1.2), 0.9, 60 * 9),  # fails there for "at most 0.9": the near end must
        (share(0.8, 0.6, 0.9, n=10), 0.85, 40),
    ],
)
def test_how_many_pairs_would_decide(value: dict, limit: float, count: float) -> None:
    one = measured(value)
    assert one is not None and needed(one, measured(limit) or one) == pytest.approx(count)
    assert found(value, Bound("at_most", limit)).needed == pytest.approx(count)
    assert found(value, Bound("at_least", limit)).needed == pytest.approx(count), "the end that faces the limit counts"


def test_no_number_of_pairs_moves_an_estimate_that_lies_on_the_limit() -> None:
    assert math.isinf(found(ratio(1.0, 0.8, 1.2), Bound("below", 1)).needed or 0)
    unknown = {"ratio": 1.0, "low": 0.8, "high": 1.2}
    assert (
        found(unknown, Bound("at_most", 1.1)).state == UNDECIDED
        and found(unknown, Bound("at_most", 1.1)).needed is None
    )


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (60, 60), (60.0000000001, 60), (241, 250), (250, 250), (1201, 1300), (99.2, 100), (7.2, 8), (100001, 110000),
    ],
)  # fmt: skip
def test_two_digits_rounded_up(count: float, told: int) -> None:
    assert rounded_up(count) == told


def test_all_of_several_and_one_of_several() -> None:
    assert worst([HOLDS, UNDECIDED, FAILS]) == FAILS and worst([HOLDS, UNDECIDED]) == UNDECIDED and worst([]) == HOLDS
    assert best([HOLDS, UNDECIDED, FAILS]) == HOLDS and best([FAILS, UNDECIDED]) == UNDECIDED and best([FAILS]) == FAILS
    open_, bad = (Condition(f"values.{name}", (Bound("at_most", 1.1),)) for name in ("open", "bad"))
    facts = {"values": {"open": ratio(1.0, 0.8, 1.2), "bad": ratio(2.0, 1.8, 2.2)}}
    both = check(AnyOf((bad, open_)), facts, {})
    assert both.state == UNDECIDED and both.needed == pytest.approx(240) and both.n == 60


def test_intervals_are_shown() -> None:
    assert rounded(ratio(0.912, 0.643, 0.987)) == "0.912 [0.643, 0.987]"
    assert rounded(ratio(0.9, None, None)) == "0.900 (no interval)"
    assert rounded({"mean": 1234.5, "low": 1000.0, "high": 1500.0, "n": 3}) == "1,234 [1,000, 1,500]"
    assert rounded(ratio(1.0, 0.9, 1.1004), [1.1]) == "1.00 [0.900, 1.1004]", "the end that misses the limit shows it"
    assert rounded({"a": 1, "b": 0.5}) == "a 1, b 0.500", "no number of the contract: part by part"
