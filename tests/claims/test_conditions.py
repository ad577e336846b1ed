"""The rule language: what holds, what is missing, and how it is said."""

from __future__ import annotations

import math

import pytest
from claims.conditions import AnyOf, Bound, Condition, Finding, check, listed
from claims.formatting import exact, rounded, sentence
from claims.intervals import State

EVIDENCE = {
    "values": {
        "j": {"a": 0.4, "b": 0.8},
        "yes": True,
        "name": "slim",
        "pair": [0.1, None],
        "nan": math.nan,
        "none": None,
    },
    "timings": {"ratio": 1.0},
}
NAMES = {"timings.ratio": "time ratio", "values.j.a": "J of A", "values.j.b": "J of B"}


def on(value: str, *bounds: Bound) -> Condition:
    return Condition(value, bounds)


def holds(found: Finding) -> bool:
    assert found.state != State.UNDECIDED, "plain numbers leave nothing open"
    return found.state == State.HOLDS


@pytest.mark.parametrize(
    ("operator", "limit", "met"),
    [
        ("at_least", 1, True), ("at_least", 1.01, False),
        ("at_most", 1, True), ("at_most", 0.99, False),
        ("above", 1, False), ("above", 0.99, True),
        ("below", 1, False), ("below", 1.01, True),
        ("equals", 1, True), ("equals", 2, False),
    ],
)  # fmt: skip
def test_comparing_with_a_number(operator: str, limit: float, met: bool) -> None:
    assert holds(check(on("timings.ratio", Bound(operator, limit)), EVIDENCE, NAMES)) is met


@pytest.mark.parametrize(("times", "met"), [(1, True), (0.5, True), (0.49, False)])
def test_comparing_with_another_value(times: float, met: bool) -> None:
    found = check(on("values.j.a", Bound("at_most", other="values.j.b", times=times)), EVIDENCE, NAMES)
    assert holds(found) is met and not found.missing


def test_all_bounds_must_hold() -> None:
    assert holds(check(on("timings.ratio", Bound("at_least", 0.9), Bound("at_most", 1.1)), EVIDENCE, NAMES))
    assert not holds(check(on("timings.ratio", Bound("at_least", 0.9), Bound("at_most", 0.95)), EVIDENCE, NAMES))


def test_yes_or_no_and_text() -> None:
    assert holds(check(on("values.yes", Bound("is", True)), EVIDENCE, {}))
    assert not holds(check(on("values.yes", Bound("is", False)), EVIDENCE, {}))
    assert holds(check(on("values.name", Bound("equals", "slim")), EVIDENCE, {}))
    assert check(on("timings.ratio", Bound("is", True)), EVIDENCE, {}).missing, "1.0 is neither yes nor no"


@pytest.mark.parametrize(
    "path", ["values.absent", "values.j", "values.yes", "values.name", "values.nan", "values.none"]
)
def test_what_is_no_number_is_missing(path: str) -> None:
    found = check(on(path, Bound("at_most", 2)), EVIDENCE, {})
    assert not holds(found) and found.missing == (path,)
    other = check(on("timings.ratio", Bound("at_most", other=path)), EVIDENCE, {})
    assert not holds(other) and other.missing == (path,)


def test_present_means_there_and_whole() -> None:
    def there(path: str) -> bool:
        found = check(on(path, Bound("present", True)), EVIDENCE, {})
        assert not found.missing
        return holds(found)

    assert there("values.j") and there("values.name") and there("values.yes")
    assert not there("values.pair") and not there("values.none") and not there("values.absent")


def test_one_of_several_is_enough() -> None:
    good, bad = on("timings.ratio", Bound("at_most", 1)), on("timings.ratio", Bound("at_most", 0.5))
    absent = on("values.absent", Bound("at_most", 1))
    assert holds(check(AnyOf((bad, good)), EVIDENCE, {}))
    assert not holds(check(AnyOf((bad, bad)), EVIDENCE, {}))
    assert check(AnyOf((absent, good)), EVIDENCE, {}).missing == ()
    assert check(AnyOf((absent, bad)), EVIDENCE, {}).missing == ("values.absent",)


def test_findings_are_said_in_words() -> None:
    between = on("timings.ratio", Bound("at_least", 0.9), Bound("at_most", 1.1))
    assert str(check(between, EVIDENCE, NAMES)) == "time ratio: 1.00 (rule: 0.9 to 1.1)"
    half = on("values.j.a", Bound("at_most", other="values.j.b", times=0.5))
    assert str(check(half, EVIDENCE, NAMES)) == "J of A: 0.400 (rule: at most 0.5 x J of B, 0.400)"
    assert sentence(half, NAMES) == "J of A: at most 0.5 x J of B"
    assert str(check(on("values.yes", Bound("is", False)), EVIDENCE, {})) == "values.yes: yes (rule: no)"


def test_a_value_with_several_rules_is_said_once() -> None:
    two = [on("values.j.a", Bound("below", limit)) for limit in (0.5, 0.6)]
    other = on("values.j.b", Bound("below", 1))
    found = [check(one, EVIDENCE, NAMES) for one in (*two, other)]
    assert listed(found) == ("J of A: 0.400 (rule: below 0.5; below 0.6)", "J of B: 0.800 (rule: below 1)")
    assert str(check(AnyOf((two[0], other)), EVIDENCE, NAMES)) == (
        "J of A: 0.400 (rule: below 0.5) or J of B: 0.800 (rule: below 1)"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.00"), (0.0152, "0.0152"), (15.86, "15.9"), (999.7, "1,000"), (157382.7, "157,383"), (20938, "20,938"),
        (0, "0"), (0.0, "0"), (-0.5, "-0.500"), (3.2e-7, "3.20e-07"), (True, "yes"), ("slim", "slim"),
    ],
)  # fmt: skip
def test_measured_numbers(value: object, text: str) -> None:
    assert rounded(value) == text


def test_rounding_never_contradicts_the_verdict() -> None:
    assert rounded(1.102, [1.1]) == "1.102"
    assert rounded(0.8999, [0.9, 1.1]) == "0.8999"
    assert rounded(1000.2, [1000]) == "1,000.2"
    assert rounded(1.1, [1.1]) == "1.10"


def test_written_numbers() -> None:
    assert [exact(n) for n in (0.9, 20938, 1.0, 1e-5, "slim")] == ["0.9", "20,938", "1", "0.00001", "slim"]


def test_placeholders_are_filled_in_everywhere() -> None:
    condition = on("values.networks.{network}.rate", Bound("above", other="values.{network}.other"))
    placed = condition.at({"network": "styles-10"})
    assert placed.paths() == ["values.networks.styles-10.rate", "values.styles-10.other"]
    assert AnyOf((condition, condition)).at({"network": "a"}).paths()[0] == "values.networks.a.rate"
