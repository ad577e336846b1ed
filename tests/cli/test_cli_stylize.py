"""`zmlib stylize`: what it writes, where, and what it says when it cannot."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import running

import zmlib
from zmlib.stylize import stylize

KINDS = ("exif", "alpha", "grey", "cmyk", "sixteen", "gif", "webp")


def files(folder: Path) -> set[str]:
    """Everything below a folder, hidden files too."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def refused(result, says: str) -> None:
    """One sentence on stderr, exit 2, no traceback."""
    assert result.exit_code == 2, result.output
    assert says in result.stderr, result.stderr
    assert result.stderr.startswith("zmlib: ") and result.stderr.count("\n") == 1 and "Traceback" not in result.output


def test_the_command_of_the_readme(zm, here, weights):
    result = zm("stylize", "photo.jpg", "paint.png", "-o", "out.png", "--model", weights)
    assert result.exit_code == 0, result.output
    assert "out.png  48 x 36 pixels" in result.stdout
    expected = stylize("photo.jpg", "paint.png", model=weights)
    assert np.array_equal(np.asarray(Image.open("out.png")), np.asarray(expected))
    assert files(here) == {"photo.jpg", "paint.png", "out.png"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture(zm, here, weights, good, kind):
    photo, size = good[kind]
    assert zm("stylize", photo, "paint.png", "-o", "out.png", "--model", weights).exit_code == 0
    assert Image.open("out.png").size == size and Image.open("out.png").mode == "RGB"
    assert zm("stylize", "photo.jpg", photo, "-o", "other.png", "--model", weights).exit_code == 0  # as a style


@pytest.mark.parametrize("kind", ("truncated", "empty", "text", "small", "missing"))
@pytest.mark.parametrize("where", ("photo", "style", "mask"))
def test_no_picture(zm, here, weights, bad, kind, where):
    before, path = files(here), bad[kind]
    words = {
        "photo": (path, "paint.png"),
        "style": ("photo.jpg", path),
        "mask": ("photo.jpg", "-s", "paint.png", "-m", path),
    }[where]
    result = zm("stylize", *words, "-o", "out.png", "--model", weights)
    if kind == "small" and where != "photo":  # a small style or mask is enlarged
        assert result.exit_code == 0
        return
    refused(result, path.name)
    assert files(here) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["photo.jpg"], "Give a style too"),
        (["photo.jpg", "paint.png", "-o", "out.xyz"], "out.xyz does not end in a picture format"),
        (["photo.jpg", "paint.png", "-o", "out"], "out does not end in a picture format"),
        (["photo.jpg", "paint.png", "-o", "no/where/out.png"], "there is no folder no/where"),
        (["photo.jpg", "paint.png", "-o", "photo.jpg"], "photo.jpg is one of the pictures given"),
        (["photo.jpg", "paint.png", "-o", "./paint.png"], "would be overwritten"),
        (["photo.jpg", "paint.png", "--strength", "1.5"], "strength must lie between 0"),
        (["photo.jpg", "paint.png", "--strength", "nan"], "strength must lie between 0"),
        (["photo.jpg", "paint.png", "--size", "8"], "size must be at least 32"),
        (["photo.jpg", "paint.png", "--style-size", "8"], "style size must be at least 32"),
        (
            ["photo.jpg", "paint.png", "--stroke-size", "huge"],
            "fine, medium, broad, none or a whole number of pixels, not 'huge'",
        ),
        (["photo.jpg", "paint.png", "--stroke-size", "20"], "stroke size must be at least 32 pixels, not 20"),
        (["photo.jpg", "paint.png", "--stroke-size", "-40"], "stroke size must be at least 32 pixels, not -40"),
        (["photo.jpg", "paint.png", "--finest", "8"], "finest size must be at least 32"),
        (["photo.jpg", "paint.png", "--device", "toaster"], 'no device "toaster"'),
        (["photo.jpg", "paint.png", "--model", "nothing"], "nothing"),
        (["photo.jpg", "paint.png", "--model", "old.pt"], "old.pt"),
        (["photo.jpg", "paint.png", "--model", "corrupt.safetensors"], "corrupt.safetensors"),
        (["photo.jpg", "-s", "paint.png", "-w", "1", "-w", "2"], "one weight for each style: 2 given"),
        (["photo.jpg", "-s", "paint.png", "-w", "-1"], "weights must be 0 or more"),
        (["photo.jpg", "-s", "paint.png", "-m", "photo.jpg", "-m", "photo.jpg"], "one mask for each style: 2 given"),
        (["photo.jpg", "empty"], "empty is a folder and a style is one picture"),
        (["photo.jpg", "none.jpg"], "There is no style none.jpg"),
        (["empty", "paint.png"], "no picture in empty"),
        (["nofolder/", "paint.png"], "There is no file or folder nofolder"),
        (["photo.jpg", "paint.png", "-s", "paint.png", "-o", "out.png"], "several photos: name a folder"),
        (["photo.jpg", "paint.png", "-s", "paint.png", "-o", "no/where"], "There is no folder"),
        (["photo.jpg", "sub/photo.jpg", "paint.png", "-o", "out"], "would both be written to out/photo.jpg"),
        (["photo.jpg", "paint.png", "-s", "paint.png", "-o", "."], "is one of the pictures given"),
    ],
)
def test_bad_options(zm, here, weights, words, says):
    (here / "empty").mkdir()
    (here / "sub").mkdir()
    Image.new("RGB", (40, 40)).save("sub/photo.jpg")
    (here / "old.pt").write_bytes(b"\x80\x02}q\x00.")
    (here / "corrupt.safetensors").write_bytes(weights.read_bytes()[:500])
    before = files(here)
    refused(zm("stylize", *words, *([] if "--model" in words else ["--model", weights])), says)
    assert files(here) == before


