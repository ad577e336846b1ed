"""Sample photographs and paintings are there offline, with their credits."""

from __future__ import annotations

import os
import socket
import sys
from importlib.metadata import files

import pytest

from zmlib.data import samples
from zmlib.data.samples import photo_credits, photos, style_credits, styles


def test_photos_are_colour_photographs_with_credits() -> None:
    assert set(photos()) == set(photo_credits()) == {"astronaut", "chelsea", "china", "coffee", "flower", "rocket"}
    for image in photos().values():
        assert image.mode == "RGB" and min(image.size) >= 300
        assert len(image.resize((8, 8)).getcolors()) > 20
    for credit in photo_credits().values():
        assert credit.author and credit.licence.startswith(("public domain", "CC0", "CC BY"))


@pytest.mark.parametrize("distribution", ["scikit-image", "scikit-learn"])
def test_photos_come_inside_the_wheels(distribution: str) -> None:
    """Not merely on this disk: listed in the record of what was installed."""
    installed = {str(path) for path in files(distribution) or ()}
    ours = [
        f"{samples._MODULES[distribution].replace('.', '/')}/{path}"
        for path, credit in samples._PHOTOS.items()
        if credit.package == distribution
    ]
    assert ours and set(ours) <= installed


def test_nothing_is_opened_before_it_is_taken() -> None:
    shelf = photos()
    assert "china" in shelf and len(shelf) == 6 and "china" in repr(shelf) and "none" not in shelf
    assert not shelf._opened  # type: ignore[attr-defined]
    taken = shelf["china"]
    taken.paste("black", (0, 0, 640, 427))
    assert shelf["china"].getpixel((300, 100)) != (0, 0, 0)  # each taker has a copy
    with pytest.raises(KeyError):
        shelf["none"]


def test_styles_are_a_dozen_small_files() -> None:
    assert set(styles()) == set(style_credits()) and len(styles()) == 12
    assert all(image.size == (512, 512) and image.mode == "RGB" for image in styles().values())
    assert "seed 1000216" in str(style_credits()["wave"])
    folder = os.path.join(os.path.dirname(samples.__file__), "..", "assets", "styles")
    sizes = {name: os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)}
    assert set(sizes) == {f"{name}.jpg" for name in styles()}
    assert sum(sizes.values()) < 1_500_000


def test_the_photos_need_no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setitem(sys.modules, "pooch", None)  # import pooch fails
    monkeypatch.setattr(socket, "socket", refused)
    assert len([image.size for image in photos().values()]) == 6
