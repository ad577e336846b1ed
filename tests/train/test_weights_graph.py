"""The graph of the weights: what it would do, and that a kill at any moment costs nothing but time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from processes import finished, running
from safetensors.torch import load_file

from tests.train.tiny import fill
from zmlib.train.jobs import load_jobs, steps_done
from zmlib.weights import registry

pytest.importorskip("snakemake")
ROOT = Path(__file__).parents[2]
TABLE = """
pictures: {set: {evening: 6, long: 6}, painted: {evening: 2, long: 2}}
hours: {set: {evening: 1, long: 1}, painted: {evening: 1, long: 1}}
networks:
  first: {recipe: smoke, styles: [painted, paintings], steps: {evening: 60}, hours: {evening: 1, long: 1}}
  second:
    {recipe: smoke, styles: [paintings], start: {evening: first}, steps: {evening: 160}, hours: {evening: 1, long: 1}}
"""


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    """Two folders with a space in their names, and the options that name them and the table of two tiny trainings."""
    photos, paintings = fill(tmp_path / "my photos", 3), fill(tmp_path / "my paintings", 3, 10)
    (tmp_path / "table.yml").write_text(TABLE)
    options = {"photos": photos, "paintings": paintings, "table": tmp_path / "table.yml", "save-every": 0.1, "jobs": 2}
    return [text for name, value in options.items() for text in (f"--{name}", str(value))] + ["--no-judge"]


def command(inputs: list[str], runs: Path) -> list[str]:
    return [sys.executable, "-m", "zmlib", "weights", "train", *inputs, "--runs", str(runs)]


def environment(home: Path) -> dict[str, str]:
    """With a `nice` that changes nothing: beside other tests a training that gives way would take minutes."""
    polite = home / "bin" / "nice"
    polite.parent.mkdir()
    polite.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    polite.chmod(0o755)
    places = {"XDG_CACHE_HOME": str(home / "cache"), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return {**os.environ, **places, "PATH": f"{polite.parent}{os.pathsep}{os.environ['PATH']}"}


def weights(runs: Path) -> dict[str, dict[str, torch.Tensor]]:
    return {name: load_file(runs / name / "weights.safetensors") for name in ("first", "second")}


@pytest.mark.timeout(900)
def test_a_graph_that_is_killed_again_and_again_gives_the_weights_of_one_left_alone(
    inputs: list[str], tmp_path: Path
) -> None:
    """SIGKILL to all its processes at random moments: while it paints, while each trains, and between the two."""
    env = environment(tmp_path)
    finished(command(inputs, tmp_path / "alone"), cwd=ROOT, env=env, check=True)
    chance, killed = random.Random(0), tmp_path / "killed"
    moments = (
        lambda: (killed / "painted.log").exists(),
        lambda: steps_done(killed / "first") >= 20,
        lambda: (killed / "first" / "weights.safetensors").exists(),
        lambda: steps_done(killed / "second") >= 20,
    )
    for moment in moments:
        with running(command(inputs, killed), cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and not moment():
                time.sleep(0.05)
            time.sleep(chance.uniform(0, 1))
            assert process.poll() is None, "it was to be killed before its end"
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert not (killed / "second" / "weights.safetensors").exists()
    done = finished(command(inputs, killed), cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    alone, again = weights(tmp_path / "alone"), weights(killed)
    for name, tensors in alone.items():
        assert all(torch.equal(tensor, again[name][key]) for key, tensor in tensors.items()), name
        assert (killed / name / "resume.pt").exists() and (killed / name / "card.md").exists()
        assert not list((killed / name).glob(".*.part")), "what a kill left half-written is gone"
    card = (killed / "second" / "card.md").read_text(encoding="utf-8")
    assert "220 steps, 60 of them by the weights that it" in card and "3 photographs" in card


def test_a_dry_run_shows_each_training_its_steps_and_hours_and_writes_nothing(
    inputs: list[str], tmp_path: Path
) -> None:
    call = [*command(inputs, tmp_path / "runs"), "--dry-run"]
    done = finished(call, cwd=ROOT, env=environment(tmp_path), check=True)
    rows = [line for line in done.stdout.splitlines() if "second" in line or "together" in line]
    assert "160 of 2 x 64 px" in rows[0] and "first" in rows[0] and "1.0" in rows[0]
    assert "3.0" in rows[-1], "two trainings and the pictures to paint"
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("length", ["evening", "long"])
def test_the_slurm_profile_plans_every_job(tmp_path: Path, length: str) -> None:
    """A dry run of the real table, in sixteen shards, by the profile that the documentation names."""
    pytest.importorskip("snakemake_executor_plugin_slurm")
    photos, paintings = fill(tmp_path / "photos", 3), fill(tmp_path / "paintings", 10, 10)
    call = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "weights.smk"), "--directory", str(tmp_path)]
    call += ["--workflow-profile", str(ROOT / "zmlib/train/slurm"), "--dry-run", "--nolock", "--config"]
    call += [f"photos={photos}", f"paintings={paintings}", f"length={length}", "shards=16"]
    done = finished(call, cwd=tmp_path, env=environment(tmp_path))
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert text.count("deriving the style set, part") == 16
    assert {name for name in load_jobs(length).jobs if f"training {name} (" in text} == set(load_jobs(length).jobs)


@pytest.mark.parametrize("length", ["evening", "long"])
def test_every_network_that_ships_is_trained_by_it(length: str) -> None:
    jobs = load_jobs(length, tagged=True).jobs
    assert set(registry()) <= set(jobs)
    assert all(job.hours > 0 and job.plan.steps > 0 for job in jobs.values())
