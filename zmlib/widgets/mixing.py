"""A photo in a mix of four styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from ipywidgets import Box, Dropdown, Layout  # type: ignore[import-untyped]
from PIL import Image

from zmlib.data import samples
from zmlib.errors import UserError
from zmlib.widgets.app import App, network, require_pictures
from zmlib.widgets.controls import Plane, Upload
from zmlib.widgets.painting import Order
from zmlib.widgets.thumbs import address, free, named, pairs
from zmlib.zmnet import ZMNet

CORNERS = {"top left": (0, 1), "top right": (1, 1), "bottom left": (0, 0), "bottom right": (1, 0)}
FIRST = ("agate", "evening", "wave", "harvest")  # four that differ


def bilinear(x: float, y: float) -> tuple[float, ...]:
    """The shares of the four `CORNERS` at a point of the unit square; they sum to 1."""
    return tuple((x if right else 1 - x) * (y if up else 1 - y) for right, up in CORNERS.values())


class Mix(App):
    """See `mix`.

    Attributes:
        plane, corners, own_style: its own controls; corners are four drop-downs of styles, by place.
        pictures: the styles to choose from, by name.
    """

    name = "mix"

    def __init__(self, net: ZMNet, photo: Any, styles: Any, size: int | None) -> None:
        require_pictures(net)
        self.pictures = named(styles, samples.styles(), "style")
        given = list(self.pictures)[: len(pairs(styles, "style"))]
        chosen = [*given, *(name for name in FIRST if name not in given)][: len(CORNERS)]
        self.corners = {place: self._corner(place, name) for place, name in zip(CORNERS, chosen, strict=True)}
        self.own_style = Upload("Your own painting", self._add, lambda sentence: self.picture.note(sentence))
        self.plane = Plane(name="The mix of four styles", at=[0.5, 0.5], points=self._points())
        self.plane.layout.width = "min(100%, 340px)"
        grid = Box(list(self.corners.values()), layout=Layout(display="flex", flex_flow="row wrap"))
        super().__init__(net, photo, size, [self.plane, grid, self.own_style])
        self.follow_point(self.plane)
        for corner in self.corners.values():
            corner.observe(self._chosen, "value")

    def order(self) -> Order:
        """The order that the controls make up."""
        styles = tuple(self.pictures[corner.value] for corner in self.corners.values())
        return Order(self.photos.picture, styles, weights=bilinear(*self.plane.at), **self.common())

    def parts(self) -> list[tuple[str, Image.Image]]:
        """The photo and the four styles with their shares."""
        shares = zip(self.corners.items(), bilinear(*self.plane.at), strict=True)
        styles = [(f"{c.value}, {place}: {share:.0%}", self.pictures[c.value]) for (place, c), share in shares]
        return [*super().parts(), *styles]

    def says(self) -> str:
        """The caption of the result."""
        shares = zip(self.corners.values(), bilinear(*self.plane.at), strict=True)
        mixed = ", ".join(f"{share:.0%} {corner.value}" for corner, share in shares if share >= 0.005)
        return f"{self.photos.value} in a mix of {mixed}"

    def _corner(self, place: str, name: str) -> Dropdown:
        wide = {"layout": Layout(width="auto", flex="1 1 220px"), "style": {"description_width": "90px"}}
        return Dropdown(options=list(self.pictures), value=name, description=place, **wide)

    def _points(self) -> list[dict[str, Any]]:
        corners = zip(CORNERS.values(), self.corners.values(), strict=True)
        return [{"x": x, "y": y, "label": c.value, "picture": address(self.pictures[c.value])} for (x, y), c in corners]

    def _chosen(self, _: Any) -> None:
        self.plane.points = self._points()
        self.paint(done=True)

    def _add(self, name: str, picture: Image.Image) -> None:
        name = free(name, self.pictures)
        self.pictures[name] = picture
        for corner in self.corners.values():
            chosen = corner.value
            corner.unobserve(self._chosen, "value")
            with corner.hold_sync():
                corner.options = (*corner.options, name)  # this chooses the first
                corner.value = chosen
            corner.observe(self._chosen, "value")
        next(iter(self.corners.values())).value = name


def mix(
    *,
    photo: Any = None,
    styles: Any = None,
    model: str | Path | ZMNet = "styles",
    size: int | None = 256,
    device: str | torch.device = "cpu",
) -> Mix:
    """An app: a square with a style at each corner, and a point to drag that sets their shares.

    Its picture is that of `zmlib.stylize` with the four styles and the point's bilinear weights.

    Args:
        photo, model, size, device: as in `zmlib.widgets.stylize`.
        styles: for the corners, in the order top left, top right, bottom left, bottom right: pictures, or names of
            samples, four at most; samples fill the other corners.

    Returns:
        A widget; as a cell's last line it is shown.

    Raises:
        UserError: a picture cannot be read or painted, the network is of another kind, or there are more than four
            styles.

    Example:
        >>> import zmlib.widgets
        >>> app = zmlib.widgets.mix(photo="photo.jpg", size=64)
        >>> app.picture.result.image.size  # what it shows, painted before the app is there
        (96, 64)
        >>> app.close()  # ends its threads; a notebook shows the app as a cell's last line
    """
    if (given := len(pairs(styles, "style"))) > len(CORNERS):
        raise UserError(f"A square has four corners, and {given} styles are given: leave some out.")
    return Mix(network(model, device), photo, styles, size)
