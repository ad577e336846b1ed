"""`zmlib scorecard`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from claim_examples import ratio, timed, write
from claims.__main__ import app
from claims.summary import BEGIN, END
from typer.testing import CliRunner

CLAIMS = Path(__file__).parents[2] / "book" / "claims.yml"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a clone, as the current one, with a kept run and one of this build."""
    for folder in ("book", "notebooks", "figures"):
        (tmp_path / folder).mkdir()
    (tmp_path / "book" / "_config.yml").touch()
    (tmp_path / "notebooks" / "table1.ipynb").touch()
    shutil.copy(CLAIMS, tmp_path / "book" / "claims.yml")
    found = timed(1.0)
    found.values["size"] = 256
    found.timings["ratio_known"] = ratio(1.0, 0.95, 1.05)
    write(found, tmp_path / "figures")
    found.timings["ratio_known"] = ratio(1.2, 1.15, 1.25)
    write(found, tmp_path / "book" / "results")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZMLIB_RESULTS", raising=False)
    monkeypatch.setenv("COLUMNS", "250")
    return tmp_path


@pytest.fixture
def zm():
    """Runs `python -m claims` in this process, which `zmlib scorecard` starts: `zm("scorecard", ...)`."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_passes_its_options_on(clone: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "zmlib", "scorecard", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--readme" in done.stdout and "Usage: zmlib scorecard" in done.stdout
    done = subprocess.run([sys.executable, "-m", "zmlib", "scorecard", "--kept", "no"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr == "zmlib: There is no folder no: give --kept another one.\n"


def test_both_runs_are_shown(zm, clone: Path) -> None:
    result = zm("scorecard")
    assert result.exit_code == 0, result.output
    assert "30 claims: 1 reproduced, 29 not run" in result.stdout
    assert "time over that of FST and CIN: 1.00 [0.950, 1.05] (rule: 0.9 to 1.1)" in result.stdout
    assert "partly" in result.stdout and "time over that of FST and CIN: 1.20 [1.15, 1.25]" in result.stdout
    assert "first version" not in result.stdout, "this clone has no file of it"


def test_the_first_version_and_older_results_are_read_from_their_files(zm, clone: Path) -> None:
    shutil.copy(CLAIMS.with_name("first-version.json"), clone / "book")
    (clone / "figures" / "older.yml").write_text("table1/table1: its code has changed since\n")
    text = zm("scorecard").stdout
    assert "first version" in text and "rule changed on 2026-11-30" in text
    assert "table1/table1 was measured on an older version" in text


def test_what_a_reader_can_check(zm, clone: Path) -> None:
    text = zm("scorecard", "--checkable").stdout
    assert text.startswith("38 claims: 0 by this build, 0 by a named command on public data, 38 not by a reader yet")
    assert "  speed-known: table1/table1 does not name its pictures" in text and "claim " not in text


def test_also_from_a_folder_inside_the_clone(zm, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone / "notebooks")
    assert "1 reproduced" in zm("scorecard").stdout


def test_before_anything_was_built(zm, clone: Path) -> None:
    shutil.rmtree(clone / "book" / "results")
    shutil.rmtree(clone / "figures")
    assert "30 claims: 30 not run" in zm("scorecard").stdout


def test_page_and_readme(zm, clone: Path) -> None:
    readme = clone / "README.md"
    readme.write_bytes(f"# Title\r\n{BEGIN}\n{END}\nEnd".encode())
    result = zm("scorecard", "--markdown", "book/scorecard.md", "--readme", "README.md")
    assert result.exit_code == 0, result.output
    page = (clone / "book" / "scorecard.md").read_text(encoding="utf8")
    assert "(claim-speed-known)=" in page and "{doc}`table1 </executed/table1>`" in page and "fig7, not in" in page
    text = readme.read_bytes().decode()
    assert text.startswith("# Title\r\n") and text.endswith(f"{END}\nEnd") and "| reproduced | 1 |" in text


def test_nothing_is_written_where_one_of_the_files_cannot_be(zm, clone: Path) -> None:
    (clone / "README.md").write_text("no marks")
    result = zm("scorecard", "--markdown", "page.md", "--readme", "README.md")
    assert result.exit_code == 2 and "README.md needs one line" in result.stderr
    assert not (clone / "page.md").exists()


def test_outside_a_clone(zm, clone: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    result = zm("scorecard")
    assert result.exit_code == 2 and "is not inside a clone of zmlib" in result.stderr
    named = ("--results", clone / "book/results", "--kept", clone / "figures", "--claims", clone / "book/claims.yml")
    assert "1 reproduced" in zm("scorecard", *named).stdout


@pytest.mark.parametrize("option", ["results", "kept", "claims", "readme"])
def test_a_name_that_is_wrong(zm, clone: Path, option: str) -> None:
    result = zm("scorecard", f"--{option}", "none")
    assert result.exit_code == 2 and "none" in result.stderr and "Traceback" not in result.output
