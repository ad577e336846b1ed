"""`zmlib`, `doctor`, `evaluate`, `train`, `recipes`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zmlib
from zmlib.cli import checkup
from zmlib.cli.doctor import table
from zmlib.errors import UserError


def refused(result, says: str) -> None:
    assert result.exit_code == 2, result.output
    assert says in result.stderr, result.stderr
    assert "Traceback" not in result.output


def test_version_and_help(zm):
    assert zm("--version").stdout == f"zmlib {zmlib.__version__}\n"
    top = zm("--help").stdout
    for command in ("stylize", "train", "recipes", "evaluate", "doctor"):
        assert (command in top) == (command != "recipes"), "which train --list is too"
        text = zm(command, "--help").stdout
        assert zm(command, "--help").exit_code == 0 and (command == "recipes" or f"zmlib {command} " in text)


def test_a_command_or_option_that_is_not_there(zm):
    refused(zm("stylise"), "stylise")
    refused(zm("stylize", "--nothing"), "--nothing")


def test_the_commands_do_not_import_torch_themselves():
    """`zmlib --help` should not wait for more than `import zmlib` needs."""
    code = (
        "import sys, zmlib; before = set(sys.modules); import zmlib.cli\n"
        "print([name for name in set(sys.modules) - before if name.split('.')[0] in "
        "('torch', 'torchvision', 'skimage', 'scipy', 'lightning')])"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(zmlib.__file__).parents[1])}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UserError("That is wrong."), 2, "zmlib: That is wrong.\n"),
        (PermissionError(13, "Permission denied", "file.png"), 2, "zmlib: file.png: Permission denied.\n"),
        (KeyboardInterrupt(), 130, "zmlib: Stopped.\n"),
        (KeyboardInterrupt("Stopped half-way."), 130, "zmlib: Stopped half-way.\n"),
    ],
)
def test_errors_for_people(zm, monkeypatch, error, code, says):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(checkup, "examine", fail)
    result = zm("doctor")
    assert result.exit_code == code and result.stderr == says


def test_a_mistake_of_ours_is_not_dressed_up(zm, monkeypatch):
    monkeypatch.setattr(checkup, "examine", lambda *_: 1 / 0)
    assert isinstance(zm("doctor").exception, ZeroDivisionError)


@pytest.fixture
def shipped(weights, monkeypatch):
    """A copy of the package whose only weights are the tiny ones."""
    monkeypatch.setattr("zmlib.weights.available", lambda: {"styles": weights})


def test_doctor_json(zm, shipped, weights):
    result = zm("doctor", "--json", "--device", "cpu")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["torch"]["devices"][0]["device"] == "cpu"
    assert found["torch"]["devices"][0]["bf16"].split()[0] in ("native", "emulated")
    assert {row["name"] for row in found["loss_networks"]} == {"vgg16", "vgg16-caffe", "slim", "vgg19-normalised"}
    assert all(row["found"] or row["how"] for row in found["loss_networks"])
    (row,) = found["weights"]
    assert row["path"] == str(weights) and row["card"] == {"recipe": "tiny", "steps": 0} and len(row["sha256"]) == 64
    assert all(place["free_bytes"] > 0 for place in found["disk"])
    time = found["time"]
    assert 0 < time["stylize_256"] < 60 and time["stylize_1024_expected"] == 16 * time["stylize_256"]


def test_doctor_for_people(zm, shipped, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = zm("doctor", "--no-time").stdout
    for word in (f"zmlib {zmlib.__version__}", "bfloat16", "loss networks", "slim", "recipe tiny", "disk free"):
        assert word in text
    assert "256 px" not in text
    refused(zm("doctor", "--device", "toaster"), 'no device "toaster"')


def test_doctor_says_what_is_missing(zm, monkeypatch, tmp_path):
    from rich.console import Console

    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("zmlib.weights.available", dict)
    found = checkup.examine("cpu", measure=False)
    missing = {row["name"]: row["how"] for row in found["loss_networks"] if not row["found"]}
    assert "528 MB" in missing["vgg16"] and "ZMLIB_DATA" in missing["vgg16-caffe"]
    console = Console(width=150, record=True, file=open(os.devnull, "w"))
    console.print(table(found))
    assert "missing; downloaded when first used" in console.export_text()
    assert not list(tmp_path.iterdir())  # nothing was fetched


@pytest.fixture
def judged(here):
    """Two folders of two pictures each, in a working folder."""
    for folder, seed in (("photos", 0), ("paintings", 9)):
        (here / folder).mkdir()
        for i in range(2):
            values = np.random.default_rng(seed + i).integers(0, 256, (6, 8, 3), dtype=np.uint8)
            Image.fromarray(values).resize((80, 60)).save(here / folder / f"{i}.png")
    return here


class OneLayer:
    """Stands in for a loss network's file: a random one, so that the test needs no weights."""

    def __new__(cls, name: str, **_: object):
        import torch

        from zmlib.perceptual import LossNetwork
        from zmlib.perceptual.vgg import Chain, vgg_plan

        torch.manual_seed(1)
        chain = Chain(vgg_plan(["a", "b", "c"], (4, 8), (1, 2)))
        taps = chain.taps
        return LossNetwork(name, {"": chain}, style_layers=taps, content_layer=taps[-1], weights_hash="0").freeze()


