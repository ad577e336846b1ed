"""How unsteady a film is: `Flicker` of any sequence, `StillChange` of a clip and what was made of it."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter


class Flicker:
    """How unsteady a sequence is, in grey levels of 255: the mean absolute second difference from frame to frame.

    A steady change, as along a path, does not count; one that comes and goes does. Frames of one size are added one by
    one, and three of them kept.

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

    A pixel counts between two frames where the clip's mean over a window differs by less than 2 levels: the window
    averages noise out, and motion stays. All change there is flicker.
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
