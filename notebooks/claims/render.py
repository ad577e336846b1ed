"""The scorecard as the book's page."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from claims.card import Row, Scorecard
from claims.formatting import escaped, sentence, table_row
from claims.model import NONE, Change, Claim, Standing
from claims.verdicts import Outcome, Verdict
from claims.words import BADGES, HEADINGS, cell, counted


def markdown(card: Scorecard, pages: Collection[str]) -> str:
    """The book's scorecard in MyST: a small table, then every claim with its rule, numbers and reasons, folded up.

    It has no title, so that a page can include it. The anchor of a claim, `claim-<id>`, lies inside the folded part, so
    that a link to it unfolds it.

    Args:
        pages: the chapters that the book has as `executed/<chapter>`; claims of other chapters get no link.
    """
    before = ["first version"] if card.commit else []
    headings = ["claim", "the paper", *before, *(HEADINGS[name] for name in card.columns)]
    lines = [f"{counted(card.counts())}.", "", ":::{div} scorecard"]  # the name is for the style sheet
    lines += [table_row(headings), table_row(["---"] * len(headings))]
    for row in card.rows:
        name = f"{{ref}}`{row.claim.id} <claim-{row.claim.id}>`<br>{escaped(row.claim.says)}"
        first = [_before(row)] if card.commit else []
        lines.append(table_row([name, escaped(row.claim.paper), *first, *(_cell(row, one) for one in card.columns)]))
    lines += [":::", "", "## Each claim", "", *(line for row in card.rows for line in _claim(card, row, pages))]
    lines += ["## Rules that stand over the claims", ""]
    lines += [line for standing in card.standing.values() for line in _standing(standing)]
    lines += _changes(card)
    return "\n".join(lines).rstrip() + "\n"


def _cell(row: Row, column: str) -> str:
    verdict = getattr(row, column)
    if verdict is None:
        return f"{{bdg-{BADGES[Outcome.NOT_RUN]}}}`{Outcome.NOT_RUN}`"
    older = ["*measured on an older version*"] if column == "kept" and row.older else []
    return "<br>".join([_badge(verdict), *map(escaped, cell(verdict)), *older])


def _before(row: Row) -> str:
    said = escaped(row.first.verdict) if row.first else "no such row"
    days = dict.fromkeys(change.on for change in row.claim.changed)
    return "<br>".join([said, *(f"rule changed on {day}" for day in days)])


def _claim(card: Scorecard, row: Row, pages: Collection[str]) -> list[str]:
    claim = row.claim
    lines = [f":::{{dropdown}} {claim.id} {_badge(row.verdict)}", f"(claim-{claim.id})=", ""]
    lines += [f"*{escaped(claim.where)}.* {escaped(claim.says)}", ""]
    lines += [f"- **{name}**: {escaped(text)}" for name, text in _rules(claim).items() if text]
    lines += [f"- **Compared networks**: {escaped(', '.join(claim.networks))}"] if claim.networks else []
    if claim.requires:
        lines.append(f"- **Stands over it**: {', '.join(f'{{ref}}`{one} <rule-{one}>`' for one in claim.requires)}")
    for name in card.columns:
        lines += _told(
            HEADINGS[name], getattr(row, name) or Verdict(Outcome.NOT_RUN, f"There is no result {claim.result}.")
        )
    lines += [
        f"- **Measured on an older version**: {escaped(f'{one}, {why}')}" for one, why in (row.older or {}).items()
    ]
    lines.append(f"- **A reader can check it**: {escaped(str(row.check))}")
    lines += _history(card, row)
    lines += [f"- {escaped(claim.note)}"] if claim.note else []
    return [*lines, f"- **Chapter**: {_chapter(row, pages)}", ":::", ""]


def _rules(claim: Claim) -> dict[str, str]:
    """What the claim says and asks, by the name of its line."""
    said = {"In the paper": claim.paper, "Measured": claim.measure, "Rule": claim.rule}
    lists = {"Checked": claim.reproduced, "Partly, if": claim.partly, "Enough, if": claim.enough}
    return said | {name: "; ".join(sentence(one, claim.reads) for one in found) for name, found in lists.items()}


def _told(heading: str, verdict: Verdict) -> list[str]:
    """A verdict with its reason, the primary number first, what failed beside it, and then all numbers."""
    lines = [f"- **{heading.capitalize()}**: {verdict}. {escaped(verdict.reason)}"]
    lines += [f"  - **{escaped(verdict.primary)}**"] if verdict.primary else []
    lines += [f"  - failed: {escaped(text)}" for text in verdict.failed]
    shown = {verdict.primary, *verdict.failed}
    lines += [f"  - {escaped(text)}" for text in (*verdict.numbers, *verdict.beside) if text not in shown]
    return lines + ([f"  - {escaped(verdict.run)}"] if verdict.run else [])


def _history(card: Scorecard, row: Row) -> list[str]:
    """What was changed after numbers had been seen, and what the first version of the rules gave."""
    lines = [f"- **Rule changed on {one.on}**, because: {escaped(one.because)}" for one in row.claim.changed]
    if not card.commit:
        return lines
    if row.first is None:
        return [*lines, "- **By the first version of the rules**: it had no such row."]
    name = "" if row.claim.before in (row.claim.id, NONE) else f" (as {row.claim.before})"
    return [*lines, f"- **By the first version of the rules**{name}: {row.first.verdict}. {escaped(row.first.reason)}"]


def _standing(standing: Standing) -> list[str]:
    outcome = "partly at most" if standing.otherwise == "partly" else standing.otherwise
    lines = [f"(rule-{standing.name})=", f"### {standing.name}", "", escaped(standing.says)]
    read = f" It is judged from the result {standing.result}, network by network." if standing.result else ""
    return [*lines, f"Where it does not hold, the verdict is {outcome}.{read}", ""]


def _changes(card: Scorecard) -> Iterable[str]:
    if not card.changes:
        return []
    lines = ["(scorecard-changes)=", "## What was changed when", ""]
    if card.commit:
        lines += [
            f"The column *first version* is what the rules gave until commit {card.commit[:7]}, on its results.",
            "",
        ]
    return [*lines, *map(_change, card.changes), ""]


def _change(change: Change) -> str:
    claims = ", ".join(f"{{ref}}`{name} <claim-{name}>`" for name in change.claims)
    commits = f" (commit {', '.join(change.commits)})" if change.commits else ""
    return f"- **{change.on}**{commits}: {escaped(change.because)}{f' It touches {claims}.' if claims else ''}"


def _badge(verdict: Verdict) -> str:
    return f"{{bdg-{BADGES[verdict.outcome]}}}`{verdict}`"


def _chapter(row: Row, pages: Collection[str]) -> str:
    chapter = row.claim.chapter
    return f"{{doc}}`{chapter} </executed/{chapter}>`" if chapter in pages else f"{chapter}, not in this book"
