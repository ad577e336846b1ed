"""The standing rules on one claim: what each finds in the result that it reads, network by network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claims.conditions import Finding, check, filled, look_up
from claims.intervals import State, is_number, worst
from claims.model import Claim, Every, Standing
from zmlib.experiments.results import Result

NETWORKS = "values.networks"  # where a result of the evidence has a mapping for each network
SMOKE = "smoke"


@dataclass(frozen=True)
class Judged:
    """A standing rule on a claim.

    Attributes:
        absent: why nothing could be looked at, a sentence without its full stop; or empty.
    """

    rule: Standing
    findings: tuple[Finding, ...] = ()
    absent: str = ""

    @property
    def state(self) -> State:
        """What the findings come to."""
        return worst(finding.state for finding in self.findings)

    @property
    def missing(self) -> tuple[str, ...]:
        """The values without which a rule cannot say "not reproduced"; for the others what is missing fails."""
        hard = self.rule.otherwise == "not reproduced"
        return tuple(path for finding in self.findings for path in finding.missing if hard)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The findings that do not hold."""
        return tuple(finding for finding in self.findings if finding.state != State.HOLDS)


def evidence(result: Result) -> dict[str, Any]:
    """What conditions look at."""
    return {"values": result.values, "timings": result.timings}


def judged(rule: Standing, claim: Claim, results: Mapping[str, Result]) -> Judged:
    """A standing rule on a claim; one on intervals finds nothing here, for it looks at the other rules' findings.

    results: "chapter/figure" -> the result; that of the claim is among them.
    """
    if rule.intervals:
        return Judged(rule)
    name = rule.result or claim.result
    result, own = results.get(name), evidence(results[claim.result])
    if result is None:
        return Judged(rule, absent=f"there is no result {name}")
    if result.provenance.get("preset") == SMOKE:
        return Judged(rule, absent=f"the result {name} is of the preset {SMOKE}")
    found = [check(condition, own, claim.reads) for condition in claim.enough] if rule.own else []
    if not rule.each:
        found += _looked_at(rule, evidence(result), {"same": claim.same}, "")
        return Judged(rule, tuple(found))
    for entry in getattr(claim, rule.each):
        names, whether = _named(entry, own, evidence(result))
        found += whether
        for network in names:
            found += _looked_at(rule, evidence(result), {"network": network}, f" ({network})")
    return Judged(rule, tuple(found))


def _looked_at(rule: Standing, facts: Mapping[str, Any], places: Mapping[str, str], after: str) -> Iterator[Finding]:
    """The findings on one network, up to the first that fails: without a known curve nothing is asked of the curve."""
    names = {filled(path, places): f"{name}{after}" for path, name in rule.reads.items()}
    for condition in rule.needs:
        found = check(condition.at(places), facts, names)
        yield found
        if found.state == State.FAILS:
            return


def _named(
    entry: str | Every, own: Mapping[str, Any], facts: Mapping[str, Any]
) -> tuple[Sequence[str], Sequence[Finding]]:
    """The networks that an entry of a claim stands for, and what was found of their names.

    own, facts: what conditions look at in the claim's result, and in that of the standing rule.
    """
    if isinstance(entry, Every):
        return _all_of(entry, own, facts)
    if not entry.startswith("values."):
        return [entry], ()
    name = look_up(own, entry)
    if isinstance(name, str):
        return [name], ()
    return (), [Finding(State.FAILS, f"{entry}: not measured", "the name of a network", (entry,))]


def _all_of(entry: Every, own: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[Finding]]:
    """The networks of which the evidence knows, and whether they are as many as the claim's result used."""
    known, wanted = look_up(facts, NETWORKS), look_up(own, entry.count)
    names = sorted(name for name in known if name.startswith(entry.begins)) if isinstance(known, Mapping) else []
    if not is_number(wanted):
        return names, [Finding(State.FAILS, f"{entry.count}: not measured", "how many networks", (entry.count,))]
    told = f"{entry}: {len(names)} of {wanted} networks known"
    if len(names) >= max(wanted, 1):
        return names, [Finding(State.HOLDS, told, "all of them")]
    return names, [Finding(State.FAILS, told, "all of them", (f"{NETWORKS}.{entry}",))]
