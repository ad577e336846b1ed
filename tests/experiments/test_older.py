"""Which kept results are of today's code: the list, the marks, the gate, and the rule that results are kept clean."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from history import PRESETS, running
from kept import Kept, duration, main, mark, older, require_clean, status, unclean

from zmlib.errors import UserError
from zmlib.experiments.dependencies import source_hash, sources
from zmlib.experiments.presets import PRESETS as PRESET_NAMES
from zmlib.experiments.presets import load_preset
from zmlib.experiments.provenance import commit_of
from zmlib.experiments.results import FORMAT, read_results

ROOT = Path(__file__).parents[2]
NAME = "fig7/fig7"


def git(root: Path, *words: str) -> str:
    call = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(call, cwd=root, capture_output=True, text=True, check=True).stdout


def commit(root: Path) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "a step")


def keep(root: Path, chapter: str = "fig7", **changed: object) -> None:
    """Write a result of a chapter as its run would, at the newest commit."""
    files = sources(root / "notebooks" / f"{chapter}.ipynb", root)
    known = {"source_hash": source_hash(files, root), "commit": commit_of(root), "seconds": 75.0, "parameters": {}}
    known["preset"] = "kept"
    known["sources"] = [file.relative_to(root).as_posix() for file in files]
    content = {"format": FORMAT, "chapter": chapter, "figure": chapter, "values": {}, "timings": {}}
    (root / "figures" / chapter).mkdir(parents=True, exist_ok=True)
    file = root / "figures" / chapter / f"{chapter}.json"
    file.write_text(json.dumps(content | {"provenance": known | changed}))


Gate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Calls kept.py on a clone, the toy where none is named; exit code, what it printed, and its errors."""
    monkeypatch.setenv("COLUMNS", "120")

    def call(*words: str, root: Path | None = None) -> tuple[int, str, str]:
        code = main(["--root", str(root or toy), *words])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def toy(clone: Path, notebook: Callable[..., Path]) -> Path:
    """A git clone of two notebooks, of which one uses a module of zmlib, with a kept result of each."""
    (clone / "zmlib").mkdir()
    for name in ("__init__.py", "part.py"):
        (clone / "zmlib" / name).write_text("x = 1\n")
    notebook(clone / "notebooks" / "fig7.ipynb", "import zmlib.part")
    notebook(clone / "notebooks" / "fig8.ipynb", "y = 2")
    git(clone, "init", "-q")
    commit(clone)
    keep(clone)
    keep(clone, "fig8")
    commit(clone)
    return clone


def edit(root: Path, text: str = "x = 2\n") -> None:
    (root / "zmlib" / "part.py").write_text(text)


def test_the_gate_passes_where_all_is_of_today_s_code(toy: Path, run: Gate) -> None:
    assert status(toy) == {NAME: "current", "fig8/fig8": "current"}
    code, said, _ = run()
    assert code == 0 and "2 of 2 kept results are of today's code, 0 are marked" in said
    assert "1 min" in said and (commit_of(toy) or "")[:7] not in said, "they name the commit before"


def test_the_gate_fails_on_a_stale_result_and_passes_when_it_is_marked(toy: Path, run: Gate) -> None:
    edit(toy)
    assert status(toy) == {NAME: "older", "fig8/fig8": "current"}
    code, _, wrong = run("--check")
    assert code == 2 and f"{NAME} is older and not in figures/older.yml" in wrong and "fig8/fig8" not in wrong
    assert run("--mark")[0] == 0 and run("--check")[0] == 0
    reason = older(toy)[NAME]
    assert list(older(toy)) == [NAME] and Kept(toy).results[NAME]["commit"][:7] in reason
    assert read_results(toy / "figures")[NAME].provenance["older"] is True
    assert "older" not in read_results(toy / "figures")["fig8/fig8"].provenance


def test_the_gate_fails_on_a_mark_that_is_no_longer_true(toy: Path, run: Gate) -> None:
    edit(toy)
    mark(toy)
    edit(toy, "x = 1\n")
    code, _, wrong = run("--check")
    assert code == 2 and f"{NAME} is in figures/older.yml and current" in wrong
    assert mark(toy) == {} and run("--check")[0] == 0
    (toy / "figures" / "older.yml").write_text("fig9/none: a reason\n")
    assert "fig9/none is in figures/older.yml and no kept result" in run("--check")[2]


def test_a_result_of_code_that_no_commit_holds_is_unfounded(toy: Path) -> None:
    edit(toy)
    keep(toy)
    assert status(toy)[NAME] == "unfounded", "its code is today's, and was not committed"
    edit(toy, "x = 3\n")
    assert status(toy)[NAME] == "unfounded" and "no commit" in mark(toy)[NAME]
    edit(toy, "x = 1\n")
    for wrong in ("0" * 40, None):
        keep(toy, commit=wrong, source_hash="ab")
        assert status(toy)[NAME] == "unfounded"
    keep(toy, sources=[], source_hash="ab")
    assert status(toy)[NAME] == "unfounded"
    keep(toy, sources=[], source_hash=None)
    assert status(toy)[NAME] == "unfounded", "it was measured outside the clone"


