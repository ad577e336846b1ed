"""The scorecard: every claim with its verdicts, and what a reader should know of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from claims.checkable import Check, Reach, checked
from claims.history import First
from claims.model import PAPER, Change, Claim, Claims, Standing
from claims.verdicts import Outcome, Verdict, judge
from zmlib.experiments.results import Result


@dataclass(frozen=True)
class Row:
    """One claim with its verdicts.

    Attributes:
        kept: of the best run, which the repository keeps, or None.
        build: of the run that built this copy of the book, or None.
        check: whether a reader can check the verdict that counts.
        first: what the first version of the rules gave on the results of that time, or None.
        older: the kept results that it rests on and that were measured on an older version of their sources: name ->
            reason.
    """

    claim: Claim
    kept: Verdict | None
    build: Verdict | None
    check: Check
    first: First | None = None
    older: Mapping[str, str] | None = None

    @property
    def verdict(self) -> Verdict:
        """That of the kept run, or of this build where no kept run decides."""
        told = [one for one in (self.kept, self.build) if one is not None]
        return next(
            (one for one in told if one.outcome != Outcome.NOT_RUN), next(iter(told), judge(self.claim, {}, {}))
        )


@dataclass(frozen=True)
class Scorecard:
    """A row for every claim, in the order of the file, the standing rules, and what was changed.

    Attributes:
        commit: the last one that the first version of the rules judged, or empty.
        texts: the titles, by name, of the texts beside the paper.
    """

    rows: tuple[Row, ...]
    standing: Mapping[str, Standing]
    changes: tuple[Change, ...] = ()
    commit: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def of(self, text: str = PAPER) -> Scorecard:
        """The rows of one text."""
        return replace(self, rows=tuple(row for row in self.rows if row.claim.text == text))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are not empty: "kept" and "build"; "build" alone where both are."""
        full = tuple(name for name in ("kept", "build") if any(getattr(row, name) for row in self.rows))
        return full or ("build",)

    def counts(self, column: str = "verdict") -> dict[Outcome, int]:
        """The number of claims for each of the six verdicts, best first.

        column: "kept", "build", or "verdict" for both together. No result counts as not run.
        """
        verdicts = [getattr(row, column) for row in self.rows]
        counted = Counter(Outcome.NOT_RUN if one is None else one.outcome for one in verdicts)
        return {outcome: counted[outcome] for outcome in Outcome}

    @property
    def changed(self) -> int:
        """The number of rows whose rule was changed after numbers had been seen."""
        return sum(bool(row.claim.changed) for row in self.rows)


def scorecard(
    claims: Claims,
    kept: Mapping[str, Result],
    build: Mapping[str, Result],
    first: tuple[str, Mapping[str, First]] = ("", {}),
    older: Mapping[str, str] | None = None,
) -> Scorecard:
    """Judge every claim by both sets of results.

    Args:
        kept, build: "chapter/figure" -> the result, as `zmlib.experiments.results.read_results` gives them.
        first: the commit and the verdicts by id of the first version, as `claims.history.read` gives them.
        older: kept results that were measured on an older version of their sources -> reason.
    """

    def row(claim: Claim) -> Row:
        old, now = (judge(claim, claims.standing, one) if claim.result in one else None for one in (kept, build))
        names = [claim.result, *(claims.standing[rule].result for rule in claim.requires)]
        names = list(dict.fromkeys(name for name in names if name))
        stale = {name: older[name] for name in names if older and name in older and name in kept}
        new = Row(claim, old, now, Check(Reach.NOBODY), first[1].get(claim.before), stale)
        return replace(new, check=_check(new, names, kept, build))

    return Scorecard(tuple(map(row, claims.claims)), claims.standing, claims.changes, first[0], claims.texts)


def _check(row: Row, names: Sequence[str], kept: Mapping[str, Result], build: Mapping[str, Result]) -> Check:
    """Whether a reader can check the verdict that counts; names: of the results that it rests on."""
    if row.verdict.outcome == Outcome.NOT_RUN:
        return Check(Reach.NOBODY, "there is no verdict yet")
    used = kept if row.verdict is row.kept else build
    if row.build and row.build.outcome == row.verdict.outcome:
        here = checked([build[name] for name in names if name in build])
        if here.reach == Reach.BUILD:
            return here
    return checked([used[name] for name in names if name in used])
