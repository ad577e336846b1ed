"""Pictures of a benchmark: times, and how close to the machine's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.jobs import OST
from bench.methods import EAGER, OURS, QUARTER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {OURS: "#0072B2", QUARTER: "#56B4E9", EAGER: "#999999", "Johnson": "#D55E00", "AdaIN": "#E69F00"}
COLOURS |= {"Ghiasi": "#CC79A7"}
OTHER = "#009E73"
MARKS, LINES = {"fp32": "o", "bf16": "s"}, {"fp32": "--", "bf16": "-"}


def times(result: dict[str, Any]) -> Figure:
    """Milliseconds of one picture by size and method, kept styles full and new ones hatched; both axes logarithmic."""
    import matplotlib.pyplot as plt
    import numpy as np

    rows = [row for row in result["rows"] if row["batch"] == min(r["batch"] for r in result["rows"])]
    rows = [row for row in rows if row["method"] != OST]
    names = list(dict.fromkeys((row["method"], row["style"], row["precision"]) for row in rows))
    figure, axes = plt.subplots(figsize=(10, 5), layout="constrained")
    sizes = sorted({row["size"] for row in rows})
    gaps = [np.log2(large / small) for small, large in zip(sizes, sizes[1:], strict=False)]
    room = 0.8 * min(gaps, default=1.0)  # for the bars of a size, in doublings of the size
    for place, name in enumerate(names):
        own = [row for row in rows if (row["method"], row["style"], row["precision"]) == name]
        left = [row["size"] * 2 ** (room * (place / len(names) - 0.5)) for row in own]
        widths = [x * (2 ** (room / len(names)) - 1) for x in left]
        low, middle, high = ([1000 * row[key] for row in own] for key in ("low", "seconds", "high"))
        axes.bar(
            left,
            middle,
            widths,
            align="edge",
            color=COLOURS.get(name[0], OTHER),
            alpha=1.0 if name[2] == "bf16" or name[0] not in (OURS, QUARTER) else 0.6,
            hatch="///" if name[1] == "new" else None,
            edgecolor="white",
            linewidth=0.5,
            label=", ".join(name),
        )
        centres = [x + width / 2 for x, width in zip(left, widths, strict=True)]
        axes.vlines(centres, low, high, color="black", linewidth=1.2)
    axes.set(xscale="log", yscale="log", xlabel="side of the picture, pixels", ylabel="milliseconds")
    axes.set_xticks(sizes, [f"{size}" for size in sizes])
    axes.minorticks_off()
    axes.yaxis.grid(True, color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=8)
    return figure


def roofline(result: dict[str, Any]) -> Figure:
    """Operations per second over operations per byte, a point for each network and size, under the machine's limits.

    The slope is the measured copy, the roofs are the measured matrix products. Work counts as it is done. The bytes are
    the fewest possible, so a point's distance from the slope is what is lost to caches and to passes over maps.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    rows = [row for row in result["rows"] if row["style"] == "kept" and row.get("gflops")]
    peaks = result["peaks"]
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    reached = [row["intensity"] for row in rows] or [100.0]
    x = np.geomspace(min(min(reached) / 3, 2), max(reached) * 3, 200)
    for name, roof in peaks["matmul"].items():
        line = np.minimum(peaks["copy"]["memory"] * x, roof)
        axes.plot(
            x, line, color="black", linewidth=1.2, linestyle="-" if name == "bf16" else "--", label=f"{name} limit"
        )
        axes.annotate(f"{roof:,.0f}", (x[-1], roof), ha="right", va="bottom", fontsize=8)
    least, most = min([row["size"] for row in rows] or [1]), max([row["size"] for row in rows] or [1])
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if row["batch"] != 1:
            continue
        key = (row["method"], row["precision"])
        size = 20 + 100 * (np.log2(row["size"] / least) / max(np.log2(most / least), 1))
        axes.scatter(
            row["intensity"],
            row["gflops"],
            s=size,
            color=COLOURS.get(row["method"], OTHER),
            marker=MARKS.get(row["precision"], "o"),
            edgecolor="white",
            label=None if key in seen else ", ".join(key),
            zorder=3,
        )
        seen.add(key)
    axes.set(xscale="log", yscale="log", xlabel="operations a byte", ylabel="GFLOP/s")
    axes.set_title(f"kept style, one picture; larger marks for larger pictures, {least} to {most} px", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=8)
    return figure
