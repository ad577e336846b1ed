"""A scorecard for people: in the terminal, and as the book's page."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from claims.formatting import escaped, sentence, table_row
from claims.verdicts import Outcome, Row, Scorecard, Verdict
from zmlib.errors import UserError

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
BADGES = {  # of sphinx-design
    Outcome.REPRODUCED: "success",
    Outcome.CONSTRUCTION: "success",
    Outcome.PARTLY: "warning",
    Outcome.NOT_REPRODUCED: "danger",
    Outcome.NOT_RUN: "muted-line",
}


def terminal(card: Scorecard) -> Table:
    """A table for the terminal: a row for each claim, a column for each set of results."""
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
    """The book's scorecard in MyST: a small table, then every claim with its rule, numbers and reasons, folded up.

    It has no title, so that a page can include it. The anchor of a claim, `claim-<id>`, lies inside the folded part, so
    that a link to it unfolds it.

    Args:
        pages: the chapters that the book has as `executed/<chapter>`; claims of other chapters get no link.
    """
    headings = ["claim", "the paper", *(HEADINGS[name] for name in card.columns)]
    lines = [f"{counted(card.counts())}.", "", ":::{div} scorecard"]  # the name is for the style sheet
    lines += [table_row(headings), table_row(["---"] * len(headings))]
    for row in card.rows:
        name = f"{{ref}}`{row.claim.id} <claim-{row.claim.id}>`<br>{escaped(row.claim.says)}"
        lines.append(table_row([name, escaped(row.claim.paper), *map(_short, _verdicts(card, row))]))
    lines += [":::", "", "## Each claim", "", *(line for row in card.rows for line in _claim(card, row, pages))]
    lines += ["## Rules that stand over the claims", ""]
    for standing in card.standing.values():
        lines += [f"(rule-{standing.name})=", f"### {standing.name}", "", f"{escaped(standing.says)}"]
        outcome = "partly at most" if standing.otherwise == "partly" else standing.otherwise
        lines += [f"Where it does not hold, the verdict is {outcome}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _claim(card: Scorecard, row: Row, pages: Collection[str]) -> list[str]:
    claim = row.claim
    said = {"In the paper": claim.paper, "Measured": claim.measure, "Rule": claim.rule}
    said["Checked"] = "; ".join(sentence(one, claim.reads) for one in claim.reproduced)
    said["Partly, if"] = "; ".join(sentence(one, claim.reads) for one in claim.partly)
    lines = [f":::{{dropdown}} {claim.id} {_badge(row.verdict.outcome)}", f"(claim-{claim.id})=", ""]
    lines += [f"*{escaped(claim.where)}.* {escaped(claim.says)}", ""]
    lines += [f"- **{name}**: {escaped(text)}" for name, text in said.items() if text]
    if claim.requires:
        lines.append(f"- **Stands over it**: {', '.join(f'{{ref}}`{one} <rule-{one}>`' for one in claim.requires)}")
    for name, verdict in zip(card.columns, _verdicts(card, row), strict=True):
        told = verdict or Verdict(Outcome.NOT_RUN, f"There is no result {claim.result}.")
        lines.append(f"- **{HEADINGS[name].capitalize()}**: {told.outcome}. {escaped(told.reason)}")
        lines += [f"  - {escaped(text)}" for text in (*told.numbers, *told.beside)]
        lines += [f"  - {escaped(told.run)}"] if told.run else []
    lines += [f"- {escaped(claim.note)}"] if claim.note else []
    return [*lines, f"- **Chapter**: {_chapter(row, pages)}", ":::", ""]


def _verdicts(card: Scorecard, row: Row) -> list[Verdict | None]:
    return [getattr(row, name) for name in card.columns]


def _lines(verdict: Verdict | None) -> tuple[str, ...]:
    """The lines of a cell under the verdict: the numbers where the claim stands, the reason where it does not."""
    if verdict is None:
        return ()
    good = verdict.outcome in (Outcome.REPRODUCED, Outcome.CONSTRUCTION)
    return verdict.numbers if good else (verdict.reason,)


def _short(verdict: Verdict | None) -> str:
    if verdict is None:
        return _badge(Outcome.NOT_RUN)
    return "<br>".join(filter(None, (_badge(verdict.outcome), escaped(verdict.deciding))))


def _badge(outcome: Outcome) -> str:
    return f"{{bdg-{BADGES[outcome]}}}`{outcome}`"


def _chapter(row: Row, pages: Collection[str]) -> str:
    chapter = row.claim.chapter
    return f"{{doc}}`{chapter} </executed/{chapter}>`" if chapter in pages else f"{chapter}, not in this book"


def _plural(outcome: Outcome, count: int) -> str:
    return "hold by construction" if outcome == Outcome.CONSTRUCTION and count > 1 else str(outcome)


BEGIN, END = "<!-- scorecard -->", "<!-- /scorecard -->"


def summary(card: Scorecard) -> str:
    """One sentence and the number of claims for each verdict, in Markdown.

    A claim counts by its kept run, or by the run of this build where no kept run decides it.
    """
    counts = card.counts()
    total = sum(counts.values())
    ran = total - counts[Outcome.NOT_RUN]
    fine = counts[Outcome.REPRODUCED] + counts[Outcome.CONSTRUCTION]
    lines = [
        f"Of {total} claims of the paper that can be checked, {ran} {'was' if ran == 1 else 'were'} checked so far "
        f"and {fine} of these {'stands' if fine == 1 else 'stand'}, each by a rule written down before the run "
        "(`zmlib scorecard` shows them all).",
        "",
        "| verdict | claims |",
        "| --- | --- |",
        *(f"| {outcome} | {count} |" for outcome, count in counts.items()),
    ]
    return "\n".join(lines)


def replace_summary(text: str, content: str, name: str = "README.md") -> str:
    """The text with new content between its two marks.

    Args:
        text: a file with a line `<!-- scorecard -->` and, later, a line `<!-- /scorecard -->`.
        content: the new text between them, without newlines around it.
        name: of the file, for the sentence.

    Raises:
        UserError: a mark is missing or there twice, or the two are in the wrong order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise UserError(f"{name} needs one line {BEGIN} and after it one line {END}: write them where it goes.")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{rest.split(END)[1]}"
