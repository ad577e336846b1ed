"""Damaged, missing, added and small pictures: found before the first step, and no reason to lose a run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import zmlib
import zmlib.data.check as check
import zmlib.train.loop as loop
from tests.train.tiny import fill
from zmlib import TNetConfig, UserError
from zmlib.data.check import check_pictures
from zmlib.data.folders import mixed
from zmlib.train import Phase, Recipe, train

RECIPE = Recipe(
    "for tests",
    config=TNetConfig(width=(4, 4, 8), blocks=1),
    loss_network="slim",
    phases=(Phase(8, size=32, batch=2),),
    warmup=2,
    averaging=0.9,
    contents=12,
    styles=12,
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return fill(tmp_path / "photos", 3), fill(tmp_path / "styles", 3, 10)


def halve(path: Path) -> Path:
    """A JPEG whose second half is missing."""
    Image.effect_noise((64, 64), 50).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def go(folders: tuple[Path, Path], out: Path, recipe: Recipe = RECIPE, **options: object) -> dict[str, torch.Tensor]:
    return load_file(train(recipe, *folders, out, device="cpu", precision="32-true", progress=False, **options))  # type: ignore[arg-type]


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_a_damaged_picture_is_named_and_left_out(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = go(folders, tmp_path / "whole")
    halve(folders[1] / "half.jpg")
    assert same(go(folders, tmp_path / "run"), whole), "it is as if the file were not there"
    assert "left out: " in capsys.readouterr().err
    assert zmlib.load(tmp_path / "run" / "weights.safetensors").card["left_out"] == 1


def test_strict_refuses_it_before_anything_is_written(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for i in range(7):
        halve(folders[0] / f"half{i}.jpg")
    with pytest.raises(UserError, match=r"half0\.jpg is damaged.*half4\.jpg.* And 2 more\."):
        go(folders, tmp_path / "run", strict=True)
    assert not (tmp_path / "run").exists()


def test_a_folder_of_nothing_but_damaged_pictures_is_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    halve(tmp_path / "bad" / "half.jpg")
    with pytest.raises(UserError, match="bad holds no picture that can be used"):
        go((folders[0], tmp_path / "bad"), tmp_path / "run")


def test_what_was_opened_once_is_remembered_until_it_changes(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    real = check.open_image
    monkeypatch.setattr(check, "open_image", lambda path: opened.append(path) or real(path))
    bad = halve(folders[0] / "half.jpg")
    files = sorted(folders[0].iterdir())
    first = check_pictures(files, progress=False)
    assert opened == files and list(first.bad) == [bad]
    assert check_pictures(files, progress=False) == first
    assert opened == [*files, bad], "no good one was opened again; a bad one may have been mended"
    Image.new("RGB", (40, 30)).save(bad)
    Image.new("RGB", (50, 50)).save(files[0])
    assert not check_pictures(files, progress=False).bad
    assert opened == [*files, bad, files[0], bad]


def test_a_cache_that_cannot_be_used_costs_time_and_nothing_else(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "no.sqlite").write_bytes(b"this is another program's file, and it stays as it is" * 100)
    files = sorted(folders[0].iterdir())
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other, other:
        other.execute("CREATE TABLE good (name TEXT)")
    check_pictures(files, cache=tmp_path / "cut.sqlite", progress=False)
    (tmp_path / "cut.sqlite").write_bytes((tmp_path / "cut.sqlite").read_bytes()[:6000] + b"x" * 3000)
    caches = [tmp_path / name for name in ("no.sqlite", "other.sqlite", "cut.sqlite")]
    for cache in (*caches, folders[0] / "00.png" / "below a file"):
        assert check_pictures(files, cache=cache, progress=False).good == files


def test_a_picture_that_goes_missing_costs_no_step(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours later, after the check, a file cannot be opened any more: the state is saved, and the run resumes."""
    real = loop.Trainer.train_step

    def step(self: loop.Trainer) -> torch.Tensor:
        if self.step == 5:
            raise UserError("photos/01.png is damaged")
        return real(self)

    monkeypatch.setattr(loop.Trainer, "train_step", step)
    with pytest.raises(UserError, match="damaged"):
        go(folders, tmp_path / "run")
    monkeypatch.setattr(loop.Trainer, "train_step", real)
    assert torch.load(tmp_path / "run" / "resume.pt", weights_only=True)["step"] == 5
    (folders[0] / "01.png").unlink()
    with pytest.raises(UserError, match="other pictures; to continue with the present ones, add --changed-pictures"):
        go(folders, tmp_path / "run")
    go(folders, tmp_path / "run", changed_pictures=True)
    card = zmlib.load(tmp_path / "run" / "weights.safetensors").card
    assert card["pictures_changed"] == [{"from_step": 5, "photos": 2, "styles": 3}] and card["steps"] == 8


def test_weights_that_are_not_numbers_do_not_replace_a_good_state(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = loop.Trainer.train_step

    def step(self: loop.Trainer) -> torch.Tensor:
        if self.step == 5:
            raise KeyboardInterrupt
        return real(self) * (float("nan") if self.step == 4 else 1)

    monkeypatch.setattr(loop.Trainer, "train_step", step)
    with pytest.raises(KeyboardInterrupt):
        go(folders, tmp_path / "run")
    assert not (tmp_path / "run" / "resume.pt").exists()


def test_a_network_that_knows_its_styles_by_number_keeps_them(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(RECIPE, source="table", options={"styles": 3})
    real = loop.Trainer.train_step
    monkeypatch.setattr(loop.Trainer, "train_step", lambda self: 1 / 0 if self.step == 2 else real(self))
    with pytest.raises(ZeroDivisionError):
        go(folders, tmp_path / "run", recipe)
    monkeypatch.setattr(loop.Trainer, "train_step", real)
    fill(folders[0] / "more", 1, 70)
    go(folders, tmp_path / "run", recipe, changed_pictures=True)  # other photos are no matter
    (folders[1] / "00.png").unlink()
    with pytest.raises(UserError, match="knows its styles by number cannot change them"):
        go(folders, tmp_path / "run", recipe, changed_pictures=True)


def test_a_number_of_pictures_is_taken_from_all_folders(folders: tuple[Path, Path], tmp_path: Path) -> None:
    more, names = fill(tmp_path / "more", 20, 50), set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "style_crop", lambda files, *_, **__: names.update(files) or torch.zeros(3, 32, 32).byte())
        recipe = replace(RECIPE, pictures=5, photo_styles=0.0)
        train(recipe, folders[0], [folders[1], more], tmp_path / "run", progress=False, precision="32-true")
    assert len(names) == 5 and {path.parent for path in names} == {folders[1], more}
    with pytest.raises(UserError, match="holds 23"):
        train(replace(RECIPE, pictures=24), folders[0], [folders[1], more], tmp_path / "two", progress=False)


def test_several_folders_of_styles_have_equal_shares(folders: tuple[Path, Path], tmp_path: Path) -> None:
    assert mixed([["a"], ["1", "2", "3"]]) == ["a", "1", "a", "2", "a", "3"]
    more = fill(tmp_path / "more", 1, 50)
    path = train(RECIPE, folders[0], [folders[1], more], tmp_path / "run", progress=False, precision="32-true")
    assert zmlib.load(path).card["styles"] == 4
