"""From a claim and a result to a verdict, and from all of them to the scorecard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from claims.conditions import Finding, check, listed, look_up
from claims.formatting import rounded
from claims.model import Claim, Claims, Conditions, Standing
from zmlib.experiments.results import Result, provenance_line

STANDING = "standing"


class Outcome(StrEnum):
    """The five verdicts, best first."""

    REPRODUCED = "reproduced"
    CONSTRUCTION = "holds by construction"
    PARTLY = "partly"
    NOT_REPRODUCED = "not reproduced"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Verdict:
    """The verdict of a result on a claim.

    Attributes:
        reason: one sentence.
        numbers: those of the rule for "reproduced": "time ratio: 1.00 (rule: 0.9 to 1.1)".
        deciding: the one of `numbers` that decides: the first that misses its rule, or the first.
        beside: the numbers of the standing rules and of the scale, and those that are only shown.
        run: the run that it comes from, or empty: "quick · seed 0 · cpu, 2 threads · 12 s".
    """

    outcome: Outcome
    reason: str
    numbers: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    run: str = ""
    deciding: str = ""


def judge(claim: Claim, standing: Mapping[str, Standing], result: Result | None) -> Verdict:
    """The verdict of one result on one claim, by the rules alone.

    In this order: without a result, with one of the preset smoke, or with a missing value it is "not run"; a standing
    rule that fails gives its own verdict ("not run" before "not reproduced"); then the claim's own rule decides; then
    the scale or a standing rule may limit the verdict to "partly".

    Args:
        standing: the standing rules by name.
        result: the one that the claim names, or None.
    """
    if result is None:
        return Verdict(Outcome.NOT_RUN, f"There is no result {claim.result}.")
    preset = result.provenance.get("preset")
    run = provenance_line(result.provenance)
    if preset == "smoke":
        return Verdict(Outcome.NOT_RUN, "The preset smoke only proves that the notebook runs.", run=run)
    evidence = {"values": result.values, "timings": result.timings}

    def look(conditions: Conditions, names: Mapping[str, str] = claim.reads) -> list[Finding]:
        return [check(condition, evidence, names) for condition in conditions]

    full, weak = look(claim.reproduced), look(claim.partly)
    scale = look(claim.scale.needs) if claim.scale else []
    rules = [(standing[name], look(standing[name].needs, standing[name].reads)) for name in claim.requires]
    beside = listed(finding for found in [*(found for _, found in rules), scale] for finding in found)

    def verdict(outcome: Outcome, reason: str, decided_by: Sequence[Finding] = full) -> Verdict:
        deciding = next((one for one in decided_by if not one.met), next(iter(decided_by), None))
        shown = beside + _shown(claim, evidence)
        return Verdict(outcome, reason, listed(full), shown, run, str(deciding) if deciding else "")

    # A standing rule that only limits the verdict is not met where its value is missing; the others cannot be judged.
    needed = [*full, *weak, *scale, *(found for rule, all_ in rules if rule.otherwise != "partly" for found in all_)]
    missing = list(dict.fromkeys(path for found in needed for path in found.missing))
    if missing:
        more = f" and {len(missing) - 2} more" if len(missing) > 2 else ""
        return verdict(Outcome.NOT_RUN, f"The result {claim.result} has no usable {_join(missing[:2])}{more}.", ())
    broken = [(rule, found) for rule, found in rules if _failed(found)]
    fatal = [(rule, found) for rule, found in broken if rule.otherwise != "partly"]
    if fatal:
        not_run = any(rule.otherwise == "not run" for rule, _ in fatal)
        outcome = Outcome.NOT_RUN if not_run else Outcome.NOT_REPRODUCED
        reasons = "; ".join(f"{rule.because}, {_join(_failed(found))}" for rule, found in fatal)
        return verdict(outcome, _sentence(reasons), [one for _, found in fatal for one in found])
    if _failed(full):
        if weak and not _failed(weak):
            return verdict(Outcome.PARTLY, f"Short of the rule, {_join(_failed(full))}.")
        return verdict(Outcome.NOT_REPRODUCED, f"The rule is not met, {_join(_failed(full))}.")
    if claim.construction:
        return verdict(Outcome.CONSTRUCTION, "The check of it passes.")
    limits = [rule.because for rule, _ in broken]
    if claim.scale and claim.scale.presets and preset not in claim.scale.presets:
        limits.append(f"the preset is {preset}, and more needs {' or '.join(claim.scale.presets)}")
    if _failed(scale):
        limits.append(f"the scale is smaller than the paper's, {_join(_failed(scale))}")
    if limits:
        return verdict(Outcome.PARTLY, f"The rule is met, but {'; '.join(limits)}.")
    return verdict(Outcome.REPRODUCED, "The rule is met.")


def _failed(found: Iterable[Finding]) -> tuple[str, ...]:
    return listed(finding for finding in found if not finding.met)


def _shown(claim: Claim, evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """The values that the claim reads and neither its rule nor its scale looks at."""
    judged = {path for one in (*claim.reproduced, *(claim.scale.needs if claim.scale else ())) for path in one.paths()}
    found = {path: look_up(evidence, path) for path in claim.reads if path not in judged}
    return tuple(f"{claim.reads[path]}: {rounded(value)}" for path, value in found.items() if value is not None)


def _join(parts: Iterable[str]) -> str:
    return ", and ".join(parts)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


@dataclass(frozen=True)
class Row:
    """One claim with its two verdicts.

    Attributes:
        kept: of the best run, which the repository keeps, or None.
        build: of the run that built this copy of the book, or None.
    """

    claim: Claim
    kept: Verdict | None
    build: Verdict | None

    @property
    def verdict(self) -> Verdict:
        """That of the kept run, or of this build where no kept run decides."""
        told = [one for one in (self.kept, self.build) if one is not None]
        ran = [one for one in told if one.outcome != Outcome.NOT_RUN]
        return next(iter(ran + told), judge(self.claim, {}, None))


@dataclass(frozen=True)
class Scorecard:
    """A row for every claim, in the order of the file, and the standing rules."""

    rows: tuple[Row, ...]
    standing: Mapping[str, Standing]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are not empty: "kept" and "build"; "build" alone where both are."""
        full = tuple(name for name in ("kept", "build") if any(getattr(row, name) for row in self.rows))
        return full or ("build",)

    def counts(self, column: str = "verdict") -> dict[Outcome, int]:
        """The number of claims for each of the five verdicts, best first.

        column: "kept", "build", or "verdict" for both together. No result counts as not run.
        """
        verdicts = [getattr(row, column) for row in self.rows]
        counted = Counter(Outcome.NOT_RUN if one is None else one.outcome for one in verdicts)
        return {outcome: counted[outcome] for outcome in Outcome}


def scorecard(claims: Claims, kept: Mapping[str, Result], build: Mapping[str, Result]) -> Scorecard:
    """Judge every claim by both sets of results.

    A chapter's result "standing" has its values for the standing rules, for all claims on the chapter.

    kept, build: "chapter/figure" -> the result, as `zmlib.experiments.results.read_results` gives them.
    """

    def verdict(claim: Claim, results: Mapping[str, Result]) -> Verdict | None:
        if claim.result not in results:
            return None
        result, also = results[claim.result], results.get(f"{claim.chapter}/{STANDING}")
        return judge(claim, claims.standing, replace(result, values=result.values | also.values) if also else result)

    rows = tuple(Row(claim, verdict(claim, kept), verdict(claim, build)) for claim in claims.claims)
    return Scorecard(rows, claims.standing)