def test_evaluate(zm, judged, weights, monkeypatch):
    monkeypatch.setattr("zmlib.perceptual.loss_network", OneLayer)
    monkeypatch.setenv("COLUMNS", "200")
    words = ("--photos", "photos", "--styles", "paintings", "--judge", "slim", "--size", 64, "--style-size", 64)
    result = zm("evaluate", "--model", weights, *words, "--ost", 1, "--out", "runs")
    assert result.exit_code == 0, result.output
    assert "2 pairs, 2 styles, 64 px" in result.stdout and "J_slim" in result.stdout
    assert "OST-equivalent" in result.stdout
    found = json.loads(Path("runs/results.json").read_text())
    assert f"{found['judges']['J_slim']['value']['median']:.3f}" in result.stdout
    assert f"speckle {found['speckle']['median']:.2f} [" in result.stdout
    assert result.stdout.index("J_slim") < result.stdout.index("noise gain lightness") < result.stdout.index("OST-equi")
    assert set(found["gain"]) == {"lightness", "red-green", "blue-yellow"} and "speckle" in found["pairs"][0]
    assert Image.open("runs/grid.jpg").width > 3 * 64
    assert {path.name for path in Path("runs").iterdir()} == {"results.json", "grid.jpg"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--photos", "photos"], "both a folder of photos and a folder of styles"),
        (["--photos", "photos", "--styles", "none"], "none"),
        (["--pairs", "none.tsv"], "none.tsv"),
        (["--photos", "photos", "--styles", "paintings", "--judge", "vgg99"], "vgg99"),
        (["--photos", "photos", "--styles", "paintings", "--model", "nothing"], "nothing"),
        (["--photos", "photos", "--styles", "paintings", "--size", "8"], "at least 32"),
        (["--out", "photo.jpg"], "photo.jpg is a file"),
        (["--rows", "0"], "at least one row"),
    ],
)
def test_evaluate_refuses(zm, judged, weights, monkeypatch, words, says):
    from zmlib.perceptual.registry import NAMES, loss_network

    monkeypatch.setattr(
        "zmlib.perceptual.loss_network", lambda name: OneLayer(name) if name in NAMES else loss_network(name)
    )
    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    known = [] if "--judge" in words else ["--judge", "slim"]
    refused(zm("evaluate", *known, *([] if "--model" in words else ["--model", weights]), *words), says)


def test_recipes(zm, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    from zmlib.train import RECIPES

    text = zm("recipes").stdout
    assert all(name in text for name in RECIPES)
    assert f"{RECIPES['styles'].phases[0].steps:,}" in text
    assert zm("train", "--list").stdout == text


def test_train_hands_over(zm, judged, monkeypatch):
    from zmlib.train import Settings

    calls = []
    monkeypatch.setattr("zmlib.train.train", lambda *words, **more: calls.append((words, more)) or Path("out/x"))
    folders = ("--photos", "photos", "--styles", "paintings", "--out", "runs")
    more = (
        "--batch",
        1,
        "--seed",
        7,
        "--precision",
        "32-true",
        "--loss-network",
        "vgg16",
        "--exclude",
        "test_*",
        "--snapshots",
        2,
    )
    result = zm("train", "smoke", *folders, "--steps", 3, "--device", "cpu", "--fresh", *more)
    assert result.exit_code == 0, result.output
    assert "--model out/x" in result.stdout
    ((recipe, *folders_given, settings), more) = calls[0]
    assert folders_given == [[Path("photos")], [Path("paintings")], Path("runs")] and not more
    assert [(phase.size, phase.batch) for phase in recipe.phases] == [(64, 1)] and recipe.loss_network == "vgg16"
    exclude = settings.exclude
    assert exclude(Path("photos/test_1.jpg")) and not exclude(Path("test_photos/1.jpg"))
    given = {"steps": 3, "seed": 7, "precision": "32-true", "snapshots": 2, "device": "cpu", "resume": False}
    assert settings == Settings(**given, name="smoke", exclude=exclude), "the rest has its defaults"

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zmlib.train.train", stop)
    result = zm("train", "smoke", *folders)
    assert result.exit_code == 130 and "the same command resumes." in result.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Name a recipe"),
        (["smoke", "--photos", "photos"], "needs --styles and --out"),
        (["nothing", "--photos", "photos", "--styles", "paintings", "-o", "runs"], 'no recipe "nothing"'),
        (["smoke", "--photos", "none", "--styles", "paintings", "-o", "runs"], "no folder none"),
        (["smoke", "--photos", "photos", "--styles", "paintings", "-o", "photo.jpg"], "photo.jpg is a file"),
        (["smoke", "--photos", "photos", "--styles", "paintings", "-o", "runs", "--steps", "0"], "at least 1"),
        (["smoke", "--photos", "photos", "--styles", "paintings", "-o", "runs", "--device", "x"], 'not "x"'),
        (["smoke", "--photos", "photos", "--styles", "paintings", "-o", "runs", "--precision", "8"], 'not "8"'),
        (["smoke", "--photos", "photos", "--styles", "paintings", "-o", "runs", "--size", "16"], "at least 32"),
    ],
)
def test_train_refuses(zm, judged, words, says):
    refused(zm("train", *words), says)
