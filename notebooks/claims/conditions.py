"""The small language of the rules: the bounds of a measured value, and whether they hold.

The head of `book/claims.yml` describes it. A value is named by its path in a result: `values.loss.zmnet` is
`result.values["loss"]["zmnet"]`, `timings.ratio` is `result.timings["ratio"]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from claims.formatting import rounded, rule, yes
from claims.intervals import COMPARISONS, Measured, State, best, bind, measured, needed, worst

ROOTS = ("values", "timings")


@dataclass(frozen=True)
class Bound:
    """One bound of a value.

    Attributes:
        operator: one of `COMPARISONS`, "is" or "present".
        limit: a number, for "equals" also text, for "is" true or false, for "present" true.
        other: instead of the limit, the path of the value to compare with.
        times: the factor of that other value.
    """

    operator: str
    limit: float | str | bool | None = None
    other: str | None = None
    times: float = 1.0


@dataclass(frozen=True)
class Condition:
    """A value and its bounds, all of which must hold.

    Attributes:
        plain: the value is a count, or has no chance in it: it needs no interval.
    """

    value: str
    bounds: tuple[Bound, ...]
    plain: bool = False

    def paths(self) -> list[str]:
        """The values that it looks at."""
        return [self.value, *(bound.other for bound in self.bounds if bound.other)]

    def at(self, places: Mapping[str, str]) -> Condition:
        """The condition with its placeholders filled in: {"network": "styles"} for "values.networks.{network}.rate"."""
        bounds = tuple(replace(one, other=one.other and filled(one.other, places)) for one in self.bounds)
        return replace(self, value=filled(self.value, places), bounds=bounds)


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one is enough."""

    options: tuple[Condition, ...]

    def paths(self) -> list[str]:
        """The values that they look at."""
        return [path for option in self.options for path in option.paths()]

    def at(self, places: Mapping[str, str]) -> AnyOf:
        """The conditions with their placeholders filled in."""
        return AnyOf(tuple(option.at(places) for option in self.options))


@dataclass(frozen=True)
class Finding:
    """The outcome of a condition.

    Attributes:
        state: whether it holds; FAILS where a value is missing.
        subject: "J of ZM-Net: 0.41 [0.38, 0.44]".
        rule: "at most 0.5".
        missing: the paths of values that are absent or cannot be compared. A value that must only be present is never
            among them.
        bare: it compared a number that has no interval and should have one.
        needed: about how large n must be for a bound that is undecided, see `claims.intervals.needed`.
        n: the present one.
    """

    state: State
    subject: str
    rule: str
    missing: tuple[str, ...] = ()
    bare: bool = False
    needed: float | None = None
    n: int | None = None

    def __str__(self) -> str:
        return f"{self.subject} (rule: {self.rule})"


def filled(path: str, places: Mapping[str, str]) -> str:
    """A text with its placeholders filled in."""
    for name, text in places.items():
        path = path.replace(f"{{{name}}}", text)
    return path


def listed(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The findings as text, one for each value with all its rules."""
    rules: dict[str, list[str]] = {}
    for finding in findings:
        rules.setdefault(finding.subject, []).append(finding.rule)
    return tuple(f"{subject} (rule: {'; '.join(dict.fromkeys(all_))})" for subject, all_ in rules.items())


def check(condition: Condition | AnyOf, evidence: Mapping[str, Any], names: Mapping[str, str]) -> Finding:
    """Whether a condition holds.

    Args:
        evidence: "values" and "timings" of a result.
        names: path -> its name in words.
    """
    if isinstance(condition, AnyOf):
        return _any_of([check(option, evidence, names) for option in condition.options])
    value, bounds = look_up(evidence, condition.value), condition.bounds
    name = names.get(condition.value, condition.value)
    if bounds[0].operator == "present":
        there = _without_null(value)
        return Finding(State.HOLDS if there else State.FAILS, f"{name}: {yes(there)}", yes(True))
    limits = [_limit(bound, evidence) for bound in bounds]
    lacking = [] if all(_fits(bound, value) for bound in bounds) else [condition.value]
    lacking += [bound.other for bound, limit in zip(bounds, limits, strict=True) if bound.other and limit is None]
    if lacking:
        return Finding(State.FAILS, f"{name}: not measured", rule(condition, names), tuple(lacking))
    states = [_bound(bound, value, limit) for bound, limit in zip(bounds, limits, strict=True)]
    numbers = [limit.number for limit in limits if isinstance(limit, Measured)]
    found = Finding(worst(states), f"{name}: {rounded(value, numbers)}", rule(condition, names, limits))
    number = measured(value)
    if number is None or not numbers:
        return found
    ordered = {bound.operator for bound in bounds} - {"equals"}
    bare = bool(ordered) and not condition.plain and number.bare
    open_ = [needed(number, limit) for limit, state in zip(limits, states, strict=True) if state == State.UNDECIDED]
    known = [count for count in open_ if count is not None]
    return replace(found, bare=bare, needed=max(known, default=None), n=number.n)


def look_up(evidence: Mapping[str, Any], path: str) -> Any:
    """The value at a path, None where there is none."""
    found: Any = evidence
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found


def _any_of(found: list[Finding]) -> Finding:
    state = best(finding.state for finding in found)
    missing = () if state == State.HOLDS else tuple(path for finding in found for path in finding.missing)
    deciding = [finding for finding in found if finding.state == state]
    known = [finding.needed for finding in deciding if finding.needed is not None]
    *others, last = found
    return Finding(
        state,
        " or ".join([*map(str, others), last.subject]),
        last.rule,
        missing,
        bare=all(finding.bare for finding in deciding),  # of two that hold the one with an interval is enough
        needed=min(known, default=None),
        n=deciding[0].n,
    )


def _limit(bound: Bound, evidence: Mapping[str, Any]) -> Any:
    """A number as `Measured`; text, True and False as they are; None where the other value is missing."""
    if bound.other is None:
        return measured(bound.limit) or bound.limit
    other = measured(look_up(evidence, bound.other))
    return None if other is None else other.times(bound.times)


def _fits(bound: Bound, value: Any) -> bool:
    """Whether a value is of the kind that the bound looks at."""
    if bound.operator == "is":
        return isinstance(value, bool)
    return isinstance(value, str) if isinstance(bound.limit, str) else measured(value) is not None


def _bound(bound: Bound, value: Any, limit: Any) -> State:
    number = measured(value)
    if number is not None and isinstance(limit, Measured):
        return bind(bound.operator, number, limit)
    held = value is limit if bound.operator == "is" else COMPARISONS[bound.operator](value, limit)
    return State.HOLDS if held else State.FAILS


def _without_null(value: Any) -> bool:
    """Whether a value and all its parts are there: the interval of a single pair is [null, null]."""
    members = list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(members, (list, tuple)):
        return bool(members) and all(map(_without_null, members))
    return value is not None
