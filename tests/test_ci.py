"""The hosted check runs what a person can run: .ci/run, whose steps are targets of the Makefile."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def job() -> dict:
    path = ROOT / ".github" / "workflows" / "ci.yml"
    if not path.is_file():
        pytest.skip("an unpacked sdist has no .github/")
    (job,) = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return job


def test_the_hosted_check_calls_the_script(job: dict) -> None:
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert f">={min(job['strategy']['matrix']['python'])}" == oldest
    assert f'PIP_ARGS="{job["env"]["PIP_ARGS"]}"' in (ROOT / "README.md").read_text(encoding="utf-8")
    kept = " ".join(step["with"]["path"] for step in job["steps"] if "upload" in step.get("uses", ""))
    assert {"book/_build/html", "book/_build/zmlib.pdf", "book/_build/shots"} <= set(kept.split())


def test_the_scripts_steps_are_targets() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    steps = re.findall(r"^make ([a-z-]+)", SCRIPT, re.M)
    assert steps == ["env", "lint", "test", "notebooks", "book", "pdf", "test-site"] and set(steps) <= targets
    assert SCRIPT.index("make lint") < SCRIPT.index("kept.py --check") < SCRIPT.index("make test")
    assert SCRIPT.index("make book") < SCRIPT.index("check_site.py book") < SCRIPT.index("make test-site")


def test_the_screenshots_are_of_all_that_is_pictured() -> None:
    chosen = re.search(r'pytest .* tests/site -k "([^"]+)"', (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert chosen is not None
    pictured = {
        node.name
        for path in (ROOT / "tests" / "site").glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and "ZMLIB_SHOTS" in ast.unparse(node)
    }
    assert "test_a_page_fits_its_window" in pictured
    assert not [name for name in pictured if not any(part in name for part in chosen[1].split(" or "))]


def test_the_script_demands_a_browser(tmp_path: Path) -> None:
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name) or pytest.skip(f"no {name} here"))
    given = {"PATH": str(tmp_path), "ZMLIB_DATA": str(tmp_path)}
    call = [str(tmp_path / "bash"), str(ROOT / ".ci" / "run")]
    done = subprocess.run(call, env=given, capture_output=True, text=True)
    assert done.returncode == 1 and "no Chromium" in done.stderr, done.stdout + done.stderr
    assert "export ZMLIB_BROWSER=required" in SCRIPT


@pytest.mark.parametrize(("browser", "code", "said"), [("required", 1, "8 errors"), ("", 0, "8 skipped")])
def test_a_site_that_cannot_be_tried_passes_only_where_it_may(
    browser: str, code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    given = os.environ | {"ZMLIB_BROWSER": browser, "ZMLIB_BOOK": str(tmp_path)}
    call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/site/test_site.py"]
    done = subprocess.run(call, cwd=ROOT, env=given, capture_output=True, text=True)
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout[-2000:]
