"""`zmlib reproduce`: what it refuses before anything runs. (What runs after which edit: tests/test_graph.py.)"""

from __future__ import annotations

import json
import shutil
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


def test_results_elsewhere_are_refused(zm: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ZMLIB_RESULTS", "elsewhere")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: pytest.fail("something ran"))
    done = zm("reproduce", "fig7")
    assert done.exit_code == 2 and "ZMLIB_RESULTS sends results to elsewhere: unset it" in done.stderr


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a kept run of fig7 and a new one in book/results, which running the graph leaves as it is."""
    files = {"book/_config.yml": "", "notebooks/fig7.ipynb": "", "figures/fig7/fig7.json": "old"}
    files |= {"figures/fig7/gone.json": "old", "book/results/fig7/fig7.json": "new", "book/results/fig7/more.json": "n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZMLIB_RESULTS", raising=False)
    monkeypatch.setattr(subprocess, "run", lambda call, **kwargs: subprocess.CompletedProcess(call, 0))
    return tmp_path / "figures"


def kept(figures: Path) -> dict[str, str]:
    return {path.relative_to(figures).as_posix(): path.read_text() for path in figures.rglob("*.*") if path.is_file()}


def test_keeping_replaces_the_chapter_s_kept_results(zm: Callable[..., Result], built: Path) -> None:
    assert zm("reproduce", "fig7").exit_code == 0 and kept(built)["fig7/fig7.json"] == "old"
    assert "fig7 holds the results of this run" in zm("reproduce", "fig7", "--keep").stdout
    assert kept(built) == {"fig7/fig7.json": "new", "fig7/more.json": "n"}


def test_nothing_is_kept_of_code_that_is_not_committed(
    zm: Callable[..., Result], built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """notebooks/kept.py, which is asked first, says so: tests/experiments/test_older.py."""
    calls = []

    def refuse(call: list[str], **_: object) -> subprocess.CompletedProcess:
        calls.append(call)
        return subprocess.CompletedProcess(call, 2)

    monkeypatch.setattr(subprocess, "run", refuse)
    assert zm("reproduce", "fig7", "--keep").exit_code == 2
    assert [call[1:] for call in calls] == [
        [str(built.parent / "notebooks" / "kept.py"), "--root", str(built.parent), "--clean", "fig7"]
    ]
    assert kept(built)["fig7/fig7.json"] == "old"


def test_the_marks_are_written_anew_after_keeping(
    zm: Callable[..., Result], built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(subprocess, "run", lambda call, **_: calls.append(call) or done)
    assert zm("reproduce", "fig7", "--keep").exit_code == 0 and "--mark" in calls[-1]
    assert zm("reproduce", "fig7").exit_code == 0 and "--mark" not in calls[-1]


def test_a_failure_in_the_middle_of_keeping_loses_nothing(
    zm: Callable[..., Result], built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(built)

    def half(source: Path, target: Path, **_: object) -> None:
        shutil.copy(source / "fig7.json", target)
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copytree", half)
    assert zm("reproduce", "fig7", "--keep").exit_code != 0
    assert kept(built) == before and [path.name for path in built.iterdir()] == ["fig7"]


@pytest.mark.parametrize("known", [{"parameters": {"seen": "train"}}, {"pictures": {"photos/test/a.jpg": {}}}])
@pytest.mark.parametrize("again", [False, True])
def test_a_run_on_data_gives_way_only_to_another(
    zm: Callable[..., Result], built: Path, again: bool, known: dict
) -> None:
    seen = json.dumps({"provenance": {"parameters": {}} | known})
    (built / "fig7/fig7.json").write_text(seen)
    if again:
        (built.parent / "book/results/fig7/fig7.json").write_text(seen + " ")
    done = zm("reproduce", "fig7", "--keep")
    assert done.exit_code == 0 and ("stays" in done.stdout) is not again, done.output
    assert (built / "fig7/fig7.json").read_text() == (seen + " " if again else seen)
