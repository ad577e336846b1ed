"""The graph of the weights: what it would do, and that a kill at any moment costs nothing but time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
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
    assert not (killed / "second" / "weights.safetensors").exists() and not (killed / "hashes.tsv").exists()
    done = finished(command(inputs, killed), cwd=ROOT, env=env)
    assert done.returncode == 0, done.stderr
    alone, again = weights(tmp_path / "alone"), weights(killed)
    for name, tensors in alone.items():
        assert all(torch.equal(tensor, again[name][key]) for key, tensor in tensors.items()), name
        assert (killed / name / "resume.pt").exists() and (killed / name / "card.md").exists()
        assert not list((killed / name).glob(".*.part")), "what a kill left half-written is gone"
    tables = [(tmp_path / runs / "hashes.tsv").read_text(encoding="utf-8").splitlines() for runs in ("alone", "killed")]
    for row, file in enumerate(("first/weights.safetensors", "second/weights.safetensors"), 1):
        rows = [table[row].split("\t") for table in tables]
        assert rows[1][:2] == [sha256((killed / file).read_bytes()).hexdigest(), file]
        assert rows[0][2] == rows[1][2] != "", "the tensors are the same, the seconds in the files are not"
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


def plan(tmp_path: Path, photos: Path, paintings: Path, *config: str) -> str:
    """What Snakemake says it would do, and by which commands; the folder of the runs is `tmp_path`."""
    call = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "weights.smk"), "--directory", str(tmp_path)]
    call += ["--dry-run", "--nolock", "--printshellcmds", "--cores", "2", "--config"]
    call += [f"photos={photos}", f"paintings={paintings}", *config]
    done = finished(call, cwd=tmp_path, env=environment(tmp_path))
    return f"{done.stdout}{done.stderr}\ncode {done.returncode}"


def in_parts(folder: Path, first: int, train: int, test: int) -> Path:
    """A folder of pictures with the parts train, val and test."""
    for name, count in (("train", train), ("val", 1), ("test", test)):
        fill(folder / name, count, first)
        first += count
    return folder


def test_networks_of_single_figures_have_the_pictures_that_their_figures_want(tmp_path: Path) -> None:
    photos, paintings = in_parts(tmp_path / "photos", 0, 1, 1), in_parts(tmp_path / "paintings", 10, 60, 24)
    text = plan(tmp_path, photos, paintings, "only=extras", "length=long")
    assert text.endswith("code 0"), text
    said = " ".join(text.split())
    for i in range(12):  # every other of 24 paintings for test
        name, painting = f"fst-unseen-{i + 1:02d}", paintings / "test" / f"{2 * i:02d}.png"
        assert f"ln -s {painting} one/{name}/ && " in said and f"--styles one/{name} " in said
        assert f"cp {name}/weights.safetensors unseen/{painting.stem}.safetensors" in said
    assert said.count(f"ln -s {paintings}/train/00.png {paintings}/train/03.png {paintings}/train/06.png") == 1
    assert "--out set-18 " in said and "--paintings seeds-18 --count 23307" in said
    expanded = next(line for line in text.splitlines() if "--out styles-expanded-18-seed2 " in line)
    assert "--styles set-18/train" in expanded and "train styles-expanded --length long --seed 2" in expanded
    assert "--pictures 50 " in next(line for line in text.splitlines() if "--out styles-50 " in line)
    assert "--styles seeds-45/train" in next(line for line in text.splitlines() if "--out styles-seeds-45 " in line)
    assert "training styles-10 (" not in text, "it ships, and was not asked for"


def test_a_painting_that_no_network_is_trained_on_needs_a_part_of_its_own(tmp_path: Path) -> None:
    photos, paintings = fill(tmp_path / "photos", 3), fill(tmp_path / "paintings", 10, 10)
    text = plan(tmp_path, photos, paintings, "only=unseen")
    assert "holds no folder test" in text and text.endswith("code 1")


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
