"""Results as files: a JSON of values, timings and provenance for each figure or table, and its picture beside it."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zmlib.atomic import atomic
from zmlib.data.folders import SUFFIXES as PICTURES
from zmlib.errors import UserError
from zmlib.experiments.show import SUFFIXES, save_picture, suffix_of

FORMAT = "zmlib-result-1"
OLDER = "older.yml"  # beside the kept results
_PARTS = ("values", "timings", "provenance")


@dataclass(frozen=True)
class Result:
    """One figure or table of one run.

    Attributes:
        values: the findings; equal in every run with the same preset, seed and machine.
        timings: measured by a clock.
        provenance: sources, preset, seed, device, weights, ...
        extra: anything else that the notebook kept.
        picture: the file beside the JSON, None where there is none.
    """

    chapter: str
    figure: str
    values: dict[str, Any]
    timings: dict[str, Any]
    provenance: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)
    picture: Path | None = None


def write_result(result: Result, picture: Any, folder: Path) -> Result:
    """Write the picture and then the JSON, each whole or not at all, into a folder, which is made if it is missing.

    Args:
        result: its values may hold numpy and torch numbers.
        picture: see `zmlib.experiments.show.suffix_of`.
        folder: of the chapter.

    Returns:
        The result as `read_results` will read it.

    Raises:
        UserError: a name that is no file's name, a value that JSON cannot hold, a picture of another kind, a folder
            that cannot be written.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", result.figure):
        raise UserError(
            f'"{result.figure}" cannot be the name of a figure: use small letters, digits, - and _, such as "fig7".'
        )
    suffix = suffix_of(picture)
    content = {"format": FORMAT, "chapter": result.chapter, "figure": result.figure}
    content |= {part: plain(getattr(result, part), part) for part in _PARTS}
    if result.extra:
        content["extra"] = plain(result.extra, "extra")
    file = folder / f"{result.figure}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)  # or a kill would leave the last run's numbers beside this run's picture
        for old in SUFFIXES:
            if old != suffix:
                file.with_suffix(old).unlink(missing_ok=True)
        if suffix is not None:
            save_picture(picture, file.with_suffix(suffix))
        with atomic(file) as beside:
            text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
            beside.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{file} could not be written ({error.strerror or error}): set ZMLIB_RESULTS to another folder."
        ) from error
    return read_result(file)


def read_results(folder: Path) -> dict[str, Result]:
    """All results in a folder (`<chapter>/<figure>.json`) by "chapter/figure", sorted; empty without the folder.

    The provenance of one that the folder's `older.yml` lists has the key `older`, see `older_results`.

    Raises:
        UserError: a JSON that is not a result, or whose names differ from those of its place.
    """
    files = [file for file in sorted(folder.glob("*/*.json")) if not file.parent.name.startswith(".")]
    found = {f"{file.parent.name}/{file.stem}": read_result(file) for file in files}
    for name in older_results(folder).keys() & found.keys():
        found[name].provenance["older"] = True
    return found


def older_results(folder: Path) -> dict[str, str]:
    """ "chapter/figure" -> why it counts as measured on an older version of the code, from the folder's `older.yml`.

    Raises:
        UserError: the file is no such mapping.
    """
    import yaml

    file = folder / OLDER
    try:
        found = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.is_file() else {}
    except yaml.YAMLError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for pair in found.items() for text in pair):
        raise UserError(f"{file} must give names of results and reasons: write it by python notebooks/kept.py --mark.")
    return found


