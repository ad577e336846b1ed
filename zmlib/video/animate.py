"""Animation of one picture: a path through the space of gamma and beta, a frame for each step (section 4.2).

"Our model can generate animation of a single image in real-time even though the model is image-based". PNet runs once
for each key of the path, TNet once for each frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import to_image
from zmlib.errors import UserError
from zmlib.passes import keep_for, paint
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
def frames(net: ZMNet, content: Tensor, affines: Iterator[Affine], **sizes: Any) -> Iterator[Image.Image]:
    """One picture for each step of a path.

    content: (1, 3, H, W) in [0, 1], of 8 bits. sizes: `stroke_size` and `finest` of `zmlib.stylize`.

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
    make, _ = _painter(net, content, sizes)
    for affine in affines:
        yield to_image(make(affine).cpu())


@torch.inference_mode()
def strengths(
    net: ZMNet, content: Tensor, affine: Affine, own: Affine, frames: int, **sizes: Any
) -> Iterator[Image.Image]:
    """From the photo itself to the full style, at even steps: `zmlib.stylize.stylize`'s formula for the strength.

    affine: of the style. own: of the photo. frames: two or more. content, sizes: as for `frames`.
    """
    make, pixels = _painter(net, content, sizes)
    plain = make(own)
    for i in range(frames):
        t = i / (frames - 1)
        yield to_image(at_strength(make(own.lerp(affine, t)), pixels, plain, t).cpu())


def _painter(net: ZMNet, content: Tensor, sizes: dict[str, Any]) -> tuple[Callable[[Affine], Tensor], Tensor]:
    """What paints the photo in a style, in bytes as `zmlib.stylize` does; and its bytes."""
    pixels = content.mul(255).round().to(torch.uint8)
    return partial(paint, net, pixels, keep=keep_for(net, pixels), **sizes), pixels
