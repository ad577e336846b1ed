"""Frames without their noise, which a network would make brush strokes of, different ones in each frame."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SHARE = 0.15  # of a new frame where nothing moves: noise is averaged over some 1 / SHARE frames
STILL, MOVES = 2 / 255, 6 / 255  # mean differences over a window that are surely noise, and surely motion
WINDOW = 5  # pixels


class Denoise:
    """A running mean of the frames, pixel by pixel, that follows at once where something moves.

    mean <- mean + w (frame - mean). w is SHARE where the mean difference over a window stays below STILL, 1 where it
    is above MOVES, and goes straight in between.
    """

    def __init__(self) -> None:
        self._mean: Tensor | None = None

    def forget(self) -> None:
        """The next frame begins another scene."""
        self._mean = None

    def __call__(self, frame: Tensor) -> Tensor:
        """The next frame without its noise; frames of one size until `forget`.

        frame: (1, 3, H, W) in [0, 1]. Where there are more channels than three they move as the first three do.
        """
        if self._mean is None:
            self._mean = frame
        difference = (frame - self._mean)[:, :3].mean(1, keepdim=True)
        near = F.avg_pool2d(difference, WINDOW, 1, WINDOW // 2, count_include_pad=False).abs()
        moves = ((near - STILL) / (MOVES - STILL)).clamp(0, 1)
        moves = F.max_pool2d(moves, WINDOW, 1, WINDOW // 2)  # the rim of what moves belongs to it
        self._mean = torch.lerp(self._mean, frame, SHARE + (1 - SHARE) * moves)
        return self._mean
