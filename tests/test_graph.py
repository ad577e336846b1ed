"""The Snakefile: an edit re-runs what depends on it, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMPARING, EXPORTING, COMPILING = "comparing the results", "exporting the networks", "compiling the pages"
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

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
        os.utime(path, (1_000_000_000, 1_000_000_000))
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


def would_run(clone: Path, edited: str) -> set[str]:
    """Chapters and other steps that an edit of one file brings up, by a dry run."""
    file = clone / edited
    os.utime(file)
    call = [sys.executable, "-m", "snakemake", "--snakefile", "Snakefile", "--cores", "2", "--dry-run", "--nolock"]
    done = subprocess.run(call, cwd=clone, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(clone)})
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    found = {name for name in CHAPTERS if f"running notebooks/{name}.ipynb" in text}
    return found | {step for step in (COMPARING, EXPORTING, COMPILING) if step in text}


def test_nothing_runs_where_nothing_has_changed(clone: Path) -> None:
    assert would_run(clone, "Snakefile") == set()


def test_an_edit_runs_what_imports_the_module_and_what_follows_from_it(clone: Path) -> None:
    found = would_run(clone, "zmlib/baselines/ost.py")
    assert "table1" in found and not found & {"overview", "method", "failures"}
    assert {COMPARING, COMPILING} <= found


def test_an_edit_of_one_notebook_runs_that_one(clone: Path) -> None:
    assert would_run(clone, "notebooks/fig7.ipynb") & set(CHAPTERS) == {"fig7"}


def test_an_edit_of_the_networks_runs_all_of_them(clone: Path) -> None:
    assert would_run(clone, "zmlib/tnet.py") >= set(CHAPTERS)


def test_an_edit_of_a_page_runs_no_notebook(clone: Path) -> None:
    assert would_run(clone, "book/departures.md") == {COMPILING}


def test_an_edit_of_the_page_that_paints_exports_no_network(clone: Path) -> None:
    assert would_run(clone, "book/play/paint/main.js") == {COMPILING}


def test_an_edit_of_the_export_does(clone: Path) -> None:
    assert {EXPORTING, COMPILING} <= would_run(clone, "zmlib/export/graph.py")


def test_an_edit_of_the_claims_runs_the_chapters_that_show_them(clone: Path) -> None:
    found = would_run(clone, "book/claims.yml") & set(CHAPTERS)
    assert found >= {"table1", "fig7", "failures"} and not found & {"overview", "method"}


def test_a_kept_result_runs_the_chapter_that_shows_it_beside_its_own(clone: Path) -> None:
    assert would_run(clone, "figures/fig7/fig7.json") & set(CHAPTERS) == {"fig7"}


def test_a_training_s_code_is_no_chapter_s(clone: Path) -> None:
    assert not would_run(clone, "zmlib/train/loop.py") & set(CHAPTERS)
