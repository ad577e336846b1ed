"""The editor: paint on a face, and the face follows (`zmlib app faces`)."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import traitlets
from ipywidgets import Box, Checkbox, Layout, ToggleButton, VBox, Widget  # type: ignore[import-untyped]
from PIL import Image, ImageColor
from torch import Tensor

from zmlib.data.images import to_image, to_tensor
from zmlib.errors import UserError
from zmlib.neighbours.gan.bundle import Gan, load_gan
from zmlib.neighbours.gan.edit import NEAR, REAL
from zmlib.neighbours.gan.networks import SIZE
from zmlib.neighbours.gan.photo import as_face, change, check_face, code_of, noun
from zmlib.neighbours.gan.sets import DRAWN, FIRST
from zmlib.neighbours.gan.strokes import KINDS, Stroke
from zmlib.widgets.canvas import Canvas
from zmlib.widgets.controls import Gallery, Slider, Upload
from zmlib.widgets.painting import Result, as_file
from zmlib.widgets.thumbs import named, still
from zmlib.widgets.worker import Worker

ASSETS = ("neighbours/gan/editor.js", "neighbours/gan/editor.css")
_HERE = Path(__file__).parent
LARGE = 512  # px, the side of the enlarged picture that is saved
QUICK = 10  # steps of the search for a preview
SAMPLES = 8


class Board(Canvas):
    """The face, the brush on it, and the strokes so far.

    Attributes:
        strokes: {"kind", "points", and for some "colour", "radius"}, as of `zmlib.neighbours.gan.strokes`.
        tool, colour, radius: of the brush.
        shows: what is painted on, such as "face".
    """

    _esm = _HERE / "editor.js"
    _css = _HERE / "editor.css"
    strokes: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    tool: Any = traitlets.Enum(tuple(KINDS), "colour").tag(sync=True)
    colour: Any = traitlets.Unicode("#c8442c").tag(sync=True)
    radius: Any = traitlets.Float(4.0).tag(sync=True)
    shows: Any = traitlets.Unicode("face").tag(sync=True)

    def _message(self, _: Any, message: dict[str, Any], __: Any) -> None:
        side = message.get("save")
        if side not in (SIZE, LARGE):
            return
        if self.state == "busy":
            self._asked = side  # when it is ready
        else:
            self._save(side)

    def _save(self, side: Any) -> None:
        self._asked = None
        if self.result is None:
            return
        out = io.BytesIO()
        self.result.image.resize((side, side), Image.Resampling.BICUBIC).save(out, "PNG")
        self.send({"save": f"{self.title}-{side}.png", "mime": "image/png"}, [out.getvalue()])


@dataclass(frozen=True, eq=False)
class Wish:
    """What is asked of a face, see `zmlib.neighbours.gan.photo.change`; carry: the photo itself is to be changed."""

    face: Tensor
    strengths: Mapping[str, float] = field(default_factory=dict)
    strokes: tuple[Stroke, ...] = ()
    near: float = NEAR
    real: float = REAL
    carry: bool = True
    text: str = ""


class Follower:
    """Answers wishes, in the stages of a `Worker`, and keeps the code of the last face."""

    def __init__(self, gan: Gan) -> None:
        self.gan = gan
        self._last: tuple[Tensor, Tensor] | None = None  # a face and its code

    def read(self, wish: Wish) -> None:
        """Find the code of a new face: half a second."""
        self._code(wish.face)

    def preview(self, wish: Wish) -> Result | None:
        """The face after a few steps; None without strokes."""
        return self._follow(wish, False, steps=QUICK) if wish.strokes else None

    def refine(self, wish: Wish) -> Result:
        """The face that `zmlib edit` gives. It depends on the wish alone, and not on what was asked before."""
        return self._follow(wish, True)

    def _code(self, face: Tensor) -> Tensor:
        last = self._last
        if last is None or last[0] is not face:
            self._last = last = face, code_of(face, self.gan)
        return last[1]

    def _follow(self, wish: Wish, final: bool, **steps: int) -> Result:
        began = time.perf_counter()
        terms = {"near": wish.near, "real": wish.real, **steps}
        made = change(wish.face, self._code(wish.face), self.gan, wish.strengths, wish.strokes, **terms)
        image = to_image(made.shown(wish.carry).picture)
        data, mime = as_file(image, exact=True)
        return Result(image, data, mime, final, image.size, time.perf_counter() - began, wish)  # type: ignore[arg-type]


class Editor(Box):
    """See `open_editor`.

    Attributes:
        board: the face and the brush; `board.result.image` is the last whole picture.
        attributes: a slider for each, by name; 1 gives it, -1 takes it away.
        photos, upload, carry, near, real: the other controls; near and real are multiples of the usual l1 and l2.
        worker: follows.
    """

    def __init__(self, gan: Gan, photo: Any) -> None:
        self._gan, shows = gan, noun(gan)
        own = {name: self._checked(name, picture) for name, picture in named(photo, {}, "photo").items()}
        self.board, self._faces = Board(), dict[int, Tensor]()
        self.board.shows = shows
        self.photos = Gallery({**own, **samples(gan)}, f"The {shows}")
        self.upload = Upload(f"Your own {shows}", self._take, self.board.note)
        names = {name: name.replace("_", " ").capitalize() for name in gan.attributes}
        self.attributes = {name: _slider(0.0, -1.0, 1.5, label) for name, label in names.items()}
        self.near = _slider(1.0, 0.0, 5.0, f"Stay near the {shows} (λ₁, × usual)")
        self.real = _slider(1.0, 0.0, 5.0, "Look real (λ₂, × usual)")
        self.carry = Checkbox(value=True, description="Carry the change over to the photo", indent=False)
        terms = VBox([self.near, self.real, self.carry], layout=Layout(display="none"))
        more = ToggleButton(description="More")
        more.observe(lambda change: setattr(terms.layout, "display", None if change.new else "none"), "value")
        controls = [*self.attributes.values(), more, terms, self.photos, self.upload]
        halves = [_half([self.board], "0 1 384px"), _half(controls, "1 1 280px")]
        super().__init__(halves, layout=Layout(display="flex", flex_flow="row wrap", align_items="flex-start"))
        self.add_class("zm-app")
        self.add_class("zm-editor")
        follower = Follower(gan)
        self.worker: Worker[Wish, Result] = Worker(follower, self._show, self.board.fail)
        self._show(follower.refine(self.wish()))
        self.photos.observe(lambda _: self._clear(), "value")
        self.board.observe(lambda _: self.follow(), "strokes")
        for control in (*self.attributes.values(), self.near, self.real, self.carry):
            control.observe(lambda _: self.follow(), "value")
        self.board.on_msg(lambda _, message, __: self.reset() if message.get("reset") else None)

    def wish(self) -> Wish:
        """What controls and brush ask for.

        Raises:
            UserError: a stroke that makes no sense.
        """
        strengths = {name: slider.value for name, slider in self.attributes.items() if slider.value}
        strokes = tuple(stroke_of(one) for one in self.board.strokes)
        said = [f"{name.replace('_', ' ')} {value:+.1f}" for name, value in strengths.items()]
        said += [f"{len(strokes)} stroke{'s' * (len(strokes) > 1)}"] if strokes else []
        terms = {"near": self.near.value * NEAR, "real": self.real.value * REAL, "carry": self.carry.value}
        return Wish(self._face(), strengths, strokes, text=", ".join([self.photos.value, *said]), **terms)

    def follow(self) -> None:
        """Let the face follow what is asked now."""
        try:
            wish = self.wish()
        except UserError as error:
            self.board.strokes = self.board.strokes[:-1]  # which follows, and so says nothing later
            self.board.note(str(error))
            return
        self.board.busy()
        self.worker.request(wish, done=True)

    def reset(self) -> None:
        """Back to the photo: no strokes, and attributes as they are."""
        for slider in self.attributes.values():
            slider.value = 0.0
        self._clear()

    def still(self) -> str:
        """HTML for a page without a kernel."""
        assert self.board.result is not None  # made with the app
        parts = [(f"The photo: {self.photos.value}", _larger(self.photos.picture))]
        return still("faces", parts, (self.board.alt, _larger(self.board.result.image)))

    def close(self) -> None:
        """Remove the editor and end its threads."""
        if "worker" not in vars(self):
            return  # its making failed
        self.worker.close()
        for half in self.children:
            for child in half.children:
                child.close()
            half.close()
        super().close()

    def _checked(self, name: str, picture: Image.Image) -> Image.Image:
        """A picture at 64 pixels, if it is a face."""
        x = as_face(picture, name, noun(self._gan))
        check_face(x, self._gan, name)
        return to_image(x)

    def _take(self, name: str, picture: Image.Image) -> None:
        try:
            self.photos.add(name, self._checked(name, picture))
        except UserError as error:
            self.board.note(str(error))

    def _face(self) -> Tensor:
        """The chosen picture; the same tensor each time, by which its code is remembered."""
        picture = self.photos.picture
        if id(picture) not in self._faces:
            self._faces[id(picture)] = to_tensor(picture)
        return self._faces[id(picture)]

    def _clear(self) -> None:
        """Take the strokes away, and follow."""
        if self.board.strokes:
            self.board.strokes = []
        else:
            self.follow()

    def _show(self, result: Result) -> None:
        self.board.alt = text = result.order.text
        if result.final:
            self.board.title = "-".join(text.replace(",", "").replace("+", "").split()[:12])
        self.board.show(result)

    def __repr__(self) -> str:
        return f"<zmlib app faces: {self.board.alt if 'board' in vars(self) else 'not made'}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), "text/html": self.still()}


def open_editor(photo: Any = None, model: str | Path = "faces") -> Editor:
    """An app: paint on a face by colour, sketch or warp, and the face follows; sliders move it by attributes.

    Its picture is that of `zmlib edit` with the same attributes and strokes.

    Args:
        photo: a face of your own to begin with, or several: square pictures in colour, anything that
            `zmlib.data.images.open_image` takes. None: faces that are drawn.
        model: "faces" or "shoes", or a file that `zmlib gan finish` wrote.

    Returns:
        A widget; as a cell's last line it is shown.

    Raises:
        UserError: a picture cannot be read or shows no face, or there are no such weights.

    Example:
        >>> from zmlib.neighbours.gan.editor import open_editor
        >>> app = open_editor()
        >>> app.board.result.image.size  # the face, as it is
        (64, 64)
        >>> app.close()  # ends its threads; a notebook shows the app as a cell's last line
    """
    return Editor(load_gan(model), photo)


def stroke_of(one: Mapping[str, Any]) -> Stroke:
    """A stroke of the board as one of `zmlib.neighbours.gan.strokes`. UserError: it makes no sense."""
    options: dict[str, Any] = {"radius": float(one["radius"])} if "radius" in one else {}
    if "colour" in one:
        options["colour"] = tuple(value / 255 for value in ImageColor.getrgb(one["colour"])[:3])
    return KINDS[one["kind"]](tuple((float(x), float(y)) for x, y in one["points"]), **options)


def samples(gan: Gan) -> dict[str, Image.Image]:
    """Pictures to begin with: held-out ones where the domain is drawn, else the generator's own."""
    if (domain := gan.card["domain"]) in DRAWN:
        found = DRAWN[domain](SAMPLES, 0, first=FIRST["test"]).pictures
    else:
        found = gan.generate(torch.randn(SAMPLES, gan.generator.code, generator=torch.Generator().manual_seed(0)))
    return {f"{noun(gan)} {number}": to_image(x) for number, x in enumerate(found, 1)}


def _slider(value: float, least: float, most: float, label: str) -> Slider:
    return Slider(min=least, max=most, value=value, step=0.1, label=label)


def _half(children: list[Widget], flex: str) -> VBox:
    half = VBox(children, layout=Layout(flex=flex, margin="6px 10px", min_width="0", max_width="640px"))
    half.add_class("zm-half")
    return half


def _larger(image: Image.Image) -> Image.Image:
    return image.resize((4 * SIZE, 4 * SIZE), Image.Resampling.BICUBIC)
