"""The scorecard in the README: a sentence and a small table, between two marks."""

from __future__ import annotations

from zmlib.claims.rules import Outcome
from zmlib.claims.scorecard import Scorecard
from zmlib.errors import UserError

BEGIN, END = "<!-- scorecard -->", "<!-- /scorecard -->"


def summary(card: Scorecard) -> str:
    """One sentence and the number of claims for each verdict, in Markdown.

    For each claim the kept run counts where there is one that says something, else the run of this build.
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
    """The text with new content between its two marks; all else stays as it is.

    Args:
        text: a file with a line `<!-- scorecard -->` and, later, a line `<!-- /scorecard -->`.
        content: what is to stand between them, without newlines around it.
        name: of the file, for the sentence.

    Raises:
        UserError: a mark is missing, there twice, or they are the wrong way round.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise UserError(f"{name} needs one line {BEGIN} and after it one line {END}: write them where it goes.")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{content}\n\n{END}{rest.split(END)[1]}"
