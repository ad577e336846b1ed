"""Frames for interactive pages: whole or not at all, and none where the project keeps its results."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from chapters import fig7
from chapters.frames import FORMAT, credited, keep_frames
from PIL import Image

from zmlib.data import samples
from zmlib.errors import UserError
from zmlib.experiments import start
from zmlib.experiments.results import read_results
from zmlib.experiments.run import Run

PARAMETERS = {"preset": "smoke", "seed": 3, "device": "cpu", "contents": "", "styles": ""}


@pytest.fixture
def run(clone: Path) -> Run:
    return start("fig7", dict(PARAMETERS))


def flat(colour: str, size: tuple[int, int] = (16, 8)) -> Image.Image:
    return Image.new("RGB", size, colour)


def index(run: Run) -> dict:
    return json.loads((run.place / "play" / "frames.json").read_text(encoding="utf-8"))


def test_frames_stand_side_by_side_in_one_file(run: Run) -> None:
    with keep_frames(run) as shelf:
        shelf.data["sweep"] = shelf.strip("sweep", [flat("red"), flat("lime"), flat("blue")])
        shelf.data["photo"] = shelf.picture("photo", flat("white", (8, 8)))
        shelf.data["values"] = np.array([0.5, 1.5])
        assert repr(shelf).startswith("2 files")
    found = index(run)
    assert found["data"]["sweep"] == {"file": "sweep.jpg", "frames": 3, "width": 16, "height": 8}
    assert found["data"]["photo"]["frames"] == 1 and found["data"]["values"] == [0.5, 1.5]
    strip = Image.open(run.place / "play" / "sweep.jpg")
    assert strip.format == "JPEG" and strip.size == (48, 8)
    seen = [strip.getpixel((8 + 16 * i, 4)) for i in range(3)]
    assert all(
        np.abs(np.subtract(a, b)).max() < 12 for a, b in zip(seen, [(255, 0, 0), (0, 255, 0), (0, 0, 255)], strict=True)
    )


def test_the_json_says_where_the_frames_come_from(run: Run) -> None:
    with keep_frames(run):
        pass
    found = index(run)
    assert (found["format"], found["chapter"], found["data"]) == (FORMAT, "fig7", {})
    assert found["provenance"]["preset"] == "smoke" and found["provenance"]["seed"] == 3
    assert set(found["provenance"]) == set(run.provenance())


def test_an_earlier_run_s_frames_go_and_a_failed_one_s_never_come(run: Run) -> None:
    with keep_frames(run) as shelf:
        shelf.picture("old", flat("red"))
    with keep_frames(run) as shelf:
        shelf.picture("new", flat("red"))
    play = run.place / "play"
    assert {file.name for file in play.iterdir()} == {"new.jpg", "frames.json"}
    with pytest.raises(ZeroDivisionError), keep_frames(run) as shelf:
        shelf.picture("half", flat("red"))
        _ = 1 / 0
    with pytest.raises(UserError, match="data.worst is nan"), keep_frames(run) as shelf:
        shelf.data["worst"] = float("nan")
    assert {file.name for file in play.iterdir()} == {"new.jpg", "frames.json"}
    assert [file.name for file in run.place.iterdir()] == ["play"]


def test_results_are_read_beside_them(run: Run) -> None:
    with keep_frames(run) as shelf:
        shelf.picture("one", flat("red"))
    run.keep("fig7", None, {"share": 1})
    assert list(read_results(run.place.parent)) == ["fig7/fig7"]


def test_a_release_leaves_none_in_figures(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZMLIB_RESULTS", str(clone / "figures"))
    run = start("fig7", dict(PARAMETERS))
    with keep_frames(run) as shelf:
        shelf.picture("one", flat("red"))
        where = shelf.folder
        assert (where / "one.jpg").is_file()
    run.keep("fig7", None, {"share": 1})
    assert not where.exists() and [file.name for file in (clone / "figures" / "fig7").iterdir()] == ["fig7.json"]


def test_wrong_frames_are_refused(run: Run) -> None:
    with keep_frames(run) as shelf:
        shelf.picture("one", flat("red"))
        for name, images in (("one", [flat("red")]), ("../up", [flat("red")]), ("none", [])):
            with pytest.raises(ValueError, match="name of new frames|pictures of one size"):
                shelf.strip(name, images)
        with pytest.raises(ValueError, match="pictures of one size"):
            shelf.strip("two", [flat("red"), flat("red", (8, 8))])


def test_a_folder_that_cannot_be_written_is_named(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / "file").touch()
    monkeypatch.setenv("ZMLIB_RESULTS", str(clone / "file"))
    with (
        pytest.raises(UserError, match=r"play could not be written .*ZMLIB_RESULTS"),
        keep_frames(start("fig7", dict(PARAMETERS))),
    ):
        pass


def test_files_are_told_from_those_of_an_earlier_build(run: Run) -> None:
    found = {}
    for build, colour in (("first", "red"), ("again", "red"), ("later", "blue")):
        with keep_frames(run) as shelf:
            shelf.picture("one", flat(colour))
        found[build] = index(run)["files"]
        content = (run.place / "play" / "one.jpg").read_bytes()
        assert found[build] == {"one.jpg": hashlib.sha256(content).hexdigest()[:12]}
    assert found["first"] == found["again"] != found["later"]


def test_only_its_own_writing_is_called_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError), keep_frames(run):
        (run.place / "no such file").read_bytes()
    assert list(run.place.iterdir()) == []

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UserError, match=r"fig7.play could not be written .No space left"), keep_frames(run) as shelf:
        shelf.picture("one", flat("red"))
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match=r"fig7.play could not be written .No space left"), keep_frames(run):
        pass
    monkeypatch.undo()
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(UserError, match=r"fig7.play could not be written .No space left"), keep_frames(run):
        pass
    assert list(run.place.iterdir()) == []


def test_samples_have_a_credit_and_a_reader_s_own_pictures_none(clone: Path) -> None:
    found = credited(["flower", "china", "flower"], ["wave", "meadow"])
    assert [one["author"] for one in found["photos"]] == ["vultilion", "danielbuechele"]
    assert all("CC BY 2.0" in one["licence"] and one["link"] for one in found["photos"])
    assert found["paintings"] == ["zmlib's painter, MIT"]
    every = credited(samples.photos(), samples.styles())
    assert len(every["photos"]) == len(samples.photos()) and len(every["paintings"]) == 1
    own = clone / "own"
    own.mkdir()
    flat("red").save(own / "china.jpg")  # named as a sample is
    run = start("fig7", {**PARAMETERS, "contents": str(own), "styles": str(own)})
    assert credited(run.photos(), run.paintings()) == {"photos": [], "paintings": []}


def test_figure_7_says_whose_pictures_it_shows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fig7, "sweep", lambda *_: {})
    monkeypatch.setattr(fig7, "sweep_shares", lambda *_: {})
    photos, paintings = (
        {name: torch.rand(1, 3, 8, 8) for name in names}
        for names in (["flower", "rocket", "mine.png"], ["wave", "mine.png"])
    )
    net = SimpleNamespace(encode=lambda signal: None)
    fig7.shelve(run, net, None, [("flower", "wave"), ("mine.png", "mine.png")], photos, paintings)
    assert index(run)["data"]["credits"] == credited(["flower"], ["wave"])
