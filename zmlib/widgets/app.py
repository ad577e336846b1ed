"""What the apps share: photos to choose from, a picture that follows the controls, and a still for pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ipywidgets import Box, Dropdown, Layout, VBox, Widget  # type: ignore[import-untyped]
from PIL import Image

from zmlib.data import samples
from zmlib.device import choose_device
from zmlib.errors import UserError
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
        photos, upload, size: the controls of every app.
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
        self.worker: Worker[Order, Result] = Worker(self.painter, self._show, self.picture.fail)
        controls = [*own, self.photos, self.upload, self.size]
        halves = [_half([self.picture], "0 1 auto"), _half(controls, "1 1 300px")]
        super().__init__(halves, layout=Layout(display="flex", flex_flow="row wrap", align_items="flex-start"))
        self.add_class("zm-app")
        order = self.order()
        self.painter.read(order)
        self.painter.preview(order)  # the first pass of a process is slow; its time is not shown
        self._show(self.painter.refine(order))
        self.follow(self.photos, self.size)

    def order(self) -> Order:
        """The order that the controls make up."""
        raise NotImplementedError(f"{type(self).__name__} must make an order of its controls")

    @property
    def side(self) -> int | None:
        """The short side that is chosen, in pixels; None for the photo's own."""
        return None if self.size.value == AS_PHOTO else self.size.value

    def about(self) -> dict[str, Any]:
        """The description of an order's picture, made now: when the picture comes the controls may have changed."""
        return {"text": self.says(), "parts": tuple(self.parts())}

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
