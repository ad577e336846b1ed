"""Folders that are replaced whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from zmlib.atomic import atomic_folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "old.json").write_text("old")
    return folder


def there(folder: Path) -> dict[str, str]:
    """Everything beside and in a folder: path -> text."""
    files = [path for path in folder.parent.rglob("*") if path.is_file()]
    return {path.relative_to(folder.parent).as_posix(): path.read_text() for path in files}


def test_the_new_folder_takes_the_place_of_the_old_one(kept: Path) -> None:
    with atomic_folder(kept) as beside:
        (beside / "new.json").write_text("new")
        assert there(kept)["kept/old.json"] == "old"
    assert there(kept) == {"kept/new.json": "new"} and len(list(kept.parent.iterdir())) == 1


def test_a_folder_that_was_not_there(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "deep" / "kept") as beside:
        (beside / "new.json").write_text("new")
    assert there(tmp_path / "deep" / "kept") == {"kept/new.json": "new"}


def test_a_failure_in_the_middle_keeps_the_old_one(kept: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic_folder(kept) as beside:
        (beside / "new.json").write_text("ne")
        raise KeyboardInterrupt
    assert there(kept) == {"kept/old.json": "old"} and len(list(kept.parent.iterdir())) == 1


def test_a_failure_between_the_two_moves_puts_the_old_one_back(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def once(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(OSError, match="disk full"), atomic_folder(kept) as beside:
        (beside / "new.json").write_text("new")
    assert there(kept) == {"kept/old.json": "old"}


@pytest.mark.parametrize("replaced", [False, True])
def test_a_kill_between_the_moves_is_mended_by_the_next_call(kept: Path, replaced: bool) -> None:
    kept.rename(kept.with_name(".kept.old"))  # as it was left: the old one aside, the new one in its place or not
    if replaced:
        kept.mkdir()
        (kept / "new.json").write_text("new")
    with pytest.raises(KeyboardInterrupt), atomic_folder(kept):
        raise KeyboardInterrupt
    assert there(kept) == ({"kept/new.json": "new"} if replaced else {"kept/old.json": "old"})
