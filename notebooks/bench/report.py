"""What was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bench.targets import native
from bench.targets import targets as targets

VERDICT = {True: "met", False: "**not met**", None: "not measured"}


def document(result: dict[str, Any]) -> str:
    """The whole result: the machine, the targets, the times and everything else that was measured."""
    return "\n\n".join(part for part in _parts(result) if part) + "\n"


def table(result: dict[str, Any]) -> str:
    """Milliseconds per picture: the median, and in brackets the quartiles.

    It has a line for each method and a column for each size and batch.
    """
    columns = sorted({(row["batch"], row["size"]) for row in result["rows"]})
    names = list(dict.fromkeys((row["method"], row["style"], row["precision"]) for row in result["rows"]))
    cells = {
        (row["method"], row["style"], row["precision"], row["batch"], row["size"]): _cell(row) for row in result["rows"]
    }
    titles = [f"{size} px" + (f", {batch} at once" if batch > 1 else "") for batch, size in columns]
    lines = [[*name, *(cells.get((*name, *column), "") for column in columns)] for name in names]
    return markdown(["method", "style", "type", *titles], lines)


def ratios(result: dict[str, Any], peer: str = "Johnson") -> str:
    """How many times faster each line of `table` is than a peer's eager float32 pass with a kept style."""
    columns = sorted({(row["batch"], row["size"]) for row in result["rows"] if row["method"] == peer})
    base = {
        (row["batch"], row["size"]): row["seconds"]
        for row in result["rows"]
        if row["method"] == peer and row["style"] == "kept"
    }
    lines: dict[tuple[str, ...], dict[tuple[int, int], str]] = {}
    for row in result["rows"]:
        key, column = (row["method"], row["style"], row["precision"]), (row["batch"], row["size"])
        if column in base and row["style"] != "iteration":
            lines.setdefault(key, {})[column] = f"{base[column] / row['seconds']:.2f}"
    titles = [f"{size} px" + (f", {batch} at once" if batch > 1 else "") for batch, size in columns]
    return markdown(
        ["method", "style", "type", *titles],
        [[*key, *(cells.get(column, "") for column in columns)] for key, cells in lines.items()],
    )


def target_table(result: dict[str, Any]) -> str:
    """Each target with what was measured of it, and whether it is met."""
    lines = []
    for row in targets(result):
        measured = "" if row["measured"] is None else f"{row['measured']:,.4g} {row['unit']}"
        lines.append([row["what"], f"{row['wanted']} {row['unit']}", measured, VERDICT[row["met"]], row["note"]])
    return markdown(["target", "wanted", "measured", "verdict", "note"], lines)


KINDS = {
    "bf16": "A machine with bfloat16: the fast path computes in it. What it takes without is measured as well.",
    "fp32": "A machine without bfloat16, as most laptops are: the fast path computes in float32.",
}


def markdown(titles: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    rows = [titles, ["---"] * len(titles), *lines]
    return "\n".join("| " + " | ".join(f"{cell}" for cell in row) + " |" for row in rows)


def _parts(result: dict[str, Any]) -> Iterator[str]:
    machine, peaks = result["machine"], result["peaks"]
    yield "# make bench"
    yield f"{machine['cpu']}, {machine['device']}, torch {machine['torch']}, zmlib {machine['zmlib']}."
    yield KINDS[native(result)]
    rates = [f"{rate:,.0f} GFLOP/s in {name}" for name, rate in peaks["matmul"].items()]
    copies = [f"{rate:.0f} GB/s in {name}" for name, rate in peaks["copy"].items()]
    yield f"Measured peaks: matrix products {', '.join(rates)}; copies {', '.join(copies)}."
    yield "## Targets\n\n" + target_table(result)
    yield "## Milliseconds per picture\n\nMedian, and in brackets the quartiles.\n\n" + table(result)
    if any(row["method"] == "Johnson" for row in result["rows"]):
        yield "## Times faster than Johnson's network\n\n" + ratios(result)
    if result.get("differences"):
        yield "## Differences to eager float32, in 1/255\n\n" + _plain(result["differences"])
    if result.get("pass_memory"):
        yield "## Memory of a pass\n\n" + _plain(result["pass_memory"])
    if result.get("large_photos"):
        yield "## Large photos\n\n" + _plain(result["large_photos"])
    if result.get("seams"):
        seams = result["seams"]
        about = f"{seams['width']} x {seams['height']} pixels, {seams['bands']} bands of the largest map; in 1/255."
        yield f"## Bands\n\n{about}\n\n" + _plain(seams["rows"])
    if result.get("left_out"):
        yield "## Left out\n\n" + "\n".join(f"- {line}" for line in result["left_out"])


def _plain(rows: Sequence[dict[str, Any]]) -> str:
    """Rows with the same keys; bytes become megabytes."""
    titles = [key.replace("_bytes", ", MB").replace("_", " ") for key in rows[0]]
    return markdown(titles, [[_value(key, value) for key, value in row.items()] for row in rows])


def _value(key: str, value: object) -> str:
    if key.endswith("_bytes") and isinstance(value, (int, float)):
        return f"{value / 1e6:,.0f}"
    return f"{value:.3g}" if isinstance(value, float) else ("" if value is None else f"{value}")


def _cell(row: dict[str, Any]) -> str:
    scale = 1000 / row["batch"]
    low, middle, high = (_ms(scale * row[key]) for key in ("low", "seconds", "high"))
    return f"{middle} ({low} to {high})"


def _ms(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
