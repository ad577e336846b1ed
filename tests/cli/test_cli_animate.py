"""`zmlib animate`: what it writes, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_cli_stylize import files, refused

import zmlib
from zmlib.signals.words import known_words
from zmlib.video.files import read_video


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a small random network that reads words."""
    torch.manual_seed(0)
    net = zmlib.ZMNet(zmlib.TNetConfig(width=(4, 8, 8), blocks=1), "serial-vector", inputs=2, hidden=4)
    torch.nn.init.normal_(net.source.heads[0].linear.weight)
    trained = {word: known_words()[word] for word in ("noon", "night")}
    plane = {"mean": [0.0], "axes": [[1.0], [0.0]], "scale": 1.0, "chosen": ["noon", "morning", "night"]}
    card = {"recipe": "words", "words": {"trained": trained, "plane": plane}}
    return zmlib.save(net, tmp_path_factory.mktemp("weights") / "words.safetensors", card)


def short(*more: object) -> tuple[object, ...]:
    return ("--size", 48, "--seconds", 0.5, "--fps", 10, *more)


@pytest.mark.parametrize("out", ["out.mp4", "out.webm", "out.gif"])
def test_from_style_to_style(zm, here, weights, out):
    result = zm("animate", "photo.jpg", "--styles", "paint.png, photo.jpg", "-o", out, "--model", weights, *short())
    assert result.exit_code == 0, result.output
    assert f"{out}  5 frames of 64 x 48 pixels" in result.stdout and "painted a second" in result.stdout
    assert "unsteadiness" in result.stdout
    assert files(here) == {"photo.jpg", "paint.png", out}
    video = read_video(Path(out))
    assert video.fps == pytest.approx(10) and len(list(video.frames)) == 5


def test_from_word_to_word(zm, here, words):
    result = zm("animate", "photo.jpg", "--words", "noon,dawn,Night", "-o", "out.mp4", "--model", words, *short())
    assert result.exit_code == 0, result.output
    refused(
        zm("animate", "photo.jpg", "--words", "noon,nigth", "-o", "other.mp4", "--model", words, *short()),
        'The word "nigth" is not among',
    )
    assert files(here) == {"photo.jpg", "paint.png", "out.mp4"}


@pytest.mark.parametrize("way", [("paint.png,photo.jpg",), ("paint.png", "--strength")])
def test_strokes_may_be_larger_and_the_finest_left_out(zm, here, weights, way):
    light = {}
    for stroke, finest in (("none", ()), ("medium", ()), (40, ()), (40, ("--finest", 60)), (40, ("--finest", 120))):
        words = ("--styles", *way, "--stroke-size", stroke, *finest, "--size", 120, "--seconds", 0.3, "--fps", 10)
        result = zm("animate", "photo.jpg", *words, "-o", "a.gif", "--model", weights)
        assert result.exit_code == 0, result.output
        *_, last = read_video(Path("a.gif")).frames
        assert last.size == (160, 120)
        light[(stroke, *finest)] = np.asarray(last.convert("L"), float)
    assert np.array_equal(light["none",], light["medium",]) and np.abs(light[40,] - light["none",]).mean() > 1
    assert np.array_equal(light[40,], light[40, "--finest", 120]), "the frames' own size"
    assert np.abs(light[40,] - light[40, "--finest", 60]).mean() > 1


def test_strength_grows(zm, here, weights):
    result = zm(
        "animate", "photo.jpg", "--styles", "paint.png", "--strength", "-o", "a.gif", "--model", weights, *short()
    )
    assert result.exit_code == 0, result.output
    assert Image.open("a.gif").n_frames == 5


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((), "either --words or --styles"),
        (("--words", "a,b", "--styles", "a.jpg"), "either --words or --styles"),
        (("--styles", "paint.png"), "two or more, not 1"),
        (("--words", "noon", "--strength"), "one style grow"),
        (("--styles", "paint.png,none.png"), "none.png"),
        (("--styles", "paint.png,photo.jpg", "--seconds", 0), "--seconds"),
        (("--styles", "paint.png,photo.jpg", "--fps", 0.1), "--fps"),
        (("--styles", "paint.png,photo.jpg", "--size", 8), "size must be at least 32 pixels, not 8"),
        (("--styles", "paint.png,photo.jpg", "--stroke-size", "wide"), "fine, medium, broad, none or a whole number"),
        (("--styles", "paint.png,photo.jpg", "--stroke-size", 8), "stroke size must be at least 32"),
        (("--styles", "paint.png,photo.jpg", "--finest", 8), "finest size must be at least 32"),
        (("--words", "noon,night"), "guided by pictures"),
    ],
)
def test_bad_input_gets_a_sentence(zm, here, weights, given, says):
    refused(zm("animate", "photo.jpg", "-o", "out.mp4", "--model", weights, *given), says)
    assert files(here) == {"photo.jpg", "paint.png"}


def test_networks_that_have_no_such_affine(zm, here, words):
    styles = ("--styles", "paint.png,photo.jpg", "-o", "out.mp4")
    refused(zm("animate", "photo.jpg", *styles, "--model", "concat"), "gives no gamma and beta")
    refused(zm("animate", "photo.jpg", *styles, "--model", words), 'guided by words, such as "night"')
    refused(zm("animate", "photo.jpg", *styles[:2], "-o", "out.gif", "--fps", 60), "50 frames a second")


def test_words_need_a_network_that_reads_them(zm, here):
    words = ("--words", "noon,night", "-o", "out.gif", "--model", "styles-expanded")
    refused(zm("animate", "photo.jpg", *words), "it was given words")
    refused(zm("animate", "photo.jpg", "--words", "noon,nihgt", "-o", "out.gif"), "did you mean night")


def test_words_move_a_photo_by_the_network_that_ships(zm, here):
    result = zm("animate", "photo.jpg", "--words", "noon,night", "-o", "out.gif", *short())
    assert result.exit_code == 0, result.output
    first, *_, last = (float(np.asarray(frame.convert("L")).mean()) for frame in read_video(Path("out.gif")).frames)
    assert last < first, "night is darker than noon"


def test_bad_places_and_photos(zm, here, weights):
    styles = ("--styles", "paint.png,photo.jpg", "--model", weights)
    refused(zm("animate", "none.jpg", "-o", "out.mp4", *styles), "no photo none.jpg")
    refused(zm("animate", "photo.jpg", "-o", "out.avi", *styles), "out.avi: a moving picture ends in")
    refused(zm("animate", "photo.jpg", "-o", "none/out.mp4", *styles), "no folder none")
    Path("empty.jpg").write_bytes(b"")
    refused(zm("animate", "empty.jpg", "-o", "out.mp4", *styles), "empty.jpg")
