"""Two runs of a chapter on one machine find the same, to the last bit; only what a clock measured may differ."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zmlib.experiments.results import Result, differences, read_results

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHAPTERS = {path.stem for path in NOTEBOOKS.glob("*.ipynb")} - {"overview"}  # which measures nothing and takes longest

pytest.importorskip("papermill")


def begin(chapter: str, place: Path) -> subprocess.Popen[str]:
    """A process that runs a notebook at preset smoke; its results go to `place`."""
    call = [sys.executable, "-m", "papermill", str(NOTEBOOKS / f"{chapter}.ipynb"), str(place / "executed.ipynb")]
    call += ["--cwd", str(NOTEBOOKS), "-p", "preset", "smoke", "-p", "device", "cpu", "--no-progress-bar"]
    given = os.environ | {"ZMLIB_RESULTS": str(place), "OMP_NUM_THREADS": "1"}  # else threads wait for each other
    return subprocess.Popen(call, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str], place: Path) -> dict[str, Result]:
    said = process.communicate()[1]
    assert process.returncode == 0, said[-3000:]
    return read_results(place)


@pytest.mark.parametrize("chapter", sorted(CHAPTERS))
def test_a_second_run_finds_the_same(chapter: str, tmp_path: Path) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for place in places:
        place.mkdir()
    processes = [begin(chapter, place) for place in places]  # at once: half the time
    first, second = (finish(process, place) for process, place in zip(processes, places, strict=True))
    assert first.keys() == second.keys() and first
    for name, result in first.items():
        assert result.values, f"{name} keeps nothing to compare"
        assert differences(result, second[name]) == {}, name
        assert result.timings.keys() == second[name].timings.keys()
        if result.picture and not result.timings:  # a plot of timings differs as they do
            again = second[name].picture
            assert again and again.read_bytes() == result.picture.read_bytes(), f"{name} has another picture"
