"""The words and colours of verdicts, in the terminal and in the book."""

from __future__ import annotations

from claims.verdicts import Outcome, Verdict

NOTHING = "not run: no result"
HEADINGS = {"kept": "best kept run", "build": "this build"}
COLOURS = {
    Outcome.REPRODUCED: "green",
    Outcome.CONSTRUCTION: "green",
    Outcome.PARTLY: "yellow",
    Outcome.UNDECIDED: "blue",
    Outcome.NOT_REPRODUCED: "red",
    Outcome.NOT_RUN: "dim",
}
BADGES = {  # of sphinx-design
    Outcome.REPRODUCED: "success",
    Outcome.CONSTRUCTION: "success",
    Outcome.PARTLY: "warning",
    Outcome.UNDECIDED: "info",
    Outcome.NOT_REPRODUCED: "danger",
    Outcome.NOT_RUN: "muted-line",
}


def cell(verdict: Verdict) -> tuple[str, ...]:
    """The lines under a verdict: its primary number first, then the side conditions that failed, by name.

    Where nothing was measured, the reason stands alone; where the rule is undecided, what would decide it is last.
    """
    lines = tuple(filter(None, (verdict.primary, *verdict.failed, verdict.decides)))
    return lines or (verdict.reason,)


def short(verdict: Verdict) -> tuple[str, ...]:
    """The lines under a verdict in a short row, before the names of what failed: its primary number first.

    Where nothing was measured, the reason stands alone, in brief.
    """
    return tuple(filter(None, (verdict.primary or verdict.brief or verdict.reason, verdict.decides)))


def counted(counts: dict[Outcome, int]) -> str:
    """ "24 claims: 3 reproduced, 2 hold by construction, 19 not run"."""
    parts = [f"{count} {plural(outcome, count)}" for outcome, count in counts.items() if count]
    return f"{sum(counts.values())} claims: {', '.join(parts)}"


def plural(outcome: Outcome, count: int) -> str:
    """The verdict of so many claims."""
    return "hold by construction" if outcome == Outcome.CONSTRUCTION and count > 1 else str(outcome)
