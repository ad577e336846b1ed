"""The apps without a browser: each picture is that of `zmlib.stylize`, and nothing that is handed over breaks one."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hands import SIZE, file_of, hand_over, picture, pixels, settled, until
from PIL import Image

import zmlib
import zmlib.widgets as widgets
from zmlib.data import samples
from zmlib.errors import UserError
from zmlib.signals.words import known_words
from zmlib.stylize import encode_style
from zmlib.widgets.mixing import bilinear

Opened = Callable[[Any], Any]


def test_the_first_picture_is_there_at_once_and_needs_no_thread(net: zmlib.ZMNet, opened: Opened) -> None:
    before = set(threading.enumerate())
    app = opened(widgets.stylize(model=net, size=SIZE, photo="chelsea", styles="wave"))
    assert set(threading.enumerate()) == before
    wanted = zmlib.stylize(samples.photos()["chelsea"], samples.styles()["wave"], model=net, size=SIZE)
    assert app.picture.state == "done" and np.array_equal(pixels(app), wanted)
    assert app.picture.alt == "chelsea in the style of wave" and (app.picture.width, app.picture.height) == wanted.size


def test_stylize_gives_what_the_function_gives(net: zmlib.ZMNet, opened: Opened) -> None:
    app = opened(widgets.stylize(model=net, size=SIZE))
    photo, style = samples.photos()["coffee"], samples.styles()["meadow"]
    app.photos.value, app.styles.value = "coffee", "meadow"
    assert np.array_equal(settled(app), zmlib.stylize(photo, style, model=net, size=SIZE))
    app.strength.value = 0.6
    assert np.array_equal(settled(app), zmlib.stylize(photo, style, model=net, size=SIZE, strength=0.6))
    app.keep_colour.value = True
    wanted = zmlib.stylize(photo, style, model=net, size=SIZE, strength=0.6, keep_colour=True)
    assert np.array_equal(settled(app), wanted)
    app.strength.value = 0
    assert np.array_equal(settled(app), zmlib.stylize(photo, style, model=net, size=SIZE, strength=0))
    app.strength.value, app.keep_colour.value = 1, False
    app.size.value = 256
    until(lambda: app.picture.height == 256)
    assert np.array_equal(settled(app), zmlib.stylize(photo, style, model=net, size=256))


@pytest.mark.parametrize("off", [(1, 2, 3), (4, 5, 6), (7, 8, 9), (1, 2, 3, 4, 5, 6, 7, 8, 9)])
def test_layers_are_switched_on_the_value(off: tuple[int, ...], net: zmlib.ZMNet, opened: Opened) -> None:
    app = opened(widgets.stylize(model=net, size=SIZE, photo="flower", styles="agate"))
    app.strength.value = 0.9
    for switch, first in zip(app.layers.values(), (1, 4, 7), strict=True):
        switch.value = first not in off
    affine = encode_style(net, samples.styles()["agate"]).off(off)
    wanted = zmlib.stylize(samples.photos()["flower"], affine, model=net, size=SIZE, strength=0.9)
    assert np.array_equal(settled(app), wanted)


def test_mix_gives_what_the_function_gives(net: zmlib.ZMNet, opened: Opened) -> None:
    app = opened(widgets.mix(model=net, size=SIZE, photo="china", styles=["agate", "evening"]))
    names = [corner.value for corner in app.corners.values()]
    assert names[:2] == ["agate", "evening"] and len(set(names)) == 4
    for x, y in ((0.5, 0.5), (0.2, 0.9), (0.0, 1.0), (1.0, 0.0)):
        app.plane.at = [x, y]
        styles = [samples.styles()[name] for name in names]
        weights = [(1 - x) * y, x * y, (1 - x) * (1 - y), x * (1 - y)]  # top left, top right, bottom left, bottom right
        wanted = zmlib.stylize(samples.photos()["china"], styles, weights=weights, model=net, size=SIZE)
        assert np.array_equal(settled(app), wanted)
    only = zmlib.stylize(samples.photos()["china"], samples.styles()[names[3]], model=net, size=SIZE)
    assert np.array_equal(settled(app), only), "at a corner it is that corner's style alone"
    app.corners["bottom right"].value = "violet"
    settled(app)
    assert app.plane.points[3]["label"] == "violet" and app.picture.alt == "china in a mix of 100% violet"


def test_the_weights_are_bilinear() -> None:
    for x, y in np.random.default_rng(0).random((20, 2)):
        assert sum(bilinear(x, y)) == pytest.approx(1) and min(bilinear(x, y)) >= 0
    assert bilinear(0, 1) == (1, 0, 0, 0) and bilinear(1, 1) == (0, 1, 0, 0)
    assert bilinear(0, 0) == (0, 0, 1, 0) and bilinear(1, 0) == (0, 0, 0, 1)


def test_words_gives_what_the_network_gives(opened: Opened) -> None:
    app = opened(widgets.words(size=SIZE))
    net, photo = zmlib.load("words"), samples.photos()["china"]
    strong = {point["label"]: [point["x"], point["y"]] for point in app.plane.points if point["strong"]}
    assert set(strong) == {"noon", "night"} and len(app.plane.points) > 20
    app.plane.at = strong["noon"]
    assert np.array_equal(settled(app), zmlib.stylize(photo, net.encode("noon"), model=net, size=SIZE))
    app.plane.at = [-0.25, 0.5]
    affine = net.encode(torch.tensor([[-0.25, 0.5]]))
    assert np.array_equal(settled(app), zmlib.stylize(photo, affine, model=net, size=SIZE))
    app.word.value = "Thunder "
    assert np.array_equal(settled(app), zmlib.stylize(photo, net.encode("thunder"), model=net, size=SIZE))
    assert app.plane.points[-1]["label"] == "thunder" and app.picture.alt == "china, at the word thunder"


def test_an_unknown_word_gets_its_sentence_and_nothing_moves(opened: Opened) -> None:
    app = opened(widgets.words(size=SIZE))
    before, at, count = pixels(app), app.plane.at, len(app.plane.points)
    app.word.value = "nihgt"
    assert app.picture.state == "error" and 'The word "nihgt" is not among the 5,419' in app.picture.status
    assert "did you mean night" in app.picture.status
    assert np.array_equal(pixels(app), before) and app.plane.at == at and len(app.plane.points) == count
    app.word.value = "sun"
    settled(app)


def test_every_word_that_is_looked_up_lies_in_the_plane_that_is_shown(opened: Opened) -> None:
    app = opened(widgets.words(size=SIZE))
    known = known_words()
    for word in (pick(known, key=lambda w: known[w][axis]) for pick in (min, max) for axis in (0, 1)):
        app.word.value = word
        x0, y0, x1, y1 = app.plane.extent
        assert app.picture.state != "error" and x0 < app.plane.at[0] < x1 and y0 < app.plane.at[1] < y1
        settled(app)


def test_a_drag_answers_with_a_preview_and_then_the_picture(net: zmlib.ZMNet, opened: Opened) -> None:
    app = opened(widgets.mix(model=net, size=256))
    app.plane.at = [0.4, 0.4]
    settled(app)
    seen: list[tuple[float, bytes]] = []
    app.picture.observe(lambda change: seen.append((time.perf_counter(), change.new)), "data")
    app.plane.done = False
    settled(app)
    seen.clear()
    began = time.perf_counter()
    app.plane.at = [0.3, 0.7]
    assert app.picture.state == "busy"
    settled(app)
    assert len(seen) == 2 and seen[0][1][:2] == b"\xff\xd8" and seen[1][1][:4] == b"\x89PNG"
    preview, whole = (round(1000 * (when - began)) for when, _ in seen)
    print(f"drag to preview {preview} ms, to the whole picture {whole} ms")
    assert preview < 5000


def test_own_pictures_come_first(tmp_path: Path, net: zmlib.ZMNet, opened: Opened) -> None:
    file = tmp_path / "holiday.png"
    picture(80, 64).save(file)
    paint = {"mine": picture(64, 64, 3), "yours": np.asarray(picture(70, 64, 4))}
    app = opened(widgets.stylize(model=net, size=SIZE, photo=file, styles=paint))
    assert list(app.photos.pictures)[0] == "holiday" and list(app.styles.pictures)[:2] == ["mine", "yours"]
    assert len(app.styles.pictures) == 14
    wanted = zmlib.stylize(file, paint["mine"], model=net, size=SIZE)
    assert np.array_equal(pixels(app), wanted) and app.picture.alt == "holiday in the style of mine"
    twice = opened(widgets.mix(model=net, size=SIZE, styles=[paint["mine"], paint["yours"]]))
    assert [corner.value for corner in twice.corners.values()][:2] == ["own style", "own style 2"]


def test_uploads_arrive_in_parts_and_are_chosen(net: zmlib.ZMNet, opened: Opened) -> None:
    app = opened(widgets.stylize(model=net, size=SIZE))
    photo, paint = picture(90, 70, 1), picture(64, 80, 2)
    answers = hand_over(app.upload, "my photo.png", file_of(photo))
    assert len(answers) > 5 and answers[-1] == {"end": True}
    assert app.photos.value == "my photo"
    hand_over(app.own_style, "china.png", file_of(paint))
    hand_over(app.upload, "my photo.tiff", file_of(photo, "TIFF"))
    assert app.photos.value == "my photo 2" and app.styles.value == "china"
    assert np.array_equal(settled(app), zmlib.stylize(photo, paint, model=net, size=SIZE))
    assert list(app.photos.pictures)[-2:] == ["my photo", "my photo 2"]
    mixed = opened(widgets.mix(model=net, size=SIZE))
    mixed.plane.at = [0.3, 0.4]
    before = settled(mixed)
    hand_over(mixed.own_style, "agate.png", file_of(paint))
    assert [corner.value for corner in mixed.corners.values()] == ["agate 2", "evening", "wave", "harvest"]
    assert [point["label"] for point in mixed.plane.points] == ["agate 2", "evening", "wave", "harvest"]
    styles = [paint, *(samples.styles()[name] for name in ("evening", "wave", "harvest"))]
    wanted = zmlib.stylize(samples.photos()["china"], styles, weights=bilinear(0.3, 0.4), model=net, size=SIZE)
    assert np.array_equal(settled(mixed), wanted) and not np.array_equal(wanted, before)
    mixed.corners["bottom right"].value = "agate"  # each is still heard
    assert np.array_equal(settled(mixed), own_mix(mixed, net))


def own_mix(app: widgets.Mix, net: zmlib.ZMNet) -> Image.Image:
    """What the function gives for what the app's corners say."""
    styles = [app.pictures[corner.value] for corner in app.corners.values()]
    return zmlib.stylize(app.photos.picture, styles, weights=bilinear(*app.plane.at), model=net, size=SIZE)


