"""Animation of one picture: a path through the space of gamma and beta, a frame for each step (section 4.2).

"Our model can generate animation of a single image in real-time even though the model is image-based". PNet runs once
for each key of the path, TNet once for each frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import torch
from PIL import Image
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import to_image
from zmlib.errors import UserError
from zmlib.passes import paint
from zmlib.passes.levels import MEDIUM, Stroke
from zmlib.stylize import at_strength
from zmlib.zmnet import ZMNet


def path(keys: Sequence[Affine], frames: int) -> Iterator[Affine]:
    """Gamma and beta along straight lines from key to key, both ends included, at even steps.

    Args:
        keys: two or more, of one signal each.
        frames: the number of steps, at least one for each key.

    Raises:
        UserError: too few keys or frames.

    Example:
        >>> import zmlib
        >>> from zmlib.video.animate import path
        >>> net = zmlib.load("words")
        >>> steps = list(path([net.encode("noon"), net.encode("night")], frames=5))
        >>> len(steps), steps[0].gamma[0].shape
        (5, torch.Size([1, 32]))
    """
    if len(keys) < 2:
        raise UserError(f"An animation goes from one key to another: give two or more, not {len(keys)}.")
    if frames < len(keys):
        raise UserError(f"An animation with {len(keys)} keys needs as many frames or more, not {frames}.")
    legs = list(pairwise(keys))
    places = [i * len(legs) / (frames - 1) for i in range(frames)]
    return (legs[leg][0].lerp(legs[leg][1], at - leg) for at in places for leg in [min(int(at), len(legs) - 1)])


@torch.inference_mode()
def frames(
    net: ZMNet, content: Tensor, affines: Iterator[Affine], stroke_size: Stroke = MEDIUM
) -> Iterator[Image.Image]:
    """One picture for each step of a path. content: (1, 3, H, W) in [0, 1], of 8 bits; stroke_size: of `zmlib.stylize`.

    Example:
        >>> import zmlib
        >>> from zmlib.data.images import to_tensor
        >>> from zmlib.video.animate import frames, path
        >>> net = zmlib.load("words")
        >>> keys = [net.encode("noon"), net.encode("night")]
        >>> pictures = list(frames(net, to_tensor("photo.jpg"), path(keys, 3)))
        >>> len(pictures), pictures[0].size
        (3, (96, 64))
    """
    pixels = content.mul(255).round().to(torch.uint8)  # as the film's frames are: nothing is converted each time
    for affine in affines:
        yield to_image(paint(net, pixels, affine, stroke_size).cpu())


@torch.inference_mode()
def strengths(
    net: ZMNet, content: Tensor, affine: Affine, own: Affine, frames: int, stroke_size: Stroke = MEDIUM
) -> Iterator[Image.Image]:
    """From the photo itself to the full style, at even steps: `zmlib.stylize.stylize`'s formula for the strength.

    content: (1, 3, H, W) in [0, 1]. affine: of the style. own: of the photo. frames: two or more. stroke_size: of
    `zmlib.stylize`.
    """
    plain = paint(net, content, own, stroke_size)
    for i in range(frames):
        t = i / (frames - 1)
        y = at_strength(paint(net, content, own.lerp(affine, t), stroke_size), content, plain, t)
        yield to_image(y.clamp(0, 1).cpu())
