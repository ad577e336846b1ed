"""Animation of one picture: a path through the space of gamma and beta, a frame for each step (section 4.2).

"Our model can generate animation of a single image in real-time even though the model is image-based". PNet runs once
for each key of the path, TNet once for each frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import uniform_filter
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import to_image
from zmlib.errors import UserError
from zmlib.zmnet import ZMNet


def path(keys: Sequence[Affine], frames: int) -> Iterator[Affine]:
    """Values along straight lines from key to key, both ends included, at even steps.

    Args:
        keys: two or more, of one signal each.
        frames: how many steps, at least one for each key.

    Raises:
        UserError: too few keys or frames.
    """
    if len(keys) < 2:
        raise UserError(f"An animation goes from one key to another: give two or more, not {len(keys)}.")
    if frames < len(keys):
        raise UserError(f"An animation with {len(keys)} keys needs as many frames or more, not {frames}.")
    legs = list(pairwise(keys))
    places = [i * len(legs) / (frames - 1) for i in range(frames)]
    return (legs[leg][0].lerp(legs[leg][1], at - leg) for at in places for leg in [min(int(at), len(legs) - 1)])


@torch.inference_mode()
def frames(net: ZMNet, content: Tensor, affines: Iterator[Affine]) -> Iterator[Image.Image]:
    """One picture for each step of a path. content: (1, 3, H, W) in [0, 1], of 8 bits."""
    pixels = content.mul(255).round().to(torch.uint8)  # as the film's frames are: nothing to be converted each time
    for affine in affines:
        yield to_image(net.stylize(pixels, affine).cpu())


@torch.inference_mode()
def strengths(net: ZMNet, content: Tensor, affine: Affine, own: Affine, frames: int) -> Iterator[Image.Image]:
    """From the photo itself to the full style, at even steps: `zmlib.stylize.stylize`'s formula for the strength.

    content: (1, 3, H, W) in [0, 1]. affine: of the style. own: of the photo. frames: two or more.
    """
    content = content.to(net.device)
    lost = content - net.stylize(content, own)  # what TNet alone loses of the photo
    for i in range(frames):
        t = i / (frames - 1)
        y = net.stylize(content, own.lerp(affine, t)) + (1 - t) * lost
        yield to_image(y.clamp(0, 1).cpu())


class Flicker:
    """How unsteady a sequence is, in grey levels of 255: the mean absolute second difference from frame to frame.

    A change that goes on evenly, as along a path, does not count; one that comes and goes does. Frames of one size are
    added one by one, and three of them kept.

    Args:
        still: (H, W) bool, the pixels that count; None for all.
    """

    def __init__(self, still: np.ndarray | None = None) -> None:
        self._still: np.ndarray | slice = slice(None) if still is None else still
        self._last: list[np.ndarray] = []
        self._sum, self._count = 0.0, 0

    def add(self, picture: Image.Image) -> None:
        """The next frame."""
        self._last = [*self._last[-2:], np.asarray(picture, np.float32)[self._still]]
        if len(self._last) == 3:
            before, now, after = self._last
            self._sum, self._count = self._sum + float(np.abs(after - 2 * now + before).mean()), self._count + 1

    @property
    def value(self) -> float | None:
        """None before the third frame."""
        return self._sum / self._count if self._count else None


class StillChange:
    """How much changes from frame to frame where nothing moves, in grey levels of 255: in a clip, and as painted.

    A pixel counts between two frames where the clip's mean over a window differs by less than 2 levels: noise is
    averaged out in it, motion is not. All change there is flicker, the painted one beyond the clip's own.
    """

    WINDOW, LEVELS = 9, 2.0

    def __init__(self) -> None:
        self._last: tuple[np.ndarray, np.ndarray] | None = None
        self._sums, self._count = np.zeros(2), 0

    def add(self, given: Image.Image, painted: Image.Image) -> None:
        """The next frame of the clip, and what was made of it; all of one size."""
        now = (np.asarray(given, np.float32), np.asarray(painted, np.float32))
        if self._last is not None:
            change = [a - b for a, b in zip(now, self._last, strict=True)]
            still = np.abs(uniform_filter(change[0].mean(2), self.WINDOW)) < self.LEVELS
            self._sums += [float(np.abs(one[still]).mean(1).sum()) for one in change]
            self._count += int(still.sum())
        self._last = now

    @property
    def value(self) -> tuple[float, float] | None:
        """The clip's and the painted one's; None where nothing stands still."""
        given, painted = self._sums / max(1, self._count)
        return (float(given), float(painted)) if self._count else None