@pytest.mark.parametrize("make", [widgets.stylize, widgets.mix, widgets.words])
def test_strokes_are_chosen_where_they_matter(make: Any, opened: Opened) -> None:
    """A picture of 400 px is two sizes with broad strokes, and one pass with the others; one of 64 px always is."""
    app = opened(make(size=SIZE, photo=picture(500, 400, 1)))
    shown = lambda: [one.layout.display for one in (app.strokes, app.help)]  # noqa: E731
    assert shown() == ["none", "none"]
    app.size.label = "as the photo"
    assert shown() == [None, None]
    assert "1.4 times that is one pass: at 400 px fine and medium are the same." in app.help.value
    medium = settled(app)
    app.strokes.value = "fine"
    assert np.array_equal(settled(app), medium)
    app.strokes.value = "broad"
    order = app.order()
    styles = [app.painter.affine(order)]
    wanted = zmlib.stylize(app.photos.picture, styles, model=app.painter.net, stroke_size="broad")
    assert np.array_equal(settled(app), wanted) and np.abs(np.asarray(wanted, int) - medium).mean() > 2
    app.photos.value = "chelsea"  # 300 px
    assert shown() == ["none", "none"]


def test_a_preview_is_painted_with_the_strokes_of_the_picture(net: zmlib.ZMNet) -> None:
    """Strokes are a share of the picture: at 48 px for the whole, they are painted at 48 px for the preview too."""
    photo, painter = samples.photos()["china"], widgets.Painter(net)
    large = widgets.Order(photo, (samples.styles()["wave"],), size=384, stroke_size=48)
    medium = widgets.Order(photo, large.styles, size=384)
    small: list[np.ndarray] = []
    for order in (large, medium):
        whole, preview = painter.refine(order).image, painter.preview(order)
        assert preview is not None
        small += [np.asarray(one.resize((48, 32), Image.Resampling.BOX), float) for one in (whole, preview.image)]
    assert np.abs(small[1] - small[0]).mean() < 0.7 * np.abs(small[3] - small[0]).mean()


