"""The picture that an app shows, as a widget."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from zmlib.data.images import FORMATS
from zmlib.widgets.painting import Result

ASSETS = ("widgets/canvas.js", "widgets/widgets.css")
_HERE = Path(__file__).parent


class Canvas(anywidget.AnyWidget):
    """A picture, its state, and two buttons that save it.

    Attributes:
        data, mime, width, height: the file on the screen, and the size of the whole picture in pixels.
        alt: a description of the picture, for screen readers.
        state: "done", "busy" or "error". status: the line below the picture.
        result: the last whole picture; None before the first.
        title: the name, without suffix, of a saved file.
    """

    _esm = _HERE / "canvas.js"
    _css = _HERE / "widgets.css"
    data: Any = traitlets.Bytes().tag(sync=True)
    mime: Any = traitlets.Unicode("image/png").tag(sync=True)
    width: Any = traitlets.Int().tag(sync=True)
    height: Any = traitlets.Int().tag(sync=True)
    alt: Any = traitlets.Unicode().tag(sync=True)
    state: Any = traitlets.Enum(("done", "busy", "error"), "done").tag(sync=True)
    status: Any = traitlets.Unicode().tag(sync=True)

    def __init__(self, alt: str = "A painted photo") -> None:
        super().__init__(alt=alt)
        self.result: Result | None = None
        self.title = "painted"
        self._asked: str | None = None
        self._noted = False
        self.on_msg(self._message)

    def busy(self) -> None:
        """Say that another picture is on its way."""
        self.state, self._noted = "busy", False

    def show(self, result: Result) -> None:
        """Show a preview or a whole picture."""
        with self.hold_sync():
            self.data, self.mime = result.data, result.mime
            self.width, self.height = result.size
            if result.final:
                width, height = result.size
                self.result = result
                if not self._noted:
                    self.state, self.status = "done", f"{width} × {height} pixels, painted in {result.seconds:.2f} s"
        if result.final and self._asked:
            self._save(self._asked)

    def note(self, sentence: str) -> None:
        """Say what went wrong elsewhere, as with a file; the sentence stays until `busy`."""
        self.fail(sentence)
        self._noted = True

    def fail(self, sentence: str) -> None:
        """Say what went wrong with a picture; the previous one stays."""
        with self.hold_sync():
            self.state, self.status = "error", sentence
        self._asked, self._noted = None, False

    def _message(self, _: Any, message: dict[str, Any], __: Any) -> None:
        kind = str(message.get("save"))
        if f".{kind}" not in FORMATS:
            return
        if self.state == "busy":
            self._asked = kind  # when it is ready
        else:
            self._save(kind)

    def _save(self, kind: str) -> None:
        self._asked = None
        if self.result is None:
            return
        form, options = FORMATS[f".{kind}"]
        out = io.BytesIO()
        self.result.image.save(out, form, **options)
        self.send({"save": f"{self.title}.{kind}", "mime": f"image/{form.lower()}"}, [out.getvalue()])
