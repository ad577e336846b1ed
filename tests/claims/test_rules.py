"""Verdicts: what passes, fails, is partly so, undecided, was not run, or holds by construction."""

from __future__ import annotations

from typing import Any

import pytest
from claim_examples import GOOD, evidence, quality, ratio, result, speed, timed
from claims.verdicts import Outcome, Verdict, judge

from zmlib.experiments.results import Result


@pytest.fixture
def verdict(claims):
    """`verdict(entry, result)` for a claim as the file has it, with all the evidence."""

    def one(entry: dict[str, Any], found: Result | None) -> Verdict:
        read = claims(entry)
        results = {f"{found.chapter}/{found.figure}": found} if found else {}
        return judge(read.claims[0], read.standing, results | evidence())

    return one


def good(**changes: Any) -> Result:
    return result(GOOD | changes)


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (1.0, Outcome.REPRODUCED), (0.9, Outcome.REPRODUCED), (1.1, Outcome.REPRODUCED),
        (1.101, Outcome.PARTLY), (0.5, Outcome.PARTLY), (2.01, Outcome.NOT_REPRODUCED),
    ],
)  # fmt: skip
def test_by_the_claims_own_rule(verdict, number: float, outcome: Outcome) -> None:
    assert verdict(speed(), timed(number)).outcome == outcome


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        ((0.9, 1.15), Outcome.REPRODUCED), ((0.9, 1.16), Outcome.UNDECIDED), ((1.15, 1.4), Outcome.UNDECIDED),
        ((1.16, 1.5), Outcome.PARTLY), ((1.16, 1.51), Outcome.UNDECIDED), ((1.5, 1.9), Outcome.UNDECIDED),
        ((1.51, 1.9), Outcome.NOT_REPRODUCED),
    ],
)  # fmt: skip
def test_intervals_bind(verdict, ends: tuple[float, float], outcome: Outcome) -> None:
    assert verdict(quality(), good(ratio=ratio(sum(ends) / 2, *ends))).outcome == outcome


def test_an_undecided_row_says_what_would_decide(verdict) -> None:
    found = verdict(quality(), good(ratio=ratio(1.05, 0.9, 1.3)))
    assert found.outcome == Outcome.UNDECIDED
    assert found.decides == "about 380 pairs would decide it, instead of 60"  # 60 * (0.25 / 0.1)^2 = 375
    assert found.reason == (
        "The interval holds the limit, J ratio: 1.05 [0.900, 1.30] (rule: at most 1.15); "
        "about 380 pairs would decide it, instead of 60."
    )
    assert verdict(quality(unit="seeds"), good(ratio=ratio(1.05, 0.9, 1.3, 3))).decides.startswith("about 19 seeds")
    on = verdict(quality(), good(ratio=ratio(1.15, 0.9, 1.3)))
    assert on.decides == "no number of pairs would decide it: the estimate lies on the limit"


def test_whether_it_is_partly_so_can_be_open(verdict) -> None:
    found = verdict(quality(), good(ratio=ratio(1.4, 1.2, 1.6)))
    assert found.outcome == Outcome.UNDECIDED
    assert "Short of the rule" in found.reason and "whether it is partly so is open" in found.reason
    assert found.decides == "about 240 pairs would decide it, instead of 60"
    without = {key: value for key, value in quality().items() if key != "partly"}
    assert verdict(without, good(ratio=ratio(1.4, 1.2, 1.6))).outcome == Outcome.NOT_REPRODUCED


def test_what_a_verdict_says(verdict) -> None:
    found = verdict(speed(), timed(1.0))
    assert found.primary == "time ratio: 1.00 (rule: 0.9 to 1.1)" and found.numbers == (found.primary,)
    assert found.beside == ("seconds: 0.0150",) and found.failed == () and str(found) == "reproduced"
    assert "gpu" in found.run and "12 s" in found.run
    assert verdict(speed(), timed(1.3)).reason == "Short of the rule, time ratio: 1.30 (rule: 0.9 to 1.1)."
    assert verdict(speed(), timed(3.0)).reason == "The rule is not met, time ratio: 3.00 (rule: 0.9 to 1.1)."


def test_a_row_may_say_how_it_was_reproduced(verdict) -> None:
    entry = speed(told="reproduced in the corrected order")
    assert str(verdict(entry, timed(1.0))) == "reproduced in the corrected order"
    assert verdict(entry, timed(1.0)).outcome == Outcome.REPRODUCED
    assert str(verdict(entry, timed(1.3))) == "partly" and str(verdict(entry, timed(3.0))) == "not reproduced"


