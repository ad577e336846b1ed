"""The editor without a browser: its face is the functions', undo and reset bring the bytes back, files are refused."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from zmlib.data.images import to_image, to_tensor
from zmlib.errors import UserError
from zmlib.neighbours.gan import Colour, Gan, Sketch, Warp, faces
from zmlib.neighbours.gan.edit import NEAR, REAL
from zmlib.neighbours.gan.editor import Editor, open_editor, stroke_of
from zmlib.neighbours.gan.photo import change, code_of

sys.path.append(str(Path(__file__).parents[2] / "widgets"))

from hands import file_of, hand_over, pixels, settled, until  # noqa: E402

RED = {"kind": "colour", "colour": "#c83214", "radius": 5.0, "points": [[14, 12], [34, 10], [50, 14]]}
LINE = {"kind": "sketch", "points": [[20, 44], [32, 48], [44, 44]]}
PULL = {"kind": "warp", "radius": 4.0, "points": [[30, 44], [36, 44]]}


class Seen:
    """What the hands look for: the app's picture."""

    def __init__(self, app: Editor) -> None:
        self.picture = app.board


def face_of(app: Editor) -> np.ndarray:
    return settled(Seen(app))  # type: ignore[arg-type]


@pytest.fixture
def app(gan_file: Path) -> Iterator[Editor]:
    made = open_editor(model=gan_file)
    yield made
    made.close()
    made.worker.join(10)


def wanted(app: Editor, gan: Gan, strengths: dict[str, float], strokes: list[Any], **options: float) -> np.ndarray:
    x = to_tensor(app.photos.picture)
    return np.asarray(to_image(change(x, code_of(x, gan), gan, strengths, strokes, **options).picture))


def test_a_stroke_of_the_board_is_one_of_the_functions() -> None:
    assert stroke_of(RED) == Colour(((14, 12), (34, 10), (50, 14)), (200 / 255, 50 / 255, 20 / 255), 5)
    assert stroke_of(LINE) == Sketch(((20, 44), (32, 48), (44, 44)))
    assert stroke_of(PULL) == Warp(((30, 44), (36, 44)), 4)


def test_it_begins_with_a_drawn_face_as_it_is_and_no_thread(gan_file: Path) -> None:
    before = set(threading.enumerate())
    app = open_editor(model=gan_file)
    first = faces.draw(1, 0, first=10**9).pictures[0]
    assert np.array_equal(pixels(Seen(app)), first.permute(1, 2, 0))  # type: ignore[arg-type]
    assert app.board.alt == "face 1" and app.board.state == "done" and set(threading.enumerate()) == before
    assert len(app.photos.pictures) == 8 and list(app.attributes) == list(faces.ATTRIBUTES)
    app.close()


def test_the_face_follows_strokes_and_sliders_as_the_functions_do(app: Editor, gan: Gan) -> None:
    app.board.strokes = [RED]
    assert np.array_equal(face_of(app), wanted(app, gan, {}, [stroke_of(RED)]))
    app.board.strokes = [RED, LINE, PULL]
    strokes = [stroke_of(one) for one in (RED, LINE, PULL)]
    assert np.array_equal(face_of(app), wanted(app, gan, {}, strokes))
    app.attributes["smile"].value = 0.8
    assert np.array_equal(face_of(app), wanted(app, gan, {"smile": 0.8}, strokes))
    assert app.board.alt == "face 1, smile +0.8, 3 strokes"
    app.near.value, app.real.value = 3.0, 0.0
    assert np.array_equal(face_of(app), wanted(app, gan, {"smile": 0.8}, strokes, near=3 * NEAR, real=0 * REAL))
    app.carry.value = False
    x = to_tensor(app.photos.picture)
    made = change(x, code_of(x, gan), gan, {"smile": 0.8}, strokes, near=3 * NEAR, real=0)
    assert np.array_equal(face_of(app), to_image(made.after))


def test_undo_and_reset_bring_the_bytes_back(app: Editor) -> None:
    none = app.board.data
    app.board.strokes = [RED]
    face_of(app)
    one = app.board.data
    app.board.strokes = [RED, PULL]
    face_of(app)
    assert len({none, one, app.board.data}) == 3
    app.board.strokes = [RED]  # as the button does it
    face_of(app)
    assert app.board.data == one
    app.attributes["glasses"].value = -1.0
    face_of(app)
    assert app.board.data != one
    app.board._handle_custom_msg({"reset": True}, [])
    face_of(app)
    assert app.board.data == none and app.board.strokes == [] and app.attributes["glasses"].value == 0


