"""The jobs that are timed in turns, and how much work each of them is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bench import flops
from bench.flops import Work
from bench.methods import EAGER, OURS, PEERS, QUARTER, Networks, Pass, paintings, photos
from bench.peers import AdaIN, Ghiasi, johnson
from zmlib.baselines.objective import Paper
from zmlib.baselines.ost import Optimisation
from zmlib.device import memory_free
from zmlib.stylize import STYLE_SIZE

OST, OST_SIZE = "OST", 256
EAGER_UPTO = 1024  # pixels a side: above it the eager networks take gigabytes
BATCH_UPTO = 512  # pixels a side: above it several pictures at once


@dataclass(frozen=True)
class Job:
    """One thing to time: `batch` square pictures of `size` pixels a side by one method.

    Attributes:
        style: "kept" (its gamma and beta, or statistics, are given), "new" (they are computed too), "iteration" (one
            of OST).
        run: does it once.
        work: of the whole batch.
    """

    method: str
    style: str
    precision: str
    size: int
    batch: int
    run: Pass
    work: Work

    @property
    def name(self) -> str:
        """Method, style and precision in words."""
        return f"{self.method}, {self.style}, {self.precision}"


def jobs(nets: Networks, size: int, batch: int, precisions: Sequence[str]) -> Iterator[Job]:
    """The jobs of one size and batch, which are timed in turns.

    Ours in each of `precisions`; the peers as they are published, eager in float32, up to `EAGER_UPTO` pixels; OST for
    one picture of `OST_SIZE` pixels only.
    """
    content, style = photos(size, batch), paintings(batch)
    wanted = [(method, precision) for precision in reversed(precisions) for method in (OURS, QUARTER)]
    if size <= EAGER_UPTO and eager_bytes(size, batch) < memory_free(torch.device("cpu")):
        wanted += [(method, "fp32") for method in (EAGER, *PEERS)]
    for method, precision in wanted:
        for name, run in nets.passes(method, precision, content, style).items():
            yield Job(method, name, precision, size, batch, run, amount(nets, method, name, size, batch))
    if size == OST_SIZE and batch == 1:
        yield ost_job(content, style)


def ost_job(content: Tensor, style: Tensor) -> Job:
    """One iteration of OST by the paper's objective, Adam, with a loss network of VGG-16's shape, in float32."""
    from chapters.table1 import vgg16_shape

    run = Optimisation(content, style, Paper(vgg16_shape()))
    nothing = Work(0, 0, 0)  # its gradients are not counted, and it is in no roofline
    return Job(OST, "iteration", "fp32", content.shape[-1], len(content), run.step, nothing)


def amount(nets: Networks, method: str, style: str, size: int, batch: int) -> Work:
    """What a job computes and moves. The peers' work is counted on the meta device, from shapes alone."""
    if method in (OURS, QUARTER, EAGER):
        config = (nets.quarter if method == QUARTER else nets.styles).config
        one = flops.tnet(config, size, size)
        one = one + flops.pnet(config, STYLE_SIZE, STYLE_SIZE) if style == "new" else one
        return (Work(one.nominal, one.nominal, one.values) if method == EAGER else one).times(batch)
    with torch.device("meta"):
        content, picture = torch.empty(batch, 3, size, size), torch.empty(batch, 3, STYLE_SIZE, STYLE_SIZE)
        if method == "Johnson":
            transformer = johnson()
            return flops.counted(transformer, transformer, content)
        net = AdaIN() if method == "AdaIN" else Ghiasi().eval()
        read = net.statistics if isinstance(net, AdaIN) else net.read
        total = flops.counted(net, net, content, read(picture))
        return total + flops.counted(read, net, picture) if style == "new" else total


def eager_bytes(size: int, batch: int) -> int:
    """About how many bytes the largest eager network, AdaIN, takes: nine float32 maps of 64 channels."""
    return 9 * 4 * 64 * size * size * batch
