"""The chapter on the faithful run: how far a run has come, from a folder in which a training may still be writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from chapters import faithful

import zmlib
from zmlib import UserError
from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network
from zmlib.train.recipes import RECIPES
from zmlib.weights import SNAPSHOTS

HEAD = "step,loss,style,content,rate,images_per_second\n"


class Reads:
    """What the chapter asks of a run: which files were read, and which networks used."""

    device = "cpu"

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.names: list[str] = []

    def read(self, file: Path) -> Path:
        self.files.append(file)
        return file

    def used(self, net: Any, name: str) -> Any:
        self.names.append(name)
        return net


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of 220 steps, the last row cut off, with three snapshots of a tiny network."""
    rows = [f"{step},{1000 / step},{900 / step},{100 / step},0.001,2\n" for step in range(20, 221, 20)]
    (tmp_path / "losses.csv").write_text(HEAD + "".join(rows) + "240,4.1,3.")
    net = zmlib.ZMNet(zmlib.TNetConfig(width=(4, 6, 8), blocks=1))
    for step in (50, 100, 200):
        zmlib.save(net, tmp_path / SNAPSHOTS / f"{step:06d}.safetensors", {})
    return tmp_path


def test_a_run_that_goes_on_is_read_to_its_last_whole_row(folder: Path) -> None:
    reads = Reads()
    rows = faithful.read_losses(reads, folder)  # type: ignore[arg-type]
    assert rows["step"][-1] == 220 and len(rows["loss"]) == 11 and reads.files == [folder / "losses.csv"]
    with pytest.raises(UserError, match="no folder of a training"):
        faithful.read_losses(reads, folder / SNAPSHOTS)  # type: ignore[arg-type]
    (folder / "losses.csv").write_text(HEAD)
    with pytest.raises(UserError, match="not logged a step"):
        faithful.read_losses(reads, folder)  # type: ignore[arg-type]


def test_it_says_how_far_the_run_has_come(folder: Path) -> None:
    found = faithful.describe(faithful.read_losses(Reads(), folder))  # type: ignore[arg-type]
    assert (found["steps"], found["of"], found["share"]) == (220, 40_000, 220 / 40_000)
    assert found["hours"] == pytest.approx(220 * 4 / 2 / 3600)
    assert found["first"]["loss"] == 50
    assert found["last"]["loss"] == pytest.approx(sum(1000 / step for step in range(140, 221, 20)) / 5)
    assert [row["part"] for row in faithful.table(found)] == ["loss", "style", "content"]
    assert faithful.progress(found).startswith("220 of 40,000 iterations, 0.5 %")
    assert faithful.table({}) == [] and "No run" in faithful.progress({})
    so_far, whole = faithful.plot(found).axes
    assert so_far.get_xlim() == (0, 220) and whole.get_xlim() == (0, 40_000) and whole.get_yscale() == "log"


def test_the_recipe_is_the_paper_s() -> None:
    recipe = RECIPES[faithful.RECIPE]
    phase = recipe.phases[0]
    assert (recipe.objective, recipe.one_style, recipe.rate, recipe.steps) == ("paper", True, 1e-3, 40_000)
    assert (phase.size, recipe.terms, recipe.clip, recipe.averaging, recipe.pictures) == (256, {}, None, 0.0, 10)


def test_pictures_are_of_weights_along_the_way_the_last_among_them(folder: Path) -> None:
    reads = Reads()
    nets = faithful.snapshots(reads, folder, most=2)  # type: ignore[arg-type]
    assert list(nets)[-1] == 200 and len(nets) == 2 and reads.names[-1] == "faithful-000200"
    photo, styles = torch.rand(1, 3, 64, 64), [torch.rand(1, 3, 64, 64) for _ in range(3)]
    made = faithful.paint(nets, photo, styles, Judge(loss_network("slim")))
    assert [len(row) for row in made["rows"]] == [3, 3, 3] and made["rows"][0][0] is styles[0]
    assert set(made["J"]) == {str(step) for step in nets} and len(made["J"]["200"]) == 3
    assert faithful.snapshots(reads, folder / SNAPSHOTS) == {}  # type: ignore[arg-type]
