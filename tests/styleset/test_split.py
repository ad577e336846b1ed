"""Training, validation and test pictures: apart, and the same every time."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from small_set import fill, invented

from zmlib.errors import UserError
from zmlib.styleset.split import SPLITS, Picture, read_pictures, split


def names(found: dict[str, list[Picture]]) -> dict[str, list[str]]:
    return {key: [picture.name for picture in some] for key, some in found.items()}


@pytest.mark.parametrize(
    ("count", "shares"), [(984, (784, 100, 100)), (98, (78, 10, 10)), (3, (1, 1, 1)), (7, (5, 1, 1))]
)
def test_drawn_in_the_papers_shares_and_at_least_one_each(count: int, shares: tuple[int, ...]) -> None:
    found = split(invented(count))
    assert tuple(len(found[name]) for name in SPLITS) == shares
    assert sorted(sum(names(found).values(), [])) == [picture.name for picture in invented(count)]
    assert all(some == sorted(some) for some in names(found).values())


def test_the_draw_depends_on_seed_and_contents_alone() -> None:
    pictures = invented(60)
    first = names(split(pictures, 5))
    assert names(split(pictures[::-1], 5)) == {key: some[::-1] for key, some in first.items()}
    assert names(split(pictures, 6)) != first


def test_folders_named_as_splits_are_the_split(tmp_path: Path) -> None:
    for at, name in enumerate(SPLITS):
        fill(tmp_path / name / "deep", 2 + at, 10 * at)
    fill(tmp_path / "more", 1, 50)
    found = split(read_pictures(tmp_path), seed=9)
    assert {key: len(some) for key, some in found.items()} == {"train": 2, "val": 3, "test": 4}
    assert all(name.startswith(f"{key}/deep/") for key, some in names(found).items() for name in some)


def test_a_named_split_without_pictures_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "train", 3)
    fill(tmp_path / "test", 2, 10)
    with pytest.raises(UserError, match=r"^There are folders named as splits, and val/ holds no picture: [^.]*\.$"):
        split(read_pictures(tmp_path))


def test_the_same_picture_in_two_named_splits_is_refused_with_both_names(tmp_path: Path) -> None:
    for at, name in enumerate(SPLITS):
        fill(tmp_path / name, 2, 10 * at)
    shutil.copy(tmp_path / "train" / "01.png", tmp_path / "test" / "another-name.png")
    with pytest.raises(UserError, match=r"test/another-name.png and train/01.png are the same picture in two splits"):
        split(read_pictures(tmp_path))


def test_duplicates_go_to_one_split(tmp_path: Path) -> None:
    fill(tmp_path, 12)
    for i in range(12):
        shutil.copy(tmp_path / f"{i:02d}.png", tmp_path / f"copy of {i:02d}.png")
    for seed in range(5):
        found = split(read_pictures(tmp_path), seed)
        homes = Counter(sha for some in found.values() for sha in {picture.sha256 for picture in some})
        assert len(homes) == 12 and set(homes.values()) == {1}
        assert sum(len(some) for some in found.values()) == 24


def test_fewer_than_three_different_pictures_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    shutil.copy(tmp_path / "00.png", tmp_path / "twice.png")
    with pytest.raises(UserError, match="needs three different pictures, and there are 2"):
        split(read_pictures(tmp_path))


def test_what_is_excluded_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, 4)
    assert [p.name for p in read_pictures(tmp_path, lambda path: path.stem == "02")] == ["00.png", "01.png", "03.png"]
