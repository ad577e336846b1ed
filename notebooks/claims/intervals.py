"""A number with its interval, and what a bound says of it: it holds, it fails, or the interval leaves it open."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

STATISTICS = ("median", "mean", "share", "ratio", "difference")  # a number with an interval has one of these keys
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
    "equals": operator.eq,
}


class State(StrEnum):
    """What a condition comes to."""

    HOLDS = "holds"
    UNDECIDED = "undecided"
    FAILS = "fails"


def worst(states: Iterable[State]) -> State:
    """Of conditions that must all hold: one that fails decides; none at all hold."""
    found = set(states)
    return next((state for state in (State.FAILS, State.UNDECIDED) if state in found), State.HOLDS)


def best(states: Iterable[State]) -> State:
    """Of conditions of which one is enough: one that holds decides; of none, none holds."""
    found = set(states)
    return next((state for state in (State.HOLDS, State.UNDECIDED) if state in found), State.FAILS)


@dataclass(frozen=True)
class Measured:
    """A number, with its 95 % interval where it has one.

    Attributes:
        number: the estimate. low, high: the ends of its interval, or the number itself.
        n: from how many numbers it was made (pairs, seeds, repetitions), None where that is not known.
        bare: it has no interval.
    """

    number: float
    low: float
    high: float
    n: int | None = None
    bare: bool = False

    def times(self, factor: float) -> Measured:
        """The number and its ends, multiplied."""
        low, high = sorted((factor * self.low, factor * self.high))
        return Measured(factor * self.number, low, high, self.n, self.bare)


def is_number(value: Any) -> bool:
    """A finite number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def measured(value: Any) -> Measured | None:
    """A number as a result holds it, None where the value is no number.

    value: a number; or a mapping with exactly one of the keys `STATISTICS` and with "low" and "high", numbers or both
        None (no interval), and perhaps "n".
    """
    if is_number(value):
        return Measured(value, value, value, bare=True)
    if not isinstance(value, Mapping):
        return None
    names = [name for name in STATISTICS if name in value]
    if len(names) != 1 or not is_number(value[names[0]]) or not {"low", "high"} <= set(value):
        return None
    number, low, high = value[names[0]], value["low"], value["high"]
    n = int(value["n"]) if is_number(value.get("n")) and value["n"] > 0 else None
    if low is None and high is None:
        return Measured(number, number, number, n, bare=True)
    return Measured(number, low, high, n) if is_number(low) and is_number(high) else None


def bind(comparison: str, value: Measured, limit: Measured) -> State:
    """Whether a bound holds at the far end of the interval, fails at the near end, or neither.

    The far end of "at most" is the upper one: where that is at most the limit, the whole interval is. An interval of
    the limit counts in the same way, against the value. "equals" looks at the two numbers alone.

    comparison: one of `COMPARISONS`.
    """
    holds = COMPARISONS[comparison]
    if comparison == "equals":
        return State.HOLDS if holds(value.number, limit.number) else State.FAILS
    upper = comparison in ("at_most", "below")
    far, near = (value.high, value.low) if upper else (value.low, value.high)
    against_far, against_near = (limit.low, limit.high) if upper else (limit.high, limit.low)
    if holds(far, against_far):
        return State.HOLDS
    return State.UNDECIDED if holds(near, against_near) else State.FAILS


def needed(value: Measured, limit: Measured) -> float | None:
    """About how large n must be for the interval to end at the limit, if it shrinks with the square root of n.

    n * (distance from the estimate to the end that faces the limit / distance from the estimate to the limit)^2;
    infinite where the estimate lies on the limit, None where n is not known.
    """
    away = abs(limit.number - value.number)
    if away == 0:
        return math.inf
    if value.n is None:
        return None
    if limit.number > value.number:
        reach = (value.high - value.number) + (limit.number - limit.low)
    else:
        reach = (value.number - value.low) + (limit.high - limit.number)
    return value.n * (reach / away) ** 2


def rounded_up(count: float) -> int:
    """A positive count with its two leading digits, never fewer: 241 becomes 250, 60 stays 60."""
    step = 10 ** max(0, math.floor(math.log10(count)) - 1)
    return math.ceil(round(count / step, 9)) * int(step)  # round: 60.00000000001 by arithmetic is 60