def test_a_preview_comes_first(app: Editor) -> None:
    app.board.strokes = [RED]
    face_of(app)
    seen: list[float] = []
    app.board.observe(lambda _: seen.append(time.perf_counter()), "data")
    began = time.perf_counter()
    app.board.strokes = [RED, PULL]
    face_of(app)
    assert len(seen) == 2
    print(f"stroke to preview {seen[0] - began:.2f} s, to the face {seen[1] - began:.2f} s")


def test_another_face_has_no_strokes(app: Editor, gan: Gan) -> None:
    app.board.strokes, app.attributes["smile"].value = [RED], 1.0
    face_of(app)
    app.photos.value = "face 3"
    assert app.board.strokes == []
    assert np.array_equal(face_of(app), wanted(app, gan, {"smile": 1.0}, []))
    app.board._handle_custom_msg({"reset": True}, [])
    assert np.array_equal(face_of(app), app.photos.pictures["face 3"])


def test_a_stroke_outside_is_said_and_taken_away(app: Editor) -> None:
    app.board.strokes = [RED]
    before = face_of(app)
    app.board.strokes = [RED, {**PULL, "points": [[30, 44], [70, 44]]}]
    said(app, "The brush is outside the picture at 70, 44")
    assert app.board.strokes == [RED]
    until(lambda: np.array_equal(pixels(Seen(app)), before))  # type: ignore[arg-type]
    assert app.board.state == "error", "the sentence stays"


def said(app: Editor, says: str) -> None:
    assert app.board.state == "error" and says in app.board.status, app.board.status


def test_own_faces_are_taken_and_others_refused(app: Editor, face: Image.Image) -> None:
    hand_over(app.upload, "me.png", file_of(face.resize((200, 200))))
    assert app.photos.value == "me" and app.photos.picture.size == (64, 64)
    face_of(app)
    for name, picture, says in (
        ("wide.png", face.resize((90, 64)), "wide is 90 x 64 pixels and not square"),
        ("grey.png", face.convert("L"), "grey is grey"),
    ):
        hand_over(app.upload, name, file_of(picture))
        said(app, says)
    hand_over(app.upload, "notes.txt", b"no picture")
    said(app, "notes.txt is not a picture")
    assert app.photos.value == "me" and len(app.photos.pictures) == 9


def test_a_face_of_ones_own_comes_first(gan_file: Path, here: Path) -> None:
    app = open_editor(photo="face.png", model=gan_file)
    assert list(app.photos.pictures)[:2] == ["face", "face 1"] and app.board.alt == "face"
    app.close()
    with pytest.raises(UserError, match="nowhere.png"):
        open_editor(photo="nowhere.png", model=gan_file)
    with pytest.raises(UserError, match="There are no weights nothing"):
        open_editor(model="nothing")


def test_it_is_saved_in_two_sizes(app: Editor) -> None:
    sent: list[tuple[dict[str, str], bytes]] = []
    app.board.send = lambda message, buffers: sent.append((message, buffers[0]))
    app.board._handle_custom_msg({"save": 64}, [])
    app.board._handle_custom_msg({"save": 3}, [])
    app.board.strokes = [RED]
    app.board._handle_custom_msg({"save": 512}, [])  # while it follows: when it is there
    face = face_of(app)
    until(lambda: len(sent) == 2)
    assert [message["save"] for message, _ in sent] == ["face-1-64.png", "face-1-1-stroke-512.png"]
    assert np.array_equal(Image.open(io.BytesIO(sent[0][1])), app.photos.picture)
    large = Image.open(io.BytesIO(sent[1][1]))
    assert large.size == (512, 512)
    assert np.abs(np.asarray(large.resize((64, 64), Image.Resampling.BOX), int) - face).mean() < 3


def test_a_page_without_a_kernel_shows_the_face(app: Editor) -> None:
    html = app._repr_mimebundle_()["text/html"]
    assert html.count("<img") == 2 == html.count('src="data:image/jpeg;base64,') and "zmlib app faces" in html
    assert "http" not in html and len(html) < 60_000


def test_a_closed_editor_is_gone(gan_file: Path) -> None:
    before = set(threading.enumerate())
    app = open_editor(model=gan_file)
    app.board.strokes = [RED]
    app.close()
    app.worker.join(10)
    assert set(threading.enumerate()) <= before and app.comm is None and app.board.comm is None


def test_other_domains_have_their_words_and_samples(gan: Gan) -> None:
    gan.card["domain"] = "celeba"
    own: Callable[[], Editor] = lambda: Editor(gan, None)  # noqa: E731
    app = own()
    assert list(app.photos.pictures)[0] == "face 1"
    app.close()
    gan.card["domain"] = "shoes"
    app = own()
    assert list(app.photos.pictures)[0] == "shoe 1" and app.board.shows == "shoe"
    app.close()
