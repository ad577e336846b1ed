"""Small pictures of which one is chosen, as a widget."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from PIL import Image

from zmlib.widgets.thumbs import address, free

ASSETS = ("widgets/gallery.js", "widgets/widgets.css")
_HERE = Path(__file__).parent


class Gallery(anywidget.AnyWidget):
    """Pictures with their names, of which one is chosen.

    Args:
        pictures: by name; the first is chosen.
        title: what stands above them.
        credits: name -> whose picture it is, which is said of the chosen one.

    Attributes:
        pictures: all of them, as given and as added.
        value: the chosen one's name.
    """

    _esm = _HERE / "gallery.js"
    _css = _HERE / "widgets.css"
    items: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    value: Any = traitlets.Unicode().tag(sync=True)
    title: Any = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, pictures: Mapping[str, Image.Image], title: str, credits: Mapping[str, object] | None = None
    ) -> None:
        self.pictures = dict(pictures)
        credits = credits or {}
        items = [_item(name, picture, str(credits.get(name, ""))) for name, picture in pictures.items()]
        super().__init__(items=items, value=next(iter(pictures), ""), title=title)

    @property
    def picture(self) -> Image.Image:
        """The chosen one."""
        return self.pictures[self.value]

    def add(self, name: str, picture: Image.Image) -> str:
        """Put one more in front, and choose it; its name, with a number behind it if there was one of that name."""
        name = free(name, self.pictures)
        self.pictures[name] = picture
        with self.hold_sync():
            self.items = [_item(name, picture), *self.items]
            self.value = name
        return name


def _item(name: str, picture: Image.Image, credit: str = "") -> dict[str, str]:
    return {"name": name, "picture": address(picture, 132), "credit": credit}
