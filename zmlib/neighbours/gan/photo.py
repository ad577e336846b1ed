"""From a picture's file to its code, and what attributes and strokes make of it: what command and editor share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from zmlib.data.images import open_image, to_image, to_tensor
from zmlib.errors import UserError
from zmlib.neighbours.gan.bundle import Gan, load_gan
from zmlib.neighbours.gan.distance import by_network
from zmlib.neighbours.gan.edit import carried_over, edit
from zmlib.neighbours.gan.invert import invert
from zmlib.neighbours.gan.networks import SIZE
from zmlib.neighbours.gan.sets import read
from zmlib.neighbours.gan.strokes import Stroke
from zmlib.neighbours.weights import load_networks, save_network
from zmlib.perceptual.slim import load_slim

GREY = 3 / 255  # channels that differ less than this are those of a grey picture that was saved in colour
LIMIT = 0.35  # of `strangeness`, for weights whose card has no "face_limit": that of the faces that ship
BEYOND, MEASURED = 2.0, 500  # the limit over the 99th of a hundred held-out pictures; pictures for that
REFINED = 60  # steps of Adam on En(x), half a second
NOUNS = {"faces": "face", "shoes": "shoe"}  # domain -> what its pictures show


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute in one thread: one picture gives several no work, and on a busy machine they wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def noun(gan: Gan) -> str:
    """What one picture of its domain shows: "face" or "shoe"; of CelebA a face."""
    return NOUNS.get(gan.card["domain"], "face")


def read_face(path: str | Path, gan: Gan) -> Tensor:
    """A face out of a file, (1, 3, 64, 64) in [0, 1]; a larger square is reduced to that, antialiased.

    Raises:
        UserError: no readable picture, or one in grey, not square, smaller than 64 pixels, or without a face of the
            kind that the weights were trained on.

    Example:
        >>> from zmlib.data.images import save_image
        >>> from zmlib.neighbours.gan import faces, load_gan
        >>> file = save_image(faces.draw(1, seed=0).pictures, "face.png")
        >>> read_face(file, load_gan("faces")).shape
        torch.Size([1, 3, 64, 64])
    """
    x = as_face(open_image(path), str(path), noun(gan))
    check_face(x, gan, str(path))
    return x


def as_face(picture: Image.Image, name: str, shows: str = "face") -> Tensor:
    """A picture of mode RGB at the networks' size, (1, 3, 64, 64) in [0, 1].

    Args:
        name: what the sentences call it. shows: what it should show.

    Raises:
        UserError: it is not square, too small, or grey.
    """
    width, height = picture.size
    if width != height:
        raise UserError(f"{name} is {width} x {height} pixels and not square: crop it to the {shows} first.")
    if width < SIZE:
        raise UserError(f"{name} is {width} x {height} pixels: give a picture of at least {SIZE} x {SIZE}.")
    if width > SIZE:
        picture = picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    x = to_tensor(picture)
    if (x.amax(1) - x.amin(1)).max() < GREY:
        raise UserError(f"{name} is grey, and the networks know {shows}s in colour: give a picture in colour.")
    return x


@torch.no_grad()
def strangeness(x: Tensor, gan: Gan) -> Tensor:
    """How far pictures, (N, 3, 64, 64) in [0, 1], are from what their codes give: by_network(x, G(En(x))), (N,)."""
    slim = load_slim()
    return torch.cat([by_network(part, gan.generate(gan.encode(part)), slim) for part in x.split(64)])


@one_thread()
def check_face(x: Tensor, gan: Gan, name: str) -> None:
    """UserError where a picture, (1, 3, 64, 64) in [0, 1], shows nothing of what the weights were trained on."""
    found, limit = strangeness(x, gan).item(), gan.card.get("face_limit", LIMIT)
    if found > limit:
        raise UserError(
            f"{name} shows no {noun(gan)} of the kind that these weights know (its distance is {found:.2f}, and "
            f"{limit:.2f} is the limit): give a picture of one, cropped to it, or weights that know it."
        )


def note_limit(file: Path, domain: str | None = None) -> float:
    """Measure, on held-out pictures, the limit of `strangeness` for weights of `assemble`, and note it in their card.

    Args:
        file: is written again.
        domain: where the pictures are; None: the card's domain, which for CelebA is the folder's name alone.

    Returns:
        `BEYOND` times what 99 of a hundred held-out pictures stay below.
    """
    gan = load_gan(file)
    pictures = read(domain or gan.card["domain"], "test", MEASURED).pictures.float() / 255
    limit = round(BEYOND * strangeness(pictures, gan).quantile(0.99).item(), 4)
    nets, card = load_networks(file)
    save_network(nets, file, {**card, "face_limit": limit})
    return limit


@one_thread()
def code_of(x: Tensor, gan: Gan, steps: int = REFINED) -> Tensor:
    """The code of a picture, (1, 64), by the lecture's third method: En(x), refined by gradient."""
    return invert(x, gan.generator, start=gan.encode(x), steps=steps).z


@dataclass(frozen=True)
class Changed:
    """What became of a picture; all pictures (1, 3, 64, 64) in [0, 1].

    Attributes:
        before: G(z0), the reconstruction. after: G(z*).
        picture: the photo with the edit carried over to it, or `after`.
        z: z*, (1, code).
        met: the share of the strokes' wish U that is fulfilled, 1 for all; None without strokes.
    """

    before: Tensor
    after: Tensor
    picture: Tensor
    z: Tensor
    met: float | None = None

    def shown(self, carry: bool) -> Changed:
        """The same with the reconstruction as its picture, unless `carry`."""
        return self if carry else replace(self, picture=self.after)


@one_thread()
def change(
    x: Tensor, z0: Tensor, gan: Gan, strengths: Mapping[str, float], strokes: Sequence[Stroke] = (), **options: Any
) -> Changed:
    """Move a picture's code by attributes, then follow strokes from there.

    Args:
        x: the picture, (1, 3, 64, 64) in [0, 1]. z0: its code, as `code_of` gives it.
        strengths: by the attributes' names; see `zmlib.neighbours.gan.vectors.Vectors.move`.
        options: near, real and steps of `zmlib.neighbours.gan.edit.edit`.

    Raises:
        UserError: an unknown attribute.

    Example:
        >>> from zmlib.neighbours.gan import faces, load_gan
        >>> gan, x = load_gan("faces"), faces.draw(1, seed=0).pictures / 255
        >>> change(x, code_of(x, gan, steps=5), gan, {"smile": 1.0}).picture.shape
        torch.Size([1, 3, 64, 64])
    """
    z, met = gan.vectors.move(z0, **strengths), None
    if strokes:
        found = edit(z, strokes, gan, **options)
        wish = found.terms["constraint"][:, 0]
        z, met = found.z, 1 - (wish[-1] / wish[0].clamp_min(1e-9)).item()
    before, after = gan.generate(z0), gan.generate(z)
    return Changed(before, after, carried_over(x, before, after), z, met)


def beside(*pictures: Tensor) -> Tensor:
    """Pictures (1, 3, H, W) in a row, (1, 3, H, sum of W)."""
    return torch.cat(pictures, 3)


def enlarged(x: Tensor, times: int) -> Image.Image:
    """A picture (1, 3, H, W) in [0, 1] as one of PIL, so many times as large, by cubic curves."""
    picture = to_image(x)
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.BICUBIC)
