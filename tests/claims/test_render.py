"""The scorecard in the terminal, in the book, and in the README."""

from __future__ import annotations

import datetime
import io
import re

import pytest
from claim_examples import GOOD, evidence, quality, ratio, result, share, speed, timed
from claims.card import Scorecard, scorecard
from claims.history import First
from claims.render import markdown
from claims.summary import BEGIN, END, replace_summary, summary
from claims.terminal import terminal
from claims.verdicts import Outcome
from claims.words import BADGES, COLOURS, counted
from rich.console import Console

from zmlib.errors import UserError

DAY = datetime.date(2026, 11, 30)


@pytest.fixture
def card(claims) -> Scorecard:
    kept = {"table1/table1": timed(1.0)}
    build = {"table1/table1": timed(1.5), "fig6/fig6": result(GOOD | {"styles": 9})} | evidence()
    return scorecard(claims(speed(), quality()), kept, build)


@pytest.fixture
def all_verdicts(claims) -> Scorecard:
    """A row for each of the six verdicts, one with a changed rule, one on an older version of its sources."""
    told = {"date": DAY, "because": "It was lax."}
    of = {name: f"fig6/{name}" for name in ("good", "partly", "open", "bad", "none")}
    rows = [quality(id=name, chapter=of[name]) for name in of]
    rows[0] |= {"told": "reproduced in part", "changed": [told]}
    rows[2] |= {"changed": [told], "first": "old"}
    rows[3] |= {"first": "none"}
    sure = {key: value for key, value in speed(kind="construction", id="sure").items() if key != "partly"}
    ends = {"good": (0.9, 1.1), "partly": (1.2, 1.3), "open": (1.0, 1.3), "bad": (1.6, 1.9)}
    kept = {
        of[name]: result(GOOD | {"ratio": ratio((2 * low + high) / 3, low, high)}, name=of[name])
        for name, (low, high) in ends.items()
    }
    first = ("abcdef1234", {name: First("reproduced", "The rule is met.", "1.0") for name in ("good", "old", "sure")})
    changes = [{"date": DAY, "because": "All rules bind.", "claims": ["good"], "commits": ["18ce66d"]}]
    older = {of["bad"]: "its code has changed"}
    read = claims(*rows, sure, changes=changes)
    return scorecard(read, kept | evidence() | {"table1/table1": timed(1.0)}, {}, first, older)


def shown(card: Scorecard) -> str:
    file = io.StringIO()
    Console(file=file, width=250).print(terminal(card))
    return file.getvalue()


def part(page: str, name: str) -> str:
    """The folded part of a claim."""
    return page[page.index(f"(claim-{name})=") :].split("\n:::\n")[0]


def test_terminal(card, claims) -> None:
    text = shown(card)
    for words in ("best kept run", "this build", "0.015 s | each", "time ratio: 1.00 (rule: 0.9 to 1.1)"):
        assert words in text
    assert "J ratio: 1.00 [0.900, 1.10] (rule: at most 1.15)" in text and "scale: styles: 9" in text
    assert text.startswith("2 claims: 1 reproduced, 1 partly") and "first version" not in text
    assert "best kept run" not in shown(scorecard(claims(speed()), {}, {}))


def test_every_verdict_is_rendered(all_verdicts) -> None:
    assert list(all_verdicts.counts().values()) == [1] * 6
    assert set(BADGES) == set(COLOURS) == set(Outcome)
    text, page = shown(all_verdicts), markdown(all_verdicts, {"fig6"})
    for words in ("reproduced in part", "holds by construction", "partly", "undecided", "not reproduced", "not run"):
        assert words in text and f"`{words}`" in page
    assert "{bdg-info}`undecided`<br>J ratio: 1.10 \\[1.00, 1.30\\] (rule: at most 1.15)<br>about" in page
    assert text.startswith(
        "6 claims: 1 reproduced, 1 holds by construction, 1 partly, 1 undecided, 1 not reproduced, 1 not run"
    )


