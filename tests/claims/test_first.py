"""The first version's verdicts: what is kept is what its own code gives on its own results."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims.first import COMMIT, has_commit, made, write
from claims.history import FILE, First, read
from claims.loading import load_claims
from claims.model import NONE, PAPER

from zmlib.errors import UserError

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "book" / FILE


def test_the_file_is_what_the_commit_says() -> None:
    if not has_commit(ROOT):
        pytest.skip(f"the history here does not hold commit {COMMIT[:7]}, whose code gave these verdicts")
    commit, verdicts = read(KEPT)
    assert commit == COMMIT and verdicts == made(ROOT)


def test_every_row_has_its_first_verdict_or_says_that_there_is_none() -> None:
    _, verdicts = read(KEPT)
    rows = [row for row in load_claims(ROOT / "book" / "claims.yml").claims if row.text == PAPER]
    assert len(verdicts) == 24
    assert {row.before for row in rows} == {*verdicts, NONE}, "no row of the first version is lost"
    assert {row.id for row in rows if row.before == NONE} == {
        "finetune-start-10",
        "finetune-end-10",
        "finetune-look-10",
    }


def test_a_clone_without_the_history_says_so(tmp_path: Path) -> None:
    assert not has_commit(tmp_path)
    with pytest.raises(UserError, match="has no commit dbe0a34"):
        made(tmp_path)


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    told = {"speed": First("partly", "Short of the rule.", "time ratio: 1.3")}
    assert read(tmp_path / FILE) == ("", {})
    write(tmp_path / FILE, told)
    assert read(tmp_path / FILE) == (COMMIT, told)
    (tmp_path / FILE).write_text('{"commit": "a"}')
    with pytest.raises(UserError, match="python -m claims.first"):
        read(tmp_path / FILE)
