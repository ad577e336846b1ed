"""The targets for the fast path, most of them ratios within one run, and what was measured of them.

They are ratios and not milliseconds, since a slow machine is slow for all. Those to the peers are for one photo of
512 px.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bench.jobs import OST, OST_SIZE
from bench.methods import OURS, QUARTER

SIZE = 512
PAPER_OST = 1057  # Table 1 of the paper: OST's time over ZM-Net's
LEVEL = 1.1  # seconds per megapixel count as constant up to this ratio
GB = 1e9
# What is compared, in which types, and the least factors over Johnson's network and over AdaIN. Machines with bfloat16
# measure what the others would take as well.
PACES = (
    ("paper's width in bfloat16", OURS, ("bf16",), (3, 7)),
    ("quarter cost", QUARTER, ("bf16", "fp32"), (8, 18)),
    ("paper's width in float32", OURS, ("fp32",), (2.4, 6)),
)


@dataclass(frozen=True)
class Target:
    """A target and what was measured of it.

    Attributes:
        what: in words.
        unit: of both numbers, "x" for a ratio.
        least, most: one of them is the bound.
        measured: None where this run did not measure it.
        note: a remark.
    """

    what: str
    unit: str
    least: float | None = None
    most: float | None = None
    measured: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is met; None where it was not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.least if self.least is not None else self.measured <= (self.most or 0)

    @property
    def wanted(self) -> str:
        """The bound in words."""
        return f"at least {self.least:,.4g}" if self.least is not None else f"at most {self.most:,.4g}"

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values, with `met` and `wanted`."""
        return asdict(self) | {"wanted": self.wanted, "met": self.met}


def targets(result: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each target (`Target.as_dict`) from what `bench.run.run` returned, any part of which may be missing."""
    return [target.as_dict() for target in _targets(result)]


def native(result: dict[str, Any]) -> str:
    """The type that the fast path takes by default: "bf16" where the run has it, else "fp32"."""
    return "bf16" if any(row["precision"] == "bf16" for row in result["rows"] if row["method"] == OURS) else "fp32"


def find(
    result: dict[str, Any], method: str, style: str, precision: str, size: int = SIZE, batch: int = 1
) -> dict[str, Any] | None:
    """The row of a job; None where it was not run."""
    wanted = {"method": method, "style": style, "precision": precision, "size": size, "batch": batch}
    return next((row for row in result["rows"] if all(row[key] == value for key, value in wanted.items())), None)


def ratio(above: dict[str, Any] | None, below: dict[str, Any] | None) -> float | None:
    """The ratio of two rows' median seconds; None where one of them is missing."""
    return above["seconds"] / below["seconds"] if above and below else None


def spread(above: dict[str, Any] | None, below: dict[str, Any] | None) -> str:
    """The quartiles of the ratio within each round, in words; empty where the two did not take turns."""
    if not above or not below or len(above["all"]) != len(below["all"]):
        return ""
    low, high = np.percentile(np.divide(above["all"], below["all"]), [25, 75])
    return f"rounds {low:.3g} to {high:.3g}"


def _targets(result: dict[str, Any]) -> Iterator[Target]:
    own = native(result)
    for what, method, types, bounds in PACES:
        precision = next((one for one in (own, "fp32") if one in types), None)
        if precision is None:  # bfloat16, on a machine that only imitates it
            continue
        kept = find(result, method, "kept", precision)
        for peer, least in zip(("Johnson", "AdaIN"), bounds, strict=True):
            pair = find(result, peer, "kept", "fp32"), kept
            text = f"{what}, kept style: times faster than {peer}"
            yield Target(text, "x", least, measured=ratio(*pair), note=_note(f"in {precision}", spread(*pair)))

    apart = [row["mean"] for row in result.get("differences", [])]
    yield Target(
        "mean difference to eager float32 (worst network, size, type and kind of style)",
        "of 255",
        most=1,
        measured=max(apart, default=None),
    )
    kept, new = (find(result, OURS, style, own) for style in ("kept", "new"))
    note = _note(f"in {own}", spread(new, kept))
    yield Target("a new style's time over a kept one's", "x", most=1.25, measured=ratio(new, kept), note=note)
    note, share = "", None
    if kept and "peak_share" in kept:
        share = 100 * kept["peak_share"]
        note = f"in {own}; {100 * kept['nominal_share']:.0f} % if the products are counted as the network is written"
    yield Target("share of the measured matmul peak", "%", 70, measured=share, note=note)
    yield from _fresh(result)
    yield from _seams(result)

    iterations = result["settings"]["iterations"]
    step, same = (find(result, *job, "fp32", OST_SIZE) for job in ((OST, "iteration"), (OURS, "kept")))
    faster = ratio(step, find(result, OURS, "kept", own, OST_SIZE))
    note = f"{iterations} iterations, both in float32"
    note += f"; {iterations * faster:,.0f} if ours runs in {own}" if faster is not None else ""
    slower = ratio(step, same)
    measured = None if slower is None else iterations * slower
    yield Target("OST's time over ours at 256 px", "x", PAPER_OST, measured=measured, note=note)


def _note(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _fresh(result: dict[str, Any]) -> Iterator[Target]:
    first = result.get("first_result") or {}
    yield Target("first result of a fresh process, 512 px", "s", most=3, measured=first.get("seconds"))
    by_size = {round(row["megapixels"]): row for row in result.get("large_photos", [])}
    large, small = by_size.get(24), by_size.get(1)
    peak = large and large["peak_bytes"] / GB
    yield Target("memory of a process that paints 24 megapixels", "GB", most=2, measured=peak)
    level = large["seconds_per_megapixel"] / small["seconds_per_megapixel"] if large and small else None
    yield Target("seconds a megapixel, 24 megapixels over 1", "x", most=LEVEL, measured=level)


def _seams(result: dict[str, Any]) -> Iterator[Target]:
    rows = [row for row in (result.get("seams") or {}).get("rows", []) if row["precision"] == "fp32"]
    worst = max((max(row["border"], row["elsewhere"]) for row in rows), default=None)
    note = f"largest at a border {max(row['border'] for row in rows):.2g}" if rows else ""
    what = "bands do not show: largest difference in float32 to a picture made whole"
    yield Target(what, "of 255", most=0.1, measured=worst, note=note)
