"""Real time: what each step of the fast path (`zmlib.fast`) gives, and what is left to bind it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from bench.targets import targets
from torch import Tensor
from torch.autograd.profiler import profile

from chapters.timing import interleaved
from zmlib import fast
from zmlib.affine import Affine
from zmlib.errors import UserError
from zmlib.fast.planes import Edge, Lazy, Moments, Plane, Rows, bands, convolve
from zmlib.fast.tnet import Pass, write
from zmlib.fast.weights import Conv, weights_of
from zmlib.layers import EPS
from zmlib.zmnet import ZMNet

GROUPS = {  # of torch's operators
    "convolutions": ("aten::mkldnn_convolution",),
    "mean and variance": ("aten::batch_norm_update_stats",),
    "ReLU, as a threshold": ("aten::maximum",),
    "up-sampling's filter": ("aten::add", "aten::add_"),
    "residual sums": ("aten::addcmul",),
    "copies": ("aten::copy_",),
}


class PlainOutput(Pass):
    """The last convolution as it is written, 9x9 to 3 channels."""

    def _out(self, x: Plane | Lazy, scale: Tensor, shift: Tensor, out: Tensor) -> None:
        assert self._weights.out is not None
        weight, bias, _ = self._weights.out.whole.folded(scale, shift, torch.ones(3), self._dtype)
        for first, last in bands(x.height, x.width * 64, 4, out=True):
            write(convolve(x.rows(first, last + 8), weight, bias), out[first:last])


class PlainUpsampling(Pass):
    """Up-sampling, and then the 3x3 convolution of what has four times the pixels."""

    def _up(
        self, x: Plane | Lazy, scale: Tensor, shift: Tensor, conv: Conv, i: int, border: int
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        assert isinstance(x, Plane)
        small = x.inner.permute(2, 0, 1)[None]
        large = Plane(2 * x.height, 2 * x.width, x.channels, 1, self._dtype)
        options = {} if self._mode == "nearest" else {"align_corners": False}
        large.inner.copy_(F.interpolate(small, scale_factor=2.0, mode=self._mode, **options)[0].permute(1, 2, 0))
        large.mirror()
        return self._down(large, scale, shift, conv, i, border)


class PlainNormalisation(Pass):
    """Eq. 3 and the ReLU in passes of their own, nothing of them in the next convolution's weights."""

    def _normalise(
        self, i: int, make: Rows, height: int, width: int, channels: int, border: int, edge: Edge = "reflect"
    ) -> tuple[Plane | Lazy, Tensor, Tensor]:
        plane, moments = Plane(height, width, channels, border, self._dtype), Moments()
        for first, last in bands(height, width * channels * self._dtype.itemsize, 2):
            rows = make(first, last)
            moments.add(rows)
            plane.inner[first:last] = rows
        mean, variance = moments.get()
        gamma, beta = self._given(i, self._signs[i] * mean, variance)
        scale = gamma.abs() * torch.rsqrt(variance + EPS)
        shift = beta - scale * mean
        inner = plane.inner
        torch.addcmul(shift.to(self._dtype), inner, scale.to(self._dtype), out=inner).relu_()
        plane.mirror(edge)
        return plane, torch.ones_like(scale), torch.zeros_like(shift)


def by_pass(kind: type[Pass], net: ZMNet, content: Tensor, affine: Affine, dtype: torch.dtype) -> Tensor:
    """`zmlib.fast.stylize` of one picture, uint8, by a pass that leaves one thing out.

    content: (1, 3, H, W), uint8. value: of one signal. Returns content's shape, uint8.
    """
    gamma, beta = [g[0] for g in affine.gamma], [b[0] for b in affine.beta]
    signs = [torch.where(g < 0, -1.0, 1.0) for g in gamma]
    one = kind(weights_of(net.tnet, dtype), lambda i, *_: (gamma[i], beta[i]), signs, net.config.upsampling, dtype)
    out = torch.empty(1, *content.shape[2:], 3, dtype=torch.uint8)
    one(content[0], out[0])
    return out.permute(0, 3, 1, 2)


