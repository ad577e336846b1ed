"""Reads and checks the parts of `book/claims.yml`: texts, paths of values, conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from claims.conditions import ROOTS, AnyOf, Bound, Condition
from claims.intervals import COMPARISONS
from claims.model import Conditions
from zmlib.errors import UserError

_OPERATORS = (*COMPARISONS, *(f"{name}_value" for name in COMPARISONS), "is", "present")


class Place:
    """Where in the file something is read, for the sentences."""

    def __init__(self, file: Path, name: str) -> None:
        self.start = f"{file}, {name}"

    def wrong(self, what: str) -> UserError:
        """An error that begins with the file and the claim."""
        return UserError(f"{self.start}: {what}.")

    def keys(self, entry: Any, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Check that an entry is a mapping with all of the one and at most the other keys."""
        if not isinstance(entry, dict):
            raise self.wrong(f"a mapping with {', '.join((*required, *optional))} is needed, not {entry!r}")
        missing = [key for key in required if key not in entry]
        if missing:
            raise self.wrong(f"{missing[0]} is missing")
        strange = [key for key in entry if key not in (*required, *optional)]
        if strange:
            raise self.wrong(f"{strange[0]} is not known: use {', '.join((*required, *optional))}")

    def text(self, entry: Mapping[str, Any], key: str) -> str:
        """A text that is not empty."""
        value = entry[key]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{key} must be a text, not {value!r}")
        return value.strip()


def to_conditions(place: Place, key: str, entry: Any) -> Conditions:
    """The list of conditions that stands under a key."""
    if not isinstance(entry, list) or not entry:
        raise place.wrong(f"{key} must be a list of conditions")
    return tuple(_any_of(place, one["any"]) if _is_any(one) else _condition(place, one) for one in entry)


def to_path(place: Place, path: Any) -> str:
    """The name of a value, checked; "{same}" of a standing rule stands for a whole one."""
    if path == "{same}":
        return path
    if not isinstance(path, str) or path.split(".")[0] not in ROOTS or not all(path.split(".")[1:] or [""]):
        raise place.wrong(f'a value is named like "values.loss" or "timings.ratio", not {path!r}')
    return path


def _is_any(entry: Any) -> bool:
    return isinstance(entry, dict) and list(entry) == ["any"]


def _any_of(place: Place, entry: Any) -> AnyOf:
    if not isinstance(entry, list) or len(entry) < 2:
        raise place.wrong("any must be a list of at least two conditions")
    return AnyOf(tuple(_condition(place, one) for one in entry))


def _condition(place: Place, entry: Any) -> Condition:
    place.keys(entry, ("value",), (*_OPERATORS, "times", "plain"))
    path = to_path(place, entry["value"])
    bounds = tuple(_bound(place, path, key, entry) for key in entry if key in _OPERATORS)
    if not bounds:
        raise place.wrong(f"the condition on {path} says nothing: add one of {', '.join(_OPERATORS)}")
    if "times" in entry and not any(bound.other for bound in bounds):
        raise place.wrong(f"times in the condition on {path} needs another value to multiply, such as at_most_value")
    if len(bounds) > 1 and {"is", "present"} & set(entry):
        raise place.wrong(f"is and present stand alone, and the condition on {path} has more")
    if entry.get("plain", True) is not True:
        raise place.wrong(f"plain in the condition on {path} must be true, or left out")
    return Condition(path, bounds, "plain" in entry)


def _bound(place: Place, path: str, key: str, entry: Mapping[str, Any]) -> Bound:
    limit = entry[key]
    if key.endswith("_value"):
        times = entry.get("times", 1.0)
        if not _number(times):
            raise place.wrong(f"times in the condition on {path} must be a number, not {times!r}")
        return Bound(key.removesuffix("_value"), other=to_path(place, limit), times=times)
    good = isinstance(limit, bool) if key in ("is", "present") else _number(limit)
    if key == "present":
        good = limit is True
    if not good and not (key == "equals" and isinstance(limit, str)):
        wanted = {"is": "true or false", "present": "true"}.get(key, "a number, such as 0.9 or 1.0e-5")
        raise place.wrong(f"{key} in the condition on {path} must be {wanted}, not {limit!r}")
    return Bound(key, limit)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
