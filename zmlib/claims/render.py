"""A scorecard for people: in the terminal, and as the book's page. The README's summary is in `summary.py`."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from zmlib.claims.rules import Outcome, Verdict
from zmlib.claims.scorecard import Row, Scorecard
from zmlib.claims.words import sentence

if TYPE_CHECKING:
    from rich.table import Table

NOTHING = "not run: no result"
HEADINGS = {"kept": "best kept run", "build": "this build"}
COLOURS = {
    Outcome.REPRODUCED: "green",
    Outcome.CONSTRUCTION: "green",
    Outcome.PARTLY: "yellow",
    Outcome.NOT_REPRODUCED: "red",
    Outcome.NOT_RUN: "dim",
}


def terminal(card: Scorecard) -> Table:
    """A table for the terminal: a row a claim, a column for each set of results that there is."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=counted(card.counts()), title_justify="left", show_lines=True)
    table.add_column("claim", no_wrap=True, style="bold")
    table.add_column("the paper")
    for name in card.columns:
        table.add_column(HEADINGS[name])
    for row in card.rows:
        cells = []
        for verdict in _verdicts(card, row):
            heading = Text(verdict.outcome, style=COLOURS[verdict.outcome]) if verdict else Text(NOTHING, "dim")
            cells.append(Text("\n").join([heading, *map(Text, _lines(verdict))]))
        table.add_row(row.claim.id, Text(row.claim.paper or row.claim.says), *cells)
    return table


def counted(counts: dict[Outcome, int]) -> str:
    """ "24 claims: 3 reproduced, 2 hold by construction, 19 not run"."""
    parts = [f"{count} {_plural(outcome, count)}" for outcome, count in counts.items() if count]
    return f"{sum(counts.values())} claims: {', '.join(parts)}"


def markdown(card: Scorecard, pages: Collection[str]) -> str:
    """The book's scorecard in MyST: a table, then every claim with its rule, numbers and reasons.

    It has no title, so that a page can include it. The anchor of a claim is `claim-<id>`.

    Args:
        pages: the chapters that the book has as `executed/<chapter>`; a claim of another one gets no link.
    """
    headings = ["claim", "the paper", *(HEADINGS[name] for name in card.columns), "chapter"]
    lines = [f"{counted(card.counts())}.", "", _cells(headings), _cells(["---"] * len(headings))]
    for row in card.rows:
        verdicts = [_short(verdict) if verdict else NOTHING for verdict in _verdicts(card, row)]
        name = f"{{ref}}`{row.claim.id} <claim-{row.claim.id}>`"
        paper = "<br>".join(map(_plain, filter(None, (row.claim.says, row.claim.paper))))
        lines.append(_cells([name, paper, *verdicts, _chapter(row, pages)]))
    lines += ["", *(line for row in card.rows for line in _claim(card, row, pages))]
    lines += ["## Rules that stand over the claims", ""]
    for standing in card.standing.values():
        lines += [f"(rule-{standing.name})=", f"### {standing.name}", "", f"{_plain(standing.says)}"]
        outcome = "partly at most" if standing.otherwise == "partly" else standing.otherwise
        lines += [f"Where it does not hold, the verdict is {outcome}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _claim(card: Scorecard, row: Row, pages: Collection[str]) -> list[str]:
    claim = row.claim
    said = {"In the paper": claim.paper, "Measured": claim.measure, "Rule": claim.rule}
    said["Checked"] = "; ".join(sentence(one, claim.reads) for one in claim.reproduced)
    said["Partly, if"] = "; ".join(sentence(one, claim.reads) for one in claim.partly)
    lines = [f"(claim-{claim.id})=", f"## {claim.id}", "", f"*{_plain(claim.where)}.* {_plain(claim.says)}", ""]
    lines += [f"- **{name}**: {_plain(text)}" for name, text in said.items() if text]
    if claim.requires:
        lines.append(f"- **Stands over it**: {', '.join(f'{{ref}}`{one} <rule-{one}>`' for one in claim.requires)}")
    for name, verdict in zip(card.columns, _verdicts(card, row), strict=True):
        told = verdict or Verdict(Outcome.NOT_RUN, f"There is no result {claim.result}.")
        lines.append(f"- **{HEADINGS[name].capitalize()}**: {told.outcome}. {_plain(told.reason)}")
        lines += [f"  - {_plain(text)}" for text in (*told.numbers, *told.beside)]
        lines += [f"  - {_plain(told.run)}"] if told.run else []
    lines += [f"- {_plain(claim.note)}"] if claim.note else []
    return [*lines, f"- **Chapter**: {_chapter(row, pages)}", ""]


def _verdicts(card: Scorecard, row: Row) -> list[Verdict | None]:
    return [getattr(row, name) for name in card.columns]


def _lines(verdict: Verdict | None) -> tuple[str, ...]:
    """What a cell says under the verdict: the numbers where they speak for themselves, else the reason."""
    if verdict is None:
        return ()
    good = verdict.outcome in (Outcome.REPRODUCED, Outcome.CONSTRUCTION)
    return verdict.numbers if good else (verdict.reason,)


def _short(verdict: Verdict) -> str:
    return "<br>".join([f"**{verdict.outcome}**", *map(_plain, _lines(verdict))])


def _chapter(row: Row, pages: Collection[str]) -> str:
    chapter = row.claim.chapter
    return f"{{doc}}`{chapter} </executed/{chapter}>`" if chapter in pages else f"{chapter}, not in this book"


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """A text in which Markdown sees no marks."""
    return re.sub(r"([\\`*_\[\]{}<>$|#~])", r"\\\1", text)


def _plural(outcome: Outcome, count: int) -> str:
    return "hold by construction" if outcome == Outcome.CONSTRUCTION and count > 1 else str(outcome)
