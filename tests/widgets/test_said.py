"""What an app says while a picture is on its way: of a file or a word, and of the picture when it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hands import SIZE, hand_over, settled, until

import zmlib
import zmlib.widgets as widgets

Opened = Callable[[Any], Any]


def held(app: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Keeps whole pictures back: an event when one has been begun, and one that lets it go."""
    begun, go, refine = threading.Event(), threading.Event(), app.painter.refine

    def slow(order: Any) -> Any:
        begun.set()
        assert go.wait(30)
        return refine(order)

    monkeypatch.setattr(app.painter, "refine", slow)
    return begun, go


def test_a_sentence_outlives_the_picture_that_was_on_its_way(
    net: zmlib.ZMNet, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    paints, reads = opened(widgets.stylize(model=net, size=SIZE)), opened(widgets.words(size=SIZE))
    for app, wrong, says in (
        (paints, lambda: hand_over(paints.upload, "notes.txt", b"no picture at all"), "notes.txt is not a picture"),
        (reads, lambda: setattr(reads.word, "value", "nihgt"), 'The word "nihgt" is not among'),
    ):
        begun, go = held(app, monkeypatch)
        before = app.picture.result
        app.photos.value = "coffee"
        assert begun.wait(30)
        wrong()
        go.set()
        until(lambda app=app, before=before: app.picture.result is not before)
        assert app.picture.state == "error" and app.picture.status.startswith(says)
        assert app.picture.result.order.photo is app.photos.pictures["coffee"], "the picture comes all the same"
        app.photos.value = "rocket"
        settled(app)
        assert "painted in" in app.picture.status


def test_a_picture_is_called_what_it_is(net: zmlib.ZMNet, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(widgets.mix(model=net, size=SIZE, styles=["agate", "evening"]))
    begun, go = held(app, monkeypatch)
    first = app.still()
    app.plane.at = [1.0, 1.0]
    assert begun.wait(30)
    app.worker.request = lambda *_: None  # what is chosen from now on comes later
    app.corners["top right"].value, app.photos.value = "violet", "coffee"
    assert app.still() == first, "a still of the picture that is there"
    go.set()
    until(lambda: "100%" in app.picture.alt)
    assert app.picture.alt == "china in a mix of 100% evening"
    assert app.picture.title == "china-in-a-mix-of-100%-evening"
    assert "The photo: china" in app.still() and "evening, top right: 100%" in app.still()
    assert "violet" not in app.still()
