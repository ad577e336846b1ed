"""All claims against all results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from zmlib.claims.model import Claim, Claims, Standing
from zmlib.claims.rules import Outcome, Verdict, judge
from zmlib.experiments.results import Result

STANDING = "standing"


@dataclass(frozen=True)
class Row:
    """One claim with its two verdicts.

    Attributes:
        kept: of the best run, which the repository keeps; None where none is kept.
        build: of the run that built this copy of the book; None where it has no such result.
    """

    claim: Claim
    kept: Verdict | None
    build: Verdict | None

    @property
    def verdict(self) -> Verdict:
        """The kept run's where it has one, else this build's."""
        told = [one for one in (self.kept, self.build) if one is not None]
        ran = [one for one in told if one.outcome != Outcome.NOT_RUN]
        return next(iter(ran + told), judge(self.claim, {}, None))


@dataclass(frozen=True)
class Scorecard:
    """A row for every claim, in the order of the file, and the rules that stand over them."""

    rows: tuple[Row, ...]
    standing: Mapping[str, Standing]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold something: "kept" and "build", "build" alone where there is nothing at all."""
        full = tuple(name for name in ("kept", "build") if any(getattr(row, name) for row in self.rows))
        return full or ("build",)

    def counts(self, column: str = "verdict") -> dict[Outcome, int]:
        """How many claims have each verdict, all five of them, best first.

        column: "kept", "build", or "verdict" for the two taken together. No result counts as not run.
        """
        verdicts = [getattr(row, column) for row in self.rows]
        counted = Counter(Outcome.NOT_RUN if one is None else one.outcome for one in verdicts)
        return {outcome: counted[outcome] for outcome in Outcome}


def scorecard(claims: Claims, kept: Mapping[str, Result], build: Mapping[str, Result]) -> Scorecard:
    """Judge every claim by both sets of results.

    What a chapter keeps as "standing" are its values for the standing rules, and counts for all claims on the chapter.

    kept, build: "chapter/figure" -> the result, as `zmlib.experiments.results.read_results` gives them.
    """

    def verdict(claim: Claim, results: Mapping[str, Result]) -> Verdict | None:
        if claim.result not in results:
            return None
        result, also = results[claim.result], results.get(f"{claim.chapter}/{STANDING}")
        return judge(claim, claims.standing, replace(result, values=result.values | also.values) if also else result)

    rows = tuple(Row(claim, verdict(claim, kept), verdict(claim, build)) for claim in claims.claims)
    return Scorecard(rows, claims.standing)
