"""`zmlib paint`."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from zmlib.cli import app


def test_paints_and_goes_on(tmp_path: Path) -> None:
    call = ["paint", "--out", str(tmp_path / "p"), "--size", "64", "--count"]
    assert CliRunner().invoke(app, [*call, "2"]).exit_code == 0
    first = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "p").iterdir()}
    assert CliRunner().invoke(app, [*call, "3"]).exit_code == 0
    names = sorted(p.name for p in (tmp_path / "p").iterdir())
    assert names == ["hatching_000001.jpg", "strokes_000000.jpg", "woodblock_000002.jpg"]
    assert all((tmp_path / "p" / name).stat().st_mtime_ns == when for name, when in first.items())
    assert Image.open(tmp_path / "p" / names[0]).size == (64, 64)


@pytest.mark.parametrize("wrong", [["--count", "0"], ["--manner", "fresco"], ["--seed", "1000000"]])
def test_wrong_options_end_with_a_sentence(tmp_path: Path, wrong: list[str]) -> None:
    done = CliRunner().invoke(app, ["paint", "--out", str(tmp_path / "p"), *wrong])
    assert done.exit_code == 2 and not (tmp_path / "p").exists()