def read_result(file: Path) -> Result:
    """One result, `<chapter>/<figure>.json`.

    Raises:
        UserError: it is missing or not a result, or its names differ from those of its place.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        good = content["format"] == FORMAT and all(isinstance(content[part], dict) for part in _PARTS)
        good = good and (content["chapter"], content["figure"]) == (file.parent.name, file.stem)
    except (OSError, ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise UserError(f"{file} is no result of the form {FORMAT}: remove it, and run its notebook again.")
    picture = next((file.with_suffix(s) for s in SUFFIXES if file.with_suffix(s).is_file()), None)
    names = ("chapter", "figure", *_PARTS)
    return Result(**{name: content[name] for name in names}, extra=content.get("extra", {}), picture=picture)


def provenance_line(known: Mapping[str, Any]) -> str:
    """Where a result came from, in one line: "quick · seed 0 · cpu, 2 threads · weights styles 1a2b3c4 · ... · 12 s".

    known: the result's provenance; missing parts are left out.
    """
    device = str(known.get("device") or "").replace(" (", ", ").removesuffix(")")
    parts = [str(known.get("preset") or ""), f"seed {known['seed']}" if "seed" in known else "", device]
    parts += [f"weights {name} {_short(value)}" for name, value in (known.get("weights") or {}).items()]
    parts += [f"loss network {name} {_short(value)}" for name, value in (known.get("loss_network") or {}).items()]
    parts.append(_pictures(known))
    parts.append(f"sources {_short(known['source_hash'])}" if known.get("source_hash") else "")
    if isinstance(known.get("seconds"), (int, float)):
        minutes, seconds = divmod(round(known["seconds"]), 60)
        parts.append(f"{minutes} min {seconds} s" if minutes else f"{seconds} s")
    parts.append("measured on an older version of the code" if known.get("older") else "")
    return " · ".join(part for part in parts if part)


def _pictures(known: Mapping[str, Any]) -> str:
    """Of pictures that are no samples, how many of each folder: "60 photos, 30 paintings by name"."""
    names = [name for name in known.get("pictures") or () if Path(name).suffix.lower() in PICTURES]
    kinds = Counter(name.split("/")[0] for name in names)
    if kinds:
        words = [f"{n} {kind}" if kind in ("photos", "paintings") else f"{n} of {kind}" for kind, n in kinds.items()]
        return f"{', '.join(words)} by name"
    return str(known["data"]) if known.get("data", "samples") != "samples" else ""


def _short(value: object) -> str:
    return str(value)[:7]


def differences(a: Result, b: Result) -> dict[str, tuple[Any, Any]]:
    """The values in which two results differ: key such as "edges.1-3[0]" -> (a's, b's).

    What one of them lacks is "(absent)". Empty where the values are equal, bit for bit.
    """
    left, right = dict(_leaves(a.values, "")), dict(_leaves(b.values, ""))
    pairs = {key: (left.get(key, "(absent)"), right.get(key, "(absent)")) for key in [*left, *right]}
    return {key: pair for key, pair in pairs.items() if type(pair[0]) is not type(pair[1]) or pair[0] != pair[1]}


def _leaves(value: Any, name: str) -> list[tuple[str, Any]]:
    members: Mapping[str, Any] = {}
    if isinstance(value, dict):
        members = {f"{name}.{key}".lstrip("."): member for key, member in value.items()}
    elif isinstance(value, list):
        members = {f"{name}[{i}]": member for i, member in enumerate(value)}
    if not members:  # an empty list or mapping is a value as well
        return [(name, value)] if name else []
    return [leaf for key, member in members.items() for leaf in _leaves(member, key)]


def plain(value: Any, name: str) -> Any:
    """A value in plain types, at full precision.

    Scalars and arrays of numpy and torch become numbers and lists, tuples become lists.

    Args:
        value: anything nested.
        name: of the value in the error, such as "values".

    Raises:
        UserError: not a number (NaN), infinite, a key that is no text, or another type; the sentence names the key.
    """
    if hasattr(value, "detach"):  # a tensor, also one that wants a gradient or lies on a GPU
        value = value.detach().cpu()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UserError(f"{name} is {value}, which no result can hold: find out why, or keep None.")
        return value
    if isinstance(value, (list, tuple)):
        return [plain(member, f"{name}[{i}]") for i, member in enumerate(value)]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise UserError(f"{name} has the key {key!r}, and keys of a result are text: write {str(key)!r}.")
        return {key: plain(member, f"{name}.{key}") for key, member in value.items()}
    raise UserError(
        f"{name} is a {type(value).__name__}, which no result can hold: keep numbers, text, lists or mappings."
    )
