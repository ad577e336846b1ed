"""The parts of the sentences in which a verdict gives its reasons."""

from __future__ import annotations

import math
from collections.abc import Iterable

from claims.conditions import Finding, listed
from claims.intervals import State, rounded_up
from claims.standing import Judged


def would_decide(findings: Iterable[Finding], unit: str) -> str:
    """What would decide the findings that are open, or empty."""
    open_ = [finding for finding in findings if finding.state == State.UNDECIDED and finding.needed is not None]
    if not open_:
        return ""
    hardest = max(open_, key=lambda finding: finding.needed or 0)
    if math.isinf(hardest.needed or 0):
        return f"no number of {unit} would decide it: the estimate lies on the limit"
    instead = "" if hardest.n is None else f", instead of {hardest.n:,}"
    return f"about {rounded_up(hardest.needed or 1):,} {unit} would decide it{instead}"


def consequence(one: Judged) -> str:
    """What follows from a standing rule that does not hold; what would be held against the paper may be open."""
    against = one.rule.otherwise == "not reproduced" and one.state == State.UNDECIDED
    return f"whether {one.rule.because} is open" if against else one.rule.because


def marked(finding: Finding) -> str:
    """A finding in words, with "undecided" where the interval holds the limit."""
    return f"{finding}, undecided" if finding.state == State.UNDECIDED else str(finding)


def not_held(findings: Iterable[Finding]) -> str:
    """The findings that do not hold."""
    return _join(listed(finding for finding in findings if finding.state != State.HOLDS))


def first_two(paths: Iterable[str]) -> str:
    """The first two paths, and how many more there are."""
    every = list(dict.fromkeys(paths))
    return f"{_join(every[:2])}{f' and {len(every) - 2} more' if len(every) > 2 else ''}"


def as_sentence(text: str) -> str:
    """With a capital letter and a full stop: "The network does not use its signal."."""
    return f"{text[:1].upper()}{text[1:]}."


def _join(parts: Iterable[str]) -> str:
    return ", and ".join(parts)
