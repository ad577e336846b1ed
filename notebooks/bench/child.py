"""What `bench.fresh` runs in a fresh process."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bench.methods import Networks, paintings, photos
from zmlib.data.images import save_image
from zmlib.stylize import encode_style, stylize
from zmlib.weights import load


def paint(photo: str, style: str, out: str) -> dict[str, float]:
    """Do what `zmlib stylize` does. Returns the seconds of the photo alone, and this process's peak memory."""
    net = load("styles")
    affine = encode_style(net, style)
    start = time.perf_counter()
    save_image(stylize(photo, affine, model=net), out)
    return {"seconds": time.perf_counter() - start, "peak_bytes": peak_memory()}


def one_pass(method: str, precision: str, size: str) -> dict[str, float | None]:
    """Run a kept-style pass twice. Returns this process's peak memory, and what the pass added to it."""
    run = Networks().passes(method, precision, photos(int(size), 1), paintings(1))["kept"]
    before = _forget_peak()
    for _ in range(2):
        run()
    peak = peak_memory()
    return {"peak_bytes": peak, "pass_bytes": None if before is None else peak - before}


def peak_memory() -> int:
    """The most bytes that this process has had in memory, libraries included.

    From /proc where it exists: there, getrusage includes the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _forget_peak() -> int | None:
    """Count the peak from now on. Returns the bytes in memory now; None where the system cannot do this."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return peak_memory()
