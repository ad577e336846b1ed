"""Moving pictures: written and read back, and what bad input gets."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zmlib import UserError
from zmlib.data.video import check_video, read_video, write_video

av = pytest.importorskip("av")


def pictures(n: int = 6, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    """From dark to light."""
    return [Image.new("RGB", size, (40 * i, 30 * i, 20 * i)) for i in range(n)]


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_what_is_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    assert write_video(path, iter(pictures()), fps=10) == 6
    assert list(tmp_path.iterdir()) == [path]
    fps, frames = read_video(path)
    found = list(frames)
    assert fps == pytest.approx(10) and [frame.size for frame in found] == [(64, 48)] * 6
    for frame, given in zip(found, pictures(), strict=True):
        assert np.abs(np.asarray(frame, float) - np.asarray(given, float)).mean() < 6


@pytest.mark.parametrize("fps", [7, 24, 30])
def test_a_gif_plays_as_long_as_it_should(fps: int, tmp_path: Path) -> None:
    write_video(tmp_path / "a.gif", [Image.new("RGB", (8, 8), (i, 0, 0)) for i in range(48)], fps=fps)
    with Image.open(tmp_path / "a.gif") as found:
        total = 0
        for i in range(found.n_frames):
            found.seek(i)
            total += found.info["duration"]
    assert total / 1000 == pytest.approx(48 / fps, abs=0.011)


def test_an_odd_row_is_left_out(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", pictures(2, (65, 49)), fps=5)
    assert next(read_video(tmp_path / "a.mp4")[1]).size == (64, 48)


def test_nothing_half_written(tmp_path: Path) -> None:
    def broken():  # noqa: ANN202
        yield pictures(1)[0]
        raise UserError("no more")

    for suffix in (".mp4", ".gif"):
        with pytest.raises(UserError, match="no more"):
            write_video(tmp_path / f"a{suffix}", broken(), fps=5)
        with pytest.raises(UserError, match="no frame"):
            write_video(tmp_path / f"a{suffix}", [], fps=5)
    assert list(tmp_path.iterdir()) == []


def test_bad_places_and_files_get_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"a\.avi: a moving picture ends in \.gif, \.mp4, \.webm"):
        check_video(tmp_path / "a.avi")
    with pytest.raises(UserError, match="no folder .*none"):
        check_video(tmp_path / "none" / "a.mp4")
    with pytest.raises(UserError, match="no video .*none.mp4"):
        read_video(tmp_path / "none.mp4")
    for content in (b"", b"no video at all" * 50):
        (tmp_path / "bad.mp4").write_bytes(content)
        with pytest.raises(UserError, match=r"bad\.mp4 is no video"):
            read_video(tmp_path / "bad.mp4")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(UserError, match="folder.mp4 is a folder"):
        check_video(tmp_path / "folder.mp4")
    monkeypatch.setattr(av, "codecs_available", set())
    with pytest.raises(UserError, match="libx264 is missing"):
        check_video(tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UserError, match="pip install av"):
        check_video(tmp_path / "a.mp4")
    assert write_video(tmp_path / "a.gif", pictures(2), fps=5) == 2
