"""`zmlib styles build`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from zmlib.data import samples
from zmlib.styleset import build as making
from zmlib.styleset import sources
from zmlib.styleset.plan import read_plan

TINY = ("--size", 64, "--iterations", 1, "--device", "cpu")
GIVEN = ("--photos", "photos", "--paintings", "paintings", "--count", 9)


def noise(seed: int) -> Image.Image:
    """A picture of a few colours, each seed another."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((84, 72), Image.Resampling.BICUBIC)


@pytest.fixture
def folders(here: Path) -> Path:
    """A working folder with six photos and four paintings."""
    for name, count, first in (("photos", 6, 0), ("paintings", 4, 100)):
        (here / name).mkdir()
        for i in range(count):
            noise(first + i).save(here / name / f"{i}.png")
    return here


def tree(folder: Path) -> dict[str, bytes | None]:
    """All that is in a folder, hidden things too."""
    found = {path: None if path.is_dir() else path.read_bytes() for path in folder.rglob("*")}
    return {path.relative_to(folder).as_posix(): content for path, content in sorted(found.items())}


def refused(result, says: str) -> None:
    assert result.exit_code == 2, result.output
    assert says in result.stderr, result.stderr
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("zmlib: ") and "Traceback" not in result.output


def test_help(zm, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    assert "build" in zm("styles", "--help").stdout and "styles" in zm("--help").stdout
    text = zm("styles", "build", "--help").stdout
    for word in (
        "--photos",
        "--again",
        "--shard",
        "zmlib styles build --out",
        "run the command again",
        "scenes drawn for it",
    ):
        assert " ".join(word.split()) in " ".join(text.replace("│", " ").split()), word


def test_a_small_set(zm, folders):
    result = zm("styles", "build", "--out", "new/set", *GIVEN, *TINY)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == (
        "new/set holds 9 pictures, 9 of them made now; new/set/manifest.csv says of what."
    )
    rows, settings = read_plan(Path("new/set"))
    assert (settings.size, settings.iterations, settings.view) == (64, 1, 256)
    made = {name for name, content in tree(folders / "new/set").items() if content is not None}
    assert made == {"manifest.csv", "settings.json", *(row.file for row in rows)}
    assert sum(1 for row in rows if not row.photo) == 4
    assert all(Image.open(Path("new/set") / row.file).size == (64, 64) for row in rows if row.photo)
    again = zm("styles", "build", "--out", "new/set", *GIVEN, *TINY)
    assert "9 pictures, 0 of them made now" in again.stdout


def test_again_gives_the_same_set_whatever_the_options_say(zm, folders):
    zm("styles", "build", "--out", "set", *GIVEN, *TINY)
    result = zm("styles", "build", "--out", "two", "--again", "set", *GIVEN[:4], "--count", 50, "--seed", 3)
    assert result.exit_code == 0, result.output
    assert tree(folders / "two") == tree(folders / "set")


def test_nothing_given(zm, here, monkeypatch):
    """Scenes drawn for it, and seeds painted for it (here by a stand-in, which paints faster)."""
    monkeypatch.setattr(sys.modules["zmlib.cli.styles"], "PAINTED", 4)
    monkeypatch.setattr(sys.modules["zmlib.cli.styles"], "DRAWN", 5)
    monkeypatch.setattr(sources, "paint", lambda _, number, manner, size: noise(number))
    result = zm("styles", "build", "-o", "set", "--count", 7, *TINY)
    assert result.exit_code == 0 and "7 pictures, 7 of them made now" in result.stdout, result.output
    rows, _ = read_plan(Path("set"))
    assert {row.photo for row in rows if row.photo} <= {f"00000{i}.jpg" for i in range(5)}
    assert {row.painting for row in rows} == {f"00000{i}.jpg" for i in range(4)}
    assert sorted(path.name for path in Path("set").iterdir() if path.name.startswith(".")) == [".paintings", ".photos"]


def test_samples_among_the_pictures_and_excluded_names_are_left_out(zm, folders):
    samples.photos()["coffee"].resize((300, 200)).save("photos/sample.jpg")
    samples.styles()["wave"].resize((100, 100)).save("paintings/sample.jpg")
    result = zm("styles", "build", "-o", "set", *GIVEN[:4], "--count", 60, "--exclude", "5*", *TINY)
    assert result.exit_code == 0, result.output
    rows, _ = read_plan(Path("set"))
    assert {row.photo for row in rows if row.photo} == {f"{i}.png" for i in range(5)}
    assert {row.painting for row in rows} == {f"{i}.png" for i in range(4)}


def test_ctrl_c_says_how_to_go_on_and_it_does(zm, folders, monkeypatch):
    zm("styles", "build", "-o", "whole", *GIVEN, *TINY)
    real, calls = making.save_image, iter(range(100))

    def save(*words, **more):
        if next(calls) == 6:
            raise KeyboardInterrupt
        return real(*words, **more)

    monkeypatch.setattr(making, "save_image", save)
    result = zm("styles", "build", "-o", "set", *GIVEN, *TINY)
    assert result.exit_code == 130 and result.stderr == "zmlib: Stopped; the same command makes what set lacks.\n"
    monkeypatch.setattr(making, "save_image", real)
    assert "9 pictures, 3 of them made now" in zm("styles", "build", "-o", "set", *GIVEN, *TINY).stdout
    assert tree(folders / "set") == tree(folders / "whole")


def test_shards_make_the_files_of_one_go_and_say_how_far_the_set_is(zm, folders):
    zm("styles", "build", "-o", "whole", *GIVEN, *TINY, "--batch", 2)
    for shard, says in (
        ("2/2", "Shard 2/2 made 4 pictures; set now holds 4 of the plan's 9, and set/manifest.csv says of what."),
        ("2/2", "Shard 2/2 made 0 pictures; set now holds 4 of the plan's 9, and set/manifest.csv says of what."),
        ("1/2", "Shard 1/2 made 5 pictures; set now holds 9 of the plan's 9, and set/manifest.csv says of what."),
        ("9/9", "Shard 9/9 made 0 pictures; set now holds 9 of the plan's 9, and set/manifest.csv says of what."),
    ):
        result = zm("styles", "build", "-o", "set", *GIVEN, *TINY, "--batch", 2, "--shard", shard)
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines()[-1] == says
    assert tree(folders / "set") == tree(folders / "whole")


def test_the_bar_counts_the_shards_pictures(zm, folders):
    result = zm("styles", "build", "-o", "set", *GIVEN, *TINY, "--batch", 2, "--shard", "1/2")
    assert "5 of 5" in result.output and "of 9 " not in result.output.rsplit("Shard", 1)[0]


def test_shards_of_a_manifest(zm, folders):
    zm("styles", "build", "-o", "set", *GIVEN, *TINY, "--batch", 2)
    for number in (1, 2, 3):
        words = ("--again", "set", *GIVEN[:4], "--batch", 2, "--shard", f"{number}/3")
        assert zm("styles", "build", "-o", "two", *words).exit_code == 0
    assert tree(folders / "two") == tree(folders / "set")


def test_a_shard_that_is_refused_leaves_what_others_may_be_using(zm, here, monkeypatch):
    """The scenes of `.photos`, which it cannot know that it alone has drawn."""
    monkeypatch.setattr(sys.modules["zmlib.cli.styles"], "DRAWN", 3)
    words = ("-o", "set", "--count", 60, *TINY, "--paintings", "none")
    refused(zm("styles", "build", *words, "--shard", "1/2"), "no folder none")
    assert len(list(Path("set/.photos").iterdir())) == 3


def test_out_of_memory_says_what_to_lower(zm, folders, monkeypatch):
    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(making, "derive", full)
    refused(
        zm("styles", "build", "-o", "set", *GIVEN, *TINY), "Memory ran out at 16 pictures of 64 pixels: lower --batch."
    )
    words = ("styles", "build", "-o", "set", *GIVEN, *TINY, "--shard", "1/2")
    refused(zm(*words), "Memory ran out at 16 pictures of 64 pixels: lower --batch in all shards.")


def test_a_damaged_picture_is_named_and_left_out(zm, folders):
    (folders / "paintings" / "9.png").write_bytes(b"no picture")
    result = zm("styles", "build", "-o", "new/set", *GIVEN, *TINY)
    assert result.exit_code == 0, result.output
    assert "left out: paintings/9.png is not a picture" in result.stderr
    assert "9.png" not in (folders / "new/set/manifest.csv").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--count", "2"], "--count must be at least 3, not 2."),
        (["--count", "3"], "A set of 3 pictures has no room for the 4 paintings"),
        (["--iterations", "0"], "--iterations must be at least 1"),
        (["--size", "32"], "--size must be at least 64"),
        (["--batch", "0"], "--batch must be at least 1"),
        (["--seed", "-1"], "--seed must be at least 0"),
        (["--shard", "0/4"], '--shard must be such as 3/16, the third of sixteen parts, not "0/4".'),
        (["--shard", "5/4"], 'not "5/4".'),
        (["--shard", "1/0"], 'not "1/0".'),
        (["--shard", "a/b"], 'not "a/b".'),
        (["--shard", "3"], 'not "3".'),
        (["--out", "set", "--count", "10", "--shard", "1/2"], "set holds a set of other pictures or settings"),
        (["--device", "toaster"], 'no device "toaster"'),
        (["--photos", "none"], "no folder none"),
        (["--paintings", "none"], "no folder none"),
        (["--paintings", "photo.jpg"], "photo.jpg is a file"),
        (["--photos", "empty"], "no picture in empty"),
        (["--photos", "two"], "three different pictures, and there are 2"),
        (["--paintings", "two"], "three different pictures, and there are 2"),
        (["--exclude", "*"], "three different pictures, and there are 0"),
        (["--photos", "broken", "--strict"], "broken/9.png"),
        (["--paintings", "broken", "--strict"], "broken/9.png"),
        (["--again", "none"], "none holds no manifest"),
        (["--again", "set", "--photos", "two"], "The manifest names "),
        (["--out", "photo.jpg"], "photo.jpg is a file, and --out wants a folder"),
        (["--out", "photo.jpg/deeper"], "photo.jpg"),
        (["--out", "photos/set"], "photos/set lies in photos"),
        (["--out", "set", "--count", "10"], "set holds a set of other pictures or settings"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_nothing_is_written(zm, folders, words, says):
    for name, files in (("empty", ()), ("two", ("1.png", "2.png")), ("broken", ("1.png", "2.png", "3.png"))):
        (folders / name).mkdir()
        for file in files:
            (folders / name / file).write_bytes((folders / "photos" / file).read_bytes())
    (folders / "broken" / "9.png").write_bytes(b"no picture")
    if "set" in words:
        zm("styles", "build", "-o", "set", *GIVEN, *TINY)
    before = tree(folders)
    refused(zm("styles", "build", "-o", "new/set", *GIVEN, *TINY, *words), says)
    assert tree(folders) == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--count", "59"], "--count must be at least 60, not 59."),
        (["--photos", "none"], "no folder none"),
        (["--paintings", "none"], "no folder none"),
    ],
)
def test_nothing_is_left_of_what_was_made_for_it_either(zm, here, words, says):
    refused(zm("styles", "build", "-o", "new/set", "--count", 60, *TINY, *words), says)
    assert {path.name for path in here.iterdir()} == {"photo.jpg", "paint.png"}