def test_the_first_version_and_what_changed_are_told(all_verdicts) -> None:
    text, page = shown(all_verdicts), markdown(all_verdicts, {"fig6"})
    assert "first version" in text and "rule changed on 2026-11-30" in text and "no such row" in text
    lines = [line for line in page.splitlines() if line.startswith("| {ref}")]
    rows = {name: line for line in lines for name in ("good", "bad") if f"<claim-{name}>`<br>" in line}
    assert rows["good"].endswith("<br>first version: reproduced; rule changed on 2026-11-30 |")
    assert rows["bad"].endswith("<br>first version: no such row |")
    good, open_, bad = (part(page, name) for name in ("good", "open", "bad"))
    assert "- **Rule changed on 2026-11-30**, because: It was lax." in good
    assert "- **By the first version of the rules**: reproduced. The rule is met." in good
    assert "- **By the first version of the rules** (as old): reproduced." in open_
    assert "it had no such row" in bad and "Rule changed" not in bad
    last = page[page.index("(scorecard-changes)=") :]
    assert "until commit abcdef1" in last
    assert "- **2026-11-30** (commit 18ce66d): All rules bind. It touches {ref}`good <claim-good>`." in last


def test_older_results_and_who_can_check_are_said(all_verdicts) -> None:
    page = markdown(all_verdicts, {"fig6"})
    assert "- **Measured on an older version**: fig6/bad, its code has changed" in part(page, "bad")
    assert page.count("*measured on an older version*") == 1
    assert "fig6/bad was measured on an older version" in shown(all_verdicts)
    assert "- **A reader can check it**: not by a reader yet: fig6/good does not name its pictures" in part(
        page, "good"
    )


def test_words_of_results_are_no_markup(claims) -> None:
    read = claims(speed(paper="[bold]5[/bold] s", reads={"timings.ratio": "time [ratio]"}))
    text = shown(scorecard(read, {}, {"table1/table1": timed(1.0)}))
    assert "[bold]5[/bold] s" in text and "time [ratio]: 1.00" in text


