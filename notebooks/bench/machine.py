"""What this machine can do at best, as measured: matrix products and copies, with the threads in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch
from torch.utils.benchmark import timer

from zmlib.device import has_bf16

# Rows, inner, columns: squares, and the shape of a residual block's convolution at 512 px.
SHAPES = ((1024, 1024, 1024), (2048, 2048, 2048), (4096, 2048, 4096), (16384, 1152, 128))
COPIES = {"memory": 256 << 20, "cache": 8 << 20}  # bytes to copy: far more than any cache holds, and less
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def precisions(device: torch.device) -> list[str]:
    """The types that this device computes in: "fp32", and "bf16" where it is not emulated."""
    return ["fp32", "bf16"] if has_bf16(device.type) else ["fp32"]


def peaks(seconds: float = 0.5, device: torch.device | None = None) -> dict[str, Any]:
    """The highest rates that were measured.

    Args:
        seconds: how long each shape is repeated; at least three times.

    Returns:
        matmul: precision -> GFLOP/s of `torch.matmul`, the best shape's median (a multiply-add counts as two).
        copy: "memory" and "cache" -> GB/s, bytes read and bytes written both counted.
    """
    device = device or torch.device("cpu")
    matmul: dict[str, float] = {}
    for name in precisions(device):
        rates = []
        for m, k, n in SHAPES:
            a, b = (torch.randn(shape, device=device).to(TYPES[name]) for shape in ((m, k), (k, n)))
            rates.append(2e-9 * m * k * n / _median(partial(torch.matmul, a, b), seconds))
        matmul[name] = max(rates)
    copy: dict[str, float] = {}
    for name, size in COPIES.items():
        source = torch.ones(size // 4, device=device)
        target = torch.zeros_like(source)
        copy[name] = 2e-9 * size / _median(partial(target.copy_, source), seconds)
    return {"matmul": matmul, "copy": copy}


def best(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The higher of two measurements of each peak, so that one bad moment does not lower it."""
    return {
        kind: {name: max(rate, second[kind][name]) for name, rate in rates.items()} for kind, rates in first.items()
    }


def describe(device: torch.device) -> dict[str, Any]:
    """Processor or graphics card, threads, versions, and the types that it computes in."""
    from zmlib.device import device_name
    from zmlib.experiments.provenance import describe_machine

    found = describe_machine(str(device))
    return found | {
        "cpu": device_name(torch.device("cpu")),
        "threads": torch.get_num_threads(),
        "precisions": precisions(device),
    }


def _median(work: Callable[[], object], seconds: float) -> float:
    """Median seconds of a piece of work, after two runs that do not count."""
    work()
    start = timer()
    work()
    count = max(3, min(100, round(seconds / max(timer() - start, 1e-6))))
    found = []
    for _ in range(count):
        start = timer()
        work()
        found.append(timer() - start)
    return median(found)
