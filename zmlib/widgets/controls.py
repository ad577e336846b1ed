"""The controls of the apps, as widgets: a plane with a point to drag, a slider, a gallery, and an upload."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

import anywidget
import traitlets
from PIL import Image

from zmlib.data.images import ImageError, open_image
from zmlib.widgets.thumbs import address, free
from zmlib.widgets.worker import sentence

ASSETS = (
    "widgets/plane.js",
    "widgets/slider.js",
    "widgets/gallery.js",
    "widgets/upload.js",
    "widgets/widgets.css",
)
LARGEST = 300_000_000  # bytes of an uploaded file
_HERE = Path(__file__).parent


class Plane(anywidget.AnyWidget):
    """A point in a plane, dragged with mouse, finger or arrow keys.

    Attributes:
        points: what lies in the plane: {"x", "y", "label"}, optionally "picture" (an address) and "strong".
        at: [x, y], the place of the point in the plane's units, y up.
        extent: [x0, y0, x1, y1], the part that is shown.
        name: for screen readers.
        done: whether the point has come to rest.
    """

    _esm = _HERE / "plane.js"
    points: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    at: Any = traitlets.List(traitlets.Float(), [0.5, 0.5], 2, 2).tag(sync=True)
    extent: Any = traitlets.List(traitlets.Float(), [0.0, 0.0, 1.0, 1.0], 4, 4).tag(sync=True)
    name: Any = traitlets.Unicode("A point to drag").tag(sync=True)
    done: Any = traitlets.Bool(True).tag(sync=True)


class Slider(anywidget.AnyWidget):
    """A number (`value`) between `min` and `max`, in steps of `step`, after its `label`."""

    _esm = _HERE / "slider.js"
    _css = _HERE / "widgets.css"
    value: Any = traitlets.Float(1.0).tag(sync=True)
    min: Any = traitlets.Float(0.0).tag(sync=True)
    max: Any = traitlets.Float(1.0).tag(sync=True)
    step: Any = traitlets.Float(0.05).tag(sync=True)
    label: Any = traitlets.Unicode().tag(sync=True)


class Gallery(anywidget.AnyWidget):
    """Small pictures with their names, of which one is chosen.

    Args:
        pictures: by name; the first is chosen.
        title: the heading.
        credits: name -> the picture's author, shown with the chosen one.

    Attributes:
        pictures: all of them, as given and as added.
        value: the name of the chosen one.
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
        """Put a picture in front and choose it. Returns its name, with a number after it if the name is taken."""
        name = free(name, self.pictures)
        self.pictures[name] = picture
        with self.hold_sync():
            self.items = [_item(name, picture), *self.items]
            self.value = name
        return name


def _item(name: str, picture: Image.Image, credit: str = "") -> dict[str, str]:
    return {"name": name, "picture": address(picture, 132), "credit": credit}


class Upload(anywidget.AnyWidget):
    """A button that takes a picture file from the reader's disk; a file can also be dropped on it.

    ipywidgets' own upload sends a file as one message, and a notebook's server ends the connection at ten megabytes,
    which some phones' photos exceed. This one sends it in parts.

    Args:
        label: the text of the button.
        take: called with the file's name and its picture, RGB.
        fail: called with a sentence if the file cannot be read.
    """

    _esm = _HERE / "upload.js"
    _css = _HERE / "widgets.css"
    label: Any = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, take: Callable[[str, Image.Image], object], fail: Callable[[str], object]) -> None:
        super().__init__(label=label)
        self._take, self._fail = take, fail
        self._parts = bytearray()
        self.on_msg(self._part)

    def _part(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        name, size, start = PurePath(message["name"]).name, int(message["size"]), int(message["start"])
        if size > LARGEST:
            self._fail(f"{name} has {size / 1e6:,.0f} MB, and {LARGEST / 1e6:.0f} MB is the limit: shrink it.")
            self.send({"end": True})
            return
        del self._parts[start:]
        self._parts += bytes(buffers[0])
        if len(self._parts) < size and buffers[0].nbytes:
            self.send({"next": len(self._parts)})
            return
        content, self._parts = bytes(self._parts), bytearray()
        self.send({"end": True})
        try:
            picture = read(name, content)
        except Exception as error:  # whatever a strange file does to a reader, the app stays as it was
            self._fail(sentence(error))
            return
        self._take(PurePath(name).stem, picture)


def read(name: str, content: bytes) -> Image.Image:
    """The picture in the content of a file, RGB.

    Raises:
        ImageError: there is none; the sentence has the file's name.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{PurePath(name).suffix[:10]}"
        path.write_bytes(content)
        try:
            return open_image(path)
        except ImageError as error:
            raise ImageError(str(error).replace(str(path), name)) from error
