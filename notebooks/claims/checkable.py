"""Whether a reader can check a verdict: what its results were measured with, and who can have the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from zmlib.experiments.results import Result
from zmlib.neighbours import gan  # noqa: F401 (its kinds of networks are then known)
from zmlib.neighbours.weights import load_networks, shipped
from zmlib.perceptual.slim import SLIM_FILE
from zmlib.weights import digest, load, registry, weights_hash

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
    losses = {name for result in results for name in result.provenance.get("loss_network") or {}}
    published = sorted(losses - {SHIPPED})
    if not outside and not published:
        return Check(Reach.BUILD)
    chapters = " ".join(dict.fromkeys(result.chapter for result in results))
    command = f"{FETCH}, then ZMLIB_DATA=FOLDER python notebooks/release.py {chapters}"
    return Check(Reach.COMMAND, command + (f", with the published network {_names(published)}" if published else ""))


def _lacking(result: Result) -> list[str]:
    """What a reader cannot have of a result's ingredients."""
    ship, found = _shipped(), []
    for name, used in (result.provenance.get("weights") or {}).items():
        if name in ship and used != ship[name]:
            found.append(f"the weights {name} that ship are not those that were measured")
        elif used not in ship.values():
            found.append(f"the weights {name} do not ship")
    losses = result.provenance.get("loss_network") or {}
    found += [f"the loss network {name} is not published" for name in losses if name not in (SHIPPED, *PUBLISHED)]
    if losses.get(SHIPPED, digest(SLIM_FILE)) != digest(SLIM_FILE):
        found.append(f"the loss network {SHIPPED} that ships is not the one that judged")
    files, name = _files(result), f"{result.chapter}/{result.figure}"
    if result.provenance.get("data") != "samples" and not files:
        found.append(f"{name} does not name its pictures")
    unnamed = sum(not (isinstance(one, dict) and one.get("source")) for one in files.values())
    if unnamed:
        found.append(f"{unnamed} of the {len(files)} pictures of {name} have no public source")
    return found


def _shipped() -> dict[str, str]:
    """The weights that ship by name, each with the hash that a result has of them."""
    hashes = {name: _hash(name, entry.sha256) for name, entry in registry().items()}
    for name, entry in shipped().items():
        hashes |= {f"{name}-{part}": one for part, one in _hashes(name, entry.sha256).items()}
    return hashes


@cache
def _hash(name: str, sha256: str) -> str:
    """Of shipped weights as they are once loaded, for a file with that SHA-256; a result names no file's hash."""
    return weights_hash(load(name))


@cache
def _hashes(name: str, sha256: str) -> dict[str, str]:
    """Of each network in a neighbour's file."""
    return {part: weights_hash(net) for part, net in load_networks(name).nets.items()}


def _files(result: Result) -> dict[str, Any]:
    """The files that a result names, but for kept results, the list of pairs and files of weights, which ship."""
    named = result.provenance.get("pictures") or {}
    ship = {entry.sha256 for entry in registry().values()}
    ship |= {sha256(PAIRS.read_bytes()).hexdigest()} if PAIRS.is_file() else set()
    return {
        name: about
        for name, about in named.items()
        if not (FIGURES / name).is_file() and not (isinstance(about, dict) and about.get("sha256") in ship)
    }


def _names(names: Sequence[str]) -> str:
    return " and ".join(names)
