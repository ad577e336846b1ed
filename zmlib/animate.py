"""Animation of one picture: a path through the space of values, a frame a step (section 4.2).

"Our model can generate animation of a single image in real-time even though the model is image-based". PNet runs once
for each key of the path, TNet once for each frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import to_image
from zmlib.errors import UserError
from zmlib.zmnet import ZMNet


def path(keys: Sequence[Affine], frames: int) -> Iterator[Affine]:
    """Values along straight lines from key to key, both ends included, at even steps.

    Args:
        keys: two or more, of one signal each.
        frames: how many values, at least one for each key.

    Raises:
        UserError: too few keys or frames.
    """
    if len(keys) < 2:
        raise UserError(f"An animation goes from one key to another: give two or more, not {len(keys)}.")
    if frames < len(keys):
        raise UserError(f"An animation with {len(keys)} keys needs as many frames or more, not {frames}.")
    legs = list(pairwise(keys))
    for i in range(frames):
        at = i * len(legs) / (frames - 1)
        leg = min(int(at), len(legs) - 1)
        start, end = legs[leg]
        yield start.lerp(end, at - leg)


@torch.inference_mode()
def frames(net: ZMNet, content: Tensor, values: Iterator[Affine]) -> Iterator[Image.Image]:
    """One picture for each value. content: (1, 3, H, W) in [0, 1]."""
    for value in values:
        yield to_image(net.stylize(content, value).cpu())


@torch.inference_mode()
def strengths(net: ZMNet, content: Tensor, value: Affine, own: Affine, frames: int) -> Iterator[Image.Image]:
    """From the photo itself to the full style, at even steps: `zmlib.stylize.stylize`'s formula for the strength.

    content: (1, 3, H, W) in [0, 1]. value: of the style. own: of the photo. frames: two or more.
    """
    lost = content - net.stylize(content, own).cpu()  # what TNet alone loses of the photo
    for i in range(frames):
        t = i / (frames - 1)
        y = net.stylize(content, own.lerp(value, t)).cpu() + (1 - t) * lost
        yield to_image(y.clamp(0, 1))


def flicker(pictures: Sequence[Image.Image]) -> float:
    """How unsteady a sequence is, in grey levels of 255: the mean absolute second difference from frame to frame.

    A change that goes on evenly, as along a path, does not count; one that comes and goes does.

    Args:
        pictures: three frames or more, of one size.
    """
    if len(pictures) < 3:
        raise UserError(f"Flicker is measured over three frames or more, and {len(pictures)} are there.")
    found = []
    before, now = (np.asarray(picture, np.float32) for picture in pictures[:2])
    for picture in pictures[2:]:
        after = np.asarray(picture, np.float32)
        found.append(float(np.abs(after - 2 * now + before).mean()))
        before, now = now, after
    return float(np.mean(found))
