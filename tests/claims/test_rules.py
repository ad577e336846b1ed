"""Verdicts: what passes, fails, is partly so, was not run, or holds by construction."""

from __future__ import annotations

from typing import Any

import pytest
from claim_examples import GOOD, quality, result, speed, timed
from claims import Outcome, Verdict, judge

from zmlib.experiments.results import Result


@pytest.fixture
def verdict(claims):
    """`verdict(entry, result)` for a claim as the file has it."""

    def one(entry: dict[str, Any], found: Result | None) -> Verdict:
        read = claims(entry)
        return judge(read.claims[0], read.standing, found)

    return one


def good(**changes: Any) -> Result:
    return result(GOOD | changes)


@pytest.mark.parametrize(
    ("ratio", "outcome"),
    [
        (1.0, Outcome.REPRODUCED), (0.9, Outcome.REPRODUCED), (1.1, Outcome.REPRODUCED),
        (1.101, Outcome.PARTLY), (0.5, Outcome.PARTLY), (2.01, Outcome.NOT_REPRODUCED),
    ],
)  # fmt: skip
def test_by_the_claims_own_rule(verdict, ratio: float, outcome: Outcome) -> None:
    assert verdict(speed(), timed(ratio)).outcome == outcome


def test_what_a_verdict_says(verdict) -> None:
    found = verdict(speed(), timed(1.0))
    assert found.numbers == ("time ratio: 1.00 (rule: 0.9 to 1.1)",)
    assert found.beside == ("seconds: 0.0150",)
    assert "gpu" in found.run and "12 s" in found.run
    assert verdict(speed(), timed(1.3)).reason == "Short of the rule, time ratio: 1.30 (rule: 0.9 to 1.1)."
    assert verdict(speed(), timed(3.0)).reason == "The rule is not met, time ratio: 3.00 (rule: 0.9 to 1.1)."


def test_the_number_that_decides(verdict) -> None:
    assert verdict(speed(), timed(1.0)).deciding == "time ratio: 1.00 (rule: 0.9 to 1.1)"
    two = speed(reproduced=[{"value": "timings.seconds", "below": 1}, {"value": "timings.ratio", "at_most": 1.1}])
    assert verdict(two, timed(1.0)).deciding == "seconds: 0.0150 (rule: below 1)"
    assert verdict(two, timed(1.5)).deciding == "time ratio: 1.50 (rule: at most 1.1)", "the one that misses its rule"
    assert verdict(quality(), good(signal={"rate": 0.55})).deciding == "share won: 0.550 (rule: at least 0.9)", (
        "a standing rule's"
    )
    assert verdict(speed(), timed(None)).deciding == verdict(speed(), None).deciding == ""


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


def test_a_clock_s_number_among_the_values_does_not_count(verdict) -> None:
    assert verdict(speed(), result({"ratio": 1.0}, {}, "table1/table1")).outcome == Outcome.NOT_RUN


def test_missing_values_are_named_the_first_two_of_them(verdict) -> None:
    found = verdict(quality(), result({key: value for key, value in GOOD.items() if key not in ("j", "fst_own_j")}))
    assert found.outcome == Outcome.NOT_RUN
    assert found.reason.count("values.j.ours") == found.reason.count("values.j.theirs") == 1
    assert found.reason.endswith(" and 1 more.")


def test_all_standing_rules_kept(verdict) -> None:
    found = verdict(quality(), good())
    assert found.outcome == Outcome.REPRODUCED
    assert found.numbers == ("our J: 0.400 (rule: at most 0.5 x their J, 0.500)",)
    assert "share won: 0.950 (rule: at least 0.9)" in found.beside, "what stands over a verdict is shown with it"
    assert "styles: 20,938 (rule: at least 20,938)" in found.beside
    assert verdict(quality(), good(j={"ours": 0.9, "theirs": 1.0})).outcome == Outcome.PARTLY
    assert verdict(quality(), good(j={"ours": 1.1, "theirs": 1.0})).outcome == Outcome.NOT_REPRODUCED


def test_a_network_that_ignores_its_signal_passes_nothing(verdict) -> None:
    found = verdict(quality(), good(signal={"rate": 0.55}))
    assert found.outcome == Outcome.NOT_REPRODUCED
    assert found.reason == "The network does not use its signal, share won: 0.550 (rule: at least 0.9)."
    assert found.numbers, "the numbers are shown all the same"
    assert verdict(quality(requires=[]), good(signal={"rate": 0.55})).outcome == Outcome.REPRODUCED


def test_without_convergence_nothing_was_compared(verdict) -> None:
    found = verdict(quality(), good(fst_own_j=0.26))
    assert found.outcome == Outcome.NOT_RUN and "training has not converged" in found.reason.lower()
    both = verdict(quality(), good(fst_own_j=0.5, signal={"rate": 0.1}))
    assert both.outcome == Outcome.NOT_RUN
    assert "converged" in both.reason and "does not use its signal" in both.reason


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"interval": None}, Outcome.PARTLY),
        ({"interval": {"ours": [0.4, None]}}, Outcome.PARTLY),
        ({"interval": None, "seeds": 2}, Outcome.PARTLY),
        ({"interval": None, "seeds": 3}, Outcome.REPRODUCED),
        ({"interval": None, "j": {"ours": 2.0, "theirs": 1.0}}, Outcome.NOT_REPRODUCED),
    ],
)
def test_without_an_interval_it_is_partly_at_most(verdict, changes: dict[str, Any], outcome: Outcome) -> None:
    found = verdict(quality(), good(**changes))
    assert found.outcome == outcome
    if outcome == Outcome.PARTLY:
        assert found.reason == "The rule is met, but the numbers have no interval."


def test_a_smaller_scale_is_partly_at_most(verdict) -> None:
    found = verdict(quality(), good(styles=20937))
    assert found.outcome == Outcome.PARTLY
    assert "styles: 20,937 (rule: at least 20,938)" in found.reason and "smaller than the paper's" in found.reason
    assert verdict(quality(), good(styles=10, j={"ours": 2, "theirs": 1})).outcome == Outcome.NOT_REPRODUCED
    preset = speed(scale={"presets": ["gpu", "paper"]})
    assert verdict(preset, timed(1.0, preset="paper")).outcome == Outcome.REPRODUCED
    quick = verdict(preset, timed(1.0, preset="quick"))
    assert quick.outcome == Outcome.PARTLY
    assert quick.reason == "The rule is met, but the preset is quick, and more needs gpu or paper."


def test_construction_is_checked_and_not_believed(verdict) -> None:
    entry = {key: value for key, value in speed(kind="construction").items() if key != "partly"}
    assert verdict(entry, timed(1.0)).outcome == Outcome.CONSTRUCTION
    assert verdict(entry, timed(2.0)).outcome == Outcome.NOT_REPRODUCED
    assert verdict(entry, None).outcome == Outcome.NOT_RUN
