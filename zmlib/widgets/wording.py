"""A photo at a place in the plane of words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from ipywidgets import Text  # type: ignore[import-untyped]

from zmlib.errors import UserError
from zmlib.signals.words import network_signal
from zmlib.widgets.app import App, network
from zmlib.widgets.controls import Plane
from zmlib.widgets.painting import Order
from zmlib.zmnet import ZMNet

#: words shown beside those of the training, where the network has a place for them
AROUND = (
    "morning afternoon evening midnight dawn sunset summer winter autumn spring rain snow storm fog fire moon stars "
    "sun sea forest gold love city beach candle dream lunch coffee red music"
).split()
MARGIN = 0.12  # of the plane's width, around the outermost words


class Words(App):
    """See `words`.

    Attributes:
        plane, word: its own controls.
    """

    name = "words"

    def __init__(self, net: ZMNet, photo: Any, size: int | None) -> None:
        if "words" not in net.card:
            raise UserError(f'This network is guided by {net.wants}: take one that reads words, such as "words".')
        self._card = net.card["words"]
        trained = list(self._card["trained"])
        places = {word: self._place(word) for word in trained}
        for word in AROUND:
            try:
                places.setdefault(word, self._place(word))
            except UserError:  # of a network with another plane, whose words need a file
                continue
        points = [{"x": x, "y": y, "label": w, "strong": w in trained} for w, (x, y) in places.items()]
        self.plane = Plane(name="The plane of words", points=points, extent=_extent(points), at=places[trained[-1]])
        self.plane.layout.width = "min(100%, 500px)"
        self.word = Text(placeholder="a word, such as thunder", description="Look up", continuous_update=False)
        super().__init__(net, photo, size, [self.plane, self.word])
        self.follow_point(self.plane)
        self.word.observe(lambda change: self.look_up(change.new), "value")

    def order(self) -> Order:
        """The order that the controls make up."""
        return Order(self.photos.picture, (tuple(self.plane.at),), **self.common())

    def says(self) -> str:
        """The caption of the result."""
        x, y = self.plane.at
        near = min(self.plane.points, key=lambda point: (point["x"] - x) ** 2 + (point["y"] - y) ** 2)
        far = (near["x"] - x) ** 2 + (near["y"] - y) ** 2 > 1e-6
        return f"{self.photos.value}, {'near the word' if far else 'at the word'} {near['label']}"

    def look_up(self, word: str) -> None:
        """Go to a word and add it to those shown; of an unknown word the app says so."""
        word = word.strip().lower()
        if not word:
            return
        try:
            x, y = self._place(word)
        except UserError as error:
            self.picture.note(str(error))
            return
        if word not in {point["label"] for point in self.plane.points}:
            points = [*self.plane.points, {"x": x, "y": y, "label": word, "strong": False}]
            self.plane.extent = _extent(points)
            self.plane.points = points
        self.plane.done = True
        self.plane.at = [x, y]
        self.paint(done=True)

    def _place(self, word: str) -> list[float]:
        return network_signal(word, self._card)[0].tolist()


def words(
    *,
    photo: Any = None,
    model: str | Path | ZMNet = "words",
    size: int | None = 256,
    device: str | torch.device = "cpu",
) -> Words:
    """An app: the plane of words, and a point to drag whose place guides the network.

    The words in bold are those of the training. Any of 5,419 others can be looked up.

    Args:
        photo, size, device: as in `zmlib.widgets.stylize`.
        model: the name of shipped weights that read words, a .safetensors file, or a ZMNet.

    Returns:
        A widget; as a cell's last line it is shown.

    Raises:
        UserError: a picture cannot be read or painted, or the network is of another kind.

    Example:
        >>> import zmlib.widgets
        >>> app = zmlib.widgets.words(photo="photo.jpg", size=64)
        >>> app.picture.result.image.size  # what it shows, painted before the app is there
        (96, 64)
        >>> app.close()  # ends its threads; a notebook shows the app as a cell's last line
    """
    return Words(network(model, device), photo, size)


def _extent(points: list[dict[str, Any]]) -> list[float]:
    """x0, y0, x1, y1 of a rectangle with all the points well inside."""
    places = np.array([[point["x"], point["y"]] for point in points])
    low, high = places.min(0), places.max(0)
    margin = MARGIN * float(high[0] - low[0])
    return [*(low - margin).tolist(), *(high + margin).tolist()]
