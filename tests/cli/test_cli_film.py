"""`zmlib stylize` on a video: what it writes, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_cli_stylize import files, refused

from zmlib.video.files import read_video, write_video

av = pytest.importorskip("av")


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Smooth colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def clip(here: Path) -> Path:
    """clip.mp4 beside the pictures: four frames of 48 x 36."""
    write_video(here / "clip.mp4", [picture(48, 36, i) for i in range(4)], fps=8)
    return here


@pytest.mark.parametrize("out", ["out.mp4", "out.webm", "out.gif"])
def test_a_video_becomes_a_video(zm, clip, weights, out):
    result = zm("stylize", "clip.mp4", "paint.png", "-o", out, "--model", weights)
    assert result.exit_code == 0, result.output
    assert f"{out}  4 frames of 48 x 36 pixels" in result.stdout and "painted a second" in result.stdout
    assert files(clip) == {"photo.jpg", "paint.png", "clip.mp4", out}
    video = read_video(Path(out))
    assert video.fps == pytest.approx(8, rel=0.05) and len(list(video.frames)) == 4


def test_what_stands_still_is_reported(zm, here, weights):
    write_video(here / "clip.mp4", [picture(48, 36)] * 4, fps=8)
    result = zm("stylize", "clip.mp4", "paint.png", "-o", "out.mp4", "--model", weights)
    assert "where nothing moves: 0." in result.stdout and "in the video given" in result.stdout


def test_strokes_of_a_film(zm, here, weights):
    write_video(here / "clip.mp4", [picture(180, 120)] * 2, fps=8)
    light = {}
    options = {"plain": (), "none": ("--stroke-size", "none"), "large": ("--stroke-size", 40)}
    options |= {f"finest {short}": ("--stroke-size", 40, "--finest", short) for short in (60, 120)}
    for name, words in options.items():
        result = zm("stylize", "clip.mp4", "paint.png", "-o", "out.gif", *words, "--model", weights)
        assert result.exit_code == 0 and "2 frames of 180 x 120 pixels" in result.stdout, result.output
        light[name] = np.asarray(Image.open("out.gif").convert("L"), float)
    assert np.array_equal(light["plain"], light["none"]) and np.abs(light["large"] - light["plain"]).mean() > 1
    assert np.array_equal(light["finest 120"], light["large"]), "the film's own size"
    assert np.abs(light["finest 60"] - light["large"]).mean() > 1


def test_where_no_name_is_given(zm, clip, weights):
    mixed = ("-s", "paint.png", "-s", "photo.jpg", "-w", 1, "-w", 2, "--strength", 0.5, "--keep-colour")
    assert zm("stylize", "clip.mp4", "paint.png", "--model", weights).exit_code == 0
    assert zm("stylize", "clip.mp4", *mixed, "--model", weights, "--steady", 0, "--size", 40).exit_code == 0
    (clip / "to").mkdir()
    assert zm("stylize", "clip.mp4", "paint.png", "-o", "to", "--model", weights).exit_code == 0
    made = {"clip-paint.mp4", "clip-paint+photo.mp4", "to/clip-paint.mp4"}
    assert files(clip) == {"photo.jpg", "paint.png", "clip.mp4"} | made


def test_a_gif_is_a_picture_or_a_video_by_what_is_wanted(zm, here, weights):
    frames = [picture(48, 36, i) for i in range(3)]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:], duration=100)
    assert zm("stylize", "moving.gif", "paint.png", "-o", "out.png", "--model", weights).exit_code == 0
    assert zm("stylize", "moving.gif", "paint.png", "-o", "out.gif", "--model", weights).exit_code == 0
    assert Image.open("out.png").size == (48, 36) and Image.open("out.gif").n_frames == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("none.mp4", "paint.png"), "no video none.mp4"),
        (("empty.mp4", "paint.png", "-o", "out.mp4"), "empty.mp4 is no video"),
        (("text.mov", "paint.png", "-o", "out.mp4"), "text.mov is no video"),
        (("small.mp4", "paint.png", "-o", "out.mp4"), "small.mp4 is 16 x 16 pixels"),
        (("clip.mp4", "paint.png", "-o", "out.avi"), "out.avi: a moving picture ends in .gif, .mp4, .webm"),
        (("clip.mp4", "paint.png", "-o", "out.png"), "out.png: a moving picture ends in"),
        (("clip.mp4", "paint.png", "-o", "none/out.mp4"), "no folder none"),
        (("clip.mp4", "paint.png", "-o", "clip.mp4"), "clip.mp4 is one of the files given"),
        (("clip.mp4", "photo.jpg", "paint.png", "-o", "out.mp4"), "one video at a time"),
        (("clip.mp4", "-s", "paint.png", "-m", "photo.jpg"), "leave out --mask"),
        (("clip.mp4", "paint.png", "--steady", -1, "-o", "out.mp4"), "0 seconds or more"),
        (("clip.mp4", "paint.png", "--strength", 2, "-o", "out.mp4"), "strength must lie"),
        (
            ("clip.mp4", "paint.png", "--stroke-size", "thick", "-o", "out.mp4"),
            "fine, medium, broad, none or a whole number",
        ),
        (("clip.mp4", "paint.png", "--finest", 20, "-o", "out.mp4"), "finest size must be at least 32"),
        (("clip.mp4", "paint.png", "--model", "adain", "-o", "out.mp4"), "--steady 0"),
        (("photo.jpg", "paint.png", "-o", "out.mp4"), "does not end in a picture format"),
    ],
)
def test_bad_input_gets_a_sentence(zm, clip, weights, words, says):
    Path("empty.mp4").touch()
    Path("text.mov").write_text("no video at all" * 50)
    write_video(clip / "small.mp4", [picture(16, 16)] * 2, fps=5)
    before = files(clip)
    refused(zm("stylize", *words, *(() if "--model" in words else ("--model", weights))), says)
    assert files(clip) == before


def test_without_the_encoder(zm, clip, weights, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", set())
    refused(zm("stylize", "clip.mp4", "paint.png", "-o", "out.mp4", "--model", weights), "write a .gif instead")
    assert zm("stylize", "clip.mp4", "paint.png", "-o", "out.gif", "--model", weights).exit_code == 0