def test_a_folder_without_leave_to_write(zm, here, weights, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # root may write anywhere, so pretend
    refused(zm("stylize", "photo.jpg", "paint.png", "-o", "out.png", "--model", weights), "You may not write in")


def test_a_disk_that_refuses_leaves_nothing_behind(zm, here, weights, monkeypatch):
    def full(self: Image.Image, path: Path, **_: object) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    before = files(here)
    refused(zm("stylize", "photo.jpg", "paint.png", "-o", "out.png", "--model", weights), "No space left")
    assert files(here) == before


def test_strength_0_writes_the_photo(zm, here, weights):
    assert zm("stylize", "photo.jpg", "paint.png", "-o", "o.png", "--strength", 0, "--model", weights).exit_code == 0
    assert np.array_equal(np.asarray(Image.open("o.png")), np.asarray(Image.open("photo.jpg")))


def test_options_reach_the_network(zm, here, weights):
    Image.new("L", (9, 9), 200).save("m.png")
    words = ("-s", "paint.png", "-s", "photo.jpg", "-w", 1, "-w", 3, "-m", "m.png", "-m", "m.png", "--keep-colour")
    more = ("--strength", 0.6, "--size", 40, "--style-size", 64)
    result = zm("stylize", "photo.jpg", *words, *more, "-o", "out.png", "--model", weights)
    assert result.exit_code == 0, result.output
    options = {"weights": [1, 3], "masks": ["m.png", "m.png"], "keep_colour": True}
    options |= {"strength": 0.6, "size": 40, "style_size": 64}
    expected = stylize("photo.jpg", ["paint.png", "photo.jpg"], model=weights, **options)
    assert np.array_equal(np.asarray(Image.open("out.png")), np.asarray(expected)) and expected.size == (53, 40)


LARGE_PHOTO = (180, 120)
STROKES = {"medium": 80, "broad": 40}  # for `LARGE_PHOTO` what 448 and 256 are for photos of twice to four times those


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), {"stroke_size": "medium"}),
        (("--stroke-size", " Broad"), {"stroke_size": "broad"}),
        (("--stroke-size", "60"), {"stroke_size": 60}),
        (("--stroke-size", "60", "--finest", "90"), {"stroke_size": 60, "finest": 90}),
        (("--stroke-size", "none"), {"stroke_size": None}),
    ],
)
@pytest.mark.parametrize("given", ["photo.png", "in"])
def test_strokes_reach_the_network(zm, here, weights, monkeypatch, words, options, given):
    """Of a photo and of a folder; every other choice gives another picture, or the option would mean nothing."""
    monkeypatch.setattr("zmlib.passes.levels.STROKES", STROKES)
    (here / "in").mkdir()
    photo = Image.open("photo.jpg").resize(LARGE_PHOTO)
    for place in ("photo.png", "in/photo.png"):
        photo.save(place)
    out = "out" if given == "in" else "out.png"
    result = zm("stylize", given, "paint.png", "-o", out, *words, "--model", weights)
    assert result.exit_code == 0, result.output
    found = np.asarray(Image.open("out/photo.png" if given == "in" else "out.png"))
    choices = [{"stroke_size": stroke} for stroke in ("medium", "broad", 60, None)]
    for choice in [*choices, {"stroke_size": 60, "finest": 90}]:
        other = np.asarray(stylize("photo.png", "paint.png", model=weights, **choice))
        assert np.array_equal(found, other) == (choice == options), choice


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("least", "shown"), [(5000, True), (1e6, False)])
def test_of_a_large_photo_a_line_says_what_is_painted(zm, here, weights, monkeypatch, least, shown):
    Image.open("photo.jpg").resize(LARGE_PHOTO).save("photo.png")
    screen = Terminal()
    monkeypatch.setattr(sys.modules["zmlib.cli.stylize"], "LARGE", least)  # the function has the same name
    monkeypatch.setattr("rich.console.Console.file", property(lambda _: screen))
    result = zm(
        "stylize", "photo.png", "paint.png", "-o", "o.png", "--strength", 0.5, "--stroke-size", 40, "--model", weights
    )
    assert result.exit_code == 0 and "o.png  180 x 120 pixels" in result.stdout
    assert ("painting at 180 x 120 pixels" in screen.getvalue()) == shown, screen.getvalue()
    assert not shown or screen.getvalue().endswith("\x1b[2K"), "the line is taken away"


