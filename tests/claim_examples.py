"""A claim and results to judge, small enough to see through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zmlib.experiments.results import Result, write_result

STANDING = {
    "converged": {
        "says": "FST has converged.",
        "needs": [{"value": "values.fst_own_j", "at_most": 0.25}],
        "otherwise": "not run",
        "because": "training has not converged",
        "reads": {"values.fst_own_j": "J of FST"},
    },
    "uses-signal": {
        "says": "The network uses its signal.",
        "needs": [{"value": "values.signal.rate", "at_least": 0.9}],
        "otherwise": "not reproduced",
        "because": "the network does not use its signal",
        "reads": {"values.signal.rate": "share won"},
    },
    "intervals": {
        "says": "There is an interval.",
        "needs": [{"any": [{"value": "values.seeds", "at_least": 3}, {"value": "values.interval", "present": True}]}],
        "otherwise": "partly",
        "because": "the numbers have no interval",
        "reads": {"values.seeds": "seeds", "values.interval": "interval"},
    },
}


def speed(**changes: Any) -> dict[str, Any]:
    """A claim on times alone, as the file has it."""
    return {
        "id": "speed",
        "where": "Table 1",
        "says": "It is as fast.",
        "paper": "0.015 s | each",
        "measure": "The time of one over that of the other.",
        "rule": "The ratio is 0.9 to 1.1.",
        "chapter": "table1/table1",
        "kind": "measured",
        "requires": [],
        "reads": {"timings.ratio": "time ratio", "timings.seconds": "seconds"},
        "reproduced": [{"value": "timings.ratio", "at_least": 0.9, "at_most": 1.1}],
        "partly": [{"value": "timings.ratio", "at_most": 2}],
    } | changes


def quality(**changes: Any) -> dict[str, Any]:
    """A claim on J with all the standing rules."""
    return (
        speed(
            id="quality",
            chapter="fig6/fig6",
            requires=["converged", "uses-signal", "intervals"],
            reads={"values.j.ours": "our J", "values.j.theirs": "their J", "values.styles": "styles"},
            reproduced=[{"value": "values.j.ours", "at_most_value": "values.j.theirs", "times": 0.5}],
            partly=[{"value": "values.j.ours", "below_value": "values.j.theirs"}],
            scale={"needs": [{"value": "values.styles", "at_least": 20938}]},
        )
        | changes
    )


GOOD = {
    "j": {"ours": 0.4, "theirs": 1.0},
    "styles": 20938,
    "fst_own_j": 0.2,
    "signal": {"rate": 0.95},
    "interval": {"ours": [0.3, 0.5]},
}


def result(
    values: dict[str, Any], timings: dict[str, Any] | None = None, name: str = "fig6/fig6", **how: Any
) -> Result:
    """A result with a provenance of the preset "gpu"; `preset="quick"` for another."""
    chapter, figure = name.split("/")
    provenance = {"preset": "gpu", "seed": 0, "device": "cuda", "seconds": 12.0} | how
    return Result(chapter, figure, values, timings or {}, provenance)


def timed(ratio: float | None, **how: Any) -> Result:
    """A result for the claim `speed`."""
    return result({}, {"ratio": ratio, "seconds": 0.01504}, "table1/table1", **how)


def write(found: Result, folder: Path) -> None:
    """Put a result where `read_results` finds it."""
    write_result(found, None, folder / found.chapter)
