"""A set in shards: together the files of one go, however they are dealt, ended, placed or timed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from small_set import SETTINGS, Sources, files, run_beside, smooth

import zmlib.styleset.build as building
import zmlib.styleset.plan as planning
from zmlib.data.images import save_image
from zmlib.errors import UserError
from zmlib.styleset import sources as made_for_it
from zmlib.styleset.plan import MANIFEST, Row, write_plan
from zmlib.styleset.shard import ALL, Shard, batches
from zmlib.styleset.split import SPLITS

PLAN = {MANIFEST, "settings.json"}


def shards(count: int) -> list[Shard]:
    return [Shard(number, count) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "text", ["0/4", "5/4", "1/0", "0/0", "a/b", "3", "", "/", "3/", "-1/4", "1/4/4", " 1/4", "1.0/4"]
)
def test_what_names_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"^--shard must be such as 3/16, .*\.$") as caught:
        Shard.read(text)
    assert f'not "{text}"' in str(caught.value)


def test_a_named_shard_is_read() -> None:
    assert Shard.read("3/16") == Shard(3, 16) and str(Shard(3, 16)) == "3/16" and Shard.read("1/1") == ALL


@pytest.mark.parametrize(("items", "count"), [(0, 1), (1, 3), (7, 7), (20, 3), (1396, 16)])
def test_all_is_dealt_once_and_evenly(items: int, count: int) -> None:
    parts = [shard.deal(list(range(items))) for shard in shards(count)]
    assert sorted(sum(parts, [])) == list(range(items))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_batches_keep_the_order_and_lose_nothing() -> None:
    assert batches(list("abcdefg"), 3) == [list("abc"), list("def"), ["g"]]
    assert batches([], 3) == [] and batches(["a"], 1) == [["a"]]


# 10 originals and 20 derived pictures: five batches of 4, or three of 8 of which the last is half full.
@pytest.mark.parametrize(("batch", "count"), [(4, 1), (4, 2), (8, 2), (8, 7), (4, 12)])
def test_shards_make_the_files_of_one_go(sources: Sources, tmp_path: Path, batch: int, count: int) -> None:
    """In a shared folder, and in folders of their own that are copied together; every picture is made once."""
    sources.build(tmp_path / "whole", batch=batch)
    made = [sources.build(tmp_path / "shared", batch=batch, shard=shard) for shard in shards(count)]
    for shard, number in zip(shards(count), made, strict=True):
        own = tmp_path / f"part-{shard.number}"
        assert sources.build(own, batch=batch, shard=shard) == number
        assert PLAN <= set(files(own)) and len(files(own)) == number + 2
        shutil.copytree(own, tmp_path / "together", dirs_exist_ok=True)
    assert sum(made) == 30 and max(made) - min(made) <= batch + 1
    assert files(tmp_path / "shared") == files(tmp_path / "together") == files(tmp_path / "whole")
    assert sources.build(tmp_path / "together", batch=batch) == 0


def test_a_shard_derives_whole_batches_of_the_plan(sources: Sources, tmp_path: Path, monkeypatch) -> None:
    """Or its pictures could be rounded otherwise, which sets as small as these do not show."""
    real, seen = building.derive, []

    def derive(rows: list[Row], *words):
        seen.append([row.number for row in rows])
        return real(rows, *words)

    monkeypatch.setattr(building, "derive", derive)
    sources.build(tmp_path / "whole", batch=3)
    whole = seen.copy()
    assert [len(some) for some in whole] == [3, 3, 3, 3, 3, 3, 2]
    for shard in shards(3):
        seen.clear()
        sources.build(tmp_path / "shards", batch=3, shard=shard)
        assert seen == whole[shard.number - 1 :: 3]


class Stop(Exception):
    """An end that nothing answers."""


@pytest.mark.parametrize("at", [2, 7, 12])
def test_an_ended_shard_goes_on_where_it_stood(sources: Sources, tmp_path: Path, monkeypatch, at: int) -> None:
    """Shard 2/2 has 5 originals and two batches of 4: the end comes in the originals, and within each batch."""
    sources.build(tmp_path / "whole")
    sources.build(tmp_path / "set", shard=Shard(1, 2))
    before = files(tmp_path / "set")
    calls = iter(range(1000))

    def save(*words, **more):
        if next(calls) == at:
            raise Stop
        return save_image(*words, **more)

    monkeypatch.setattr(building, "save_image", save)
    with pytest.raises(Stop):
        sources.build(tmp_path / "set", shard=Shard(2, 2))
    monkeypatch.setattr(building, "save_image", save_image)
    assert len(files(tmp_path / "set")) == len(before) + at
    assert sources.build(tmp_path / "set", shard=Shard(2, 2)) == 13 - at
    assert files(tmp_path / "set") == files(tmp_path / "whole")


def test_one_go_completes_what_shards_have_left_out(sources: Sources, tmp_path: Path) -> None:
    sources.build(tmp_path / "whole")
    made = sources.build(tmp_path / "set", shard=Shard(2, 3))
    assert 0 < made < 30 and sources.build(tmp_path / "set") == 30 - made
    assert files(tmp_path / "set") == files(tmp_path / "whole")


SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
import torch
from small_set import smooth
from zmlib.cli import app
from zmlib.styleset import build, sources

torch.set_num_threads(1)
sys.modules["zmlib.cli.styles"].PAINTED, sys.modules["zmlib.cli.styles"].DRAWN = 4, 5
sources.paint = lambda _, number, manner, size: smooth(number)  # stand-ins, since this is about files and moments
sources.scenes.make = lambda rng, side: np.asarray(smooth(rng.integers(99)), np.float32) / 255
build.derive = lambda rows, *_: [smooth(row.number) for row in rows]
folder, shards = Path(sys.argv[1]), sys.argv[2:]
words = ["--count", "12", "--size", "64", "--iterations", "1", "--batch", "3", "--device", "cpu"]
for turn, shard in enumerate(shards):
    (folder / f"ready-{turn}-{shard[:1]}").touch()
    while len(list(folder.glob(f"ready-{turn}-*"))) < 2:
        time.sleep(0.0005)
    app(["styles", "build", "--out", str(folder / str(turn)), *words, "--shard", shard], standalone_mode=False)
"""


