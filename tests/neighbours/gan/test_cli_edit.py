"""`zmlib edit` and `zmlib gan`: the picture is the functions', strokes as people type them, and every mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner, Result

from zmlib.cli import app
from zmlib.data.images import to_image, to_tensor
from zmlib.errors import UserError
from zmlib.neighbours.gan import Colour, Gan, Sketch, Warp, faces, load_gan
from zmlib.neighbours.gan.photo import change, code_of
from zmlib.neighbours.gan.trainings import TRAININGS
from zmlib.neighbours.gan.typed import read_stroke

Run = Callable[..., Result]


@pytest.fixture
def run(gan_file: Path) -> Run:
    return lambda *words: CliRunner().invoke(app, ["edit", *map(str, words), "--weights", str(gan_file)])


def test_a_stroke_is_read_as_it_is_typed() -> None:
    red = (0xAA / 255, 0x22 / 255, 0.0)
    assert read_stroke("colour #aa2200 20,14 44,14 radius=4") == Colour(((20, 14), (44, 14)), red, 4)
    assert read_stroke("  Color  WHITE radius=2.5 3.5,60 ") == Colour(((3.5, 60),), (1, 1, 1), 2.5)
    assert read_stroke("colour #a20 1,2").colour == (0xAA / 255, 0x22 / 255, 0)
    assert read_stroke("sketch 20,40 32,46 44,40") == Sketch(((20, 40), (32, 46), (44, 40)))
    assert read_stroke("warp 30,44 34,44 radius=5") == Warp(((30, 44), (34, 44)), 5)


@pytest.mark.parametrize(
    "text, says",
    [
        ("", 'The stroke "" must begin with one of colour, sketch, warp.'),
        ("smudge 3,4", 'The stroke "smudge 3,4" must begin with one of'),
        ("colour 20,14 44,14", '"20,14" in the stroke "colour 20,14 44,14" is no colour: write it as #aa2200'),
        ("colour #zz0000 20,14", '"#zz0000" in the stroke'),
        ("colour", '"" in the stroke "colour" is no colour'),
        ("colour red", "needs at least one point"),
        ("colour red 20;14", '"20;14" in the stroke "colour red 20;14" is neither a place'),
        ("colour red 20,14,3", "is neither a place"),
        ("colour red 20,14 size=3", '"size=3" in the stroke'),
        ("colour red 20,14 radius=big", '"radius=big" in the stroke'),
        ("colour red 20,14 radius=0", "radius must lie above 0"),
        ("colour red 20,14 radius=nan", "radius must lie above 0"),
        ("colour red 70,14", "The brush is outside the picture at 70, 14: both must lie from 0 to 63."),
        ("colour red nan,14", "The brush is outside the picture at nan, 14"),
        ("sketch 3,4", "needs two points"),
        ("warp 3,4", "from where to where"),
    ],
)
def test_a_stroke_that_cannot_be_read_is_one_sentence(text: str, says: str, run: Run, here: Path) -> None:
    with pytest.raises(UserError) as error:
        read_stroke(text)
    assert says in str(error.value)
    refused(run("face.png", "--stroke", text), says, here)


def refused(done: Result, says: str, here: Path) -> None:
    assert done.exit_code == 2 and says in done.stderr, done.output
    assert done.stderr.startswith("zmlib: ") and done.stderr.count("\n") == 1
    assert [path.name for path in here.iterdir() if path.suffix != ".txt"] == ["face.png"], "something was written"


def test_the_picture_is_what_the_functions_give(run: Run, here: Path, gan: Gan, face: Image.Image) -> None:
    words = ["-a", "smile", "--attribute", "glasses=-0.5", "-s", "colour #aa2200 20,14 44,14 radius=4", "--steps", 20]
    done = run("face.png", "-o", "out.png", *words, "--near", 0.01, "--real", 0, "--sheet", "sheet.png")
    assert done.exit_code == 0, done.output
    x = to_tensor(face)
    stroke = Colour(((20, 14), (44, 14)), (0xAA / 255, 0x22 / 255, 0), 4)
    made = change(x, code_of(x, gan), gan, {"smile": 1, "glasses": -0.5}, [stroke], steps=20, near=0.01, real=0)
    assert np.array_equal(Image.open("out.png"), to_image(made.picture))
    assert f"out.png  64 x 64 pixels, strokes fulfilled to {made.met:.0%}" in done.stdout
    assert Image.open("sheet.png").size == (4 * 4 * 64, 4 * 64)
    drawn = run("face.png", *words, "--near", 0.01, "--real", 0, "--reconstruction")
    assert np.array_equal(Image.open("face-edited.png"), to_image(made.after)), drawn.output


def test_enlarged_and_reduced(run: Run, here: Path, face: Image.Image) -> None:
    face.resize((192, 192)).save("large.jpg")
    done = run("large.jpg", "-o", "out.jpg", "-a", "smile", "--enlarge", 3)
    assert done.exit_code == 0 and "large.jpg is reduced from 192 x 192 to 64 x 64 pixels" in done.stderr
    assert Image.open("out.jpg").size == (192, 192) and "192 x 192 pixels" in done.stdout


@pytest.mark.parametrize(
    "words, says",
    [
        (["face.png"], "Say what to change"),
        (["face.png", "-a", "hat=1"], "There is no attribute 'hat': take one of long_hair, dark_hair, smile"),
        (["face.png", "-a", "smile=much"], '"much" in --attribute smile=much is no number'),
        (["face.png", "-a", "smile="], '"" in --attribute smile= is no number'),
        (["face.png", "-a", "smile=inf"], '"inf" in --attribute smile=inf is no number'),
        (["none.png", "-a", "smile"], "There is no file or folder none.png"),
        ([".", "-a", "smile"], ". is a folder: name one picture."),
        (["notes.txt", "-a", "smile"], "notes.txt is not a picture"),
        (["face.png", "-a", "smile", "-o", "face.png"], "would be overwritten"),
        (["face.png", "-a", "smile", "-o", "out.xyz"], "does not end in a picture format"),
        (["face.png", "-a", "smile", "-o", "nowhere/out.png"], "there is no folder nowhere"),
        (["face.png", "-a", "smile", "--sheet", "face.png"], "name another --sheet"),
        (["face.png", "-a", "smile", "--enlarge", "0"], "--enlarge must be at least 1"),
        (["face.png", "-a", "smile", "--enlarge", "400"], "--enlarge must be at most 32"),
        (["face.png", "-a", "smile", "--near", "-1"], "--near must be at least 0"),
        (["face.png", "-a", "smile", "--steps", "0"], "--steps must be at least 1"),
    ],
)
def test_what_cannot_be_edited_is_one_sentence(words: list[str], says: str, run: Run, here: Path) -> None:
    (here / "notes.txt").write_text("no picture")
    refused(run(*words), says, here)


def test_a_picture_without_a_face_is_refused_unless_asked_for(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strict(name: str) -> Gan:
        gan = load_gan(name)
        gan.card["face_limit"] = 0.0
        return gan

    monkeypatch.setattr("zmlib.neighbours.gan.bundle.load_gan", strict)
    refused(run("face.png", "-a", "smile"), "face.png shows no face", here)
    assert run("face.png", "-a", "smile", "--unchecked").exit_code == 0


def test_other_weights_are_refused(here: Path) -> None:
    done = CliRunner().invoke(app, ["edit", "face.png", "-a", "smile", "--weights", "nothing"])
    refused(done, "There are no weights nothing", here)


def test_the_help_names_the_attributes() -> None:
    said = " ".join(CliRunner().invoke(app, ["edit", "--help"], terminal_width=4000).stdout.split())
    assert all(name in said for name in faces.ATTRIBUTES) and "zmlib edit face.png" in said


def test_each_network_is_trained_by_its_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def fake(of: Any, out: Path, settings: Any, **given: Any) -> Path:
        asked.append((of, settings, given))
        return out / "weights.safetensors"

    assert list(TRAININGS) == ["generator", "encoder", "classifier", "superres", "sharpen", "completion"]
    for name, (_, needs) in list(TRAININGS.items()):
        monkeypatch.setitem(TRAININGS, name, (fake, needs))
        of = ["--from", "w.safetensors"] if needs else ["--domain", "shoes"]
        words = ["gan", "train", name, *of, "--out", str(tmp_path / name), "--steps", "7", "--seed", "3", "--fresh"]
        done = CliRunner().invoke(app, [*words, "--device", "cpu"])
        assert done.exit_code == 0, done.output
        given, settings, options = asked[-1]
        assert settings.seed == 3 and not settings.resume and settings.device == "cpu"
        assert options == {"steps": 7} | ({"domain": None} if needs else {})
        assert given == (Path("w.safetensors") if needs else "shoes")
    assert len(asked) == 6


@pytest.mark.parametrize(
    "words, says",
    [
        (["painter"], 'There is no network "painter" to train: take one of generator, encoder'),
        (["encoder"], "encoder begins from the weights of generator"),
        (["sharpen", "--domain", "faces"], "sharpen begins from the weights of superres"),
        (["generator", "--from", "w"], "generator begins from nothing"),
        (["generator", "--steps", "0"], "--steps must be at least 1"),
        (["generator", "--domain", "cats"], "There is no domain and no folder cats"),
        (["encoder", "--from", "none.safetensors"], "There are no weights none.safetensors"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(words: list[str], says: str, here: Path) -> None:
    done = CliRunner().invoke(app, ["gan", "train", *words, "--out", "runs", "--device", "cpu"])
    assert done.exit_code == 2 and says in done.stderr and not Path("runs").exists(), done.output


def test_a_training_and_what_ctrl_c_says(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zmlib.neighbours.gan.training import GanTraining

    words = ["gan", "train", "generator", "--out", "runs", "--steps", "2", "--pictures", "64", "--device", "cpu"]
    with monkeypatch.context() as patch:
        step = GanTraining.train_step

        def stop(self: GanTraining) -> torch.Tensor:
            if self.step == 1:
                raise KeyboardInterrupt
            return step(self)

        patch.setattr(GanTraining, "train_step", stop)
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 130 and "the same command resumes from the state saved in runs" in done.stderr
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0 and "runs/weights.safetensors is written." in done.stdout


def test_finish_writes_one_file_with_its_limit(here: Path, monkeypatch: pytest.MonkeyPatch, gan_file: Path) -> None:
    def assembled(encoder: Path, classifier: Path, out: Path, domain: str | None) -> Path:
        assert domain is None
        out.write_bytes(gan_file.read_bytes())
        return out

    monkeypatch.setattr("zmlib.neighbours.gan.bundle.assemble", assembled)
    monkeypatch.setattr("zmlib.neighbours.gan.photo.MEASURED", 16)
    done = CliRunner().invoke(app, ["gan", "finish", "a", "b", "--out", "mine.safetensors"])
    assert done.exit_code == 0, done.output
    assert f"limit of a face {load_gan('mine.safetensors').card['face_limit']:.2f}" in done.stdout
    done = CliRunner().invoke(app, ["gan", "finish", "a", "b", "--out", "mine"])
    assert done.exit_code == 2 and "does not end in .safetensors" in done.stderr
