"""The few jobs for a GPU, of ZM-Net alone: eager in float32, in bfloat16, and replayed from a CUDA graph."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from bench import flops
from bench.flops import Work
from bench.jobs import Job
from bench.methods import OURS, Pass, paintings, photos
from zmlib.affine import Affine
from zmlib.stylize import STYLE_SIZE
from zmlib.weights import load
from zmlib.zmnet import ZMNet


def jobs(size: int, batch: int, precisions: Sequence[str]) -> Iterator[Job]:
    """A kept and a new style, eager, in every precision; and a kept style from a graph, in the last precision.

    bfloat16 is torch's autocast over channels-last maps. The work is counted as the network is written, since only
    processors have the fast path (`zmlib.fast`).
    """
    net = load("styles", device="cuda")
    content, style = photos(size, batch).cuda(), paintings(batch).cuda()
    kept = _plain(flops.tnet(net.config, size, size))
    new = kept + _plain(flops.pnet(net.config, STYLE_SIZE, STYLE_SIZE))
    with torch.no_grad():
        affine = net.encode(style)
    for precision in precisions:
        if precision == "bf16":
            net = copy.deepcopy(net)
            for weight in net.parameters():
                if weight.dim() == 4:
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
            content, style = (x.contiguous(memory_format=torch.channels_last) for x in (content, style))
        once, anew = passes(net, content, style, affine, precision)
        yield Job(f"{OURS}, eager", "kept", precision, size, batch, once, kept.times(batch))
        yield Job(f"{OURS}, eager", "new", precision, size, batch, anew, new.times(batch))
    yield Job(f"{OURS}, CUDA graph", "kept", precisions[-1], size, batch, captured(once), kept.times(batch))


def passes(net: ZMNet, content: Tensor, style: Tensor, affine: Affine, precision: str) -> tuple[Pass, Pass]:
    """A pass with a kept style, and one with a new style."""
    half = precision == "bf16"

    def once() -> object:
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16, enabled=half):
            return net.tnet(content, affine).clamp(0, 1)

    def anew() -> object:
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16, enabled=half):
            return net.tnet(content, net.source(style)).clamp(0, 1)

    return once, anew


def captured(once: Pass) -> Pass:
    """The same kernels, replayed as one graph, without the time that it takes to launch each of them."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):  # what is set up only once must be set up before
            once()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        kept = once()

    def replay() -> object:
        graph.replay()
        return kept

    return replay


def _plain(counted: Work) -> Work:
    return Work(counted.nominal, counted.nominal, counted.values)
