"""Which of the results in figures/ belong to today's code: `make older`, and the check that nothing is stale unsaid.

    python notebooks/kept.py               the list; exit code 2 where figures/older.yml does not say the truth
    python notebooks/kept.py --check       only what is wrong, for .ci/run
    python notebooks/kept.py --mark        write figures/older.yml anew
    python notebooks/kept.py --clean fig7  exit code 2 where sources of that notebook differ from the commit

A result names the commit that it was measured at, its sources, and one hash over them. It is

- `unfounded` where the sources at that commit do not have that hash, or it is not in the history,
- `current` where what runs of them is today what it was (`history.running`: text and comments may have changed),
- `older` where it is not,
- `unchecked` where there is no git, or only the newest commits, to ask.

All but the current ones stand in figures/older.yml, and are shown as measured on an older version of the code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from history import History, running
from rich.console import Console
from rich.table import Table

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.experiments.dependencies import content_hash, source_hash, sources
from zmlib.experiments.paths import chapters
from zmlib.experiments.results import OLDER, older_results, read_results

HERE = Path(__file__).resolve().parent
REASONS = {
    "older": "measured at commit {commit:.7}, and its code has changed since",
    "unfounded": "measured on code that no commit in the history holds",
    "unchecked": "its code has changed since, and its commit could not be looked up",
}
HEADING = """\
# The kept results that were measured on an older version of the code, and why they count as such. They are shown with
# a note. Written by `python notebooks/kept.py --mark`; `.ci/run` fails where this list is not the truth.
"""


def older(root: Path) -> dict[str, str]:
    """The results that are marked as older, "chapter/figure" -> the reason in words, from figures/older.yml."""
    return older_results(root / "figures")


@dataclass(frozen=True)
class Kept:
    """All kept results of a clone, and what became of their code."""

    root: Path

    @cached_property
    def results(self) -> dict[str, dict[str, Any]]:
        """ "chapter/figure" -> provenance."""
        return {name: result.provenance for name, result in read_results(self.root / "figures").items()}

    @cached_property
    def status(self) -> dict[str, str]:
        """ "chapter/figure" -> "current", "older", "unfounded" or "unchecked"."""
        return {name: self._past(name.split("/")[0], known) for name, known in self.results.items()}

    @cached_property
    def _history(self) -> History:
        return History(self.root)

    @cached_property
    def _today(self) -> dict[str, dict[str, Path]]:
        """Chapter -> its sources today, by path relative to the clone; for those of which something is kept."""
        known: dict[Path, list[Path]] = {}
        kept, root = {name.split("/")[0] for name in self.results}, self.root.resolve()
        return {
            name: {file.relative_to(root).as_posix(): file for file in sources(path, self.root, known)}
            for name, path in chapters(self.root).items()
            if name in kept
        }

    def _past(self, chapter: str, known: dict[str, Any]) -> str:
        """The status of a result of a chapter, from its provenance."""
        files, history = self._today.get(chapter, {}), self._history
        if not history.complete and not history.holds(known["commit"]):
            return "current" if source_hash(files.values(), self.root) == known["source_hash"] else "unchecked"
        if (
            known["source_hash"] is None
            or history.source_hash(known["commit"], known["sources"]) != known["source_hash"]
        ):
            return "unfounded"
        before = history.contents(known["commit"], known["sources"])
        now = {name: file.read_bytes() for name, file in files.items()}
        ran = [
            {
                name: content if content == other.get(name) else running(name, content, chapter, known["preset"])
                for name, content in one.items()
            }
            for one, other in ((before, now), (now, before))
        ]
        return "current" if ran[0] == ran[1] else "older"

    def truth(self) -> dict[str, str]:
        """What figures/older.yml should hold."""
        return {
            name: REASONS[status].format(commit=self.results[name].get("commit") or "")
            for name, status in self.status.items()
            if status != "current"
        }

    def wrong(self) -> list[str]:
        """Where figures/older.yml differs from the truth, a sentence each."""
        truth, marked = self.truth(), older(self.root)
        stale = [f"{name} is {self.status[name]} and not in figures/{OLDER}" for name in truth if name not in marked]
        gone = [name for name in marked if name not in truth]
        return stale + [
            f"{name} is in figures/{OLDER} and {self.status.get(name, 'no kept result')}" for name in sorted(gone)
        ]

    def seconds(self, chapter: str) -> float | None:
        """How long the chapter's kept run took, as far as its last figure; None where nothing is kept."""
        took = [known["seconds"] for name, known in self.results.items() if name.split("/")[0] == chapter]
        return max(took, default=None)


