"""Every recipe learns, repeats itself, and takes the pictures that it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import fill, glove, losses, tagged, tiny

import zmlib.train.loop as loop
from zmlib import UserError
from zmlib.train import RECIPES, Phase, Recipe, train

SOURCES = {"serial-image", "parallel-image", "concat-image", "table", "constant", "adain-image", "predictor-image"}
SOURCES |= {"serial-vector", "parallel-vector"}
RATES = {"adain": 3e-4}  # its decoder has no normalisation, and a faster rate drives it into saturation


def test_the_recipes_have_every_source() -> None:
    assert {recipe.source for recipe in RECIPES.values()} == SOURCES


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_overfits_one_pair(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One crop of one photo, one of one painting, a rate for so few steps. Measured: the loss falls 4 to 21 fold."""
    photos, styles = fill(tmp_path / "photos", 1), fill(tmp_path / "styles", 1, 50)
    if RECIPES[name].reads == "word":  # the one painting for both words
        monkeypatch.setenv("ZMLIB_DATA", str(glove(tmp_path / "data")))
        styles = tagged(tmp_path / "tagged", {"noon": 1, "night": 1}, 50)
    pictures = None if RECIPES[name].pictures is None else 1
    recipe = tiny(name, 24, rate=RATES.get(name, 3e-3), contents=1, styles=1, pictures=pictures)
    seen = losses(recipe, photos, styles, tmp_path / "run")
    assert len(seen) == 24 and np.mean(seen[-3:]) < seen[0] / 3, seen


@pytest.mark.parametrize("name", ["styles", "cin-10", "concat"])
def test_a_seed_gives_exactly_the_same_losses(name: str, tmp_path: Path) -> None:
    photos, styles = fill(tmp_path / "photos", 3), fill(tmp_path / "styles", 3, 50)
    pictures = None if RECIPES[name].pictures is None else 2
    recipe = tiny(name, 20, contents=12, styles=12, pictures=pictures)
    first, second = (losses(recipe, photos, styles, tmp_path / f"{i}", 4) for i in range(2))
    assert len(first) == 20 and first == second
    other = losses(replace(recipe, phases=(Phase(3, size=32, batch=2),)), photos, styles, tmp_path / "other", 5)
    assert not set(first) & set(other)


class Stop(Exception):
    """What ends a training before it begins."""


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.pictures == 10])
def test_ten_pictures_are_taken_evenly_and_fewer_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[list[str]] = []

    def trainer(recipe: Recipe, photos: list[Path], styles: list[Path], *_: object, **__: object) -> None:
        taken.append([path.stem for path in styles])
        assert recipe.options == (RECIPES[name].options | ({"styles": 10} if RECIPES[name].source == "table" else {}))
        raise Stop

    monkeypatch.setattr("zmlib.train.start.Trainer", trainer)
    photos, styles = fill(tmp_path / "photos", 1), fill(tmp_path / "styles", 25)
    with pytest.raises(Stop):
        train(name, photos, styles, tmp_path / "run", device="cpu", progress=False)
    assert taken == [["00", "02", "05", "07", "10", "12", "15", "17", "20", "22"]]
    few = fill(tmp_path / "few", 9)
    with pytest.raises(UserError, match=rf"^{name} needs 10 style pictures, and .*few holds 9$"):
        train(name, photos, few, tmp_path / "other", device="cpu", progress=False)
    assert not (tmp_path / "other").exists(), "something was written"


def test_a_table_has_a_row_a_picture(tmp_path: Path) -> None:
    """And row i is asked for where the crop is of picture i."""
    photos, styles = fill(tmp_path / "photos", 1), fill(tmp_path / "styles", 4, 50)
    recipe = tiny("cin-10", 6, contents=4, styles=4, pictures=3)
    drawn: set[int] = set()
    with pytest.MonkeyPatch.context() as patch:
        real = loop.Trainer.signal

        def signal(self: loop.Trainer, crops, indices):  # noqa: ANN001, ANN202
            rows = real(self, crops, indices)
            files = [self.styles[index % len(self.styles)].stem for index in indices]
            assert [["00", "01", "02"][row] for row in rows.tolist()] == files
            drawn.update(rows.tolist())
            return rows

        patch.setattr(loop.Trainer, "signal", signal)
        losses(recipe, photos, styles, tmp_path / "run")
    assert drawn == {0, 1, 2}


def test_a_bad_start_leaves_no_folder(tmp_path: Path) -> None:
    photos, styles = fill(tmp_path / "photos", 1), fill(tmp_path / "styles", 2, 50)
    for name, more, says in (("fst", {}, "needs one picture"), ("styles", {"start": "nothing"}, "no weights named")):
        with pytest.raises(UserError, match=says):
            train(tiny(name, 2), photos, styles, tmp_path / "run", device="cpu", progress=False, **more)
    assert not (tmp_path / "run").exists()
