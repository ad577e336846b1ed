"""`zmlib reproduce`: what it refuses before anything runs. (What runs after which edit: tests/test_graph.py.)"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fig77"], 'There is no chapter "fig77"'),
        (["fig7", "--preset", "tiny"], 'no preset with "tiny"'),
        (["fig7", "--contents", "nowhere"], "nowhere (--contents) is no folder"),
        (["fig7", "--styles", "README.md"], "README.md (--styles) is no folder"),
        (["fig7", "--seed", "x"], "--seed"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_runs(
    zm: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: pytest.fail("something ran"))
    done = zm("reproduce", *arguments)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert done.exit_code == 2 and sentence in said, said
    assert "Traceback" not in said and not done.stdout


def test_it_wants_a_clone(zm: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zm("reproduce")
    assert done.exit_code == 2 and "in a clone of the project" in done.stderr
