"""What the apps share: photos to choose from, a picture that follows the controls, and a still for pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ipywidgets import HTML, Box, Dropdown, Layout, VBox, Widget  # type: ignore[import-untyped]
from PIL import Image

from zmlib.data import samples
from zmlib.data.images import short_to
from zmlib.device import choose_device
from zmlib.errors import UserError
from zmlib.passes.levels import MEDIUM, ONE, STROKES
from zmlib.sources import require_affine
from zmlib.stylize import check_options
from zmlib.weights import load
from zmlib.widgets.canvas import Canvas
from zmlib.widgets.controls import Gallery, Plane, Upload
from zmlib.widgets.painting import Order, Painter, Result
from zmlib.widgets.thumbs import named, still
from zmlib.widgets.worker import Worker
from zmlib.zmnet import ZMNet

SIZES = (256, 384, 512)
FIRST = "china"  # of the sample photos
AS_PHOTO = 0  # the size of the photo itself; in a drop-down None means that nothing is chosen


class App(Box):
    """A widget with a picture on the left and its controls on the right, or below it where there is no room.

    The first picture is painted before the app appears, without a thread; all others beside the main thread.

    Attributes:
        picture: the picture shown; `picture.result.image` is the last whole one.
        photos, upload, size, strokes, help: the controls of every app; help says what strokes are.
        worker: paints.
    """

    name = ""  # by which `zmlib app` knows it

    def __init__(self, net: ZMNet, photo: Any, size: int | None, own: Sequence[Widget]) -> None:
        check_options(1, size=size)
        self.painter, self.picture = Painter(net), Canvas()
        photos = named(FIRST if photo is None else photo, samples.photos(), "photo")
        self.photos = Gallery(photos, "Photo", samples.photo_credits())
        self.upload = Upload("Your own photo", self.photos.add, self.picture.note)
        sizes = sorted({*SIZES, *([] if size is None else [size])})
        options = [(f"{side} px", side) for side in sizes]
        options.append(("as the photo", AS_PHOTO))
        self.size = Dropdown(options=options, value=AS_PHOTO if size is None else size, description="Short side")
        self.strokes, self.help = Dropdown(options=list(STROKES), value=MEDIUM, description="Strokes"), HTML()
        self._explain_strokes()
        self.worker: Worker[Order, Result] = Worker(self.painter, self._show, self.picture.fail)
        controls = [*own, self.photos, self.upload, self.size, self.strokes, self.help]
        halves = [_half([self.picture], "0 1 auto"), _half(controls, "1 1 300px")]
        super().__init__(halves, layout=Layout(display="flex", flex_flow="row wrap", align_items="flex-start"))
        self.add_class("zm-app")
        order = self.order()
        self.painter.read(order)
        self.painter.preview(order)  # the first pass of a process is slow; its time is not shown
        self._show(self.painter.refine(order))
        for control in (self.photos, self.size):
            control.observe(lambda _: self._explain_strokes(), "value")
        self.follow(self.photos, self.size, self.strokes)

    def order(self) -> Order:
        """The order that the controls make up."""
        raise NotImplementedError(f"{type(self).__name__} must make an order of its controls")

    @property
    def side(self) -> int | None:
        """The short side that is chosen, in pixels; None for the photo's own."""
        return None if self.size.value == AS_PHOTO else self.size.value

    def common(self) -> dict[str, Any]:
        """What every order says: sizes, and a description made now, since the controls may change meanwhile."""
        sizes = {"size": self.side, "stroke_size": self.strokes.value}
        return {**sizes, "text": self.says(), "parts": tuple(self.parts())}

    def parts(self) -> list[tuple[str, Image.Image]]:
        """The pictures that go into the result, each with its caption."""
        return [(f"The photo: {self.photos.value}", self.photos.picture)]

    def says(self) -> str:
        """The caption of the result."""
        raise NotImplementedError(f"{type(self).__name__} must say what its result is")

    def follow(self, *controls: Widget, trait: str = "value") -> None:
        """Paint again when one of these controls changes."""
        for control in controls:
            control.observe(lambda _: self.paint(), trait)

    def follow_point(self, plane: Plane) -> None:
        """Paint again when the point of a plane moves; the whole picture at once when it comes to rest."""

        def moved(change: Any) -> None:
            if change.name == "done" and (not plane.done or self.picture.state == "done"):
                return  # the picture is already that of this place
            self.paint(plane.done)

        plane.observe(moved, ["at", "done"])

    def paint(self, done: bool = False) -> None:
        """Paint the current order. done: no other will follow at once."""
        self.picture.busy()
        self.worker.request(self.order(), done)

    def _explain_strokes(self) -> None:
        """Show the strokes' control where it changes the picture, and say how."""
        short = min(short_to(self.photos.picture.size, self.side))
        alike = [name for name, side in STROKES.items() if short < ONE * side]
        for control in (self.strokes, self.help):
            control.layout.display = "none" if len(alike) == len(STROKES) else None
        same = f": at {short} px {' and '.join(alike)} are the same" if len(alike) > 1 else ""
        self.help.value = (
            f"The short side at which the largest strokes are painted: {', '.join(map(str, STROKES.values()))} px; the "
            f"smaller it is, the larger they are. A picture up to 1.4 times that is one pass{same}."
        )

    def still(self) -> str:
        """HTML for a page without a kernel."""
        assert self.picture.result is not None  # painted with the app
        order = self.picture.result.order
        return still(self.name, order.parts, (order.text, self.picture.result.image))

    def close(self) -> None:
        """Remove the app and end its threads."""
        if "worker" not in vars(self):
            return  # its making failed
        self.worker.close()
        for half in self.children:
            for child in half.children:
                child.close()
            half.close()
        super().close()

    def _show(self, result: Result) -> None:
        self.picture.alt = text = result.order.text
        if result.final:  # the whole picture is saved
            self.picture.title = "-".join(text.lower().replace(":", "").replace(",", "").split()[:12])
        self.picture.show(result)

    def __repr__(self) -> str:
        return f"<zmlib app {self.name}: {self.picture.alt if 'picture' in vars(self) else 'not made'}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), "text/html": self.still()}


def network(model: str | Path | ZMNet, device: str | torch.device) -> ZMNet:
    """The network of that name or file, or the one given."""
    return model if isinstance(model, ZMNet) else load(model, str(choose_device(device)))


def require_pictures(net: ZMNet) -> None:
    """Raise a UserError where a network cannot read pictures, or has no gamma and beta to mix."""
    require_affine(net.kind)
    if not net.reading.takes_pictures:
        raise UserError(f'This network is guided by {net.wants}: take one that reads pictures, such as "styles".')


def _half(children: Sequence[Widget], flex: str) -> VBox:
    for child in children:
        child.layout.margin, child.layout.max_width = child.layout.margin or "0 0 12px 0", "100%"
    layout = Layout(flex=flex, margin="6px 10px", min_width="0", max_width="640px")
    half = VBox(list(children), layout=layout)
    half.add_class("zm-half")
    return half