def test_a_commit_that_is_not_in_the_history_does_not_count(toy: Path) -> None:
    edit(toy)
    commit(toy)
    keep(toy)
    git(toy, "reset", "-q", "--hard", "HEAD~1")
    keep(toy, commit=git(toy, "rev-parse", "HEAD@{1}").strip(), source_hash="ab")
    assert status(toy)[NAME] == "unfounded"


def test_outputs_and_line_ends_make_nothing_old(toy: Path, notebook: Callable[..., Path]) -> None:
    edit(toy, "x = 1\r\n")
    notebook(toy / "notebooks" / "fig7.ipynb", "import zmlib.part", outputs=[{"output_type": "stream", "text": "a"}])
    assert status(toy)[NAME] == "current" and unclean(toy, ["fig7"]) == []
    edit(toy)
    assert status(toy)[NAME] == "older", "the notebook of the commit is hashed without outputs, too"


def test_text_and_comments_make_nothing_old(toy: Path, notebook: Callable[..., Path]) -> None:
    edit(toy, '"""What it is for."""\n\nx = 1  # as it was\n')
    path = toy / "notebooks" / "fig7.ipynb"
    written = json.loads(path.read_text())
    written["cells"].insert(0, {"cell_type": "markdown", "source": "Another heading", "metadata": {}})
    path.write_text(json.dumps(written))
    assert status(toy)[NAME] == "current"
    written["cells"][2]["metadata"]["tags"] = ["parameters"]
    path.write_text(json.dumps(written))
    assert status(toy)[NAME] == "older", "papermill writes other values below the cell with this tag"
    notebook(path, "import zmlib.part, json")
    assert status(toy)[NAME] == "older"


def test_of_the_presets_those_of_the_chapter_count() -> None:
    def said(chapter: str, **exceptions: dict[str, int]) -> str:
        quick = {"defaults": {"size": 8, "styles": 2}, "chapters": exceptions}
        kept = {"like": "quick", "defaults": {"size": 9}, "chapters": {}}
        return running(PRESETS, yaml.safe_dump({"quick": quick, "kept": kept}).encode(), chapter, "kept")

    assert json.loads(said("fig7", fig8={"styles": 5})) == {"size": 9, "styles": 2}
    assert said("fig7", fig8={"styles": 5}) == said("fig7") != said("fig7", fig7={"styles": 5})


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_settings_of_another_time_are_read_as_those_of_today(preset: str) -> None:
    content = (ROOT / PRESETS).read_bytes()
    for chapter in ("fig4", "evidence", "none"):
        assert json.loads(running(PRESETS, content, chapter, preset)) == load_preset(preset, chapter)


def test_a_shallow_clone_checks_the_hashes_alone(
    toy: Path, run: Gate, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (toy / "README.md").write_text("later\n")
    commit(toy)
    short = tmp_path_factory.mktemp("short") / "clone"
    git(toy, "clone", "-q", "--depth", "1", f"file://{toy}", str(short))
    (short / "notebooks").mkdir(exist_ok=True)
    assert set(status(short).values()) == {"current"}
    edit(short)
    assert status(short)[NAME] == "unchecked"
    code, said, _ = run("--check", root=short)
    assert code == 2 and "could not be checked" in said
    mark(short)
    assert run("--check", root=short)[0] == 0


def test_without_git_nothing_is_kept_and_hashes_are_checked(toy: Path, run: Gate) -> None:
    (toy / ".git").rename(toy / "git")
    assert set(status(toy).values()) == {"current"} and "could not be checked" in run()[1]
    with pytest.raises(UserError, match="has no commit that a kept result could name"):
        require_clean(toy, ["fig7"])


def test_results_are_kept_from_a_clean_tree_only(toy: Path, run: Gate, notebook: Callable[..., Path]) -> None:
    assert unclean(toy, ["fig7", "fig8"]) == [] and run("--clean")[0] == 0
    edit(toy)
    assert unclean(toy, ["fig7"]) == ["zmlib/part.py"] and unclean(toy, ["fig8"]) == []
    code, _, wrong = run("--clean", "fig7")
    assert code == 2 and "commit the changes of zmlib/part.py first" in wrong and run("--clean", "fig8")[0] == 0
    commit(toy)
    notebook(toy / "notebooks" / "fig7.ipynb", "import zmlib.part, zmlib.new")
    (toy / "zmlib" / "new.py").touch()
    (toy / ".gitignore").write_text("new.py\n")
    assert unclean(toy, ["fig7"]) == ["notebooks/fig7.ipynb", "zmlib/new.py"], "untracked and ignored ones, too"
    assert "There is no notebook fig77" in run("--clean", "fig77")[2]


@pytest.mark.parametrize("text", ["[1]", "a: 1", "a: {b: c}", "a: [", "1: a"])
def test_a_list_of_marks_that_is_none(toy: Path, run: Gate, text: str) -> None:
    (toy / "figures" / "older.yml").write_text(text)
    code, _, wrong = run("--check")
    assert code == 2 and "must give names of results and reasons" in wrong


def test_durations() -> None:
    assert [duration(one) for one in (None, 12.4, 75, 3600, 5900)] == ["", "12 s", "1 min", "1 h 0 min", "1 h 38 min"]


def test_the_marks_of_this_clone_name_kept_results() -> None:
    """Whether they are the truth is asked by .ci/run."""
    assert set(older(ROOT)) <= set(read_results(ROOT / "figures"))
