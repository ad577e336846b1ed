"""The scorecard in the terminal, in the book, and in the README."""

from __future__ import annotations

import io
import re

import pytest
from claim_examples import GOOD, quality, result, speed, timed
from claims import scorecard
from claims.render import BEGIN, END, counted, markdown, replace_summary, summary, terminal
from rich.console import Console

from zmlib.errors import UserError


@pytest.fixture
def card(claims):
    kept, build = (
        {"table1/table1": timed(1.0)},
        {"table1/table1": timed(1.5), "fig6/fig6": result(GOOD | {"styles": 9})},
    )
    return scorecard(claims(speed(), quality()), kept, build)


def shown(card) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(terminal(card))
    return file.getvalue()


def test_terminal(card, claims) -> None:
    text = shown(card)
    for part in (
        "best kept run",
        "this build",
        "0.015 s | each",
        "time ratio: 1.00 (rule: 0.9 to 1.1)",
        "Short of the rule",
    ):
        assert part in text
    assert text.startswith("2 claims: 1 reproduced, 1 partly")
    assert "best kept run" not in shown(scorecard(claims(speed()), {}, {}))


def test_words_of_results_are_no_markup(claims) -> None:
    read = claims(speed(paper="[bold]5[/bold] s", reads={"timings.ratio": "time [ratio]"}))
    text = shown(scorecard(read, {}, {"table1/table1": timed(1.0)}))
    assert "[bold]5[/bold] s" in text and "time [ratio]: 1.00" in text


def test_markdown_table(card) -> None:
    page = markdown(card, {"table1"})
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 2 and {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    assert rows[0] == "| claim | the paper | best kept run | this build |"
    assert rows[2].startswith(r"| {ref}`speed <claim-speed>`<br>It is as fast. | 0.015 s \| each |"), (
        "a bar in a text must not end the cell"
    )
    told = "time ratio: {} (rule: 0.9 to 1.1)"
    kept, build = told.format("1.00"), told.format("1.50")
    assert rows[2].endswith(f"| {{bdg-success}}`reproduced`<br>{kept} | {{bdg-warning}}`partly`<br>{build} |")
    assert rows[3].endswith(
        "| {bdg-muted-line}`not run` | {bdg-warning}`partly`<br>our J: 0.400 (rule: at most 0.5 x their J, 0.500) |"
    )


def test_what_is_folded_up_holds_the_anchor_and_the_chapter(card) -> None:
    page = markdown(card, {"table1"})
    speed_part, quality_part = re.findall(r"^:::\{dropdown\} (.*?)^:::$", page, re.DOTALL | re.MULTILINE)
    assert speed_part.startswith("speed {bdg-success}`reproduced`\n(claim-speed)=\n\n*Table 1.*")
    assert quality_part.startswith("quality {bdg-warning}`partly`\n(claim-quality)=\n")
    assert "{doc}`table1 </executed/table1>`" in speed_part
    assert "fig6, not in this book" in quality_part and "/executed/fig6" not in page


def test_markdown_says_rule_numbers_and_reasons(card) -> None:
    page = markdown(card, {"table1"})
    part = page[page.index("(claim-quality)=") :]
    assert "- **Checked**: our J: at most 0.5 x their J" in part
    assert "- **Partly, if**: our J: below their J" in part
    assert "{ref}`uses-signal <rule-uses-signal>`" in part
    assert "(rule-uses-signal)=\n### uses-signal\n\nThe network uses its signal." in part
    assert "the verdict is not reproduced." in part and "the verdict is partly at most." in part
    assert "- **This build**: partly. The rule is met, but the scale is smaller than the paper's, styles: 9" in part
    assert "  - our J: 0.400 (rule: at most 0.5 x their J, 0.500)" in part
    assert "- **Best kept run**: not run. There is no result fig6/fig6." in part
    assert "quick" not in part and "gpu" in part


def test_counted() -> None:
    from claims import Outcome

    counts = dict.fromkeys(Outcome, 0) | {Outcome.CONSTRUCTION: 2, Outcome.NOT_RUN: 3}
    assert counted(counts) == "5 claims: 2 hold by construction, 3 not run"


def test_summary(card, claims) -> None:
    text = summary(card)
    assert text.startswith("Of 2 claims of the paper that can be checked, 2 were checked so far and 1 of these stands")
    assert [line for line in text.splitlines() if line.startswith("| ")][2:] == [
        "| reproduced | 1 |",
        "| holds by construction | 0 |",
        "| partly | 1 |",
        "| not reproduced | 0 |",
        "| not run | 0 |",
    ]
    assert "0 were checked so far and 0 of these stand," in summary(scorecard(claims(speed()), {}, {}))


def test_the_readme_keeps_everything_else() -> None:
    before, after = "# Title\r\n\n$1 \\1 | text\n", "\n## More\n\nNo newline at the end"
    text = f"{before}{BEGIN}\nold\n{END}{after}"
    new = replace_summary(text, "fresh \\g<0>")
    assert new == f"{before}{BEGIN}\n\nfresh \\g<0>\n\n{END}{after}"
    assert replace_summary(new, "fresh \\g<0>") == new
    assert replace_summary(f"{BEGIN}{END}", "a") == f"{BEGIN}\n\na\n\n{END}"


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_marks_that_are_not_as_they_should_be(text: str) -> None:
    with pytest.raises(UserError, match="GUIDE.md needs one line"):
        replace_summary(text, "a", "GUIDE.md")
