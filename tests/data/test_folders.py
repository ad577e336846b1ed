from __future__ import annotations

from pathlib import Path

import pytest

from zmlib.data.folders import list_images
from zmlib.errors import UserError


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_sorted_recursive_by_suffix_without_hidden(tmp_path: Path) -> None:
    make(tmp_path, "b.JPG", "a.png", "c/d.webp", "c/e/f.tif", "notes.txt", ".x.png", ".git/y.png", "c/._d.webp")
    assert list_images(tmp_path) == [tmp_path / name for name in ("a.png", "b.JPG", "c/d.webp", "c/e/f.tif")]
    assert list_images(str(tmp_path)) == list_images(tmp_path)


def test_a_hidden_folder_that_is_named_is_listed(tmp_path: Path) -> None:
    make(tmp_path, ".cache/a.png")
    assert list_images(tmp_path / ".cache") == [tmp_path / ".cache/a.png"]


def test_links_are_followed_once(tmp_path: Path) -> None:
    make(tmp_path, "real/a.png", "set/b.png")
    (tmp_path / "set/more").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "set/round").symlink_to(tmp_path / "set", target_is_directory=True)
    assert [path.name for path in list_images(tmp_path / "set")] == ["b.png", "a.png"]


def test_nothing_to_list(tmp_path: Path) -> None:
    make(tmp_path, "notes.txt", "a.png")
    for folder, words in [("none", "no folder"), ("a.png", "is a file")]:
        with pytest.raises(UserError, match=words):
            list_images(tmp_path / folder)
    (tmp_path / "a.png").unlink()
    with pytest.raises(UserError, match="no picture in"):
        list_images(tmp_path)
