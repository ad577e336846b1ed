"""A photo in a style, with all its options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from ipywidgets import Checkbox, Layout  # type: ignore[import-untyped]
from PIL import Image

from zmlib.data import samples
from zmlib.widgets.app import App, network, require_pictures
from zmlib.widgets.controls import Gallery, Slider, Upload
from zmlib.widgets.painting import Order
from zmlib.widgets.thumbs import named
from zmlib.zmnet import ZMNet

GROUPS = {"layers 1–3": (1, 2, 3), "layers 4–6": (4, 5, 6), "layers 7–9": (7, 8, 9)}
EVERY = tuple(range(1, 10))


class Stylize(App):
    """See `stylize`.

    Attributes:
        styles, own_style, strength, layers, keep_colour: its own controls; layers are three switches, by name.
    """

    name = "stylize"

    def __init__(self, net: ZMNet, photo: Any, styles: Any, size: int | None) -> None:
        require_pictures(net)
        self.styles = Gallery(named(styles, samples.styles(), "style"), "Style", samples.style_credits())
        self.own_style = Upload("Your own painting", self.styles.add, lambda sentence: self.picture.note(sentence))
        self.strength = Slider(label="Strength")
        self.layers = {name: _switch(f"Style in {name}", True) for name in GROUPS}
        self.keep_colour = _switch("Keep the photo's colours", False)
        self.keep_colour.layout.margin = "0 0 12px 0"
        switches = [*self.layers.values(), self.keep_colour]
        super().__init__(net, photo, size, [self.styles, self.own_style, self.strength, *switches])
        self.follow(self.styles, self.strength, *switches)

    def order(self) -> Order:
        """The order that the controls make up."""
        on = tuple(layer for name, switch in self.layers.items() if switch.value for layer in GROUPS[name])
        return Order(
            self.photos.picture,
            (self.styles.picture,),
            layers=None if on == EVERY else on,
            strength=self.strength.value,
            keep_colour=self.keep_colour.value,
            **self.common(),
        )

    def parts(self) -> list[tuple[str, Image.Image]]:
        """The photo and the style."""
        return [*super().parts(), (f"The style: {self.styles.value}", self.styles.picture)]

    def says(self) -> str:
        """The caption of the result."""
        return f"{self.photos.value} in the style of {self.styles.value}"


def stylize(
    *,
    photo: Any = None,
    styles: Any = None,
    model: str | Path | ZMNet = "styles",
    size: int | None = 256,
    device: str | torch.device = "cpu",
) -> Stylize:
    """An app: a photo in a style, with strength, switches for layers, the photo's colours, a size, and saving.

    Its picture is that of `zmlib.stylize` with the same options; the switches for layers
    are `Affine.only`.

    Args:
        photo: a picture of your own to begin with, anything that `zmlib.data.images.open_image` takes; a list or a
            dict (by name) of several. The name of a sample, such as "china", begins with that one.
        styles: the same for styles.
        model: the name of shipped weights that read pictures, a .safetensors file, or a ZMNet.
        size: the short side in pixels; None for the photo's own.
        device: as in `zmlib.stylize`.

    Returns:
        A widget; as a cell's last line it is shown.

    Raises:
        UserError: a picture cannot be read or painted, or the network is of another kind.

    Example:
        >>> import zmlib.widgets
        >>> app = zmlib.widgets.stylize(photo="photo.jpg", styles=["painting.jpg"], size=64)
        >>> app.picture.result.image.size  # what it shows, painted before the app is there
        (96, 64)
        >>> app.close()  # ends its threads; a notebook shows the app as a cell's last line
    """
    return Stylize(network(model, device), photo, styles, size)


def _switch(text: str, value: bool) -> Checkbox:
    return Checkbox(value=value, description=text, indent=False, layout=Layout(width="auto", margin="0"))
