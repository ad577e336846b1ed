"""What the apps are made of is in the wheel: scripts, colours, and the template of the page."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDGETS = ROOT / "zmlib" / "widgets"
NEEDED = [
    path.relative_to(ROOT).as_posix()
    for path in sorted(WIDGETS.rglob("*"))
    if path.is_file() and path.suffix not in (".py", ".pyc")
]


def test_there_are_such_files() -> None:
    kinds = {Path(name).suffix for name in NEEDED}
    assert {".js", ".css", ".j2", ".json"} <= kinds and "zmlib/widgets/plane.js" in NEEDED


def test_nothing_keeps_them_out_of_the_wheel() -> None:
    """Hatchling takes all of a package but what git ignores and what the project leaves out."""
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert targets["targets"]["wheel"] == {"packages": ["zmlib"]} and set(targets) == {"targets"}
    if not (ROOT / ".git").exists():
        pytest.skip("no git here to ask what it ignores")
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        input="\n".join(NEEDED),
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert asked.returncode == 1 and not asked.stdout, f"ignored: {asked.stdout}{asked.stderr}"


def test_hatchling_takes_them() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    taken = {file.distribution_path for file in wheel.WheelBuilder(str(ROOT)).recurse_included_files()}
    assert set(NEEDED) <= taken
