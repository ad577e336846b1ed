"""The fast path, which `ZMNet.stylize` and `ZMNet.encode` take on a processor when no gradient is needed.

It computes the functions of `zmlib.tnet.TNet` and `zmlib.pnet.SerialImagePNet`, which stay the reference, in the form
that takes the least time: in bfloat16 where the processor computes in it, in float32 otherwise. The book's page "Real
time" shows what each step gains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from zmlib.affine import Affine
from zmlib.device import has_bf16
from zmlib.fast.memory import keep_freed
from zmlib.fast.pnet import Psi
from zmlib.fast.tnet import FAST, KEEP, Pass
from zmlib.fast.tnet import Plan as Plan
from zmlib.fast.weights import weights_of
from zmlib.pnet import Level, SerialImagePNet
from zmlib.tnet import TNet

# The gamma and beta to use, given normalisation i, mean and variance (C,) of its map, and the style's gamma and beta
Correct = Callable[[int, Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
_exact: list[torch.dtype | None] = [None]


def dtype() -> torch.dtype:
    """The type of maps and products: bfloat16 where this processor has it, unless `use` says otherwise."""
    return _exact[-1] or (torch.bfloat16 if has_bf16() else torch.float32)


def use(precision: torch.dtype | None) -> None:
    """Compute in this type from now on, in this process; None: in the fastest.

    Experiments whose numbers are kept use float32, so that the numbers are the same on every machine.
    """
    _exact[-1] = precision


@contextmanager
def using(precision: torch.dtype | None) -> Iterator[None]:
    """`use`, inside the block."""
    _exact.append(precision)
    try:
        yield
    finally:
        _exact.pop()


def memory_needed(size: tuple[int, int], channels: int) -> int:
    """About how many bytes a pass takes, photo and output included; see `zmlib.device.memory_needed`.

    Measured at the paper's width in bfloat16: 112 bytes for each pixel up to 6 megapixels, and 61 at 24 megapixels,
    where the largest maps are not kept. In float32: 117 and 114.
    """
    pixels, each = size[0] * size[1], channels * dtype().itemsize
    return int(pixels * (each * (1.7 if pixels * each <= KEEP else 0.85) + 12))


def able(net: nn.Module) -> bool:
    """Whether this network has a fast path: it is on the CPU, in float32, with mirrored borders."""
    return (
        type(net) in (TNet, SerialImagePNet)
        and cast(TNet, net).config.padding == "reflect"
        and all(p.device.type == "cpu" and p.dtype == torch.float32 for p in net.parameters())
    )


def can_stylize(net: nn.Module, content: Tensor, affine: Affine) -> bool:
    """Whether this takes the fast path: affine parameters without regions, no gradient, no hooks on the layers."""
    return type(net) is TNet and affine.regions is None and _free(net, [content, *affine.gamma, *affine.beta])


def can_encode(net: nn.Module, signal: Tensor) -> bool:
    """Whether this takes the fast path: no gradient, not in training, no hooks on the layers."""
    return type(net) is SerialImagePNet and not net.training and _free(net, [signal])


def _free(net: nn.Module, tensors: Sequence[Tensor]) -> bool:
    if not able(net) or torch.compiler.is_compiling() or any(t.device.type != "cpu" for t in tensors):
        return False
    if torch.is_grad_enabled() and any(t.requires_grad for t in (*net.parameters(), *tensors)):
        return False
    return not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


@torch.no_grad()
def stylize(net: TNet, content: Tensor, affine: Affine, correct: Correct | None = None, plan: Plan = FAST) -> Tensor:
    """TNet's pictures, clamped to [0, 1].

    Args:
        content: (N, 3, H, W), float in [0, 1], or uint8.
        affine: of N signals or of one.
        correct: replaces gamma and beta of each map, see `zmlib.passes.steady`.
        plan: which steps are restated; all of them, unless one is to be measured.

    Returns:
        (N, 3, H, W), float32, or uint8 if content is.
    """
    if affine.spec != net.spec:
        raise ValueError("the affine parameters belong to a TNet of another structure")
    keep_freed()
    kind = dtype()
    weights = weights_of(net, kind)
    exact = torch.uint8 if content.dtype == torch.uint8 else torch.float32
    n, _, height, width = content.shape
    shape = (n, height, width, 3) if exact == torch.uint8 else (n, 3, height, width)
    out = torch.empty(shape, dtype=exact)
    rows = out if exact == torch.uint8 else out.permute(0, 2, 3, 1)
    for k in range(n):
        at = k if len(affine) > 1 else 0
        gamma, beta = ([part[at].float() for part in parts] for parts in (affine.gamma, affine.beta))
        if net.config.reading == "static-last":
            gamma, beta = [*gamma, net.last_gamma[0]], [*beta, net.last_beta[0]]
        signs = [torch.where(g < 0, -1.0, 1.0) for g in gamma]

        def given(
            i: int, mean: Tensor, variance: Tensor, gamma: list[Tensor] = gamma, beta: list[Tensor] = beta
        ) -> tuple[Tensor, Tensor]:
            own = gamma[i], beta[i]
            return own if correct is None or i >= len(affine.spec) else correct(i, mean, variance, *own)

        Pass(weights, given, signs, net.config.upsampling, kind, plan)(content[k], rows[k])
    return rows.permute(0, 3, 1, 2)


@torch.no_grad()
def encode(net: SerialImagePNet, signal: Tensor) -> Affine:
    """PNet's gamma and beta. signal: (N, 3, h, w), float in [0, 1], or uint8."""
    keep_freed()
    kind = dtype()
    levels = [float(level.times()) if isinstance(level, Level) else 1.0 for level in net.levels]
    psi = Psi(weights_of(net.trunk, kind), levels, net.config.upsampling, kind)
    found = [torch.cat(layer) for layer in zip(*(psi(one) for one in signal), strict=True)]
    pairs = [head(layer) for head, layer in zip(net.heads, found, strict=True)]
    return Affine(tuple(g for g, _ in pairs), tuple(b for _, b in pairs), net.spec)