@pytest.mark.parametrize("where", ["zmlib.passes.levels.returned", "PIL.Image.Image.save"])
def test_ctrl_c_leaves_nothing_of_a_large_photo(zm, here, weights, monkeypatch, where):
    Image.open("photo.jpg").resize(LARGE_PHOTO).save("photo.png")
    before = files(here)

    def stop(_: object, path: object = None, **__: object) -> None:
        if isinstance(path, Path):
            path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(where, stop)
    result = zm("stylize", "photo.png", "paint.png", "-o", "out.png", "--stroke-size", 40, "--model", weights)
    assert result.exit_code == 130 and result.stderr == "zmlib: Stopped.\n"
    assert files(here) == before


def test_the_default_name_lies_beside_the_photo(zm, here, weights):
    (here / "sub").mkdir()
    os.rename("photo.jpg", "sub/photo.jpg")
    result = zm("stylize", "sub/photo.jpg", "paint.png", "--model", weights)
    assert result.exit_code == 0 and "sub/photo-paint.png" in result.stdout
    assert zm("stylize", "sub/photo.jpg", "paint.png", "-o", "sub", "--strength", 0, "--model", weights).exit_code == 0
    assert files(here) == {"paint.png", "sub/photo.jpg", "sub/photo-paint.png"}  # written over: one file, by name


def photos(here: Path) -> None:
    (here / "in/deep").mkdir(parents=True)
    for name in ("a.jpg", "b.png", "deep/a.jpg", "c.gif"):
        Image.open("photo.jpg").save(here / "in" / name)


RESULTS = {"a.jpg", "b.png", "c.gif.png", "deep/a.jpg"}


def test_a_folder_keeps_names_and_sub_folders(zm, here, weights):
    photos(here)
    result = zm("stylize", "in", "paint.png", "-o", "out", "--model", weights)
    assert result.exit_code == 0 and "4 pictures written to out and 1 more folders" in result.stdout
    assert files(here / "out") == RESULTS
    assert zm("stylize", "in/", "paint.png", "--model", weights).exit_code == 0
    assert files(here / "in-paint") == RESULTS


def test_a_second_run_skips_what_is_there(zm, here, weights):
    photos(here)
    words = ("stylize", "in", "paint.png", "-o", "in/done", "--model", weights)
    assert zm(*words).exit_code == 0
    first = {name: (here / "in/done" / name).stat().st_mtime_ns for name in RESULTS}
    (here / "in/done/b.png").unlink()
    result = zm(*words)
    assert "1 picture written" in result.stdout and "3 were there already" in result.stdout
    assert files(here / "in/done") == RESULTS  # and results inside the folder are no photos
    assert (here / "in/done/a.jpg").stat().st_mtime_ns == first["a.jpg"]
    assert "4 pictures written" in zm(*words, "--overwrite").stdout
    assert (here / "in/done/a.jpg").stat().st_mtime_ns != first["a.jpg"]


def test_bad_files_in_a_folder_do_not_hold_up_the_others(zm, here, weights):
    photos(here)
    (here / "in/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (here / "in/text.jpg").write_text("no picture")
    result = zm("stylize", "in", "paint.png", "-o", "out", "--model", weights)
    assert result.exit_code == 2 and files(here / "out") == RESULTS
    assert "zmlib: in/broken.png is damaged" in result.stderr and "zmlib: in/text.jpg is not" in result.stderr
    assert "4 pictures written" in result.stdout and "2 could not be done" in result.stdout


def test_several_files_go_to_a_folder_or_beside_themselves(zm, here, weights):
    Image.new("RGB", (33, 64)).save("other.png")
    words = ("stylize", "photo.jpg", "other.png", "paint.png", "--model", weights)
    assert zm(*words, "-o", "new").exit_code == 0 and files(here / "new") == {"photo.jpg", "other.png"}
    assert zm(*words).exit_code == 0
    assert {"photo-paint.png", "other-paint.png"} <= files(here)
    assert Image.open("other-paint.png").size == (33, 64)


def test_ctrl_c_ends_with_a_sentence_and_whole_files(here, weights):
    """In a process of its own, with a real signal."""
    (here / "in").mkdir()
    for i in range(40):
        Image.open("photo.jpg").resize((320, 240)).save(f"in/{i:02d}.png")
    words = ["stylize", "in", "paint.png", "-o", "out", "--model", str(weights)]
    environment = os.environ | {"PYTHONPATH": str(Path(zmlib.__file__).parents[1])}
    call = [sys.executable, "-m", "zmlib", *words]
    with running(call, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as run:
        deadline = time.monotonic() + 60
        while not list(here.glob("out/*.png")) and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        _, error = run.communicate(timeout=60)
    assert run.returncode == 130, error
    assert "zmlib: Stopped: " in error and "of 40 pictures are done" in error and "Traceback" not in error
    done = files(here / "out")
    assert 0 < len(done) < 40 and all(name.endswith(".png") and not name.startswith(".") for name in done)
    for name in done:
        Image.open(here / "out" / name).load()
