"""Two runs of a chapter on one machine find the same, to the last bit; only what a clock measured may differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from processes import running

from zmlib.experiments.results import Result, differences, read_results

FORKING = Path(__file__).with_name("forking.py")
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHAPTERS = {path.stem for path in NOTEBOOKS.glob("*.ipynb")} - {"overview"}  # which measures nothing and takes longest


@pytest.fixture(scope="module")
def runners() -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes that run chapters, see forking.py, and in which Python orders sets differently."""
    with ExitStack() as stack:
        started = []
        for seed in ("1", "2"):
            given = os.environ | {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}  # else threads wait for each other
            call = [sys.executable, str(FORKING)]
            process = running(call, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            started.append(stack.enter_context(process))
        yield started


def begin(runner: subprocess.Popen[str], chapter: str, place: Path) -> None:
    """Have a notebook run at preset smoke; its results go to `place`."""
    assert runner.stdin is not None
    print(chapter, place, file=runner.stdin, flush=True)


def finish(runner: subprocess.Popen[str], place: Path) -> dict[str, Result]:
    assert runner.stdout is not None
    for line in runner.stdout:
        folder, error = json.loads(line)
        if folder == str(place):  # and not of a run that an earlier test gave up
            assert not error, error[-3000:]
            return read_results(place)
    pytest.fail("the runner has ended")


@pytest.mark.parametrize("chapter", sorted(CHAPTERS))
def test_a_second_run_finds_the_same(chapter: str, runners: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for runner, place in zip(runners, places, strict=True):
        place.mkdir()
        begin(runner, chapter, place)  # both at once: half the time
    first, second = (finish(runner, place) for runner, place in zip(runners, places, strict=True))
    assert first.keys() == second.keys() and first
    for name, result in first.items():
        assert result.values, f"{name} keeps nothing to compare"
        assert differences(result, second[name]) == {}, name
        assert result.timings.keys() == second[name].timings.keys()
        if result.picture and not result.timings:  # a plot of timings differs as they do
            again = second[name].picture
            assert again and again.read_bytes() == result.picture.read_bytes(), f"{name} has another picture"
