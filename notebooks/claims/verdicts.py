"""From a claim and the results to a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from claims.conditions import Finding, check, listed, look_up
from claims.formatting import NO_INTERVAL, rounded
from claims.intervals import State, worst
from claims.model import Claim, Conditions, Standing
from claims.reasons import as_sentence, consequence, first_two, marked, not_held, would_decide
from claims.standing import SMOKE, Judged, evidence, judged
from zmlib.experiments.results import Result, provenance_line

FURTHER = "further conditions of the rule"


class Outcome(StrEnum):
    """The six verdicts, best first."""

    REPRODUCED = "reproduced"
    CONSTRUCTION = "holds by construction"
    PARTLY = "partly"
    UNDECIDED = "undecided"
    NOT_REPRODUCED = "not reproduced"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Verdict:
    """The verdict of the results on a claim.

    Attributes:
        reason: one sentence; of a standing rule it says what follows, and `failed` has the numbers.
        told: what the row says instead of the outcome's name, or empty.
        primary: the number of the rule's first condition: "time ratio: 1.00 (rule: 0.9 to 1.1)".
        failed: the side conditions that do not hold, in words: "converged: curve is known (cin-10): no (rule: yes)".
        sides: the same in short: name of a standing rule, "scale", "preset", or `FURTHER` for the rule's other
            conditions -> FAILS, or UNDECIDED where the intervals leave all that is wrong with it open.
        brief: instead of the reason, where that is a list of paths; or empty.
        decides: what would decide an undecided rule: "about 240 pairs would decide it, instead of 60"; or empty.
        numbers: all numbers of the rule for "reproduced".
        beside: the numbers of the standing rules and of the scale, and those that are only shown.
        run: the run that it comes from, or empty: "quick · seed 0 · cpu, 2 threads · 12 s".
    """

    outcome: Outcome
    reason: str
    told: str = ""
    primary: str = ""
    failed: tuple[str, ...] = ()
    sides: Mapping[str, State] = field(default_factory=dict)
    brief: str = ""
    decides: str = ""
    numbers: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    run: str = ""

    def __str__(self) -> str:
        return self.told or str(self.outcome)


def judge(claim: Claim, standing: Mapping[str, Standing], results: Mapping[str, Result]) -> Verdict:
    """The verdict of the results on one claim, by the rules alone.

    In this order. Without a result, with one of the preset smoke, or with a missing value: not run; so it is without
    the evidence that a standing rule reads. A standing rule that does not hold gives its own verdict, "undecided"
    before "not reproduced". Then the claim's own rule decides, at the far end of each interval; then the scale, a
    number without an interval or a standing rule may limit the verdict to "partly".

    Args:
        standing: the standing rules by name.
        results: "chapter/figure" -> the result, that of the claim and those of the standing rules among them.
    """
    result = results.get(claim.result)
    if result is None:
        return Verdict(Outcome.NOT_RUN, f"There is no result {claim.result}.")
    run = provenance_line(result.provenance)
    if result.provenance.get("preset") == SMOKE:
        return Verdict(Outcome.NOT_RUN, "The preset smoke only proves that the notebook runs.", run=run)
    return _Case(claim, result, [judged(standing[name], claim, results) for name in claim.requires]).verdict(run)


class _Case:
    """A claim with everything that its conditions found."""

    def __init__(self, claim: Claim, result: Result, rules: Sequence[Judged]) -> None:
        facts = evidence(result)

        def look(conditions: Conditions) -> list[Finding]:
            return [check(condition, facts, claim.reads) for condition in conditions]

        self.claim, self.rules, self.facts = claim, rules, facts
        self.preset = str(result.provenance.get("preset"))
        self.full, self.weak = look(claim.reproduced), look(claim.partly)
        self.scale = look(claim.scale.needs) if claim.scale else []
        presets = claim.scale.presets if claim.scale else ()
        self.presets = "" if not presets or self.preset in presets else " or ".join(presets)

    def verdict(self, run: str) -> Verdict:
        outcome, reason, open_ = self._decided()
        told = self.claim.told if outcome == Outcome.REPRODUCED else ""
        found = [*(finding for one in self.rules for finding in one.findings), *self.scale]
        whole = Verdict(outcome, reason, told, decides=would_decide(open_, self.claim.unit), run=run)
        if whole.decides:
            whole = replace(whole, reason=f"{reason.removesuffix('.')}; {whole.decides}.")
        whole = replace(whole, beside=listed(found) + self._shown())
        if self.full[0].missing:
            return replace(whole, brief="its numbers are not measured")
        sides = self._failed()
        failed, short = tuple(text for _, text, _ in sides), _by_name(sides)
        return replace(whole, primary=str(self.full[0]), failed=failed, sides=short, numbers=listed(self.full))

    def _decided(self) -> tuple[Outcome, str, Sequence[Finding]]:
        """The outcome, its reason, and the findings of which a larger sample would decide."""
        stop = self._not_run() or self._by_standing()
        if stop:
            return stop
        state = worst(finding.state for finding in self.full)
        if state == State.UNDECIDED:
            return Outcome.UNDECIDED, f"The interval holds the limit, {not_held(self.full)}.", self.full
        if state == State.FAILS:
            weak = worst(finding.state for finding in self.weak) if self.weak else State.FAILS
            if weak == State.HOLDS:
                return Outcome.PARTLY, f"Short of the rule, {not_held(self.full)}.", ()
            if weak == State.UNDECIDED:
                open_ = f"whether it is partly so is open, {not_held(self.weak)}"
                reason = f"Short of the rule, {not_held(self.full)}, and {open_}."
                return Outcome.UNDECIDED, reason, self.weak
            return Outcome.NOT_REPRODUCED, f"The rule is not met, {not_held(self.full)}.", ()
        if self.claim.construction:
            return Outcome.CONSTRUCTION, "The check of it passes.", ()
        limits = self._limits()
        if limits:
            return Outcome.PARTLY, f"The rule is met, but {'; '.join(limits)}.", ()
        return Outcome.REPRODUCED, "The rule is met.", ()

    def _not_run(self) -> tuple[Outcome, str, Sequence[Finding]] | None:
        own = [path for finding in (*self.full, *self.weak, *self.scale) for path in finding.missing]
        if own:
            return Outcome.NOT_RUN, f"The result {self.claim.result} has no usable {first_two(own)}.", ()
        absent = {
            one.absent: ", ".join(also.rule.name for also in self.rules if also.absent == one.absent)
            for one in self.rules
        }
        reasons = [f"{reason}, which the standing rule needs ({names})" for reason, names in absent.items() if reason]
        if reasons:
            return Outcome.NOT_RUN, as_sentence("; ".join(reasons)), ()
        for one in self.rules:
            if one.missing:
                name = one.rule.result or self.claim.result
                return Outcome.NOT_RUN, f"The result {name} has no usable {first_two(one.missing)}.", ()
        return None

    def _by_standing(self) -> tuple[Outcome, str, Sequence[Finding]] | None:
        decided = [one for one in self.rules if one.broken and one.rule.otherwise != "partly"]
        if not decided:
            return None
        reason = as_sentence("; ".join(map(consequence, decided)))
        if any(one.rule.otherwise == "undecided" for one in decided):
            return Outcome.UNDECIDED, reason, ()
        if any(one.state == State.FAILS for one in decided):
            return Outcome.NOT_REPRODUCED, reason, ()
        return Outcome.UNDECIDED, reason, [finding for one in decided for finding in one.broken]

    def _limits(self) -> list[str]:
        limits = [consequence(one) for one in self.rules if one.broken]
        limits += [one.rule.because for one in self.rules if self._lacks_interval(one)]
        if self.presets:
            limits.append(f"the preset is {self.preset}, and more needs {self.presets}")
        if any(finding.state != State.HOLDS for finding in self.scale):
            limits.append(f"the scale is smaller than the paper's, {not_held(self.scale)}")
        return limits

    def _bare(self) -> tuple[str, ...]:
        """The numbers without an interval that the rule and the standing rules compared."""
        found = [*self.full, *(finding for one in self.rules for finding in one.findings)]
        subjects = dict.fromkeys(finding.subject.removesuffix(NO_INTERVAL) for finding in found if finding.bare)
        return tuple(f"{subject}{NO_INTERVAL}" for subject in subjects)

    def _lacks_interval(self, one: Judged) -> bool:
        return one.rule.intervals and bool(self._bare())

    def _failed(self) -> list[tuple[str, str, State]]:
        """The side conditions that do not hold, all but the first of the rule: name, in words, state."""
        found: list[tuple[str, str, State]] = []
        found += [(FURTHER, marked(one), one.state) for one in self.full[1:] if one.state != State.HOLDS]
        for one in self.rules:
            name = one.rule.name
            told: list[tuple[str, State]] = [(one.absent, State.FAILS)] if one.absent else []
            told += [(marked(finding), finding.state) for finding in one.broken]
            told += [(subject, State.FAILS) for subject in self._bare()] if self._lacks_interval(one) else []
            found += [(name, f"{name}: {text}", state) for text, state in told]
        found += [("scale", f"scale: {marked(one)}", one.state) for one in self.scale if one.state != State.HOLDS]
        preset = f"preset: {self.preset} (rule: {self.presets})"
        return [*found, *([("preset", preset, State.FAILS)] if self.presets else [])]

    def _shown(self) -> tuple[str, ...]:
        """The values that the claim reads and no condition of rule, scale or `enough` looks at."""
        claim = self.claim
        conditions = (*claim.reproduced, *claim.enough, *(claim.scale.needs if claim.scale else ()))
        used = {path for one in conditions for path in one.paths()}
        found: dict[str, Any] = {path: look_up(self.facts, path) for path in claim.reads if path not in used}
        return tuple(f"{claim.reads[path]}: {rounded(value)}" for path, value in found.items() if value is not None)


def _by_name(sides: Iterable[tuple[str, str, State]]) -> dict[str, State]:
    """The worst state of each name in what `_Case._failed` returned."""
    found: dict[str, State] = {}
    for name, _, state in sides:
        found[name] = worst([found.get(name, state), state])
    return found