@pytest.mark.parametrize("size", [None, SIZE])
def test_as_the_photo_is_a_size_that_is_seen(size: int | None, net: zmlib.ZMNet, opened: Opened) -> None:
    photo = picture(90, 70, 1)
    app = opened(widgets.stylize(model=net, size=size, photo=photo, styles="wave"))
    if size is not None:
        assert app.size.label == f"{size} px" and pixels(app).shape[0] == size
        app.size.label = "as the photo"  # as the browser does it
    assert app.size.label == "as the photo" and app.size.index == len(app.size.options) - 1
    assert np.array_equal(settled(app), zmlib.stylize(photo, samples.styles()["wave"], model=net, size=None))


@pytest.mark.parametrize(
    "name, content, says",
    [
        ("notes.txt", b"no picture at all", "notes.txt is not a picture that can be read here"),
        ("empty.png", b"", "empty.png is empty"),
        ("cut.png", file_of(picture(90, 90))[:900], "cut.png is damaged or cut short"),
        ("../../etc/passwd.png", b"root", "passwd.png is not a picture"),
        ("no suffix", b"\0" * 5000, "no suffix is not a picture"),
    ],
)
def test_what_is_no_picture_gets_a_sentence_with_its_name(
    name: str, content: bytes, says: str, net: zmlib.ZMNet, opened: Opened
) -> None:
    app = opened(widgets.stylize(model=net, size=SIZE))
    before, chosen = pixels(app), (app.photos.value, app.styles.value, len(app.photos.items), len(app.styles.items))
    for upload in (app.upload, app.own_style):
        assert hand_over(upload, name, content)[-1] == {"end": True}
        assert app.picture.state == "error" and app.picture.status.startswith(says), app.picture.status
        assert "/tmp" not in app.picture.status and "\n" not in app.picture.status
    after = (app.photos.value, app.styles.value, len(app.photos.items), len(app.styles.items))
    assert after == chosen and np.array_equal(pixels(app), before)
    app.styles.value = "wave"
    settled(app)


