"""The best kept run, shown where a build cannot measure the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from claim_examples import STANDING, result, speed, write
from claims.compare import compare
from PIL import Image

from zmlib.experiments import Run, start
from zmlib.experiments.run import show_kept

COMMON = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}


@pytest.fixture
def run(clone: Path) -> Run:
    (clone / "book" / "claims.yml").write_text(yaml.safe_dump({"standing": STANDING, "claims": [speed()]}))
    return start("table1", COMMON)


def keep(clone: Path) -> None:
    write(result({"size": 64}, {"ratio": 1.0}, "table1/table1", preset="paper"), clone / "figures")


def test_what_is_kept_is_shown_and_stays_as_it_is(run: Run, clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(clone)
    Image.new("RGB", (8, 8)).save(clone / "figures" / "table1" / "table1.jpg")
    before = (clone / "figures" / "table1" / "table1.json").read_bytes()
    assert show_kept(run, "table1", {"size": 32}) == {"size": 64}
    said = capsys.readouterr().out
    assert "The best kept run, not this build: paper" in said and "Image" in said
    assert not run.place.exists(), "nothing is written"
    assert (clone / "figures" / "table1" / "table1.json").read_bytes() == before
    table = repr(compare(run, "table1", {"values.size": "side"}))
    assert "| time ratio |  | 1.00 | not measured |" in table and "| side |  | 64 | 32 |" in table


def test_a_result_of_older_code_says_so_below_its_figure(
    run: Run, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(clone)
    show_kept(run, "table1")
    assert "older version" not in capsys.readouterr().out
    (clone / "figures" / "older.yml").write_text("table1/table1: measured at commit 1234567\n")
    show_kept(run, "table1")
    assert "measured on an older version of the code" in capsys.readouterr().out


def test_without_a_kept_run_there_is_a_sentence(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_kept(run, "table1") == {}
    assert capsys.readouterr().out == "No run of table1/table1 is kept yet.\n"
    assert "not measured" in repr(compare(run, "table1"))


def test_a_release_does_not_take_the_kept_run_for_its_own(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make figures` writes where the kept results are: the table shows the kept numbers, once."""
    (clone / "book" / "claims.yml").write_text(yaml.safe_dump({"standing": STANDING, "claims": [speed()]}))
    keep(clone)
    monkeypatch.setenv("ZMLIB_RESULTS", str(clone / "figures"))
    run = start("table1", COMMON)
    show_kept(run, "table1")
    table = compare(run, "table1")
    assert table.headings == ("", "the paper", "best kept run") and "| time ratio |  | 1.00 |" in repr(table)
