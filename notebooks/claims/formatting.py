"""Conditions and numbers as a person reads them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from claims.intervals import measured

if TYPE_CHECKING:
    from claims.conditions import AnyOf, Bound, Condition


NO_INTERVAL = " (no interval)"


def sentence(condition: Condition | AnyOf, names: Mapping[str, str]) -> str:
    """A condition in words: "J of ZM-Net: at most 0.5 x J of FST"."""
    options: Any = getattr(condition, "options", (condition,))
    return " or ".join(f"{names.get(one.value, one.value)}: {rule(one, names)}" for one in options)


def rule(condition: Condition, names: Mapping[str, str], limits: Sequence[Any] = ()) -> str:
    """The bounds alone: "0.9 to 1.1".

    Args:
        names: path -> its name in words.
        limits: the number of each bound in a result, plain or `claims.intervals.Measured`, added where it depends on
            another value: "at most 0.5 x J of FST, 0.45".
    """
    plain = {bound.operator: bound.limit for bound in condition.bounds if bound.other is None}
    if set(plain) == {"at_least", "at_most"} and len(condition.bounds) == 2:
        return f"{exact(plain['at_least'])} to {exact(plain['at_most'])}"
    known = limits or [None] * len(condition.bounds)
    return " and ".join(_bound(bound, names, limit) for bound, limit in zip(condition.bounds, known, strict=True))


def _bound(bound: Bound, names: Mapping[str, str], limit: Any) -> str:
    if bound.operator in ("is", "present"):
        return yes(bool(bound.limit))
    verb = bound.operator.replace("_", " ").replace("equals", "equal to")
    if bound.other is None:
        return f"{verb} {exact(bound.limit)}"
    factor = "" if bound.times == 1 else f"{exact(bound.times)} x "
    number = "" if limit is None else f", {rounded(getattr(limit, 'number', limit))}"
    return f"{verb} {factor}{names.get(bound.other, bound.other)}{number}"


def escaped(text: str) -> str:
    """A text with the marks of Markdown escaped."""
    return re.sub(r"([\\`*_\[\]{}<>$|#~])", r"\\\1", text)


def table_row(cells: Sequence[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def yes(value: bool) -> str:
    """True or False in one word."""
    return "yes" if value else "no"


def exact(value: Any) -> str:
    """A number as a person wrote it, without an exponent: 0.9, 0.00001, 20,938."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{Decimal(repr(value)):f}"


def rounded(value: Any, limits: Sequence[float] = ()) -> str:
    """A measured number with three significant digits: 1.00, 0.0410, 1,057; with its interval "0.910 [0.640, 0.990]".

    Args:
        value: a number, a number with an interval (see `claims.intervals.measured`), True, False or text.
        limits: more digits where three would put the number on the wrong side of one of these: 1.102 for 1.1.
    """
    if isinstance(value, bool):
        return yes(value)
    if isinstance(value, Mapping):
        return _with_interval(value, limits)
    if not isinstance(value, (int, float)):
        return str(value)
    text = ""
    for digits in range(3, 18):  # 17 digits tell any two floats apart
        text = _digits(value, digits)
        if all(_side(float(text.replace(",", "")), limit) == _side(value, limit) for limit in limits):
            break
    return text


def _with_interval(value: Mapping[str, Any], limits: Sequence[float]) -> str:
    """A mapping that is no number of the contract is shown as it stands, part by part."""
    found = measured(value)
    if found is None:
        return ", ".join(f"{key} {rounded(part)}" for key, part in value.items())
    if found.bare:
        return f"{rounded(found.number, limits)}{NO_INTERVAL}"
    return f"{rounded(found.number, limits)} [{rounded(found.low, limits)}, {rounded(found.high, limits)}]"


def _digits(value: float, digits: int) -> str:
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
