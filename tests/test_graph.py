"""The Snakefile: an edit re-runs what depends on it, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import finished

WouldRun = Callable[[str], set[str]]
ROOT = Path(__file__).parents[1]
COMPARING, EXPORTING, COMPILING = "comparing the results", "exporting the networks", "compiling the pages"
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

EDITED = (
    "Snakefile",
    "book/claims.yml",
    "book/departures.md",
    "book/play/paint/main.js",
    "figures/fig7/fig7.json",
    "notebooks/chapters/fig7.py",
    "notebooks/chapters/words.py",
    "notebooks/claims/render.py",
    "notebooks/fig7.ipynb",
    "zmlib/export/graph.py",
    "zmlib/tnet.py",
    "zmlib/train/loop.py",
    "zmlib/video/denoise.py",
)
OLD = 1_000_000_000  # s: when everything was written, seemingly

# What `snakemake --dry-run` says after each edit, for all edits in one process.
DRY_RUNS = f"""
import contextlib, io, json, os, sys
from snakemake.cli import main
said = {{}}
for file in sys.argv[1:]:
    os.utime(file)
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            main(["--snakefile", "Snakefile", "--cores", "2", "--dry-run", "--nolock"])
        except SystemExit as end:
            print("code", end.code)
    os.utime(file, ({OLD}, {OLD}))
    said[file] = text.getvalue()
print(json.dumps(said))
"""

pytest.importorskip("snakemake")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which everything seems to be built, after its sources."""
    clone = tmp_path_factory.mktemp("clone")
    ignore = shutil.ignore_patterns("__pycache__", "_build", "executed", "results", "node_modules")
    for name in ("zmlib", "notebooks", "book", "figures"):
        shutil.copytree(ROOT / name, clone / name, ignore=ignore)
    shutil.copy(ROOT / "Snakefile", clone)
    for path in clone.rglob("*"):
        os.utime(path, (OLD, OLD))
    built = [clone / "book/executed" / f"{name}.ipynb" for name in CHAPTERS]
    built += [clone / "book/executed/scorecard.md", clone / "book/_build/html/index.html"]
    for path in built:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for name in CHAPTERS:
        (clone / "book/results" / name).mkdir(parents=True)
    (clone / "book/executed/play").mkdir()
    for path in (*built[:-2], *built[-2:]):  # results, then the scorecard, then the pages
        path.touch()
    return clone


@pytest.fixture(scope="module")
def would_run(clone: Path) -> WouldRun:
    """Chapters and other steps that an edit of one of EDITED brings up."""
    call = [sys.executable, "-c", DRY_RUNS, *EDITED]
    done = finished(call, cwd=clone, env={**os.environ, "PYTHONPATH": str(clone)}, check=True)
    said = json.loads(done.stdout.splitlines()[-1])

    def steps(edited: str) -> set[str]:
        text = said[edited]
        assert text.endswith("code 0\n"), text
        found = {name for name in CHAPTERS if f"running notebooks/{name}.ipynb" in text}
        return found | {step for step in (COMPARING, EXPORTING, COMPILING) if step in text}

    return steps


def test_nothing_runs_where_nothing_has_changed(would_run: WouldRun) -> None:
    assert would_run("Snakefile") == set()


def test_an_edit_runs_what_imports_the_module_and_what_follows_from_it(would_run: WouldRun) -> None:
    found = would_run("zmlib/video/denoise.py")
    assert "animation" in found and not found & {"overview", "method", "failures"}
    assert {COMPARING, COMPILING} <= found


def test_an_edit_of_one_notebook_runs_that_one(would_run: WouldRun) -> None:
    assert would_run("notebooks/fig7.ipynb") & set(CHAPTERS) == {"fig7"}


def test_an_edit_of_a_chapter_s_module_runs_the_notebooks_that_import_it(would_run: WouldRun) -> None:
    found = would_run("notebooks/chapters/fig7.py")
    assert "fig7" in found and "method" not in found and {COMPARING, COMPILING} <= found and EXPORTING not in found


def test_an_edit_of_the_networks_runs_all_of_them(would_run: WouldRun) -> None:
    assert would_run("zmlib/tnet.py") >= set(CHAPTERS)


def test_an_edit_of_a_page_runs_no_notebook(would_run: WouldRun) -> None:
    assert would_run("book/departures.md") == {COMPILING}


def test_an_edit_of_the_page_that_paints_exports_no_network(would_run: WouldRun) -> None:
    assert would_run("book/play/paint/main.js") == {COMPILING}


def test_an_edit_of_the_export_does(would_run: WouldRun) -> None:
    assert {EXPORTING, COMPILING} <= would_run("zmlib/export/graph.py")
    assert {EXPORTING, COMPILING} <= would_run("notebooks/chapters/words.py"), "the words on the page are the chapter's"


def test_an_edit_of_the_scorecard_compares_again(would_run: WouldRun) -> None:
    assert {COMPARING, COMPILING} <= would_run("notebooks/claims/render.py")


def test_an_edit_of_the_claims_runs_the_chapters_that_show_them(would_run: WouldRun) -> None:
    found = would_run("book/claims.yml") & set(CHAPTERS)
    assert found >= {"table1", "fig7", "failures"} and not found & {"overview", "method"}


def test_a_kept_result_runs_the_chapter_that_shows_it_beside_its_own(would_run: WouldRun) -> None:
    assert would_run("figures/fig7/fig7.json") & set(CHAPTERS) == {"fig7"}


def test_a_training_s_code_is_no_chapter_s(would_run: WouldRun) -> None:
    assert would_run("zmlib/train/loop.py") & set(CHAPTERS) <= {"faithful"}  # which shows a recipe's settings
