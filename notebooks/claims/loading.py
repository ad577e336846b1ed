"""Reads and checks `book/claims.yml`, so that a slip in it becomes an error and not a wrong verdict."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from claims.grammar import Place, to_conditions, to_path
from claims.model import EACH, KINDS, NONE, PAPER, Change, Claim, Claims, Conditions, Every, Scale, Standing
from zmlib.errors import UserError
from zmlib.experiments.presets import PRESETS

_TEXT = ("id", "where", "says", "measure", "rule", "chapter", "kind")
_OPTIONAL_TEXT = ("paper", "note", "told", "unit", "same", "first", "text")
_LISTS = ("reproduced", "partly", "enough")
_OPTIONAL = (*_OPTIONAL_TEXT, "partly", "enough", "scale", *EACH, "changed")
_OTHERWISE = ("undecided", "not reproduced", "partly")
_RESULT = r"[a-z0-9_-]+/[a-z0-9_-]+"


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
    changes = _changes(Place(file, "changes"), content.get("changes", []), ids)
    place = Place(file, "texts")
    texts = {name: place.text(content["texts"], name) for name in content.get("texts", {})}
    for claim in claims:
        if claim.text not in (PAPER, *texts):
            raise Place(file, f"claim {claim.id}").wrong(f"text must be one of {', '.join(texts)}, not {claim.text!r}")
    return Claims(standing, claims, changes, texts)


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file} could not be read ({error.strerror or error}): name a file of claims.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is no YAML ({' '.join(str(error).split())}): correct it.") from error
    place = Place(file, "the whole file")
    place.keys(content, ("standing", "claims"), ("changes", "texts"))
    if not isinstance(content["standing"], dict) or not isinstance(content["claims"], list):
        raise place.wrong("standing must be a mapping of rules and claims a list")
    return content


def _standing(file: Path, name: str, entry: Any) -> Standing:
    place = Place(file, f"standing rule {name}")
    place.keys(entry, ("says", "otherwise", "because"), ("needs", "reads", "result", "each", "own", "intervals"))
    if entry["otherwise"] not in _OTHERWISE:
        raise place.wrong(f"otherwise must be one of {', '.join(_OTHERWISE)}, not {entry['otherwise']!r}")
    if ("needs" in entry) == ("intervals" in entry):
        raise place.wrong("either needs or intervals must be there")
    for key in ("own", "intervals"):
        if entry.get(key, True) is not True:
            raise place.wrong(f"{key} must be true, or left out")
    needs = to_conditions(place, "needs", entry["needs"]) if "needs" in entry else ()
    reads = _reads(place, entry.get("reads", {}))
    _all_named(place, reads, needs)
    result, each = entry.get("result", ""), entry.get("each", "")
    if result and not re.fullmatch(_RESULT, str(result)):
        raise place.wrong(f'result must name a result such as "evidence/signals", not {result!r}')
    if each and each not in EACH:
        raise place.wrong(f"each must be one of {', '.join(EACH)}, not {each!r}")
    texts = (place.text(entry, "says"), entry["otherwise"], place.text(entry, "because"))
    return Standing(name, *texts, needs, reads, result, each, "own" in entry, "intervals" in entry)


def _claim(file: Path, entry: Any, standing: Mapping[str, Standing]) -> Claim:
    name = entry.get("id", "without id") if isinstance(entry, dict) else "without id"
    place = Place(file, f"claim {name}")
    place.keys(entry, (*_TEXT, "requires", "reads", "reproduced"), _OPTIONAL)
    texts: dict[str, Any] = {key: place.text(entry, key) for key in (*_TEXT, *_OPTIONAL_TEXT) if key in entry}
    if not all(re.fullmatch(r"[a-z0-9-]+", texts.get(key, NONE)) for key in ("id", "first")):
        raise place.wrong("an id has small letters, digits and - only")
    kind, result = texts.pop("kind"), texts.pop("chapter")
    if kind not in KINDS:
        raise place.wrong(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if not re.fullmatch(_RESULT, result):
        raise place.wrong(f'chapter must name a result such as "table1/table1", not {result!r}')
    if kind == "construction" and {"partly", "scale", "enough"} & set(entry):
        raise place.wrong("what holds by construction has neither partly nor scale nor enough")
    lists: dict[str, Any] = {key: to_conditions(place, key, entry[key]) for key in _LISTS if key in entry}
    scale = _scale(place, entry["scale"]) if "scale" in entry else None
    reads = _reads(place, entry["reads"])
    _all_named(place, reads, sum(lists.values(), scale.needs if scale else ()))
    to_path(place, texts.get("same", "values.same"))
    lists |= {key: _names(place, key, entry[key]) for key in EACH if key in entry}
    chapter, figure = result.split("/")
    return Claim(
        **texts,
        **lists,
        chapter=chapter,
        figure=figure,
        construction=kind == "construction",
        requires=_requires(place, entry, standing),
        reads=reads,
        scale=scale,
        changed=_changes(place, entry.get("changed", [])),
    )


def _requires(place: Place, entry: Mapping[str, Any], standing: Mapping[str, Standing]) -> tuple[str, ...]:
    requires = entry["requires"]
    if not isinstance(requires, list) or any(str(rule) not in standing for rule in requires):
        raise place.wrong(f"requires must be a list of standing rules ({', '.join(standing)}), not {requires!r}")
    for name in requires:
        each = standing[name].each
        if each and each not in entry:
            raise place.wrong(f"{each} is missing: the standing rule {name} goes through these networks")
    if "enough" in entry and not any(standing[name].own for name in requires):
        raise place.wrong("enough stands there, and no standing rule under requires reads it")
    return tuple(requires)


def _names(place: Place, key: str, entry: Any) -> tuple[str | Every, ...]:
    if not isinstance(entry, list) or not entry:
        raise place.wrong(f"{key} must be a list of networks, not {entry!r}")
    return tuple(_network(place, key, one) for one in entry)


def _network(place: Place, key: str, entry: Any) -> str | Every:
    """A network's name, the path of one, or {every: NAME*, count: PATH}."""
    if isinstance(entry, dict):
        place.keys(entry, ("every", "count"))
        begins, star, rest = place.text(entry, "every").partition("*")
        if not begins or not star or rest:
            raise place.wrong(f"every in {key} must be the beginning of a name and then *, not {entry['every']!r}")
        return Every(begins, to_path(place, entry["count"]))
    if not isinstance(entry, str) or not entry:
        raise place.wrong(f"{key} must be a list of networks, and {entry!r} is none")
    if "*" in entry:
        raise place.wrong(f"{entry} in {key} may stand for too few: write {{every: {entry}, count: PATH}}")
    return to_path(place, entry) if entry.startswith("values.") else entry


def _changes(place: Place, entry: Any, ids: list[str] | None = None) -> tuple[Change, ...]:
    """ids: of the claims, where the list is the file's and not that of one claim."""
    if not isinstance(entry, list):
        raise place.wrong("changes stand in a list")
    found = []
    for one in entry:
        place.keys(one, ("date", "because"), () if ids is None else ("claims", "commits"))
        if not isinstance(one["date"], datetime.date):
            raise place.wrong(f"date must be a day such as 2026-11-30, not {one['date']!r}")
        touched = tuple(one.get("claims", ()))
        strange = [name for name in touched if name not in (ids or ())]
        if strange:
            raise place.wrong(f"there is no claim {strange[0]}")
        commits = tuple(map(str, one.get("commits", ())))
        found.append(Change(one["date"].isoformat(), place.text(one, "because"), touched, commits))
    return tuple(found)


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