def status(root: Path) -> dict[str, str]:
    """ "chapter/figure" -> "current", "older", "unfounded" or "unchecked", for every result in `root`/figures.

    Raises:
        UserError: a file that is no result, or a source that cannot be read.
    """
    return Kept(root).status


def mark(root: Path) -> dict[str, str]:
    """Write figures/older.yml anew; returns what it now says."""
    truth = Kept(root).truth()
    with atomic(root / "figures" / OLDER) as beside:
        text = yaml.safe_dump(truth, allow_unicode=True, width=200) if truth else "{}\n"
        beside.write_text(HEADING + text, encoding="utf-8")
    return truth


def unclean(root: Path, names: Collection[str]) -> list[str]:
    """The sources of these chapters, relative paths, that are not in the last commit as they are on the disk.

    A notebook's outputs do not count, as they do not for the hash.

    Raises:
        UserError: no git, or a folder without a commit; a name that no notebook has.
    """
    history, known = History(root), dict[Path, list[Path]]()
    if history.head is None:
        raise UserError(f"{root} has no commit that a kept result could name: keep results in a git clone.")
    notebooks = chapters(root)
    if strange := [name for name in names if name not in notebooks]:
        raise UserError(f"There is no notebook {', '.join(strange)}: take some of {', '.join(notebooks)}.")
    files = {file for name in names for file in sources(notebooks[name], root, known)}
    found = {file.relative_to(root.resolve()).as_posix(): file for file in files}
    committed = history.contents(history.head, found)
    return sorted(
        name
        for name, file in found.items()
        if name not in committed or content_hash(name, committed[name]) != content_hash(name, file.read_bytes())
    )


def require_clean(root: Path, names: Collection[str]) -> None:
    """UserError where `unclean` finds something: a kept result's hash and commit would not agree."""
    if files := unclean(root, names):
        said = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
        raise UserError(f"Results are kept from committed code only: commit the changes of {said} first.")


def duration(seconds: float | None) -> str:
    """ "1 h 5 min", "3 min", "12 s"; empty for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def overview(kept: Kept) -> Table:
    """Every result with its status, its commit, and the time that its notebook took."""
    table = Table("result", "status", "commit", "its notebook took")
    for name, one in kept.status.items():
        known = kept.results[name]
        colour = "" if one == "current" else "red" if one == "unfounded" else "yellow"
        took = duration(kept.seconds(name.split("/")[0]))
        table.add_row(name, f"[{colour}]{one}[/]" if colour else one, str(known["commit"] or "")[:7], took)
    return table


def main(arguments: list[str]) -> int:
    """See above; returns the exit code."""
    parser = argparse.ArgumentParser(description="Which kept results belong to today's code.")
    parser.add_argument("--root", type=Path, default=HERE.parent, help="the clone")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="say only what is wrong in figures/older.yml")
    what.add_argument("--mark", action="store_true", help="write figures/older.yml anew")
    what.add_argument("--clean", nargs="*", metavar="CHAPTER", help="whether their sources are committed")
    given = parser.parse_args(arguments)
    try:
        if given.clean is not None:
            require_clean(given.root, given.clean or chapters(given.root))
            return 0
        if given.mark:
            print(f"figures/{OLDER} marks {len(mark(given.root))} results.")
            return 0
        return _report(Kept(given.root), short=given.check)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


def _report(kept: Kept, short: bool) -> int:
    if not short:
        Console().print(overview(kept))
    if not History(kept.root).complete:
        print("There is no git history here, or only its end: older commits could not be checked, only today's hashes.")
    wrong = kept.wrong()
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    count = sum(one == "current" for one in kept.status.values())
    print(
        f"{count} of {len(kept.status)} kept results are of today's code, {len(older(kept.root))} are marked as older."
    )
    if wrong:
        print("Renew them by make figures, or mark them: python notebooks/kept.py --mark", file=sys.stderr)
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