def test_the_primary_number_is_first_and_what_failed_beside_it_is_named(verdict) -> None:
    reproduced = [{"value": "timings.seconds", "below": 1}, {"value": "timings.ratio", "at_most": 1.1}]
    found = verdict(speed(reproduced=reproduced), timed(1.5))
    assert found.primary == "seconds: 0.0150 (rule: below 1)"
    assert found.failed == ("time ratio: 1.50 (rule: at most 1.1)",)
    open_ = verdict(speed(reproduced=reproduced), timed(ratio(1.0, 0.9, 1.2)))
    assert open_.outcome == Outcome.UNDECIDED
    assert open_.failed == ("time ratio: 1.00 [0.900, 1.20] (rule: at most 1.1), undecided",)
    assert verdict(speed(), timed(None)).primary == verdict(speed(), None).primary == ""


def test_without_a_weaker_rule_there_is_no_partly(verdict) -> None:
    entry = {key: value for key, value in speed().items() if key != "partly"}
    assert verdict(entry, timed(1.3)).outcome == Outcome.NOT_REPRODUCED


def test_not_run(verdict) -> None:
    nothing = verdict(speed(), None)
    assert nothing == Verdict(Outcome.NOT_RUN, "There is no result table1/table1.")
    smoke = verdict(speed(), timed(1.0, preset="smoke"))
    assert smoke.outcome == Outcome.NOT_RUN and "smoke" in smoke.reason and not smoke.numbers
    lacking = verdict(speed(), result({}, {"seconds": 1.0}, "table1/table1"))
    assert lacking.outcome == Outcome.NOT_RUN and "timings.ratio" in lacking.reason
    assert verdict(speed(), timed(None)).outcome == Outcome.NOT_RUN, "null is no measurement"
    by_value = verdict(speed(), result({"ratio": 1.0}, {}, "table1/table1"))
    assert by_value.outcome == Outcome.NOT_RUN, "a clock's number among the values does not count"


def test_missing_values_are_named_the_first_two_of_them(verdict) -> None:
    reads = {f"values.{name}": name for name in "abc"}
    entry = speed(reads=reads, reproduced=[{"value": path, "above": 0} for path in reads], partly=[])
    del entry["partly"]
    found = verdict(entry, result({}, {}, "table1/table1"))
    assert found.reason == "The result table1/table1 has no usable values.a, and values.b and 1 more."


def test_a_number_without_an_interval_is_partly_at_most(verdict) -> None:
    found = verdict(quality(), good(ratio=1.0))
    assert found.outcome == Outcome.PARTLY
    assert found.reason == "The rule is met, but the number has no interval."
    assert found.failed == ("intervals: J ratio: 1.00 (no interval)",)
    assert verdict(quality(), good(ratio=ratio(1.0))).outcome == Outcome.PARTLY
    assert verdict(quality(), good(ratio=2.0)).outcome == Outcome.NOT_REPRODUCED
    plain = quality(reproduced=[{"value": "values.ratio", "at_most": 1.15, "plain": True}])
    assert verdict(plain, good(ratio=1.0)).outcome == Outcome.REPRODUCED, "the file says that it needs none"
    assert verdict(speed(), timed(1.0)).outcome == Outcome.REPRODUCED, "a claim that does not require the rule"


def test_a_smaller_scale_is_partly_at_most(verdict) -> None:
    found = verdict(quality(), good(styles=20937))
    assert found.outcome == Outcome.PARTLY
    assert "styles: 20,937 (rule: at least 20,938)" in found.reason and "smaller than the paper's" in found.reason
    assert found.failed == ("scale: styles: 20,937 (rule: at least 20,938)",)
    assert verdict(quality(), good(styles=10, ratio=ratio(2, 1.9, 2.1))).outcome == Outcome.NOT_REPRODUCED
    preset = speed(scale={"presets": ["gpu", "paper"]})
    assert verdict(preset, timed(1.0, preset="paper")).outcome == Outcome.REPRODUCED
    quick = verdict(preset, timed(1.0, preset="quick"))
    assert quick.outcome == Outcome.PARTLY and quick.failed == ("preset: quick (rule: gpu or paper)",)
    assert quick.reason == "The rule is met, but the preset is quick, and more needs gpu or paper."


def test_construction_is_checked_and_not_believed(verdict) -> None:
    entry = {key: value for key, value in speed(kind="construction").items() if key != "partly"}
    assert verdict(entry, timed(1.0)).outcome == Outcome.CONSTRUCTION
    assert verdict(entry, timed(2.0)).outcome == Outcome.NOT_REPRODUCED
    assert verdict(entry, None).outcome == Outcome.NOT_RUN