def test_markdown_table(card) -> None:
    page = markdown(card, {"table1"})
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 2 and {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {3}
    assert rows[0] == "| claim | verdict |"
    start = r"| {ref}`speed <claim-speed>`<br>It is as fast.<br>In the paper: 0.015 s \| each |"
    assert rows[2].startswith(start), "a bar in a text must not end the cell"
    kept = "{bdg-success}`reproduced`<br>time ratio: 1.00 (rule: 0.9 to 1.1)<br>this build: partly"
    assert rows[2].endswith(f" | {kept} |")
    build = "{bdg-warning}`partly`<br>J ratio: 1.00 \\[0.900, 1.10\\] (rule: at most 1.15)<br>failed: scale"
    assert rows[3].endswith(f" | {build}<br>by this build |"), "the number decides that there is"


def test_a_row_names_what_failed_and_what_is_open_once(claims) -> None:
    found = evidence(styles={"rate": share(0.95, 0.89, 1.0)}, cin_10={"known": False, "fall": None})
    values = GOOD | {"styles": 9, "same": False, "second": 3}
    second = {"value": "values.second", "at_most": 2, "plain": True}
    entry = quality(networks=["cin-10"])
    entry |= {"reads": entry["reads"] | {"values.second": "second"}, "reproduced": [*entry["reproduced"], second]}
    page = markdown(scorecard(claims(entry), found | {"fig6/fig6": result(values)}, {}), {"fig6"})
    (row,) = [line for line in page.splitlines() if line.startswith("| {ref}")]
    names = ("converged", "same-setting")
    links = ", ".join(f"{{ref}}`{name} <rule-{name}>`" for name in names)
    assert f"<br>failed: further conditions of the rule, {links}, scale<br>open: {{ref}}`uses-signal" in row
    assert "cin-10" not in row and "second" not in row, "networks and numbers are told in the folded part"
    told = part(page, "quality")
    assert told.count("known (cin-10): no (rule: yes)") == told.count("second: 3 (rule: at most 2)") == 1, "not twice"
    assert "failed: converged: known (cin-10): no (rule: yes)" in told and "failed: second: 3 (rule: at most 2)" in told


def test_a_row_without_numbers_is_short(claims) -> None:
    read = claims(speed(), quality())
    page = markdown(scorecard(read, {"fig6/fig6": result({})}, {}), set())
    rows = [line for line in page.splitlines() if line.startswith("| {ref}")]
    assert rows[0].endswith("{bdg-muted-line}`not run`<br>There is no result table1/table1. |")
    assert rows[1].endswith("{bdg-muted-line}`not run`<br>its numbers are not measured |")
    assert "The result fig6/fig6 has no usable values.ratio" in part(page, "quality")


def test_what_is_folded_up_holds_the_anchor_and_the_chapter(card) -> None:
    page = markdown(card, {"table1"})
    speed_part, quality_part = re.findall(r"^:::\{dropdown\} (.*?)^:::$", page, re.DOTALL | re.MULTILINE)
    assert speed_part.startswith("speed {bdg-success}`reproduced`\n(claim-speed)=\n\n*Table 1.*")
    assert quality_part.startswith("quality {bdg-warning}`partly`\n(claim-quality)=\n")
    assert "{doc}`table1 </executed/table1>`" in speed_part
    assert "fig6, not in this book" in quality_part and "/executed/fig6" not in page


def test_markdown_says_rule_numbers_and_reasons(card) -> None:
    page = markdown(card, {"table1"})
    told = part(page, "quality")
    assert "- **Checked**: J ratio: at most 1.15" in told and "- **Partly, if**: J ratio: at most 1.5" in told
    assert "- **Enough, if**: own pairs: at least 60" in told
    assert "- **Compared networks**: styles, cin-10" in told and "{ref}`uses-signal <rule-uses-signal>`" in told
    assert "- **This build**: partly. The rule is met, but the scale is smaller than the paper's, styles: 9" in told
    assert "  - **J ratio: 1.00 \\[0.900, 1.10\\] (rule: at most 1.15)**" in told
    assert "  - failed: scale: styles: 9 (rule: at least 20,938)" in told
    assert "  - share won (styles): 0.970 \\[0.930, 1.00\\] (rule: at least 0.9)" in told
    assert "- **Best kept run**: not run. There is no result fig6/fig6." in told
    assert "(rule-uses-signal)=\n### uses-signal\n\nThe network uses its signal." in page
    assert "the verdict is not reproduced. It is judged from the result evidence/signals" in page
    assert "the verdict is partly at most." in page and "What was changed" not in page


def test_counted() -> None:
    counts = dict.fromkeys(Outcome, 0) | {Outcome.CONSTRUCTION: 2, Outcome.NOT_RUN: 3}
    assert counted(counts) == "5 claims: 2 hold by construction, 3 not run"


def test_summary(card, all_verdicts, claims) -> None:
    text = summary(card)
    assert text.startswith("Of 2 claims of the paper that can be checked, 2 were checked so far and 1 of these stands")
    assert "none was changed after its numbers had been seen." in text
    assert [line for line in text.splitlines() if line.startswith("| ")][2:] == [
        "| reproduced | 1 |",
        "| holds by construction | 0 |",
        "| partly | 1 |",
        "| undecided | 0 |",
        "| not reproduced | 0 |",
        "| not run | 0 |",
    ]
    assert "0 were checked so far and 0 of these stand (" in summary(scorecard(claims(speed()), {}, {}))
    both = summary(all_verdicts)
    assert (
        "Rules are written down before a run; the 2 rows whose rules were changed after their numbers had been" in both
    )


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
