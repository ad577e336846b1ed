"""Real time: what each step of the fast path (`zmlib.fast`) gains, and what limits it now."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bench.targets import targets
from torch import Tensor
from torch.autograd.profiler import profile

from chapters.timing import interleaved
from zmlib import fast
from zmlib.affine import Affine
from zmlib.errors import UserError
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet

GROUPS = {  # of torch's operators
    "convolutions": ("aten::mkldnn_convolution",),
    "mean and variance": ("aten::batch_norm_update_stats",),
    "ReLU, as a threshold": ("aten::maximum",),
    "up-sampling's filter": ("aten::add", "aten::add_"),
    "residual sums": ("aten::addcmul",),
    "copies": ("aten::copy_",),
}
REFERENCE, FAST = "eager, float32", "the fast path"


@torch.no_grad()
def steps(
    net: ZMNet, content: Tensor, affine: Affine, without: Mapping[str, fast.Plan], repeats: int
) -> dict[str, dict[str, float]]:
    """Milliseconds of a pass: by the eager TNet, by the fast path, and by each of some other plans, in turns.

    Args:
        net: on the CPU, of any width.
        content: (1, 3, H, W), uint8.
        affine: of one signal.
        without: label -> the fast path with one step switched off.
        repeats: passes of each that count.

    Returns:
        "ms": medians; "levels": mean absolute difference to eager float32, in grey levels of 255. Both by label.
    """
    kind = fast.dtype()
    picture = content / 255
    last = deepcopy(net.tnet).to(memory_format=torch.channels_last)
    low = deepcopy(last).to(kind)
    turned = picture.to(memory_format=torch.channels_last)

    def by(plan: fast.Plan, precision: torch.dtype = kind) -> Callable[[], Tensor]:
        def run() -> Tensor:
            with fast.using(precision):
                return fast.stylize(net.tnet, content, affine, plan=plan)

        return run

    ways: dict[str, Callable[[], Tensor]] = {
        REFERENCE: lambda: net.tnet(picture, affine),
        "and channels last": lambda: last(turned, affine),
        "and bfloat16": lambda: low(turned.to(kind), affine),
        FAST: by(fast.Plan()),
    }
    if kind == torch.float32:
        ways.pop("and bfloat16")
    ways |= {label: by(plan) for label, plan in without.items()}
    ways["in float32"] = by(fast.Plan(), torch.float32)
    ways["in float32, with all products of the 3x3 kernels"] = by(fast.Plan(winograd=False), torch.float32)
    reference = ways[REFERENCE]().clamp(0, 1) * 255

    def levels(made: Tensor) -> float:
        whole = made.float() if made.dtype == torch.uint8 else made.float().clamp(0, 1) * 255
        return float((whole - reference).abs().mean())

    found = {label: levels(way()) for label, way in ways.items()}
    taken = interleaved(ways, repeats)
    return {"ms": {label: 1000 * float(np.median(seconds)) for label, seconds in taken.items()}, "levels": found}


@torch.no_grad()
def shares(work: Callable[[], object], turns: int = 3) -> dict[str, float]:
    """The share of the time in torch's operators that each group of `GROUPS` takes of some work."""
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
    return [
        {
            "pass": label,
            "ms": f"{one:.0f}",
            "times eager": f"{ms[REFERENCE] / one:.2f}",
            "beside the fast path": "" if label == FAST else f"{one - ms[FAST]:+.0f} ms",
            "off eager, grey levels": f"{levels[label]:.2f}",
        }
        for label, one in ms.items()
    ]


def shares_table(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, str]]:
    """`shares` of several pieces of work, a column for each."""
    groups = next(iter(found.values()))
    return [
        {"of the time": group} | {name: f"{100 * one[group]:.0f} %" for name, one in found.items()} for group in groups
    ]


def here(size: int, seconds: float) -> dict[str, Any]:
    """The part of `bench.run.run` that a build has time for: one photo of one size, in turns.

    seconds: how long the rounds take together; at least three rounds are made.
    """
    from bench import machine
    from bench.differences import differences
    from bench.jobs import jobs
    from bench.methods import Networks
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


def read(run: Run, file: str) -> dict[str, Any]:
    """A `bench.json` that `make bench` wrote, its rounds to a hundredth of a millisecond.

    The provenance of what the run keeps from then on names the file.

    Raises:
        UserError: the file cannot be read, or is not a bench.json.
    """
    try:
        found = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
        for row in found["rows"]:
            row["all"] = [round(seconds, 5) for seconds in row["all"]]
        run.read(file)
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is not a bench.json of `make bench`: make one with make bench OUT=DIR.") from error


def reached(result: Mapping[str, Any]) -> dict[str, float]:
    """What was measured of the targets of `bench.targets`, by their texts."""
    return {row["what"]: row["measured"] for row in targets(dict(result)) if row["measured"] is not None}
