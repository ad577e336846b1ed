"""The networks that are compared, as passes over real photos and paintings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import cycle, islice

import torch
from torch import Tensor, nn

from bench.machine import TYPES
from bench.peers import AdaIN, Ghiasi, johnson
from zmlib import fast
from zmlib.data import samples
from zmlib.data.images import centre_square, to_tensor
from zmlib.stylize import STYLE_SIZE
from zmlib.weights import load
from zmlib.zmnet import ZMNet

OURS, QUARTER, EAGER = "ZM-Net", "ZM-Net, quarter cost", "ZM-Net, eager"
PEERS = ("Johnson", "AdaIN", "Ghiasi")
Pass = Callable[[], object]


class Networks:
    """The networks that are compared, each made when it is first used."""

    @cached_property
    def johnson(self) -> nn.Module:
        """Of `bench.peers`."""
        return johnson().eval()

    @cached_property
    def adain(self) -> AdaIN:
        """Of `bench.peers`."""
        return AdaIN().eval()

    @cached_property
    def ghiasi(self) -> Ghiasi:
        """Of `bench.peers`."""
        return Ghiasi().eval()

    @cached_property
    def styles(self) -> ZMNet:
        """The shipped network of the paper's width."""
        return load("styles")

    @cached_property
    def quarter(self) -> ZMNet:
        """The shipped network of half that width."""
        return load("styles-expanded")

    @cached_property
    def exported(self) -> bytes:
        """The TNet of `styles` as `zmlib export onnx` writes it; needs onnx and onnxscript."""
        from zmlib.export.graph import tnet_graph

        return tnet_graph(self.styles).SerializeToString()

    def passes(self, method: str, precision: str, content: Tensor, style: Tensor) -> dict[str, Pass]:
        """The passes of a method: "kept" and "new" (Johnson: "kept" alone).

        Args:
            method: `OURS`, `QUARTER`, `EAGER` or one of `PEERS`.
            precision: "fp32", or "bf16" for our own.
            content: (N, 3, H, W) in [0, 1].
            style: (N, 3, h, w) in [0, 1], one for each picture; every method reads it at this size.
        """
        with torch.no_grad():
            made = self._passes(method, content, style)

        def exact(one: Pass) -> Pass:
            def run() -> object:
                with torch.no_grad(), fast.using(TYPES[precision]):
                    return one()

            return run

        return {name: exact(one) for name, one in made.items()}

    def _passes(self, method: str, content: Tensor, style: Tensor) -> dict[str, Pass]:
        if method in (OURS, QUARTER, EAGER):
            net = self.quarter if method == QUARTER else self.styles
            affine = net.encode(style)
            if method == EAGER:
                return {
                    "kept": lambda: net.tnet(content, affine).clamp(0, 1),
                    "new": lambda: net.tnet(content, net.source(style)).clamp(0, 1),
                }
            return {
                "kept": lambda: net.stylize(content, affine),
                "new": lambda: net.stylize(content, net.encode(style)),
            }
        if method == "Johnson":
            return {"kept": lambda: self.johnson(content)}
        if method == "AdaIN":
            known = self.adain.statistics(style)
            return {
                "kept": lambda: self.adain(content, known),
                "new": lambda: self.adain(content, self.adain.statistics(style)),
            }
        shifts = self.ghiasi.read(style)
        return {
            "kept": lambda: self.ghiasi(content, shifts),
            "new": lambda: self.ghiasi(content, self.ghiasi.read(style)),
        }


def photos(size: int, batch: int) -> Tensor:
    """Sample photographs as squares: (batch, 3, size, size) in [0, 1]."""
    found = cycle(samples.photos().values())
    return torch.cat([to_tensor(centre_square(photo, size)) for photo in islice(found, batch)])


def paintings(batch: int, size: int = STYLE_SIZE) -> Tensor:
    """Sample paintings at the size at which styles are read: (batch, 3, size, size) in [0, 1]."""
    found = cycle(samples.styles().values())
    return torch.cat([to_tensor(centre_square(style, size)) for style in islice(found, batch)])
