"""Targets, tables and pictures of a made-up result."""

from __future__ import annotations

from typing import Any

import pytest
from bench import plots, report
from bench.methods import OURS, QUARTER
from bench.targets import spread
from matplotlib import pyplot as plt


def made_up(**seconds: float) -> dict[str, Any]:
    """A result in which all targets are met, but for what is given."""
    each = {"johnson": 3.6, "adain": 8.1, "own": 1.0, "new": 1.2, "exact": 1.3, "quarter": 0.4, "step": 4.0}
    each |= seconds
    jobs = [
        ("Johnson", "kept", "fp32", 512, "johnson"),
        ("AdaIN", "kept", "fp32", 512, "adain"),
        (OURS, "kept", "bf16", 512, "own"),
        (OURS, "new", "bf16", 512, "new"),
        (OURS, "kept", "fp32", 512, "exact"),
        (QUARTER, "kept", "bf16", 512, "quarter"),
        (OURS, "kept", "fp32", 256, "own"),
        ("OST", "iteration", "fp32", 256, "step"),
    ]
    rows: list[dict[str, Any]] = []
    for method, style, precision, size, key in jobs:
        s = each[key]
        row = {"method": method, "style": style, "precision": precision, "size": size, "batch": 1, "seconds": s}
        row |= {"low": 0.9 * s, "high": 1.1 * s, "ms": 1000 * s, "rounds": 3, "all": [s]}
        if method != "OST":
            row |= {"gflops": 80.0, "nominal_gflops": 90.0, "intensity": 200.0, "peak_share": 0.8, "nominal_share": 0.9}
        rows.append(row)
    photo = {"width": 1, "height": 1, "peak_bytes": 1.5e9}
    return {
        "settings": {"iterations": 300},
        "machine": {"cpu": "a processor", "device": "cpu (2 threads)", "torch": "2", "zmlib": "0"},
        "peaks": {"matmul": {"fp32": 100.0, "bf16": 220.0}, "copy": {"memory": 20.0, "cache": 60.0}},
        "rows": rows,
        "differences": [{"method": OURS, "style": "kept", "mean": 0.4, "max": 5.0}],
        "first_result": {"seconds": 2.5},
        "large_photos": [
            photo | {"megapixels": 1.0, "seconds_per_megapixel": 0.50},
            photo | {"megapixels": 24.0, "seconds_per_megapixel": 0.54},
        ],
        "seams": {
            "width": 9,
            "height": 9,
            "bands": 3,
            "rows": [{"precision": "fp32", "what": "small bands", "border": 0.002, "elsewhere": 0.003}],
        },
        "left_out": ["something"],
    }


def row_of(result: dict[str, Any], words: str) -> dict[str, Any]:
    (row,) = [row for row in report.targets(result) if words in row["what"]]
    return row


def test_all_are_met() -> None:
    rows = report.targets(made_up())
    assert len(rows) == 14 and all(row["met"] is True for row in rows), [row for row in rows if not row["met"]]
    assert row_of(made_up(), "bfloat16, kept style: times faster than AdaIN")["measured"] == pytest.approx(8.1)
    assert row_of(made_up(), "OST")["measured"] == pytest.approx(1200)


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("bfloat16, kept style: times faster than Johnson", {"johnson": 2.99, "exact": 1.0, "quarter": 0.1}),
        ("bfloat16, kept style: times faster than AdaIN", {"adain": 6.9, "quarter": 0.3, "exact": 1.1}),
        ("quarter cost, kept style: times faster than Johnson", {"johnson": 3.3, "quarter": 0.42}),
        ("quarter cost, kept style: times faster than AdaIN", {"quarter": 0.46, "johnson": 3.7}),
        ("float32, kept style: times faster than Johnson", {"johnson": 3.1, "quarter": 0.35}),
        ("float32, kept style: times faster than AdaIN", {"exact": 1.4}),
        ("a new style's time", {"new": 1.3}),
        ("OST's time", {"step": 3.5}),
    ],
)
def test_each_can_fail_alone(words, change) -> None:
    result = made_up(**change)
    assert row_of(result, words)["met"] is False
    assert [row["what"] for row in report.targets(result) if row["met"] is False] == [row_of(result, words)["what"]]


def test_the_others_can_fail_too() -> None:
    result = made_up()
    result["differences"].append({"mean": 1.01})
    result["first_result"]["seconds"] = 3.1
    result["large_photos"][1] |= {"peak_bytes": 2.1e9, "seconds_per_megapixel": 0.56}
    result["rows"][2]["peak_share"] = 0.69
    result["seams"]["rows"][0]["border"] = 0.2
    unmet = [row["what"] for row in report.targets(result) if row["met"] is False]
    assert len(unmet) == 6 and "**not met**" in report.target_table(result)


def test_what_was_not_measured_is_neither() -> None:
    result = made_up() | {"rows": [], "differences": [], "first_result": {}, "large_photos": [], "seams": None}
    assert {row["met"] for row in report.targets(result)} == {None}
    only = made_up()
    only["rows"] = [row for row in only["rows"] if row["precision"] == "fp32" and row["size"] == 512]
    width = row_of(only, "width in float32, kept style: times faster than Johnson")
    assert width["measured"] == pytest.approx(3.6 / 1.3) and width["note"] == "in fp32; rounds 2.77 to 2.77"
    assert not [row for row in report.targets(only) if "in bfloat16" in row["what"]]
    assert "without bfloat16, as most" in report.document(only) and "with bfloat16:" in report.document(made_up())


def test_the_spread_is_that_of_the_rounds_ratios() -> None:
    above, below = {"all": [2.0, 4.0, 9.0]}, {"all": [1.0, 2.0, 3.0]}  # each round's ratio: 2, 2, 3
    assert spread(above, below) == "rounds 2 to 2.5"
    assert spread(above, {"all": [1.0]}) == spread(None, below) == ""


def test_tables() -> None:
    result = made_up()
    lines = report.table(result).splitlines()
    assert lines[0] == "| method | style | type | 256 px | 512 px |"
    assert f"| {OURS} | kept | fp32 | 1,000 (900 to 1,100) | 1,300 (1,170 to 1,430) |" in lines
    assert f"| {OURS} | kept | bf16 | 3.60 |" in report.ratios(result).splitlines()
    text = report.document(result)
    for part in ("## Targets", "220 GFLOP/s in bf16", "## Large photos", "| 1.00 |", "- something"):
        assert part in text


def test_pictures() -> None:
    result = made_up()
    bars, roof = plots.times(result), plots.roofline(result)
    (axes,) = bars.axes
    assert len(axes.patches) == 7 and axes.get_xscale() == axes.get_yscale() == "log"
    (axes,) = roof.axes
    assert len(axes.collections) == 6  # every kept style but not OST, and no new one
    assert max(max(line.get_ydata()) for line in axes.lines) == 220
    plt.close("all")
