"""What this machine can do at best, measured: matrix products and copies, with the threads in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch
from torch.utils.benchmark import timer

from zmlib.device import cpu_has_bf16

# Rows, inner, columns: squares, and the shape of a residual block's convolution at 512 px.
SHAPES = ((1024, 1024, 1024), (2048, 2048, 2048), (4096, 2048, 4096), (16384, 1152, 128))
COPIES = {"memory": 256 << 20, "cache": 8 << 20}  # bytes that are copied: far beyond any cache, and within it
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def precisions(device: torch.device) -> list[str]:
    """The types that this device computes in by itself: "fp32", and "bf16" where it is not emulated."""
    native = torch.cuda.is_bf16_supported(False) if device.type == "cuda" else cpu_has_bf16()
    return ["fp32", "bf16"] if native else ["fp32"]


def peaks(seconds: float = 0.5, device: torch.device | None = None) -> dict[str, Any]:
    """The most that was measured of each.

    Args:
        seconds: how long each shape is repeated; three times at least.

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
    """The higher of two measurements of each peak: what one compares with should not have had a bad moment."""
    return {
        kind: {name: max(rate, second[kind][name]) for name, rate in rates.items()} for kind, rates in first.items()
    }


def describe(device: torch.device) -> dict[str, Any]:
    """Processor or card, threads, versions, and the types it computes in."""
    from zmlib.device import cpu_name
    from zmlib.experiments.provenance import describe_machine

    found = describe_machine(str(device))
    return found | {"cpu": cpu_name(), "threads": torch.get_num_threads(), "precisions": precisions(device)}


def _median(work: Callable[[], object], seconds: float) -> float:
    """Median seconds of a piece of work after two that do not count."""
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
