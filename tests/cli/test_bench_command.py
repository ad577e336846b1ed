"""`make bench`: the files that it writes, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench import extras, fresh, machine
from bench.__main__ import app
from PIL import Image
from test_cli_stylize import files, refused
from typer.testing import CliRunner

NAMES = {"bench.json", "table.md", "times.png", "roofline.png"}


@pytest.fixture
def zm():
    """Runs `python -m bench` in this process."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_a_tiny_run_writes_everything(zm, here, monkeypatch):
    monkeypatch.setattr(machine, "SHAPES", ((64, 64, 64),))
    monkeypatch.setattr(machine, "COPIES", {"memory": 1 << 20, "cache": 1 << 16})
    monkeypatch.setattr(fresh, "pass_memory", lambda *_: [])  # nine processes; test_bench_run.py starts one
    monkeypatch.setattr(extras, "find_spec", lambda name: None)  # an export takes half a minute
    result = zm("bench", "--out", "new/bench", "--sizes", "64", "--batches", 1, "--seconds", 0.01, "--quick")
    assert result.exit_code == 0, result.output
    assert "about 2 minutes" in result.stdout and "not measured" in result.stdout
    assert {name.removeprefix("new/bench/") for name in files(here) - {"photo.jpg", "paint.png"}} == NAMES
    found = json.loads(Path("new/bench/bench.json").read_text())
    methods = {row["method"] for row in found["rows"]}
    assert {"ZM-Net", "ZM-Net, quarter cost", "ZM-Net, eager", "Johnson", "AdaIN", "Ghiasi"} == methods
    assert all(row["rounds"] == 3 and row["seconds"] > 0 and 0 < row["peak_share"] for row in found["rows"])
    assert {row["what"] for row in found["targets"] if row["met"]} >= {
        "mean difference to eager float32 (worst network, size, type and kind of style)"
    }
    assert found["first_result"]["seconds"] > 0 and "large_photos" not in found
    assert any("onnxruntime is left out" in line for line in found["left_out"])
    assert "| Johnson | kept | fp32 |" in Path("new/bench/table.md").read_text()
    for name in ("times.png", "roofline.png"):
        assert Image.open(Path("new/bench") / name).size[0] > 500


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--sizes", "64,16"), "between 32 and"),
        (("--sizes", "64,large"), "--sizes takes whole numbers"),
        (("--sizes", ","), "at least one size"),
        (("--batches", "1,0"), "A batch to measure"),
        (("--device", "nonsense"), 'no device "nonsense"'),
        (("--seconds", 0), "seconds"),
        (("--threads", 0), "threads"),
        (("--out", "photo.jpg"), "photo.jpg is a file"),
        (("--out", "photo.jpg/below"), "photo.jpg is a file"),
    ],
)
def test_bad_input_gets_a_sentence(zm, here, given, says):
    refused(zm("bench", *(() if "--out" in given else ("--out", "new")), *given), says)
    assert files(here) == {"photo.jpg", "paint.png"}


def test_a_folder_in_a_files_place(zm, here):
    (here / "new" / "times.png").mkdir(parents=True)
    refused(zm("bench", "--out", "new"), "is a folder, and a file goes there")
