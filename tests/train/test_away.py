"""`.ci/away.py`: packed, trained until the time is up, brought back in parts."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest
import torch
import typer
from PIL import Image
from processes import finished

import zmlib
from tests.train.tiny import fill

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("away", ROOT / ".ci" / "away.py")
assert SPEC is not None and SPEC.loader is not None
away = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(away)


def test_pictures_are_packed_small_and_few(tmp_path: Path) -> None:
    fill(tmp_path / "photos", 5)
    Image.new("RGB", (900, 600)).save(tmp_path / "photos" / "large.png")
    away.pack(tmp_path / "pack", [f"photos={tmp_path / 'photos'}"], size=128, most=3)
    sizes = [Image.open(path).size for path in sorted((tmp_path / "pack" / "photos").iterdir())]
    assert len(sizes) == 3 and max(map(max, sizes)) <= 192
    away.pack(tmp_path / "all", [f"photos={tmp_path / 'photos'}"], size=128)
    assert sorted(Image.open(path).size for path in (tmp_path / "all" / "photos").iterdir())[-1] == (192, 128)


def test_parts_are_put_together_again(tmp_path: Path) -> None:
    (tmp_path / "work" / "ten").mkdir(parents=True)
    state = os.urandom(100_000)
    (tmp_path / "work" / "ten" / "resume.pt").write_bytes(state)
    (tmp_path / "work" / "ten.log").write_text("loss 1")
    assert away.split(tmp_path / "work", tmp_path / "parts", size=30_000) == 4
    assert max(path.stat().st_size for path in (tmp_path / "parts").iterdir()) == 30_000
    away.join(tmp_path / "parts", tmp_path / "back")
    assert (tmp_path / "back" / "ten" / "resume.pt").read_bytes() == state
    assert (tmp_path / "back" / "ten.log").read_text() == "loss 1" and not list(tmp_path.glob("back/*.tar"))
    with pytest.raises(typer.BadParameter, match="no part-000"):
        away.join(tmp_path, tmp_path / "back")


def test_what_was_trained_there_comes_back(tmp_path: Path) -> None:
    """Two jobs at once; they end before the time is up."""
    fill(tmp_path / "pack" / "photos", 3)
    fill(tmp_path / "pack" / "paintings", 3, 10)
    fill(tmp_path / "pack" / "set", 3, 20)
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    jobs = ["one:smoke:paintings:--steps 2", "two:smoke:paintings+set:--steps 3 --seed 1"]
    call = [sys.executable, ROOT / ".ci" / "away.py", "run", "pack", "parts", *jobs, "--work", "runs"]
    finished(call, cwd=tmp_path, env=env, check=True)
    away.join(tmp_path / "parts", tmp_path / "back")
    state = torch.load(tmp_path / "back" / "two" / "resume.pt", weights_only=True)
    assert (state["step"], state["steps"]) == (3, 3)
    card = zmlib.load(tmp_path / "back" / "two" / "weights.safetensors").card
    assert (card["seed"], card["styles"]) == (1, 6)
    assert zmlib.load(tmp_path / "back" / "one" / "weights.safetensors").card["styles"] == 3
