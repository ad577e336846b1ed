"""ZMNet: a TNet and the source of its gamma and beta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from zmlib import fast, sources
from zmlib.affine import Affine
from zmlib.data.images import as_float, check_images
from zmlib.device import memory_needed
from zmlib.pnet import SerialImagePNet
from zmlib.signals.reading import Reading
from zmlib.tnet import MIN_SIDE, TNetConfig


class ZMNet(nn.Module):
    """An image-transformation network and the source of its gamma and beta.

    Attributes:
        tnet: content and affine parameters (gamma, beta) to image.
        source: signal to affine parameters.
        kind: the source's name, see `zmlib.sources`; options: what it was made with.
        card: what is known of the weights: recipe, steps, loss, data, ... (empty for a new network).

    Example:
        >>> import torch
        >>> from zmlib import ZMNet
        >>> net = ZMNet().eval()  # random weights; `zmlib.load` has trained ones
        >>> affine = net.encode(torch.rand(1, 3, 256, 256))
        >>> net.stylize(torch.rand(2, 3, 120, 160), affine).shape  # one style for both photos
        torch.Size([2, 3, 120, 160])
    """

    def __init__(self, config: TNetConfig | None = None, source: str = "serial-image", **options: Any) -> None:
        super().__init__()
        self.config = config or TNetConfig()
        self.kind, self.options = source, options
        self.tnet: Any = sources.find_source(source).tnet(self.config)
        self.source = sources.make_source(source, self.config, **options)
        self.card: dict[str, Any] = {}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def reading(self) -> Reading:
        """How the signal is read: what it may be, how it is checked."""
        return sources.reading(self.kind, self.options, self.card)

    @property
    def wants(self) -> str:
        """What guides this network, for people."""
        return self.reading.wants

    def encode(self, signal: Tensor | str | Sequence[str]) -> Affine:
        """Gamma and beta of guiding signals.

        Args:
            signal: for a network guided by images (N, 3, h, w) in [0, 1] or uint8, 32 px or more a side; for vectors
                (N, D); for one that was trained on words also a word or N of them, on colours also images; for a table
                (N,) whole numbers.

        Returns:
            The affine parameters of N signals; keep them to stylize any number of pictures (Table 1: "0.015 s after
            that").

        Raises:
            UserError: a signal of another kind than the network was trained on, or an unknown word.

        Example:
            >>> import torch, zmlib
            >>> affine = zmlib.load("styles").encode(torch.rand(2, 3, 64, 64))
            >>> len(affine), len(affine.gamma)  # two styles, fifteen normalisations
            (2, 15)
            >>> [tuple(gamma.shape) for gamma in affine.gamma[:3]]
            [(2, 32), (2, 64), (2, 128)]
            >>> len(zmlib.load("words").encode(["noon", "night"]))
            2
        """
        reading = self.reading
        prepared = reading.features(reading.prepare(signal)).to(self.device)
        if fast.can_encode(self.source, prepared):
            return fast.encode(cast(SerialImagePNet, self.source), prepared)
        return self.source(as_float(prepared) if prepared.dim() == 4 else prepared)

    def stylize(self, content: Tensor, affine: Affine) -> Tensor:
        """Transform pictures of any size from 32 px up.

        On a processor, where no gradient is wanted, by the fast path (`zmlib.fast`): what TNet gives, up to rounding.

        Args:
            content: (N, 3, H, W) in [0, 1], or uint8.
            affine: gamma and beta of N signals, or of one.

        Returns:
            (N, 3, H, W) in [0, 1], float32; or uint8 if content is.

        Raises:
            UserError: a picture of another shape or range, or too small.

        Example:
            >>> import torch, zmlib
            >>> net = zmlib.load("styles")
            >>> affine = net.encode(torch.rand(1, 3, 64, 64))
            >>> output = net.stylize(torch.rand(4, 3, 40, 56), affine)
            >>> output.shape, output.dtype
            (torch.Size([4, 3, 40, 56]), torch.float32)
            >>> net.stylize(torch.zeros(1, 3, 40, 56, dtype=torch.uint8), affine).dtype
            torch.uint8
        """
        check_images("content", content, MIN_SIDE)
        content, affine = content.to(self.device), affine.to(self.device)
        if fast.can_stylize(self.tnet, content, affine):
            return fast.stylize(self.tnet, content, affine)
        output = self.tnet(as_float(content), affine).clamp(0, 1)
        return output if content.is_floating_point() else output.mul(255).round().to(torch.uint8)

    def memory_needed(self, size: tuple[int, int], *, regions: bool = False) -> int:
        """About how many bytes `stylize` takes for a picture of (width, height); regions: the style has some."""
        quick = fast.able(self.tnet) and not regions
        return (fast.memory_needed if quick else memory_needed)(size, self.config.width[0])

    def forward(self, content: Tensor, signal: Tensor) -> Tensor:
        """Training's path: (N, 3, H, W) and signals to (N, 3, H, W), not clamped and not checked."""
        return self.tnet(content, self.source(signal))
