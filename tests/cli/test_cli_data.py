"""`zmlib data`: a list of names and hashes becomes files, each checked, from a server in this process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from originals import __main__ as command
from originals import fetch as fetching
from originals.fetch import Entry, read_list
from PIL import Image
from typer.testing import CliRunner, Result

ROOT = Path(__file__).parents[2]
COMMIT = "a" * 40


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def served(folder: Path, name: str, content: bytes) -> str:
    """Put a file where GitHub would have it; its source."""
    file = folder / "who" / "what" / COMMIT / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return f"who/what@{COMMIT}:{name}"


@pytest.fixture
def listed(server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Entry]:
    """A list of a picture as it is at its source, one that was scaled, one from elsewhere, and one by hand."""
    base, folder = server
    monkeypatch.setenv("ZMLIB_DATA_URL", base + "/")
    large = tmp_path / "large.png"
    Image.effect_noise((300, 200), 60).convert("RGB").save(large)
    scaled = tmp_path / "scaled.jpg"
    with Image.open(large) as image:
        image.resize((150, 100), Image.Resampling.LANCZOS).save(scaled, "JPEG", quality=82, optimize=True)
    plain = b"\xff\xd8 as it is at its source"
    entries = [
        Entry("photos/test/plain.jpg", served(folder, "a b/ж.jpg", plain), "CC0", 9, 9, 82, sha(plain)),
        Entry(
            "photos/train/scaled.jpg",
            served(folder, "large.png", large.read_bytes()),
            "CC0",
            150,
            100,
            82,
            sha(scaled.read_bytes()),
        ),
        Entry("paintings/test/hand.jpg", "a museum", "public domain", 9, 9, 88, sha(b"x")),
        Entry("weights/w.safetensors", f"who/what@{COMMIT}:w.pth", "MIT", 0, 0, 0, sha(b"y")),
    ]
    _write(entries, tmp_path, monkeypatch)
    return entries


def _write(entries: list[Entry], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["\t".join(Entry.__dataclass_fields__)]
    lines += ["\t".join(str(cell or "") for cell in vars(entry).values()) for entry in entries]
    (place / "data.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (place / "pairs.tsv").write_text("photo\tpainting\n")
    for module in (fetching, command):
        monkeypatch.setattr(module, "LIST", place / "data.tsv")


def data(*words: object) -> Result:
    return CliRunner().invoke(command.app, [str(word) for word in words])


def found(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def test_what_is_public_is_fetched_checked_and_not_fetched_again(
    listed: list[Entry], server: tuple[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = data("fetch", "--out", out)
    assert done.exit_code == 0 and "2 fetched, 0 were there, 2 by hand, 0 failed" in done.stdout, done.output
    assert "paintings/test/hand.jpg must be got by hand" in done.stderr and "w.safetensors must be" in done.stderr
    assert found(out) == ["pairs.tsv", "photos/test/plain.jpg", "photos/train/scaled.jpg"]
    assert [sha((out / entry.path).read_bytes()) for entry in listed[:2]] == [entry.sha256 for entry in listed[:2]]
    for file in server[1].rglob("*.*"):
        file.unlink(missing_ok=True) if file.is_file() else None
    done = data("fetch", "--out", out)
    assert done.exit_code == 0 and "0 fetched, 2 were there, 2 by hand, 0 failed" in done.stdout


def test_a_damaged_file_is_fetched_again(listed: list[Entry], tmp_path: Path) -> None:
    data("fetch", "--out", tmp_path / "out")
    (tmp_path / "out" / listed[0].path).write_bytes(b"cut")
    done = data("fetch", "--out", tmp_path / "out")
    assert "1 fetched, 1 were there" in done.stdout and done.exit_code == 0


def test_another_picture_is_named_and_not_kept(
    listed: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [replace(listed[0], sha256=sha(b"other")), replace(listed[1], width=149)]
    _write(
        [*wrong, replace(listed[0], source=f"who/what@{COMMIT}:gone.jpg", path="photos/test/gone.jpg")],
        tmp_path,
        monkeypatch,
    )
    out = tmp_path / "out"
    done = data("fetch", "--out", out)
    assert done.exit_code == 1 and "0 fetched, 0 were there, 0 by hand, 3 failed" in done.stdout
    said = done.stderr.splitlines()
    assert f"photos/test/plain.jpg differs from what we measured on: sha256 expected {sha(b'other')}" in said[0]
    assert "photos/train/scaled.jpg differs" in said[1] and "gone.jpg answers 404" in said[2]
    assert found(out) == ["pairs.tsv"]


def test_a_broken_download_leaves_nothing_and_a_silent_server_is_left_alone(
    listed: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write([replace(listed[0], path=f"photos/test/{name}.jpg") for name in "abcde"], tmp_path, monkeypatch)
    done = data("fetch", "--out", tmp_path / "out", "--base-url", "http://127.0.0.1:9")
    assert done.exit_code == 1 and "5 failed" in done.stdout and done.stderr.count("could not be reached") == 3
    assert "Check the network, and run the same command again" in done.stderr
    assert found(tmp_path / "out") == ["pairs.tsv"]


def test_parts_of_the_list(listed: list[Entry], tmp_path: Path) -> None:
    assert "1 fetched" in data("fetch", "--out", tmp_path / "a", "--split", "train").stdout
    assert found(tmp_path / "a") == ["pairs.tsv", "photos/train/scaled.jpg"]
    assert "1 fetched" in data("fetch", "--out", tmp_path / "b", "--only", "*plain*", "--only", "weights/*").stdout
    said = data("list").stdout
    assert (
        "photos/test: 1 pictures" in said and f"hand.jpg, by hand: a museum (public domain), sha256 {sha(b'x')}" in said
    )
    for words, sentence in [(["--split", "all"], 'no split "all"'), (["--only", "x*"], "No file of the list")]:
        done = data("list", *words)
        assert done.exit_code == 2 and sentence in done.stderr
    (tmp_path / "file").touch()
    assert "is a file, and --out wants a folder" in data("fetch", "--out", tmp_path / "file").stderr


SKIMAGE = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")


def test_a_listed_photograph_of_a_wheel_is_made_bit_for_bit(server: tuple[str, Path], tmp_path: Path) -> None:
    """The list's own sizes, qualities and hashes, where a wheel brings the sources."""
    entries = {Path(entry.source).name: entry for entry in read_list() if entry.source.startswith("scikit-image/")}
    for name in SKIMAGE:
        entry = entries[name]
        place = server[1] / (entry.address("x") or "").removeprefix("x/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((files("skimage.data") / name).read_bytes())
        fetching.fetch(entry, tmp_path, server[0])
        assert fetching.is_there(entry, tmp_path)


def test_the_list_is_of_public_pictures_and_of_nothing_of_this_machine() -> None:
    entries = read_list()
    assert len({entry.path for entry in entries}) == len(entries) and len({entry.sha256 for entry in entries}) > 2000
    assert all(len(entry.sha256) == 64 and entry.licence and entry.source for entry in entries)
    assert not [entry.path for entry in entries if entry.path.startswith("/") or ".." in entry.path]
    by_hand = [entry.path for entry in entries if entry.address() is None]
    assert all(path.startswith(("weights/", "words/")) for path in by_hand)
    named = {entry.path for entry in entries}
    pairs = [line.split("\t") for line in (ROOT / "book" / "pairs.tsv").read_text().splitlines()[1:]]
    assert len(pairs) == 60 and {path for pair in pairs for path in pair} <= named
    assert len({photo for photo, _ in pairs}) == 60 and len({painting for _, painting in pairs}) == 30


def test_the_list_is_of_the_data_that_are_here(data_dir: Path) -> None:
    there = [entry for entry in read_list() if (data_dir / entry.path).is_file()]
    assert len(there) > 1600 and all(fetching.is_there(entry, data_dir) for entry in there)
    for entry in there[::50]:
        if entry.quality:
            with Image.open(data_dir / entry.path) as image:
                assert image.size == (entry.width, entry.height)
    assert (data_dir / "pairs.tsv").read_bytes() == (ROOT / "book" / "pairs.tsv").read_bytes()


def test_the_command_calls_the_package_beside_the_notebooks() -> None:
    call = [sys.executable, "-m", "zmlib", "data", "list", "--split", "val"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(call, capture_output=True, text=True, env=env)
    assert done.returncode == 0 and done.stdout.splitlines()[:1] == ["photos/val: 30 pictures"], done.stderr
