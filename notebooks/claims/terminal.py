"""The scorecard in a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from claims.card import Row, Scorecard
from claims.checkable import Reach
from claims.words import COLOURS, HEADINGS, NOTHING, cell, counted

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


def terminal(card: Scorecard) -> Table:
    """A row for each claim, a column for each set of results, and before them the first version's verdict."""
    from rich.table import Table
    from rich.text import Text

    titles = [counted(card.of().counts())]
    titles += [f"{title}: {counted(card.of(name).counts())}" for name, title in card.texts.items()]
    table = Table(title="\n".join(titles), title_justify="left", show_lines=True)
    table.add_column("claim", no_wrap=True, style="bold")
    table.add_column("the paper")
    if card.commit:
        table.add_column("first version")
    for name in card.columns:
        table.add_column(HEADINGS[name])
    for row in card.rows:
        texts = [Text(row.claim.paper or row.claim.says)]
        texts += [_before(row)] if card.commit else []
        table.add_row(row.claim.id, *texts, *(_cell(row, name) for name in card.columns))
    return table


def checkable(card: Scorecard) -> str:
    """Which rows a reader can check, and how; with the counts first."""
    counts = Counter(row.check.reach for row in card.rows)
    lines = [f"{len(card.rows)} claims: " + ", ".join(f"{counts[reach]} {reach}" for reach in Reach)]
    for reach in Reach:
        rows = [row for row in card.rows if row.check.reach == reach]
        lines += ["", f"{reach[0].upper()}{reach[1:]}"] if rows else []
        lines += [f"  {row.claim.id}" + (f": {row.check.detail}" if row.check.detail else "") for row in rows]
    return "\n".join(lines)


def _before(row: Row) -> Text:
    from rich.text import Text

    lines = [row.first.verdict if row.first else "no such row"]
    lines += [f"rule changed on {day}" for day in dict.fromkeys(change.on for change in row.claim.changed)]
    return Text("\n".join(lines))


def _cell(row: Row, column: str) -> Text:
    from rich.text import Text

    verdict = getattr(row, column)
    if verdict is None:
        return Text(NOTHING, "dim")
    lines = [Text(str(verdict), style=COLOURS[verdict.outcome]), *map(Text, cell(verdict))]
    if column == "kept":
        lines += [Text(f"{name} was measured on an older version", "dim") for name in row.older or ()]
    return Text("\n").join(lines)
