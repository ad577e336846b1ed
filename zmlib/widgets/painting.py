"""An app's order, and how it is painted: `zmlib.stylize` in the stages of a `Worker`."""

from __future__ import annotations

import io
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from PIL import Image

from zmlib.affine import Affine
from zmlib.data.images import resize_short, short_to
from zmlib.passes.levels import MEDIUM, Stroke
from zmlib.stylize import STYLE_SIZE, check_fits, encode_style, stylize
from zmlib.zmnet import ZMNet

V = TypeVar("V")

PREVIEW = 128  # px, the short side of a preview
WORTH = 1.4  # a picture whose short side is less than 1.4 previews needs no preview
KEPT = 64  # styles that were read, and photos at one size
LARGEST_PNG = 1_500_000  # pixels; larger pictures are shown as JPEG, and saved as they are


@dataclass(frozen=True, eq=False)
class Order:
    """One picture to paint.

    Attributes:
        photo: RGB, of any size from 32 pixels up.
        styles: pictures; for a network that is guided by words, words or places (x, y) in their plane.
        weights: a number >= 0 for each style; None: equal.
        layers: the paper's layers (1-9) that keep the style's gamma and beta, the others having (1, 0); None: all.
        strength, keep_colour, size, stroke_size: as in `zmlib.stylize`; size None is the photo's own.
        text: the caption. parts: the pictures that go into the result, each with its caption.
    """

    photo: Image.Image
    styles: tuple[Any, ...]
    weights: tuple[float, ...] | None = None
    layers: tuple[int, ...] | None = None
    strength: float = 1.0
    keep_colour: bool = False
    size: int | None = 256
    stroke_size: Stroke = MEDIUM
    text: str = ""
    parts: tuple[tuple[str, Image.Image], ...] = ()

    @property
    def pixels(self) -> tuple[int, int]:
        """(width, height) of the whole picture."""
        return short_to(self.photo.size, self.size)


@dataclass(frozen=True)
class Result:
    """A picture, and the same as a file for the screen.

    Attributes:
        image: RGB.
        data, mime: the file, and "image/png" or "image/jpeg".
        final: whether it is the whole picture and not a preview.
        size: width and height of the whole picture, in pixels.
        seconds: the time that this picture took.
        order: the order that it answers.
    """

    image: Image.Image
    data: bytes
    mime: str
    final: bool
    size: tuple[int, int]
    seconds: float
    order: Order


class Painter:
    """Answers orders with one network, and keeps gamma and beta of the styles that it has read."""

    def __init__(self, net: ZMNet) -> None:
        self.net = net
        self._affines: OrderedDict[Any, Any] = OrderedDict()
        self._photos: OrderedDict[Any, Any] = OrderedDict()

    def read(self, order: Order) -> None:
        """Check that the photo can be painted, and read the styles that are new.

        Raises:
            UserError: photo or style is too small, there is too little memory, or a word is unknown.
        """
        check_fits(self.net, order.photo, order.size, option=None)
        self.affine(order)

    def preview(self, order: Order) -> Result | None:
        """The picture at `PREVIEW` pixels; None where the whole picture is hardly larger."""
        if min(order.pixels) < WORTH * PREVIEW:
            return None
        return self._paint(order, PREVIEW, final=False)

    def refine(self, order: Order) -> Result:
        """The picture as `zmlib.stylize` gives it, pixel for pixel.

        Raises:
            UserError: there is too little memory.
        """
        return self._paint(order, order.size, final=True)

    def affine(self, order: Order) -> Affine:
        """Gamma and beta of the styles, mixed, in the layers that are on."""
        affines = [self._affine(style) for style in order.styles]
        affine = affines[0] if len(affines) == 1 else Affine.mix(affines, order.weights or [1.0] * len(affines))
        return affine if order.layers is None else affine.only(order.layers)

    def _affine(self, style: Any) -> Affine:
        if isinstance(style, Image.Image):
            return _kept(self._affines, (id(style),), style, lambda: encode_style(self.net, style))
        with torch.inference_mode():
            return self.net.encode(style if isinstance(style, str) else torch.tensor([style], dtype=torch.float32))

    def _paint(self, order: Order, size: int | None, final: bool) -> Result:
        began = time.perf_counter()
        photo = order.photo
        if size is not None:
            photo = _kept(self._photos, (id(photo), size), photo, lambda: resize_short(order.photo, size))
        image = stylize(
            photo,
            self.affine(order),
            model=self.net,
            strength=order.strength,
            keep_colour=order.keep_colour,
            # The same for a preview. Smaller than the stroke size, it is one pass, and its strokes look larger.
            stroke_size=order.stroke_size,
            style_size=STYLE_SIZE if final else PREVIEW,  # of the photo itself, read below strength 1
        )
        data, mime = as_file(image, final)
        return Result(image, data, mime, final, order.pixels, time.perf_counter() - began, order)


def as_file(image: Image.Image, exact: bool) -> tuple[bytes, str]:
    """A picture for the screen: bytes and MIME type. exact: as PNG, unless it is large."""
    out = io.BytesIO()
    if exact and image.width * image.height <= LARGEST_PNG:
        image.save(out, "PNG", compress_level=1)
        return out.getvalue(), "image/png"
    image.save(out, "JPEG", quality=92 if exact else 85)
    return out.getvalue(), "image/jpeg"


def _kept(store: OrderedDict[Any, Any], key: Any, owner: Any, make: Callable[[], V]) -> V:
    """What was made for a key, made now if it is new; stored with its owner, so that no other object gets its id."""
    found = store.get(key)
    if found is None:
        found = owner, make()
        store[key] = found
        while len(store) > KEPT:
            store.popitem(last=False)
    return found[1]
