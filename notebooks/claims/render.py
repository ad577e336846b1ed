"""The scorecard as the book's page."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from claims.card import Row, Scorecard
from claims.formatting import escaped, sentence, table_row
from claims.intervals import State
from claims.model import NONE, PAPER, Change, Claim, Standing
from claims.verdicts import Outcome, Verdict
from claims.words import BADGES, HEADINGS, counted, short


def markdown(card: Scorecard, pages: Collection[str]) -> str:
    """The book's scorecard in MyST: a small table, then every claim with its rule, numbers and reasons, folded up.

    It has no title, so that a page can include it. A row of the table has a few short lines in two columns, so that it
    fits a phone. The anchor of a claim, `claim-<id>`, lies inside the folded part, so that a link to it unfolds it.

    Args:
        pages: the chapters that the book has as `executed/<chapter>`; claims of other chapters get no link.
    """
    lines = _table(card.of())
    for name, title in card.texts.items():
        lines += [f"(scorecard-{name})=", f"## {title}", "", *_table(card.of(name))]
    lines += ["## Each claim", "", *(line for row in card.rows for line in _claim(card, row, pages))]
    lines += ["## Rules that stand over the claims", ""]
    lines += [line for standing in card.standing.values() for line in _standing(standing)]
    lines += _changes(card)
    return "\n".join(lines).rstrip() + "\n"


def _table(card: Scorecard) -> list[str]:
    """The verdicts counted, and a short row for each."""
    lines = [f"{counted(card.counts())}.", "", ":::{div} scorecard"]  # the name is for the style sheet
    lines += [table_row(["claim", "verdict"]), table_row(["---", "---"])]
    return [*lines, *(table_row([_name(row.claim), _cell(card, row)]) for row in card.rows), ":::", ""]


def _name(claim: Claim) -> str:
    paper = [f"{_there(claim)}: {escaped(claim.paper)}"] if claim.paper else []
    return "<br>".join([f"{{ref}}`{claim.id} <claim-{claim.id}>`", escaped(claim.says), *paper])


def _cell(card: Scorecard, row: Row) -> str:
    """The verdict that counts with its number and the names of what failed; the other verdicts in a line each."""
    verdict = row.verdict
    lines = [_badge(verdict), *map(escaped, short(verdict)), *_sides(card, verdict)]
    lines += ["*measured on an older version*"] if verdict is row.kept and row.older else []
    return "<br>".join([*lines, *_other(card, row), *_before(card, row)])


def _other(card: Scorecard, row: Row) -> Iterable[str]:
    """Whose the verdict is, where the card has both runs and it is this build's; else what this build comes to."""
    if len(card.columns) < 2:
        return []
    if row.verdict is row.build:
        return ["by this build"]
    ran = row.build is not None and row.build.outcome != Outcome.NOT_RUN
    return [f"this build: {row.build}"] if ran else []


def _sides(card: Scorecard, verdict: Verdict) -> Iterable[str]:
    """The side conditions that failed and those that are open, by name, in a line each; rules with their links."""
    for heading, state in (("failed", State.FAILS), ("open", State.UNDECIDED)):
        names = [name for name, found in verdict.sides.items() if found == state]
        if names:
            links = (f"{{ref}}`{name} <rule-{name}>`" if name in card.standing else name for name in names)
            yield f"{heading}: {', '.join(links)}"


def _before(card: Scorecard, row: Row) -> Iterable[str]:
    """What the first version of the rules gave, and since when the row has another rule."""
    days = " and ".join(dict.fromkeys(change.on for change in row.claim.changed))
    changed = [f"rule changed on {days}"] if days else []
    known = card.commit and row.claim.text == PAPER  # the first version was of the paper alone
    first = [f"first version: {escaped(row.first.verdict) if row.first else 'no such row'}"] if known else []
    return ["; ".join([*first, *changed])] if first or changed else []


def _claim(card: Scorecard, row: Row, pages: Collection[str]) -> list[str]:
    claim = row.claim
    lines = [f":::{{dropdown}} {claim.id} {_badge(row.verdict)}", f"(claim-{claim.id})=", ""]
    lines += [f"*{escaped(claim.where)}.* {escaped(claim.says)}", ""]
    lines += [f"- **{name}**: {escaped(text)}" for name, text in _rules(claim).items() if text]
    lines += [f"- **Compared networks**: {escaped(', '.join(map(str, claim.networks)))}"] if claim.networks else []
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


def _there(claim: Claim) -> str:
    return "In the paper" if claim.text == PAPER else "In the text"


def _rules(claim: Claim) -> dict[str, str]:
    """What the claim says and asks, by the name of its line."""
    said = {_there(claim): claim.paper, "Measured": claim.measure, "Rule": claim.rule}
    lists = {"Checked": claim.reproduced, "Partly, if": claim.partly, "Enough, if": claim.enough}
    return said | {name: "; ".join(sentence(one, claim.reads) for one in found) for name, found in lists.items()}


def _told(heading: str, verdict: Verdict) -> list[str]:
    """A verdict with its reason, the primary number first, what failed beside it, and then all numbers."""
    lines = [f"- **{heading.capitalize()}**: {verdict}. {escaped(verdict.reason)}"]
    lines += [f"  - **{escaped(verdict.primary)}**"] if verdict.primary else []
    lines += [f"  - failed: {escaped(text)}" for text in verdict.failed]
    failed = [text.removesuffix(", undecided") for text in verdict.failed]
    shown = {verdict.primary, *failed, *(text.partition(": ")[2] for text in failed)}  # "converged: fall (styles): ..."
    lines += [f"  - {escaped(text)}" for text in (*verdict.numbers, *verdict.beside) if text not in shown]
    return lines + ([f"  - {escaped(verdict.run)}"] if verdict.run else [])


def _history(card: Scorecard, row: Row) -> list[str]:
    """What was changed after numbers had been seen, and what the first version of the rules gave."""
    lines = [f"- **Rule changed on {one.on}**, because: {escaped(one.because)}" for one in row.claim.changed]
    if not card.commit or row.claim.text != PAPER:
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
            f"*First version* is what the rules gave until commit {card.commit[:7]}, on its results.",
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
