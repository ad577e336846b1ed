"""A blind choice: what each method makes of a pair of photo and painting, and what is measured of it.

Two kinds of pairs: paintings that no network has seen, for the methods that take any; and the paintings of the two FST
networks that ship, which all five methods know. FST and CIN paint nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import torch
from PIL import Image
from skimage.metrics import structural_similarity
from torch import Tensor

from chapters.common import seen_styles, tensors
from chapters.frames import HASH
from chapters.measures import FST
from zmlib.baselines.ost import ost
from zmlib.data import samples
from zmlib.data.images import open_image, to_image, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.experiments.run import Run
from zmlib.perceptual.speckle import speckle_ratio
from zmlib.weights import load

LABELS = {"zmnet": "ZM-Net", "adain": "AdaIN", "ost": "OST", "fst": "FST", "cin": "CIN"}
NETS = {"zmnet": "styles", "adain": "adain", "cin": "cin-10"}
ANY = ("zmnet", "adain", "ost")  # the methods that take any painting
MEASURES = ("J", "style", "content", "ssim", "speckle")  # of a picture; style and content are the parts of J
QUALITY, GIVEN = 80, 60  # of WebP: what is chosen, and the photos and paintings above it


@dataclass(repr=False)
class Pair:
    """A photo and a painting, and what the methods make of them.

    Attributes:
        photo, painting: names. known: the number of the painting among the ten seen styles; None: no network saw it.
        content, style: (1, 3, size, size) in [0, 1].
        outputs: method -> the picture, as it is shown.
        encoded: method -> the same as a WebP file.
    """

    photo: str
    painting: str
    content: Tensor
    style: Tensor
    known: int | None = None
    outputs: dict[str, Image.Image] = field(default_factory=dict)
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that can paint this painting."""
        return ANY if self.known is None else tuple(LABELS)

    @property
    def fst(self) -> str:
        """The FST network of a known painting."""
        return next(name for name, number in FST.items() if number == self.known)


def shipped_pairs(run: Run, folder: str) -> list[Pair]:
    """The pairs of the page: each sample painting on one sample photo, each known painting on three.

    folder: that of the seen paintings. Only photos that ship are shown, whatever folder the reader has given.
    """
    photos = tensors(run, samples.photos())
    names = list(photos)
    unseen = tensors(run, samples.styles())
    found = [Pair(names[i % 6], name, photos[names[i % 6]], style) for i, (name, style) in enumerate(unseen.items())]
    files = seen_styles(folder)
    for turn, number in enumerate(FST.values()):
        file = run.read(files[number])
        style = tensors(run, {file.stem: open_image(file)})[file.stem]
        found += [Pair(name, file.stem, photos[name], style, number) for name in names[turn::2]]
    return found


def few_pairs(run: Run, most: int) -> list[Pair]:
    """Pairs of the run's own photos and paintings, at most `most`, for a live run."""
    photos, paintings = tensors(run, run.photos(most)), tensors(run, run.paintings(most))
    names = list(photos)
    return [
        Pair(names[i % len(names)], name, photos[names[i % len(names)]], style)
        for i, (name, style) in enumerate(paintings.items())
    ]


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in one order, so that a second run makes the same pictures to the last bit, and their names are the same."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def paint(run: Run, pairs: Sequence[Pair], judge: Judge, steps: int) -> None:
    """Fill `outputs` and `encoded` of every pair; OST minimises J by `steps` iterations of Adam.

    Raises:
        UserError: a network that does not ship.
    """
    with one_thread():
        _paint(run, pairs, judge, steps)


def _paint(run: Run, pairs: Sequence[Pair], judge: Judge, steps: int) -> None:
    names = {NETS.get(method, pair.fst if pair.known is not None else "") for pair in pairs for method in pair.methods}
    nets = {name: run.used(load(name, run.device), name) for name in sorted(names - {""})}
    for pair in pairs:
        for method in pair.methods:
            if method == "ost":
                made = ost(pair.content, pair.style, judge, steps=steps)
            else:
                net = nets[NETS.get(method) or pair.fst]
                signal = torch.tensor([pair.known]) if net.reading.numbered else pair.style
                made = net.stylize(pair.content, net.encode(signal))
            pair.encoded[method] = webp(to_image(made.cpu()))
            pair.outputs[method] = open_image(Image.open(BytesIO(pair.encoded[method])))


def webp(image: Image.Image, quality: int = QUALITY) -> bytes:
    """A picture as a small file."""
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=6)
    return buffer.getvalue()


def hashed(content: bytes) -> str:
    """The name of a picture's file, which tells nothing: a hash of the content."""
    return f"{hashlib.sha256(content).hexdigest()[:HASH]}.webp"


@torch.no_grad()
def measured(pairs: Sequence[Pair], judge: Judge) -> list[dict[str, Any]]:
    """A row for each picture, measured as it is shown: its pair, method and file, and `MEASURES`.

    "ssim" is to the photo, in grey; "speckle" the fine colour of 2 to 5 px over the painting's.
    """
    rows = []
    for pair in pairs:
        reference = judge.reference(pair.content, pair.style)
        grey = _grey(pair.content)
        for method, image in pair.outputs.items():
            shown = to_tensor(image).to(pair.content.device)
            style, content = (float(part) for part in judge.measure(shown, reference))
            numbers = {
                "J": style + content,
                "style": style,
                "content": content,
                "ssim": float(structural_similarity(_grey(shown), grey, data_range=1.0)),
                "speckle": float(speckle_ratio(shown, pair.style)[0, 0]),
            }
            named = {"photo": pair.photo, "painting": pair.painting, "method": method}
            rows.append(named | {"picture": hashed(pair.encoded[method])} | numbers)
    return rows


def _grey(picture: Tensor) -> Any:
    """A picture (1, 3, H, W) in [0, 1] as a grey array (H, W)."""
    weights = torch.tensor([0.299, 0.587, 0.114], device=picture.device)[:, None, None]
    return (picture[0] * weights).sum(0).cpu().numpy()
