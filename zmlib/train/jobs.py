"""Which networks the project trains: `jobs.yml`, read and checked, and the progress of each training."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from zmlib.errors import UserError
from zmlib.train.recipe import Recipe
from zmlib.train.recipes import LONG, RECIPES
from zmlib.train.state import LOSSES, WEIGHTS

TABLE = Path(__file__).with_name("jobs.yml")
LENGTHS = ("evening", "long")
FOLDERS = ("paintings", "photos", "tagged")  # that are given, and not made
EXTRAS = "extras"  # every network that belongs to a group
SEEDS = re.compile(r"seeds-\d+")


class Pick(NamedTuple):
    """One painting: number `pick` of `of` that are evenly spread over the "train" or the "test" part of the folder."""

    of: int
    pick: int
    part: str = "train"


@dataclass(frozen=True)
class Job:
    """One training."""

    name: str  # its folder in that of the runs: the network's name, with -seed1 and so on for further seeds
    recipe: str
    length: str  # "evening" or "long"
    styles: tuple[str | Pick, ...]  # folders by name (see jobs.yml), or a single painting
    start: str | None  # shipped weights, or the name of another job
    seed: int
    steps: int | None  # in all, where they are not the recipe's
    hours: float  # expected, on one core
    priority: int  # the higher, the earlier
    pictures: int | None = None  # of the styles, where the recipe does not say

    @property
    def plan(self) -> Recipe:
        """The recipe at this job's length."""
        recipe = (LONG if self.length == "long" else RECIPES)[self.recipe]
        return recipe.shortened(self.steps) if self.steps else recipe

    def needs(self, names: frozenset[str]) -> tuple[str, ...]:
        """What must be made before: folders of styles by name, and of the jobs `names` the one that it begins from."""
        folders = [word for word in self.styles if isinstance(word, str) and word not in FOLDERS]
        return (*folders, *((self.start,) if self.start in names and self.start != self.name else ()))


@dataclass(frozen=True)
class Jobs:
    """All jobs of one length by name, and the pictures that are painted and derived before them: number and hours."""

    jobs: dict[str, Job]
    pictures: dict[str, int]
    hours: dict[str, float]


def load_jobs(length: str, *, tagged: bool = False, only: list[str] | None = None, path: Path = TABLE) -> Jobs:
    """The jobs of one length.

    Args:
        length: "evening" or "long".
        tagged: whether there is a folder of pictures for each word; without it the networks of words are omitted.
        only: networks by name or group, or "extras"; those that they begin from are added. None: all that ship.
        path: the table.

    Raises:
        UserError: an unknown length or network, or a table that cannot be read.

    >>> [job.seed for job in load_jobs("long", only=["concat"]).jobs.values()]
    [0, 1]
    """
    if length not in LENGTHS:
        raise UserError(f'The length is one of {", ".join(LENGTHS)}, and not "{length}".')
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        known = {*table["pictures"], *FOLDERS}
        rows = {name: _jobs(name, row, length, known) for name, row in table["networks"].items()}
        groups = {name: row.get("group") for name, row in table["networks"].items()}
        pictures, hours = ({word: row[length] for word, row in table[key].items()} for key in ("pictures", "hours"))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{path} is no table of trainings that can be read ({error!r}): mend it.") from error
    more = sorted({group for group in groups.values() if group} | {EXTRAS})
    for name in only or ():
        if name not in rows and name not in more:
            known_names = f"{', '.join(rows)}, or of the groups {', '.join(more)}"
            raise UserError(f'There is no training of a network "{name}": take some of {known_names}.')
    asked = set(only or ())
    named = {n for n, group in groups.items() if {n, group} & asked or (EXTRAS in asked and group)}
    wanted = _with_starts(rows, list(named) if only else [name for name in rows if not groups[name]])
    if not tagged:
        words = {name for name in wanted if "tagged" in rows[name][0].styles}
        if words & set(only or ()):
            raise UserError("A network of words needs a folder of pictures for each word: name it with --tagged.")
        wanted -= words
    jobs = {job.name: job for name in rows if name in wanted for job in rows[name]}
    return Jobs(jobs, pictures, hours)


def _jobs(name: str, row: Mapping[str, Any], length: str, known: Set[str]) -> list[Job]:
    """The trainings of one network: one, or in the long training one for each seed. known: names of style folders."""
    styles = tuple(Pick(**word) if isinstance(word, dict) else word for word in row["styles"])
    if unknown := [w for w in styles if isinstance(w, str) and not (w in known or SEEDS.fullmatch(w))]:
        raise ValueError(f"{name} has styles {unknown[0]}")
    recipe, start = row.get("recipe", name), row.get("start", {}).get(length)
    if recipe not in RECIPES:
        raise ValueError(f"{name} has the recipe {recipe}")
    seeds = row.get("seeds", [0])[: None if length == "long" else 1]
    return [
        Job(
            name=name if i == 0 else f"{name}-seed{seed}",
            recipe=recipe,
            length=length,
            styles=styles,
            start=start,
            seed=seed,
            steps=row.get("steps", {}).get(length),
            hours=row["hours"][length],
            priority=max(1, row.get("priority", 0) - 25 * i),
            pictures=row.get("pictures"),
        )
        for i, seed in enumerate(seeds)
    ]


def _with_starts(rows: Mapping[str, list[Job]], names: list[str]) -> set[str]:
    """The networks of these names and those that they begin from."""
    found, left = set(), list(names)
    while left:
        name = left.pop()
        found.add(name)
        start = rows[name][0].start
        if start in rows and start not in found:
            left.append(str(start))
    return found


def steps_done(folder: Path) -> int:
    """The steps that the run in a folder has logged; 0 where there is none."""
    rows = _rows(folder)
    return rows[-1][0] if rows else 0


def hours_left(folder: Path, job: Job) -> float:
    """Hours to the end: at the pace of the last logged steps and by the sizes of the crops, or as the table expects."""
    plan, rows = job.plan, _rows(folder)
    if (folder / WEIGHTS).exists():
        return 0.0
    if not rows:
        return job.hours
    at = rows[-1][0]
    recent = [(step - before, rate) for (before, _), (step, rate) in pairwise([(0, 0.0), *rows])][-20:]
    pixels = [plan.phase_at(step).size ** 2 * plan.phase_at(step).batch for step in range(plan.steps)]
    # Pixels a second over the recent rows; a step's time goes with its pixels.
    seconds = sum(count * plan.phase_at(at - 1).batch / rate for count, rate in recent)
    done = sum(pixels[at - sum(count for count, _ in recent) : at])
    return sum(pixels[at:]) * seconds / max(1, done) / 3600


def _rows(folder: Path) -> list[tuple[int, float]]:
    """Step and images a second of each row of a run's log; a row that a kill has cut short is skipped."""
    rows = []
    with suppress(OSError), (folder / LOSSES).open(newline="") as file:
        for row in csv.DictReader(file):
            with suppress(ValueError, TypeError, KeyError):
                step, rate = int(row["step"]), float(row["images_per_second"])
                if isfinite(rate) and rate > 0:
                    rows.append((step, rate))
    return rows
