"""Crops with what the loss network says of them, measured once and kept in memory.

A training draws the same crop several times, and the targets of eq. 2 (Gram matrices of the style, features of the
content) never
change: measuring them again each step would cost two thirds of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from zmlib.perceptual import LossNetwork, Measured


@dataclass
class Bank:
    """Lazily filled crops and measurements.

    Attributes:
        crop: number of a crop to uint8 (3, S, S).
        network: what measures it.
        autocast: a context manager maker (the precision in which to measure).
        chunk: consecutive crops measured together; the same numbers come out whatever was asked before, as a resumed
            run requires.
        content_layer: the one to keep the features of; None is the loss network's own.
        style_layers: those to keep the Gram matrices of; None are the loss network's own.
        keep_content: whether the content features are wanted (style crops need only the Gram matrices).
        limit: crops that exist.
        budget: bytes to keep at most; beyond them the oldest are forgotten, and measured again when they are drawn.
    """

    crop: Callable[[int], Tensor]
    network: LossNetwork
    autocast: Callable[[], AbstractContextManager[Any]]
    device: torch.device
    limit: int
    content_layer: str | None = None
    style_layers: tuple[str, ...] | None = None
    keep_content: bool = True
    chunk: int = 1
    budget: int = 4 << 30

    def __post_init__(self) -> None:
        self._kept: dict[int, tuple[Tensor, Measured]] = {}
        self._bytes = 0

    def draw(self, indices: Sequence[int]) -> tuple[Tensor, Measured]:
        """Crops as float (N, 3, S, S) in [0, 1], channels-last, and their measurements, on the device."""
        found = [self._kept[i] if i in self._kept else self._fill(i) for i in indices]
        crops = torch.stack([crop for crop, _ in found]).to(self.device, torch.float32) / 255
        measured = [m for _, m in found]
        joined = Measured(
            {k: torch.cat([m.grams[k] for m in measured]).to(self.device) for k in measured[0].grams},
            torch.cat([m.content for m in measured]).to(self.device),
        )
        return crops.contiguous(memory_format=torch.channels_last), joined

    @torch.no_grad()
    def _fill(self, wanted: int) -> tuple[Tensor, Measured]:
        start = wanted // self.chunk * self.chunk
        indices = range(start, min(start + self.chunk, self.limit))
        crops = torch.stack([self.crop(i) for i in indices])
        images = (crops.to(self.device, torch.float32) / 255).contiguous(memory_format=torch.channels_last)
        with self.autocast():
            measured = self.network.measure(images, self.style_layers, self.content_layer)
        for n, i in enumerate(indices):
            # clone: a slice would keep the whole chunk alive
            content = measured.content[n : n + 1] if self.keep_content else measured.content[n : n + 1, :, :0, :0]
            grams = {k: g[n : n + 1].cpu().clone() for k, g in measured.grams.items()}
            self._forget(i)
            self._kept[i] = (crops[n].clone(), Measured(grams, content.cpu().clone()))
            self._bytes += _size(self._kept[i])
        result = self._kept[wanted]
        while self._bytes > self.budget and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))
        return result

    def _forget(self, index: int) -> None:
        if index in self._kept:
            self._bytes -= _size(self._kept.pop(index))


def _size(entry: tuple[Tensor, Measured]) -> int:
    crop, measured = entry
    return sum(t.numel() * t.element_size() for t in (crop, measured.content, *measured.grams.values()))
