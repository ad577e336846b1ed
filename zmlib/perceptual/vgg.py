"""VGG-shaped feature extractors: a chain of 3x3 convolutions, ReLUs and 2x2 max-pools with named outputs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Conv(NamedTuple):
    """One 3x3 convolution with its ReLU: ``key`` in the weights file, channels, ``tap`` = the name of its output."""

    key: str
    inputs: int
    outputs: int
    tap: str


POOL = None
Plan = Sequence[Conv | None]  # None is a 2x2 max-pool


def vgg_plan(keys: Sequence[str], widths: Sequence[int], counts: Sequence[int]) -> Plan:
    """Plan of a VGG: ``counts[i]`` convolutions of ``widths[i]`` channels a block, pools between the blocks.

    >>> [step and step.tap for step in vgg_plan(["a", "b", "c"], [64, 128], [2, 1])]
    ['relu1_1', 'relu1_2', None, 'relu2_1']
    """
    plan: list[Conv | None] = []
    names = iter(keys)
    inputs = 3
    for block, (width, count) in enumerate(zip(widths, counts, strict=True), start=1):
        if block > 1:
            plan.append(POOL)
        for index in range(1, count + 1):
            plan.append(Conv(next(names), inputs, width, f"relu{block}_{index}"))
            inputs = width
    return plan


class Chain(nn.Module):
    """The convolutions of a plan; plain ``nn.Conv2d``, so that autocast and channels_last work.

    padding: "zeros" (Simonyan's VGG) or "reflect" (the AdaIN family); ceil: an odd row or column survives pooling.
    """

    def __init__(self, plan: Plan, *, padding: Literal["zeros", "reflect"] = "zeros", ceil: bool = False) -> None:
        super().__init__()
        self.plan = tuple(plan)
        self.ceil = ceil
        self.convs = nn.ModuleList(
            nn.Conv2d(step.inputs, step.outputs, 3, padding=1, padding_mode=padding) for step in self.plan if step
        )

    @property
    def taps(self) -> tuple[str, ...]:
        """Names of every output, shallow to deep."""
        return tuple(step.tap for step in self.plan if step)

    def conv(self, key: str) -> nn.Conv2d:
        """The convolution whose weights-file key is ``key``."""
        index = [step.key for step in self.plan if step].index(key)
        module = self.convs[index]
        assert isinstance(module, nn.Conv2d)
        return module

    def forward(self, x: Tensor, taps: Collection[str]) -> dict[str, Tensor]:
        """(N, 3, H, W), already normalised -> the named ReLU outputs, each computed once; stops at the deepest one."""
        left = set(taps)
        found: dict[str, Tensor] = {}
        convs = iter(self.convs)
        for step in self.plan:
            if not left:
                break
            if step is None:
                x = F.max_pool2d(x, 2, ceil_mode=self.ceil)
                continue
            x = F.relu(next(convs)(x), inplace=True)
            if step.tap in left:
                found[step.tap] = x
                left.discard(step.tap)
        return found

    @torch.no_grad()
    def rescale(self, divisor: float) -> None:
        """Divide every output by ``divisor``: the first weights and all biases are divided, no other weight.

        ReLU and max-pooling are positively homogeneous, so the outputs keep their shape exactly, layer by layer.
        """
        for index, conv in enumerate(self.convs):
            assert isinstance(conv, nn.Conv2d) and conv.bias is not None
            if index == 0:
                conv.weight /= divisor
            conv.bias /= divisor

    @torch.no_grad()
    def fold_input(self, matrix: Tensor, offset: Tensor) -> None:
        """Let the chain start with the pixel-wise map x -> matrix x + offset, folded into the first convolution.

        Exact for reflection padding, which commutes with a pixel-wise map; not for zero padding, hence refused.
        """
        conv = self.convs[0]
        assert isinstance(conv, nn.Conv2d) and conv.bias is not None
        if conv.padding_mode != "reflect":
            raise ValueError("a pixel-wise map can be folded only under reflection padding")
        conv.bias += (conv.weight.sum((2, 3)) * offset).sum(1)
        conv.weight.copy_(torch.einsum("ochw,ci->oihw", conv.weight, matrix))