def test_two_processes_at_the_same_moment_in_one_folder(tmp_path: Path) -> None:
    """Three times the command without folders, so that both draw and paint too: begun within a millisecond.

    The last time one of them has all to make, and the other nothing: that is one go.
    """
    first, second = (run_beside(SCRIPT, tmp_path, *parts) for parts in (["1/2", "1/2", "1/1"], ["2/2", "2/2", "9/9"]))
    with first as one, second as other:
        assert (one.wait(120), other.wait(120)) == (0, 0)
    one_go = files(tmp_path / "2")
    assert len(one_go) == 12 + 2 + 5 + 4, "pictures, plan, scenes and seeds"
    for turn in ("0", "1"):
        assert files(tmp_path / turn) == one_go
        assert not list((tmp_path / turn).rglob("*.part"))


def another_process(out: Path, rows: list[Row]) -> None:
    """What another shard does at its start."""
    write_plan(out, rows, SETTINGS)
    for name in SPLITS:
        (out / name).mkdir(exist_ok=True)


@pytest.mark.parametrize("at", range(4))
def test_another_process_may_write_the_same_plan_between_any_two_looks(
    sources: Sources, tmp_path: Path, monkeypatch, at: int
) -> None:
    """It does so right after one of this one's looks at what is there: three folders and the manifest."""
    rows, out, real, looks = sources.rows(), tmp_path / "set", Path.exists, []

    def exists(path: Path, **more) -> bool:
        there = real(path, **more)
        looks.append(path)
        if len(looks) == at + 1:
            another_process(out, rows)
        return there

    monkeypatch.setattr(Path, "exists", exists)
    write_plan(out, rows, SETTINGS)
    monkeypatch.setattr(Path, "exists", real)
    assert len(looks) > at and (out / "train").exists(), "the other was never asked"
    another_process(tmp_path / "alone", rows)
    assert files(out) == files(tmp_path / "alone")


def test_a_plan_that_another_process_has_replaced_meanwhile_is_refused(
    sources: Sources, tmp_path: Path, monkeypatch
) -> None:
    """Shards of other options, begun at the same moment: the one that wrote first does not go on."""
    real = planning._write

    def write(folder: Path, rows: list[Row], settings: object) -> None:
        real(folder, rows, settings)
        real(folder, sources.rows(31), settings)

    monkeypatch.setattr(planning, "_write", write)
    with pytest.raises(UserError, match="holds a set of other pictures or settings"):
        write_plan(tmp_path / "set", sources.rows(), SETTINGS)


@pytest.mark.parametrize("make", [made_for_it.painted, made_for_it.drawn])
def test_a_source_that_another_shard_has_saved_meanwhile_stays(tmp_path: Path, monkeypatch, make) -> None:
    """On another kind of machine it may differ by a bit, and the other shard's plan names its hash already."""
    others, numbers = tmp_path / "seeds" / "000001.jpg", iter(range(3))

    def slow(*_, **__) -> np.ndarray:
        number = next(numbers)
        if number == 1:
            others.write_bytes(b"the other's")
        return np.asarray(smooth(number), np.float32) / 255

    monkeypatch.setattr(made_for_it, "paint", slow)
    monkeypatch.setattr(made_for_it.scenes, "make", slow)
    make(tmp_path / "seeds", 3)
    assert others.read_bytes() == b"the other's"
    assert sorted(path.name for path in others.parent.iterdir()) == ["000000.jpg", "000001.jpg", "000002.jpg"]
