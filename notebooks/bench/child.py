"""What `bench.fresh` lets a fresh process do."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bench.networks import Networks, paintings, photos
from zmlib.data.images import save_image
from zmlib.stylize import encode_style, stylize
from zmlib.weights import load


def paint(photo: str, style: str, out: str) -> dict[str, float]:
    """What `zmlib stylize` does, in this process; seconds of the photo alone, and this process's peak memory."""
    net = load("styles")
    affine = encode_style(net, style)
    start = time.perf_counter()
    save_image(stylize(photo, affine, model=net), out)
    return {"seconds": time.perf_counter() - start, "peak_bytes": peak_memory()}


def one_pass(method: str, precision: str, size: str) -> dict[str, float | None]:
    """A kept-style pass in this process, twice, and what it took."""
    run = Networks().passes(method, precision, photos(int(size), 1), paintings(1))["kept"]
    before = _forget_peak()
    for _ in range(2):
        run()
    peak = peak_memory()
    return {"peak_bytes": peak, "pass_bytes": None if before is None else peak - before}


def peak_memory() -> int:
    """The most bytes that this process had in memory, libraries included.

    From /proc where there is one: what getrusage says there includes the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _forget_peak() -> int | None:
    """Begin to count the peak from now; the bytes in memory now. None where the system cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return peak_memory()