@torch.no_grad()
def steps(net: ZMNet, content: Tensor, affine: Affine, repeats: int) -> dict[str, Any]:
    """Milliseconds of a pass, as it was and as it is, and with each step left out; taken in turns.

    net: its width the paper's or another, on the CPU. content: (1, 3, H, W), uint8. value: of one signal.

    Returns:
        "ms": medians; "levels": mean absolute difference to eager float32, in grey levels of 255.
    """
    kind = fast.dtype()
    picture = content / 255
    last = deepcopy(net.tnet).to(memory_format=torch.channels_last)
    low = deepcopy(last).to(kind)
    turned = picture.to(memory_format=torch.channels_last)
    ways: dict[str, Callable[[], Tensor]] = {
        "eager, float32": lambda: net.tnet(picture, affine),
        "and channels last": lambda: last(turned, affine),
        "and bfloat16": lambda: low(turned.to(kind), affine),
        "the fast path": lambda: by_pass(Pass, net, content, affine, kind),
        "without the threshold (normalise, then ReLU)": lambda: by_pass(PlainNormalisation, net, content, affine, kind),
        "without 2x2 kernels (up-sample, then 3x3)": lambda: by_pass(PlainUpsampling, net, content, affine, kind),
        "without the split output (one 9x9)": lambda: by_pass(PlainOutput, net, content, affine, kind),
        "in float32": lambda: by_pass(Pass, net, content, affine, torch.float32),
    }
    if kind == torch.float32:
        ways.pop("and bfloat16")
    reference = ways["eager, float32"]().clamp(0, 1) * 255

    def levels(made: Tensor) -> float:
        whole = made.float() if made.dtype == torch.uint8 else made.float().clamp(0, 1) * 255
        return float((whole - reference).abs().mean())

    found = {name: levels(way()) for name, way in ways.items()}
    taken = interleaved(ways, repeats)
    return {"ms": {name: 1000 * float(np.median(seconds)) for name, seconds in taken.items()}, "levels": found}


@torch.no_grad()
def shares(work: Callable[[], object], turns: int = 3) -> dict[str, float]:
    """What each kind of operator takes of some work, as shares of the time in torch's operators."""
    work()
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or the profiler writes lines of its own under the cell
    with profile(use_kineto=False) as watched:
        for _ in range(turns):
            work()
    own = {event.key: event.self_cpu_time_total for event in watched.key_averages()}
    total = sum(own.values())
    found = {group: sum(own.get(name, 0.0) for name in names) / total for group, names in GROUPS.items()}
    return found | {"all else": 1 - sum(found.values())}


def steps_table(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, str]]:
    """`steps` as rows for `chapters.common.table`."""
    ms, levels = found["ms"], found["levels"]
    first, best = ms["eager, float32"], ms["the fast path"]
    return [
        {
            "pass": name,
            "ms": f"{one:.0f}",
            "times eager": f"{first / one:.2f}",
            "beside the fast path": "" if name == "the fast path" else f"{one - best:+.0f} ms",
            "off eager, grey levels": f"{levels[name]:.2f}",
        }
        for name, one in ms.items()
    ]


def shares_table(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, str]]:
    """`shares` of several pieces of work, a column each."""
    groups = next(iter(found.values()))
    return [
        {"of the time": group} | {name: f"{100 * one[group]:.0f} %" for name, one in found.items()} for group in groups
    ]


def here(size: int, seconds: float) -> dict[str, Any]:
    """The part of `bench.run.run` that a build has time for: one photo of one size, in turns.

    seconds: for the rounds, of which there are three at least.
    """
    from bench import machine
    from bench.differences import differences
    from bench.jobs import jobs
    from bench.networks import Networks
    from bench.run import add_shares, timed
    from bench.settings import ITERATIONS

    nets, own = Networks(), machine.precisions(torch.device("cpu"))
    return add_shares(
        {
            "settings": {"iterations": ITERATIONS},
            "rows": timed(list(jobs(nets, size, 1, own)), seconds),
            "differences": differences(nets, size, own),
            "peaks": machine.peaks(0.1, torch.device("cpu")),
        }
    )


def read(file: str) -> dict[str, Any]:
    """A `bench.json` that `make bench` wrote, its rounds to a hundredth of a millisecond.

    Raises:
        UserError: the file cannot be read, or is another one.
    """
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
        for row in found["rows"]:
            row["all"] = [round(seconds, 5) for seconds in row["all"]]
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is no bench.json of `make bench`: make one with make bench OUT=DIR.") from error


def reached(result: Mapping[str, Any]) -> dict[str, float]:
    """The targets of `bench.targets` that were measured, by their words."""
    return {row["what"]: row["measured"] for row in targets(dict(result)) if row["measured"] is not None}
