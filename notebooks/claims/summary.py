"""The scorecard in a few lines, for the README."""

from __future__ import annotations

from claims.card import Scorecard
from claims.verdicts import Outcome
from zmlib.errors import UserError

BEGIN, END = "<!-- scorecard -->", "<!-- /scorecard -->"


def summary(card: Scorecard) -> str:
    """Two sentences and the number of claims for each verdict, in Markdown.

    A claim counts by its kept run, or by the run of this build where no kept run decides it.
    """
    counts = card.of().counts()
    lines = [
        f"{_said('claims of the paper that can be checked', card.of())} (`zmlib scorecard` shows them all). "
        f"Rules are written down before a run; {_marked(card.changed)}.",
        "",
        "| verdict | claims |",
        "| --- | --- |",
        *(f"| {outcome} | {count} |" for outcome, count in counts.items()),
    ]
    for name, title in card.texts.items():
        lines += ["", f"*{title}.* {_said('statements that can be checked', card.of(name))}."]
    return "\n".join(lines)


def _said(what: str, card: Scorecard) -> str:
    counts = card.counts()
    total = sum(counts.values())
    ran = total - counts[Outcome.NOT_RUN]
    fine = counts[Outcome.REPRODUCED] + counts[Outcome.CONSTRUCTION]
    checked = f"{ran} {'was' if ran == 1 else 'were'} checked so far"
    return f"Of {total} {what}, {checked} and {fine} of these {'stands' if fine == 1 else 'stand'}"


def _marked(rows: int) -> str:
    if not rows:
        return "none was changed after its numbers had been seen"
    if rows == 1:
        return "the one row whose rule was changed after its numbers had been seen is marked, with both verdicts"
    return f"the {rows} rows whose rules were changed after their numbers had been seen are marked, with both verdicts"


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
