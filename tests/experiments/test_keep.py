"""Keeping a result: its picture, its values, and where they came from."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

import zmlib
from zmlib.data.sheet import sheet
from zmlib.errors import UserError
from zmlib.experiments import Run, start
from zmlib.experiments.provenance import picture_name
from zmlib.experiments.results import provenance_line, read_results

ROOT = Path(__file__).parents[2]


def begin(chapter: str = "fig7", **own: Any) -> Run:
    kinds = {name: type(value) for name, value in own.items()}
    common = {"preset": "smoke", "seed": 7, "device": "cpu", "contents": "", "styles": ""}
    return start(chapter, common | own, **kinds)


def plot() -> Figure:
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.plot([0, 1, 4], label="line")
    axes.legend()
    return figure


def test_values_come_back_as_they_were(clone: Path) -> None:
    values = {"a": 0.1 + 0.2, "b": {"c": [1, 2.5, None, True, "x"]}, "none": {}, "numbers": []}
    taken = {"f32": np.float32(0.1), "int": np.int64(3), "bool": np.bool_(True), "array": np.arange(3) / 4}
    taken |= {"tensor": torch.tensor([1.0, 2.0], requires_grad=True), "scalar": torch.tensor(5), "tuple": (1, 2)}
    begin().keep("fig7", None, values | taken, {"pass": 0.25}, unit="J")
    result = read_results(clone / "book" / "results")["fig7/fig7"]
    assert {name: result.values[name] for name in values} == values
    assert {name: result.values[name] for name in taken} == {
        "f32": 0.10000000149011612,
        "int": 3,
        "bool": True,
        "array": [0.0, 0.25, 0.5],
        "tensor": [1.0, 2.0],
        "scalar": 5,
        "tuple": [1, 2],
    }
    assert result.timings == {"pass": 0.25} and result.extra == {"unit": "J"} and result.picture is None
    assert (result.chapter, result.figure) == ("fig7", "fig7")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"groups": {"1-3": [0.5, float("nan")]}}, r"values\.groups\.1-3\[1\] is nan"),
        ({"a": np.float32("inf")}, r"values\.a is inf"),
        ({"a": torch.tensor([1.0, float("nan")])}, r"values\.a\[1\] is nan"),
        ({"a": {3: 1}}, r"values\.a has the key 3, .* write '3'"),
        ({"a": Path("x")}, r"values\.a is a PosixPath|WindowsPath"),
        ({"a": {1, 2}}, r"values\.a is a set"),
    ],
)
def test_values_that_no_result_can_hold(clone: Path, values: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        begin().keep("fig7", None, values)
    with pytest.raises(UserError, match=words.replace("values", "timings")):
        begin().keep("fig7", None, {}, values)
    assert not (clone / "book" / "results").exists()


def test_a_plot_is_kept_as_the_same_svg_every_time(clone: Path) -> None:
    run, first = begin(), plot()
    run.keep("one", first, {})
    assert not plt.get_fignums()
    run.keep("two", plot(), {})
    files = [(run.place / f"{name}.svg").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1] and b"<svg" in files[0]
    assert b"dc:date" not in files[0] and str(clone).encode() not in files[0]


def test_pictures_and_sheets(clone: Path) -> None:
    run, picture = begin(), Image.effect_noise((64, 48), 40).convert("RGB")
    run.keep("photo", picture, {})
    page = sheet([[picture]], cell=(64, 48))
    run.keep("page", page, {})
    kept = read_results(run.place.parent)
    photo, jpeg = kept["fig7/photo"].picture, kept["fig7/page"].picture
    assert photo is not None and np.array_equal(np.asarray(Image.open(photo)), np.asarray(picture))
    assert jpeg is not None and jpeg.suffix == ".jpg" and Image.open(jpeg).size == page.image.size
    assert sorted(path.name for path in run.place.iterdir()) == ["page.jpg", "page.json", "photo.json", "photo.png"]
    with pytest.raises(UserError, match="A str cannot be kept as a picture"):
        run.keep("fig7", "fig7.png", {})


def test_a_new_kind_of_picture_replaces_the_old(clone: Path) -> None:
    run = begin()
    run.keep("fig7", plot(), {"a": 1})
    run.keep("fig7", Image.new("RGB", (8, 8)), {"a": 2})
    assert sorted(path.name for path in run.place.iterdir()) == ["fig7.json", "fig7.png"]


def test_a_failure_leaves_no_numbers_beside_another_picture(clone: Path) -> None:
    run = begin()
    run.keep("fig7", Image.new("RGB", (8, 8)), {"a": 1})
    with pytest.raises(UserError, match="fig7.json could not be written .* set ZMLIB_RESULTS"):
        run.keep("fig7", Image.new("HSV", (8, 8)), {"a": 2})
    assert [path.name for path in run.place.iterdir()] == ["fig7.png"]


@pytest.mark.parametrize("name", ["", "../fig7", "Fig 7", "a.b"])
def test_names_of_figures(clone: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be the name of a figure"):
        begin().keep(name, None, {})


def test_provenance(clone: Path, tiny_model: zmlib.ZMNet) -> None:
    (clone / "mine.safetensors").touch()
    run = begin(model=str(clone / "mine.safetensors"))
    slim = SimpleNamespace(name="slim", weights_hash="ab" * 32)
    assert run.used(tiny_model, run.parameters["model"]) is tiny_model
    assert run.used(SimpleNamespace(network=slim)).network is slim
    with pytest.raises(UserError, match="ZMNet need a name"):
        run.used(tiny_model)
    run.keep("fig7", None, {})
    known = read_results(run.place.parent)["fig7/fig7"].provenance
    assert (known["preset"], known["seed"], known["data"], known["device"]) == ("smoke", 7, "samples", "cpu (1 thread)")
    assert known["settings"] == run.settings and known["parameters"] == {"model": "mine.safetensors"}
    assert known["loss_network"] == {"slim": "ab" * 32} and list(known["weights"]) == ["mine"]
    assert known["zmlib"] == zmlib.__version__ and known["torch"].startswith("2.") and 0 <= known["seconds"] < 60
    # No notebook of this name here, no repository, and another zmlib than the clone's runs.
    assert known["source_hash"] is None and known["sources"] == [] and known["commit"] is None
    assert str(clone) not in json.dumps(known)


def test_pictures_of_the_user_are_named_with_their_hashes(clone: Path) -> None:
    shelf = {"photos/test": 3, "paintings/test": 2, "mine": 1}
    for place, count in shelf.items():
        (clone / "data" / place).mkdir(parents=True)
        for i in range(count):
            Image.new("RGB", (8, 8), (i, len(place), 0)).save(clone / "data" / place / f"{i}.png")
    (clone / "data" / "mine" / "deep").mkdir()
    (clone / "data" / "mine" / "deep" / "a.bin").write_bytes(b"a")
    known = hashlib.sha256((clone / "data/photos/test/0.png").read_bytes()).hexdigest()
    (clone / "book" / "data.tsv").write_text(f"path\tsource\tlicence\tsha256\nx\twho/what@1:0.png\tCC0\t{known}\n")
    common = {"preset": "smoke", "seed": 7, "device": "cpu", "styles": str(clone / "data/paintings/test")}
    run = start("fig7", common | {"contents": str(clone / "data/photos/test")})
    assert run.provenance()["pictures"] == {}, "nothing is read yet"
    assert list(run.photos(2)) == ["0.png", "1.png"] and list(run.paintings(1)) == ["0.png"]
    assert list(run.provenance()["pictures"]) == ["paintings/test/0.png", "photos/test/0.png", "photos/test/1.png"]
    assert run.read(clone / "data/mine/deep/a.bin") == clone / "data/mine/deep/a.bin"
    folder = clone / "data" / "photos" / "test"
    assert run.read_folder(folder) == sorted(folder.iterdir()) and run.read_folder(folder, 1) == [folder / "0.png"]
    run.keep("fig7", None, {})
    pictures = read_results(run.place.parent)["fig7/fig7"].provenance["pictures"]
    assert pictures.keys() == {"deep/a.bin", "paintings/test/0.png", *(f"photos/test/{i}.png" for i in range(3))}
    assert pictures["photos/test/0.png"] == {"sha256": known, "source": "who/what@1:0.png"}
    assert pictures["deep/a.bin"] == {"sha256": hashlib.sha256(b"a").hexdigest()}
    assert " · 1 paintings, 3 photos by name" in provenance_line(run.provenance())
    with pytest.raises(UserError, match="none.png cannot be read"):
        run.read(clone / "none.png")


def test_two_files_of_one_name_are_both_named(clone: Path) -> None:
    run = begin()
    for place in ("a/x", "b/x"):
        (clone / place).mkdir(parents=True)
        (clone / place / "1.png").write_text(place)
        run.read(clone / place / "1.png")
        run.read(clone / place / "1.png")
    names = list(run.provenance()["pictures"])
    assert len(names) == 2 and names[0] == "x/1.png" and names[1].startswith("x/1.png (")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/data/photos/test/a.jpg", "photos/test/a.jpg"),
        ("/data/daynight/test/noon/a.jpg", "daynight/test/noon/a.jpg"),
        ("/test/holiday/2020/a.jpg", "2020/a.jpg"),
        ("/some/me/a.jpg", "me/a.jpg"),
    ],
)
def test_names_of_pictures_hold_no_path_of_the_machine(file: str, name: str) -> None:
    assert picture_name(Path(file)) == name


def test_samples_have_no_names_in_the_provenance(clone: Path) -> None:
    run = begin()
    assert run.photos() and run.paintings() and run.provenance()["pictures"] == {}


def test_the_sources_of_a_notebook_of_this_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "notebooks")
    monkeypatch.setenv("ZMLIB_RESULTS", str(tmp_path))
    known = begin("overview").provenance()
    assert {"notebooks/overview.ipynb", "zmlib/tnet.py", "zmlib/data/samples.py"} <= set(known["sources"])
    assert len(known["source_hash"]) == 64 and not any(name.startswith("/") for name in known["sources"])
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    assert known["commit"] == (head.stdout.strip() if head.returncode == 0 else None)


def test_a_clone_inside_another_repository_has_no_commit(clone: Path) -> None:
    outer = clone / "outer"
    (outer / "inner").mkdir(parents=True)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for call in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        if subprocess.run([*git, *call], cwd=outer).returncode:
            pytest.skip("no git")
    from zmlib.experiments.provenance import commit_of

    assert len(commit_of(outer) or "") == 40 and commit_of(outer / "inner") is None


def test_the_picture_is_shown_and_then_where_it_comes_from(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "displayhook", lambda shown: print(f"shown: {shown}"))
    run = begin()
    run.keep("one", Image.new("L", (3, 2)), {"a": 1})
    run.show(sheet([[Image.new("RGB", (64, 48))]]))
    kept, kept_line, sheet_, line = capsys.readouterr().out.splitlines()
    assert "size=3x2" in kept and sheet_.startswith("shown: Sheet(")
    assert kept_line == provenance_line(run.kept["one"].provenance) and kept_line.startswith("smoke · seed 7 · cpu")
    assert line.split(" · ")[:3] == kept_line.split(" · ")[:3]
    assert sorted(path.name for path in run.place.iterdir()) == ["one.json", "one.png"]
