"""`zmlib weights`: what it refuses before anything is trained, and its cards. (The graph: tests/train.)"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from processes import running
from typer.testing import Result

import zmlib
from zmlib import UserError
from zmlib.cli.weights import keep_settings
from zmlib.evaluate.report import describe_weights
from zmlib.train.settings import GraphSettings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in ("photos", "paintings"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").write_text("no folder")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--photos": "nowhere"}, "There is no folder nowhere"),
        ({"--tagged": "nowhere"}, "There is no folder nowhere"),
        ({"--runs": "file"}, "file is a file, and --runs wants a folder"),
        ({"--length": "weekend"}, 'and not "weekend"'),
        ({"--jobs": "0"}, "--jobs must be at least 1, not 0"),
        ({"--memory": "0"}, "--memory must be at least 0.1"),
        ({"--shards": "0"}, "--shards must be at least 1"),
        ({"--loss-network": "vgg99"}, 'no loss network "vgg99"'),
        ({"--device": "abacus"}, 'no device "abacus"'),
        ({"--table": "file"}, "no table of trainings that can be read"),
        ({"stiles": ""}, 'no training of a network "stiles"'),
    ],
)
def test_what_cannot_be_trained_is_said_in_a_sentence(
    zm: Callable[..., Result], folders: Path, changed: dict[str, str], says: str
) -> None:
    given = {name: str(folders / name.strip("-")) for name in ("--photos", "--paintings", "--runs")}
    for name, value in changed.items():
        given[name] = str(folders / value) if value == "file" else value
    words = [word for pair in given.items() for word in pair if word]
    result = zm("weights", "train", *words)
    assert result.exit_code == 2, result.output
    assert says in result.stderr and result.stderr.count("\n") == 1
    assert not (folders / "runs").exists()


def test_a_card_says_what_the_file_and_the_measurement_say(
    zm: Callable[..., Result], tiny_model: zmlib.ZMNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZMLIB_DATA", raising=False)  # the judge that ships: a larger one takes a minute
    facts = {"recipe": "styles", "about": "many styles", "photos": 1306, "styles": 21238, "seed": 1, "steps": 46_000}
    facts |= {"steps_before": 15_400, "seconds": 57_600, "device": "cpu", "final_loss": 0.1234, "loss_network": "slim"}
    facts |= {"left_out": 2, "pictures_changed": [{"from_step": 1200, "photos": 1300, "styles": 21000}]}
    file = zmlib.save(tiny_model, tmp_path / "w.safetensors", facts)
    result = zm("weights", "card", file, "--out", tmp_path / "cards" / "card.md")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "cards" / "card.md").read_text(encoding="utf-8")
    for part in ("1,306 photographs", "21,238 style", "2 damaged", "From step 1,200 on, 1,300 and 21,000", "`styles`"):
        assert part in text
    assert "46,000 steps, 15,400 of them by the weights that it started from; 16.0 hours on cpu" in text
    assert "0.123" in text and "Measured" not in text
    measured = zm("weights", "card", file, "--judge").stdout
    assert "pairs" in measured and "speckle" in measured and "noise gain" in measured


def test_a_card_of_a_file_that_says_nothing_of_itself_claims_nothing(tmp_path: Path) -> None:
    text = describe_weights(tmp_path / "none.safetensors", {})
    assert "Not stated by the file" in text and "not logged" in text


def test_a_card_of_no_file_is_refused(zm: Callable[..., Result], tmp_path: Path) -> None:
    result = zm("weights", "card", tmp_path / "none.safetensors")
    assert result.exit_code == 2 and "There is no file" in result.stderr


def test_a_folder_of_runs_keeps_its_length(tmp_path: Path) -> None:
    first = GraphSettings(tmp_path / "a: b #1", tmp_path, length="evening", save_every=0, only=("styles", "words"))
    other = replace(first, photos=tmp_path)
    keep_settings(tmp_path / "runs", other)
    keep_settings(tmp_path / "runs", first)
    kept = tmp_path / "runs" / "settings.json"
    assert GraphSettings.of(json.loads(kept.read_text())) == first
    with pytest.raises(UserError, match="holds runs of the length evening: name another folder for long"):
        keep_settings(tmp_path / "runs", replace(other, length="long"))
    kept.write_text("[1")
    keep_settings(tmp_path / "runs", replace(other, length="long"))


def test_what_a_cluster_is_told_on_the_command_line() -> None:
    given = GraphSettings.of(
        {"photos": "p", "paintings": "q", "only": "styles,words", "loss-network": None, "shards": 16}
    )
    assert given.photos == Path("p").resolve() and (given.only, given.shards) == (("styles", "words"), 16)
    assert given.loss_network is None and given.save_every is None and given.judge


CHILD = "import time; open({file!r}, 'w').write('here'); time.sleep(600)"
FRONT = """
import sys
from zmlib.cli.weights import run_until_told
program = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
run_until_told([sys.executable, "-c", program, sys.argv[1]])
"""


def test_whoever_stops_the_front_stops_what_it_has_started(tmp_path: Path) -> None:
    """SIGTERM to the first of three processes ends the other two as well."""
    child = CHILD.format(file=str(tmp_path / "started"))
    with running([sys.executable, "-c", FRONT, child], cwd=ROOT, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "started").exists() and process.poll() is None:
            time.sleep(0.05)
        below = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        _, said = process.communicate()
    assert len(below) == 2 and "KeyboardInterrupt" in said
    assert not psutil.wait_procs(below, timeout=60)[1]
