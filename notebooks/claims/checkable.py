"""Whether a reader can check a verdict: what its results were measured with, and who can have the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from zmlib.experiments.results import Result
from zmlib.weights import available

SHIPPED = "slim"  # the loss network that ships
PUBLISHED = ("vgg16", "vgg16-caffe", "vgg19-normalised")  # the others are published weights, named by their hash
FETCH = "zmlib data fetch"
ROOT = Path(__file__).resolve().parents[2]
FIGURES, PAIRS = ROOT / "figures", ROOT / "book" / "pairs.tsv"


class Reach(StrEnum):
    """Who can check a row, easiest first."""

    BUILD = "by this build"
    COMMAND = "by a named command on public data"
    NOBODY = "not by a reader yet"


@dataclass(frozen=True)
class Check:
    """Whether a reader can check a verdict.

    Attributes:
        detail: the command, or what is missing; empty for `Reach.BUILD`.
    """

    reach: Reach
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reach}: {self.detail}" if self.detail else str(self.reach)


def checked(results: Sequence[Result]) -> Check:
    """Whether a reader can check a verdict that rests on these results: it is as far away as the farthest of them."""
    lacking = [text for result in results for text in _lacking(result)]
    if lacking:
        return Check(Reach.NOBODY, "; ".join(dict.fromkeys(lacking)))
    outside = [result for result in results if result.provenance.get("data") != "samples" or _files(result)]
    published = sorted({name for result in results for name in _losses(result) if name != SHIPPED})
    if not outside and not published:
        return Check(Reach.BUILD)
    chapters = " ".join(dict.fromkeys(result.chapter for result in results))
    command = f"{FETCH}, then ZMLIB_DATA=FOLDER python notebooks/release.py {chapters}"
    return Check(Reach.COMMAND, command + (f", with the published network {_names(published)}" if published else ""))


def _lacking(result: Result) -> list[str]:
    """What a reader cannot have of a result's ingredients."""
    shipped, found = available(), []
    for name in result.provenance.get("weights") or {}:
        if name not in shipped:
            found.append(f"the weights {name} do not ship")
    found += [f"the loss network {n} is not published" for n in _losses(result) if n not in (SHIPPED, *PUBLISHED)]
    files, name = _files(result), f"{result.chapter}/{result.figure}"
    if result.provenance.get("data") != "samples" and not files:
        found.append(f"{name} does not name its pictures")
    unnamed = sum(not (isinstance(one, dict) and one.get("source")) for one in files.values())
    if unnamed:
        found.append(f"{unnamed} of the {len(files)} pictures of {name} have no public source")
    return found


def _files(result: Result) -> dict[str, Any]:
    """The files that a result names, but for kept results and the list of pairs, which ship."""
    named = result.provenance.get("pictures") or {}
    pairs = sha256(PAIRS.read_bytes()).hexdigest() if PAIRS.is_file() else None
    return {
        name: about for name, about in named.items() if not (FIGURES / name).is_file() and about != {"sha256": pairs}
    }


def _losses(result: Result) -> Iterable[str]:
    return result.provenance.get("loss_network") or {}


def _names(names: Sequence[str]) -> str:
    return " and ".join(names)
