"""Reads and checks `book/claims.yml`, so that a slip in it becomes an error and not a wrong verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from claims.conditions import COMPARISONS, ROOTS, AnyOf, Bound, Condition
from claims.model import KINDS, Claim, Claims, Conditions, Scale, Standing
from zmlib.errors import UserError
from zmlib.experiments.presets import PRESETS

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
    """The name of a value, checked."""
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
    place.keys(entry, ("value",), (*_OPERATORS, "times"))
    path = to_path(place, entry["value"])
    bounds = tuple(_bound(place, path, key, entry) for key in entry if key in _OPERATORS)
    if not bounds:
        raise place.wrong(f"the condition on {path} says nothing: add one of {', '.join(_OPERATORS)}")
    if "times" in entry and not any(bound.other for bound in bounds):
        raise place.wrong(f"times in the condition on {path} needs another value to multiply, such as at_most_value")
    if len(bounds) > 1 and {"is", "present"} & set(entry):
        raise place.wrong(f"is and present stand alone, and the condition on {path} has more")
    return Condition(path, bounds)


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


_TEXT = ("id", "where", "says", "measure", "rule", "chapter", "kind")
_OPTIONAL_TEXT = ("paper", "note")
_OTHERWISE = ("not run", "not reproduced", "partly")


def load_claims(file: Path) -> Claims:
    """Read and check a file of claims.

    Raises:
        UserError: it cannot be read, or something in it is not as its head describes; the sentence names the file and
            the claim.
    """
    content = _read_yaml(file)
    standing = {name: _standing(file, name, entry) for name, entry in content["standing"].items()}
    claims = tuple(_claim(file, entry, standing) for entry in content["claims"])
    ids = [claim.id for claim in claims]
    twice = [one for one in ids if ids.count(one) > 1]
    if twice:
        raise UserError(f"{file}, claim {twice[0]}: there are two with this id, and each needs its own.")
    return Claims(standing, claims)


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file} could not be read ({error.strerror or error}): name a file of claims.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is no YAML ({' '.join(str(error).split())}): correct it.") from error
    place = Place(file, "the whole file")
    place.keys(content, ("standing", "claims"))
    if not isinstance(content["standing"], dict) or not isinstance(content["claims"], list):
        raise place.wrong("standing must be a mapping of rules and claims a list")
    return content


def _standing(file: Path, name: str, entry: Any) -> Standing:
    place = Place(file, f"standing rule {name}")
    place.keys(entry, ("says", "needs", "otherwise", "because", "reads"))
    if entry["otherwise"] not in _OTHERWISE:
        raise place.wrong(f"otherwise must be one of {', '.join(_OTHERWISE)}, not {entry['otherwise']!r}")
    needs, reads = to_conditions(place, "needs", entry["needs"]), _reads(place, entry["reads"])
    _all_named(place, reads, needs)
    return Standing(name, place.text(entry, "says"), needs, entry["otherwise"], place.text(entry, "because"), reads)


def _claim(file: Path, entry: Any, standing: Mapping[str, Standing]) -> Claim:
    name = entry.get("id", "without id") if isinstance(entry, dict) else "without id"
    place = Place(file, f"claim {name}")
    place.keys(entry, (*_TEXT, "requires", "reads", "reproduced"), (*_OPTIONAL_TEXT, "partly", "scale"))
    texts: dict[str, Any] = {key: place.text(entry, key) for key in (*_TEXT, *_OPTIONAL_TEXT) if key in entry}
    if not re.fullmatch(r"[a-z0-9-]+", texts["id"]):
        raise place.wrong("an id has small letters, digits and - only")
    kind, result = texts.pop("kind"), texts.pop("chapter")
    if kind not in KINDS:
        raise place.wrong(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if not re.fullmatch(r"[a-z0-9_-]+/[a-z0-9_-]+", result):
        raise place.wrong(f'chapter must name a result such as "table1/table1", not {result!r}')
    requires = entry["requires"]
    if not isinstance(requires, list) or any(str(rule) not in standing for rule in requires):
        raise place.wrong(f"requires must be a list of standing rules ({', '.join(standing)}), not {requires!r}")
    if kind == "construction" and {"partly", "scale"} & set(entry):
        raise place.wrong("what holds by construction has neither partly nor scale")
    reads = _reads(place, entry["reads"])
    lists: dict[str, Any] = {
        key: to_conditions(place, key, entry[key]) for key in ("reproduced", "partly") if key in entry
    }
    scale = _scale(place, entry["scale"]) if "scale" in entry else None
    _all_named(place, reads, sum(lists.values(), scale.needs if scale else ()))
    chapter, figure = result.split("/")
    return Claim(
        **texts,
        chapter=chapter,
        figure=figure,
        construction=kind == "construction",
        requires=tuple(requires),
        reads=reads,
        **lists,
        scale=scale,
    )


def _scale(place: Place, entry: Any) -> Scale:
    place.keys(entry, (), ("presets", "needs"))
    presets = entry.get("presets", [])
    if not isinstance(presets, list) or any(preset not in PRESETS for preset in presets) or not entry:
        raise place.wrong(f"scale needs conditions under needs, or presets out of {', '.join(PRESETS)}")
    return Scale(tuple(presets), to_conditions(place, "needs", entry["needs"]) if "needs" in entry else ())


def _reads(place: Place, entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise place.wrong("reads must give each value a name in words")
    for path in entry:
        to_path(place, path)
        place.text(entry, path)
    return entry


def _all_named(place: Place, reads: Mapping[str, str], conditions: Conditions) -> None:
    for path in [path for condition in conditions for path in condition.paths()]:
        if path not in reads:
            raise place.wrong(f"{path} stands in a condition and not under reads: give it a name there")
