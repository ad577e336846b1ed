"""The small language of the rules: the bounds of a measured value, and whether they hold.

The head of `book/claims.yml` describes it. A value is named by its path in a result: `values.loss.zmnet` is
`result.values["loss"]["zmnet"]`, `timings.ratio` is `result.timings["ratio"]`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from claims.formatting import rounded, rule, yes

ROOTS = ("values", "timings")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
    "equals": operator.eq,
}


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
    """A value and its bounds, all of which must hold."""

    value: str
    bounds: tuple[Bound, ...]

    def paths(self) -> list[str]:
        """The values that it looks at."""
        return [self.value, *(bound.other for bound in self.bounds if bound.other)]


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one is enough."""

    options: tuple[Condition, ...]

    def paths(self) -> list[str]:
        """The values that they look at."""
        return [path for option in self.options for path in option.paths()]


@dataclass(frozen=True)
class Finding:
    """The outcome of a condition.

    Attributes:
        met: whether it holds; False where a value is missing.
        subject: "J of ZM-Net: 0.41".
        rule: "at most 0.5".
        missing: the paths of values that are absent or cannot be compared. A value that must only be present is never
            among them.
    """

    met: bool
    subject: str
    rule: str
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.subject} (rule: {self.rule})"


def listed(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The findings as text, one for each value with all its rules."""
    rules: dict[str, list[str]] = {}
    for finding in findings:
        rules.setdefault(finding.subject, []).append(finding.rule)
    return tuple(f"{subject} (rule: {'; '.join(all_)})" for subject, all_ in rules.items())


def check(condition: Condition | AnyOf, evidence: Mapping[str, Any], names: Mapping[str, str]) -> Finding:
    """Whether a condition holds.

    Args:
        evidence: "values" and "timings" of a result.
        names: path -> its name in words.
    """
    if isinstance(condition, AnyOf):
        found = [check(option, evidence, names) for option in condition.options]
        met = any(finding.met for finding in found)
        missing = () if met else tuple(path for finding in found for path in finding.missing)
        *others, last = found
        return Finding(met, " or ".join([*map(str, others), last.subject]), last.rule, missing)
    measured, bounds = look_up(evidence, condition.value), condition.bounds
    name = names.get(condition.value, condition.value)
    if bounds[0].operator == "present":
        there = _without_null(measured)
        return Finding(there, f"{name}: {yes(there)}", yes(True))
    limits = [_limit(bound, evidence) for bound in bounds]
    lacking = [] if all(_is_a(_kind(bound), measured) for bound in bounds) else [condition.value]
    lacking += [bound.other for bound, limit in zip(bounds, limits, strict=True) if bound.other and limit is None]
    if lacking:
        return Finding(False, f"{name}: not measured", rule(condition, names), tuple(lacking))
    met = all(_holds(bound, measured, limit) for bound, limit in zip(bounds, limits, strict=True))
    numbers = [limit for limit in limits if _is_a("number", limit)]
    return Finding(met, f"{name}: {rounded(measured, numbers)}", rule(condition, names, limits))


def look_up(evidence: Mapping[str, Any], path: str) -> Any:
    """The value at a path, None where there is none."""
    found: Any = evidence
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found


def _limit(bound: Bound, evidence: Mapping[str, Any]) -> Any:
    if bound.other is None:
        return bound.limit
    other = look_up(evidence, bound.other)
    return bound.times * other if _is_a("number", other) else None


def _kind(bound: Bound) -> str:
    if bound.operator == "is":
        return "yes or no"
    return "text" if isinstance(bound.limit, str) else "number"


def _is_a(kind: str, value: Any) -> bool:
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, bool if kind == "yes or no" else str)


def _holds(bound: Bound, measured: Any, limit: Any) -> bool:
    return measured is limit if bound.operator == "is" else COMPARISONS[bound.operator](measured, limit)


def _without_null(value: Any) -> bool:
    """Whether a value and all its parts are there: the interval of a single pair is [null, null]."""
    members = list(value.values()) if isinstance(value, Mapping) else value
    if isinstance(members, (list, tuple)):
        return bool(members) and all(map(_without_null, members))
    return value is not None
