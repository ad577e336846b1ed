"""The benchmark: one process on one machine, the jobs in turns; only what needs a fresh process has its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from chapters.timing import interleaved

from bench import cuda, extras, fresh, machine
from bench.checks import SHORT, seams
from bench.differences import differences
from bench.jobs import OST_SIZE, Job, jobs
from bench.methods import Networks
from bench.settings import BATCHES, ITERATIONS, SIZES, Settings, group_name
from bench.targets import targets

ROUNDS = (3, 50)  # at least and at most
REST = 0.1  # seconds before each job: onnxruntime's threads, for example, wait for more work for a while after a pass
Watch = Callable[[str, list[dict[str, Any]]], None]  # is called with the name of a finished stage, and its rows


def run(
    sizes: Sequence[int] = SIZES,
    batches: Sequence[int] = BATCHES,
    budget_seconds: float = 45.0,
    *,
    threads: int | None = None,
    device: str = "cpu",
    quick: bool = False,
    iterations: int = ITERATIONS,
    compile: bool = False,
    watch: Watch = lambda stage, rows: None,
) -> dict[str, Any]:
    """Measure.

    Args:
        sizes: sides of the square photos, pixels, 32 to 4,096.
        batches: photos at once; more than one up to 512 px only.
        budget_seconds: how long the rounds of one size and batch take together; at least three are made.
        threads: of torch, here and in the fresh processes; None leaves them as they are.
        device: "cpu", or "cuda" for the few jobs of `bench.cuda`.
        quick: one fresh process in place of three, no large photos, and bands on a small photo.
        iterations: of OST: its one measured iteration is multiplied by this number.
        compile: time the eager TNet under `torch.compile` too, which needs a compiler.
        watch: is called after each stage of `Settings.plan`.

    Returns:
        Plain JSON values: settings, machine, peaks (GFLOP/s and GB/s), rows (one for each job: seconds for its batch,
        median, quartiles `low` and `high`, and `all` rounds), differences, first_result, pass_memory, large_photos,
        seams, targets, left_out (sentences).

    Raises:
        UserError: a setting is out of range.
    """
    settings = Settings(sizes, batches, budget_seconds, threads, device, quick, iterations, compile)
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        return _run(settings, watch)
    finally:
        torch.set_num_threads(before)


def _run(settings: Settings, watch: Watch) -> dict[str, Any]:
    nets, device, quick = Networks(), settings.place, settings.quick
    own = machine.precisions(device)
    short = 0.05 if quick else 0.5
    result: dict[str, Any] = {
        "settings": {
            "sizes": list(settings.sizes),
            "batches": list(settings.batches),
            "budget_seconds": settings.budget_seconds,
            "iterations": settings.iterations,
            "quick": quick,
        },
        "machine": machine.describe(device),
        "rows": [],
        "left_out": [],
    }
    first = machine.peaks(short, device)
    watch("peaks", [])
    for size, batch in settings.groups:
        if device.type == "cuda":
            todo = list(cuda.jobs(size, batch, own))
        else:
            todo = [
                *jobs(nets, size, batch, own),
                *extras.jobs(nets, size, batch, settings.compile, result["left_out"]),
            ]
        rows = timed(todo, settings.budget_seconds)
        result["rows"] += rows
        watch(group_name(size, batch), rows)
    if device.type == "cpu":
        result["differences"] = [row for size in sorted(set(settings.sizes)) for row in differences(nets, size, own)]
        watch("differences", [])
        result["first_result"] = fresh.first_result(1 if quick else fresh.RUNS)
        result["pass_memory"] = fresh.pass_memory(own, 64 if quick else 512)
        watch("fresh processes", [])
        if not quick:
            result["large_photos"] = fresh.large_photos()
            watch("large photos", [])
        result["seams"] = seams(nets, own, 256 if quick else SHORT)
        watch("bands", [])
    result["peaks"] = machine.best(first, machine.peaks(short, device))
    watch("peaks again", [])
    add_shares(result)
    if OST_SIZE not in settings.sizes and device.type == "cpu":
        result["left_out"].append(f"OST is left out: it is timed at {OST_SIZE} px only, which was not among the sizes.")
    result["targets"] = targets(result)
    return result


def add_shares(result: dict[str, Any]) -> dict[str, Any]:
    """Add to each row the share of the peaks that it reaches; returns the result."""
    for row in result["rows"]:
        roof = result["peaks"]["matmul"].get(row["precision"])
        if roof and row.get("gflops"):
            row |= {"peak_share": row["gflops"] / roof, "nominal_share": row["nominal_gflops"] / roof}
    return result


def timed(todo: Sequence[Job], seconds: float) -> list[dict[str, Any]]:
    """A row for each job; the jobs take turns for about this many seconds."""
    works = {f"{number}": job.run for number, job in enumerate(todo)}
    look = interleaved(works, 1, rest=REST)
    rounds = round(seconds / max(sum(s for (s,) in look.values()), 1e-9))
    found = interleaved(works, min(max(rounds, ROUNDS[0]), ROUNDS[1]), warmup=0, rest=REST)
    return [row(job, each) for job, each in zip(todo, found.values(), strict=True)]


def row(job: Job, seconds: Sequence[float]) -> dict[str, Any]:
    """A job and its rounds as plain JSON values. Rates, in GFLOP/s, are of the median; a multiply-add counts as two."""
    low, middle, high = (float(q) for q in np.percentile(seconds, [25, 50, 75]))
    made: dict[str, Any] = {"method": job.method, "style": job.style, "precision": job.precision}
    made |= {"size": job.size, "batch": job.batch, "seconds": middle, "low": low, "high": high}
    made |= {"ms": 1000 * middle / job.batch, "rounds": len(seconds), "all": list(seconds)}
    if job.work.done:
        made |= {"multiply_adds": job.work.done, "nominal_multiply_adds": job.work.nominal}
        made |= {"gflops": 2e-9 * job.work.done / middle, "nominal_gflops": 2e-9 * job.work.nominal / middle}
        made |= {"intensity": job.work.intensity(machine.TYPES[job.precision].itemsize)}
    return made
