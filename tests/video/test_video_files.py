"""Moving pictures: written and read back, and what bad input gets."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zmlib import UserError
from zmlib.video.files import check_video, read_video, upright, write_video

av = pytest.importorskip("av")


def pictures(n: int = 6, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    """From dark to light."""
    return [Image.new("RGB", size, (40 * i, 30 * i, 20 * i)) for i in range(n)]


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif"])
def test_what_is_written_is_read_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    assert write_video(path, iter(pictures()), fps=10) == 6
    assert list(tmp_path.iterdir()) == [path]
    video = read_video(path)
    found = list(video.frames)
    assert video.count == 6 and video.fps == pytest.approx(10) and [frame.size for frame in found] == [(64, 48)] * 6
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
    assert next(read_video(tmp_path / "a.mp4").frames).size == (64, 48)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_colours_are_those_of_the_pictures_and_tagged(suffix: str, tmp_path: Path) -> None:
    path, colour = tmp_path / f"a{suffix}", (200, 40, 60)
    write_video(path, [Image.new("RGB", (64, 48), colour)] * 3, fps=5)
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)
    found = next(read_video(path).frames).getpixel((20, 20))
    assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= 5


def quartered(turns: int) -> bytes:
    """How an MP4's track header says that its pictures are to be turned clockwise by so many quarters, 9 numbers."""
    a, b = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    return struct.pack(">9i", a << 16, b << 16, 0, -b << 16, a << 16, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_phone_that_was_turned(turns: int, tmp_path: Path) -> None:
    lying = Image.new("RGB", (64, 48), (10, 10, 10))
    lying.paste((250, 250, 250), (0, 0, 32, 24))  # what is bright lies at the upper left
    write_video(tmp_path / "a.mp4", [lying] * 2, fps=5)
    content = (tmp_path / "a.mp4").read_bytes()
    assert content.count(quartered(0)) == 2  # of the film and of its one track
    head, track = content.rsplit(quartered(0), 1)
    (tmp_path / "a.mp4").write_bytes(head + quartered(turns) + track)
    frame = next(read_video(tmp_path / "a.mp4").frames)
    assert frame.size == ((48, 64) if turns % 2 else (64, 48))
    wanted = lying.rotate(-90 * turns, expand=True)
    assert np.abs(np.asarray(frame, float) - np.asarray(wanted, float)).mean() < 6


def test_upright_goes_round() -> None:
    picture = Image.fromarray(np.arange(18, dtype=np.uint8).reshape(2, 3, 3))
    for degrees in (-180, -90, 0, 90, 180, 270, 360):
        assert np.array_equal(np.asarray(upright(picture, degrees)), np.asarray(picture.rotate(degrees, expand=True)))


def test_fewer_bytes_where_more_may_be_lost(tmp_path: Path) -> None:
    noisy = [Image.effect_noise((64, 48), 60).convert("RGB") for _ in range(4)]
    for crf in (18, 40):
        write_video(tmp_path / f"{crf}.mp4", noisy, fps=5, crf=crf)
    assert (tmp_path / "40.mp4").stat().st_size < 0.7 * (tmp_path / "18.mp4").stat().st_size


def test_a_video_without_a_frame(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        file.start_encoding()
    with pytest.raises(UserError, match=r"a\.mp4 (holds no frame|is no video that can be read)"):
        read_video(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "sound.mp4"), "w") as file:
        sound = file.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 8000
        file.mux([*sound.encode(silence), *sound.encode()])
    with pytest.raises(UserError, match=r"sound\.mp4 is no video"):
        read_video(tmp_path / "sound.mp4")


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
