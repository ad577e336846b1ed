"""The plan of a set: its counts, which painting serves how often, and that no split hears of another."""

from __future__ import annotations

import functools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from small_set import SETTINGS, Sources, invented

from zmlib.errors import UserError
from zmlib.styleset.plan import FULL, FULL_TRAIN, Row, plan, read_plan, shares, write_plan
from zmlib.styleset.split import SPLITS, Picture, split


@functools.cache
def paper() -> tuple[dict[str, list[Picture]], dict[str, list[Picture]], list[Row]]:
    """Sources in the paper's numbers, and the plan of its 23,307 pictures."""
    photos = split([replace(p, name=f"photo-{p.name}", sha256=f"a{p.sha256[1:]}") for p in invented(2000)])
    paintings = split(invented(984))
    return photos, paintings, plan(photos, paintings, FULL, SETTINGS)


def leaks(rows: list[Row], photos: dict[str, list[Picture]], paintings: dict[str, list[Picture]]) -> list[Row]:
    """The rows whose painting or photo is, by its content, not of the row's own split alone."""

    home: dict[str, set[str]] = {}
    for found in (photos, paintings):
        for name, some in found.items():
            for picture in some:
                home.setdefault(picture.sha256, set()).add(name)
    return [
        row
        for row in rows
        if home[row.painting_sha256] != {row.split} or (row.photo and home[row.photo_sha256] != {row.split})
    ]


def test_no_derived_picture_has_a_seed_or_photo_of_another_split() -> None:
    photos, paintings, rows = paper()
    assert sum(1 for row in rows if row.photo) == FULL - 984
    assert leaks(rows, photos, paintings) == []
    wrong = next(row for row in rows if row.photo and row.split == "test")
    stolen = replace(wrong, photo_sha256=photos["train"][0].sha256)
    assert leaks([stolen], photos, paintings) == [stolen], "the check itself must see a leak"


def test_counts_and_files() -> None:
    photos, paintings, rows = paper()
    count = Counter(row.split for row in rows)
    assert len(rows) == FULL and count["train"] == FULL_TRAIN and abs(count["val"] - count["test"]) <= 1
    assert [row.number for row in rows] == list(range(FULL)) and len({row.file for row in rows}) == FULL
    assert all(row.file.startswith(f"{row.split}/") for row in rows)
    for name in SPLITS:
        originals = [row for row in rows if row.split == name and not row.photo]
        assert [row.painting for row in originals] == [picture.name for picture in paintings[name]]


def test_every_painting_of_a_split_serves_equally_often() -> None:
    _, _, rows = paper()
    for name in SPLITS:
        uses = Counter(row.painting for row in rows if row.split == name)
        assert max(uses.values()) - min(uses.values()) <= 1
        photos = Counter(row.photo for row in rows if row.split == name and row.photo)
        assert len(photos) > 0.9 * len(uses), "photos are drawn, not one for all"


@pytest.mark.parametrize(
    ("count", "originals", "expected"),
    [
        (23_307, (784, 100, 100), (20_938, 1184, 1185)),
        (1000, (784, 100, 100), (800, 100, 100)),
        (984, (784, 100, 100), (784, 100, 100)),
        (60, (48, 6, 6), (48, 6, 6)),
        (3, (1, 1, 1), (1, 1, 1)),
        (20, (10, 1, 1), (18, 1, 1)),
    ],
)
def test_shares(count: int, originals: tuple[int, int, int], expected: tuple[int, int, int]) -> None:
    assert tuple(shares(count, dict(zip(SPLITS, originals, strict=True))).values()) == expected


def test_fewer_pictures_than_paintings_are_refused() -> None:
    with pytest.raises(UserError, match=r"^A set of 9 pictures has no room for the 10 paintings: ask for more\.$"):
        shares(9, {"train": 8, "val": 1, "test": 1})


def test_the_plan_depends_on_the_seed_alone(sources: Sources) -> None:
    photos, paintings = (split(sources.pictures(which)) for which in ("photos", "paintings"))
    first = plan(photos, paintings, 40, SETTINGS)
    assert plan(photos, paintings, 40, SETTINGS) == first
    assert plan(photos, paintings, 40, replace(SETTINGS, seed=4)) != first


def test_a_written_plan_is_read_back_and_another_one_is_refused(sources: Sources, tmp_path: Path) -> None:
    rows, out = sources.rows(), tmp_path / "set"
    write_plan(out, rows, SETTINGS)
    assert read_plan(out) == (rows, SETTINGS)
    write_plan(out, rows, SETTINGS)
    for other in ((rows[:-1], SETTINGS), (rows, replace(SETTINGS, iterations=5))):
        with pytest.raises(UserError, match="holds a set of other pictures or settings"):
            write_plan(out, *other)
    assert read_plan(out) == (rows, SETTINGS)


def test_pictures_without_a_manifest_do_not_pass_for_the_plans(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "set" / "val").mkdir(parents=True)
    with pytest.raises(UserError, match="holds pictures and no manifest.csv"):
        write_plan(tmp_path / "set", sources.rows(), SETTINGS)
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["val"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda out: (out / "settings.json").unlink(),
        lambda out: (out / "settings.json").write_text(json.dumps({"sise": 3})),
        lambda out: (out / "settings.json").write_text("{"),
        lambda out: (out / "manifest.csv").write_text("a,b\n1,2\n"),
        lambda out: (out / "manifest.csv").write_bytes(b"\xff\xfe\x00"),
        lambda out: _replace(out / "manifest.csv", "train/000001.jpg", "../000001.jpg"),
        lambda out: _replace(out / "manifest.csv", "\n1,", "\n7,"),
    ],
)
def test_a_damaged_plan_is_refused_in_a_sentence(sources: Sources, tmp_path: Path, damage) -> None:
    write_plan(tmp_path / "set", sources.rows(), SETTINGS)
    damage(tmp_path / "set")
    with pytest.raises(UserError, match=r"set holds no manifest of a style set that can be read \(.*\): build the set"):
        read_plan(tmp_path / "set")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode())
