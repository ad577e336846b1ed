"""A picture from the reader's disk, as a widget.

ipywidgets' own upload sends a file as one message, and a notebook's server ends the connection at ten megabytes, less
than some phones' photos have. This one sends it in parts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

import anywidget
import traitlets
from PIL import Image

from zmlib.data.images import ImageError, open_image
from zmlib.widgets.worker import sentence

ASSETS = ("widgets/upload.js", "widgets/widgets.css")
LARGEST = 300_000_000  # bytes of a file
_HERE = Path(__file__).parent


class Upload(anywidget.AnyWidget):
    """A button that takes a picture file, also one that is dropped on it.

    Args:
        label: what stands on the button.
        take: called with the file's name and its picture, RGB. fail: called with a sentence if it cannot be read.
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
            self._fail(f"{name} has {size / 1e6:,.0f} MB, and more than {LARGEST / 1e6:.0f} are not taken: shrink it.")
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
        except Exception as error:  # whatever a file from anywhere makes of a reader, the app stays as it was
            self._fail(sentence(error))
            return
        self._take(PurePath(name).stem, picture)


def read(name: str, content: bytes) -> Image.Image:
    """The picture in a file that was handed over, RGB.

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