def test_too_small_too_large_and_too_much(net: zmlib.ZMNet, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(widgets.stylize(model=net, size=SIZE))
    hand_over(app.upload, "icon.png", file_of(picture(20, 16)))
    settled(app)  # it is enlarged
    app.size.label = "as the photo"
    until(lambda: app.picture.state == "error")
    assert "20 x 16 pixels" in app.picture.status and "another size" in app.picture.status
    app.size.value = 256
    settled(app)
    monkeypatch.setattr("zmlib.device.memory_free", lambda device: 1_000_000)
    app.photos.value = "china"
    until(lambda: app.picture.state == "error")
    assert "of memory and 0.0 GB is free" in app.picture.status
    monkeypatch.undo()
    app.photos.value = "coffee"
    settled(app)
    monkeypatch.setattr("zmlib.widgets.controls.LARGEST", 3000)
    answers = hand_over(app.upload, "huge.png", b"\0" * 9000)
    assert len(answers) == 1 and "huge.png has 0 MB, and 0 MB is the limit" in app.picture.status


def test_pictures_are_saved_with_their_names(net: zmlib.ZMNet, opened: Opened) -> None:
    app = opened(widgets.stylize(model=net, size=SIZE, photo="china", styles="agate"))
    sent: list[tuple[dict[str, str], bytes]] = []
    app.picture.send = lambda message, buffers: sent.append((message, buffers[0]))
    app.picture._handle_custom_msg({"save": "png"}, [])
    app.picture._handle_custom_msg({"save": "exe"}, [])
    app.styles.value = "wave"
    app.picture._handle_custom_msg({"save": "jpg"}, [])  # while it is painted: when it is there
    settled(app)
    until(lambda: len(sent) == 2)
    assert [message["save"] for message, _ in sent] == [
        "china-in-the-style-of-agate.png",
        "china-in-the-style-of-wave.jpg",
    ]
    first = zmlib.stylize(samples.photos()["china"], samples.styles()["agate"], model=net, size=SIZE)
    assert np.array_equal(Image.open(io.BytesIO(sent[0][1])), first)
    second = np.asarray(Image.open(io.BytesIO(sent[1][1])), dtype=float)
    assert sent[1][0]["mime"] == "image/jpeg" and np.abs(second - settled(app)).mean() < 6


@pytest.mark.parametrize("name", ["stylize", "mix", "words"])
def test_a_page_without_a_kernel_shows_the_pictures(name: str, opened: Opened) -> None:
    app = opened(getattr(widgets, name)(size=SIZE))
    bundle = app._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    html = bundle["text/html"]
    assert html.count("<img") == {"stylize": 3, "mix": 6, "words": 2}[name]
    assert (
        html.count('src="data:image/jpeg;base64,') == html.count("<img") == html.count("alt=") and 'alt=""' not in html
    )
    assert "http" not in html and "href" not in html and f"zmlib app {name}" in html  # it lies anywhere
    assert len(html) < 200_000
    # What a notebook keeps of the widgets: the picture is in it.
    state = app.picture.get_manager_state(widgets=[app.picture])["state"][app.picture.model_id]
    assert [buffer["path"] for buffer in state["buffers"]] == [["data"]] and "_esm" in state["state"]


def test_a_closed_app_is_gone(net: zmlib.ZMNet) -> None:
    before = set(threading.enumerate())
    app = widgets.stylize(model=net, size=SIZE)
    app.styles.value = "wave"
    app.close()
    app.worker.join(10)
    assert set(threading.enumerate()) <= before and app.comm is None and app.picture.comm is None


def test_what_cannot_be_an_app_is_said() -> None:
    with pytest.raises(UserError, match="guided by words.*take one that reads pictures"):
        widgets.stylize(model="words")
    with pytest.raises(UserError, match="take one that reads words"):
        widgets.words(model="styles")
    with pytest.raises(UserError, match="four corners, and 5 styles"):
        widgets.mix(styles=["agate", "wave", "evening", "meadow", "violet"])
    with pytest.raises(UserError, match="gives no gamma and beta"):
        widgets.mix(model="concat")
    with pytest.raises(UserError, match="nowhere.jpg"):
        widgets.stylize(photo="nowhere.jpg")
    with pytest.raises(UserError, match="size must be at least 32"):
        widgets.words(size=5)


def test_an_app_of_ones_own(net: zmlib.ZMNet) -> None:
    photo, style = picture(80, 64), picture(64, 64, 2)
    shown = widgets.Canvas()
    worker = widgets.Worker(widgets.Painter(net), shown.show, shown.fail)
    worker.request(widgets.Order(photo, (style,), strength=0.5, size=None))
    until(lambda: shown.result is not None)
    assert np.array_equal(shown.result.image, zmlib.stylize(photo, style, model=net, strength=0.5))
    worker.request(widgets.Order(photo, ("night",)))
    until(lambda: shown.state == "error")
    assert "guided by pictures" in shown.status
    worker.close()
