"""A claim and results to judge, small enough to see through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zmlib.experiments.results import Result, write_result

NETWORK = "values.networks.{network}"
STANDING = {
    "enough": {
        "says": "There are enough pairs.",
        "result": "evidence/signals",
        "each": "signal",
        "own": True,
        "needs": [{"value": f"{NETWORK}.pairs", "at_least": 60, "plain": True}],
        "reads": {f"{NETWORK}.pairs": "pairs"},
        "otherwise": "undecided",
        "because": "too few pairs were measured",
    },
    "uses-signal": {
        "says": "The network uses its signal.",
        "result": "evidence/signals",
        "each": "signal",
        "needs": [{"value": f"{NETWORK}.rate", "at_least": 0.9}],
        "reads": {f"{NETWORK}.rate": "share won"},
        "otherwise": "not reproduced",
        "because": "the network does not use its signal",
    },
    "converged": {
        "says": "The networks have converged.",
        "result": "evidence/convergence",
        "each": "networks",
        "needs": [
            {"value": f"{NETWORK}.known", "is": True},
            {
                "any": [
                    {"value": f"{NETWORK}.fall", "below": 0.05, "plain": True},
                    {"value": f"{NETWORK}.paper_steps", "is": True},
                ]
            },
        ],
        "reads": {f"{NETWORK}.known": "known", f"{NETWORK}.fall": "fall", f"{NETWORK}.paper_steps": "paper's steps"},
        "otherwise": "undecided",
        "because": "networks that are still learning decide nothing",
    },
    "same-setting": {
        "says": "Both sides have the same setting.",
        "needs": [{"value": "{same}", "is": True}],
        "reads": {"{same}": "same setting"},
        "otherwise": "partly",
        "because": "the setting differs",
    },
    "intervals": {
        "says": "There is an interval.",
        "intervals": True,
        "otherwise": "partly",
        "because": "the number has no interval",
    },
}


def ratio(number: float, low: float | None = None, high: float | None = None, n: int = 60) -> dict[str, Any]:
    """A ratio with its interval, as `zmlib.evaluate.statistics.paired` gives it."""
    return {"ratio": number, "low": low, "high": high, "n": n}


def share(number: float, low: float, high: float, n: int = 60) -> dict[str, Any]:
    """A share with its interval."""
    return {"share": number, "low": low, "high": high, "n": n}


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
    """A claim on J of two networks with all the standing rules."""
    return (
        speed(
            id="quality",
            chapter="fig6/fig6",
            requires=list(STANDING),
            signal=["styles"],
            networks=["styles", "cin-10"],
            reads={"values.ratio": "J ratio", "values.styles": "styles", "values.pairs": "own pairs"},
            reproduced=[{"value": "values.ratio", "at_most": 1.15}],
            partly=[{"value": "values.ratio", "at_most": 1.5}],
            enough=[{"value": "values.pairs", "at_least": 60, "plain": True}],
            scale={"needs": [{"value": "values.styles", "at_least": 20938, "plain": True}]},
        )
        | changes
    )


GOOD = {"ratio": ratio(1.0, 0.9, 1.1), "styles": 20938, "pairs": 60, "same": True}
SIGNAL = {"rate": share(0.97, 0.93, 1.0), "pairs": 60}
CURVE = {"known": True, "fall": 0.02, "paper_steps": False}


def result(
    values: dict[str, Any], timings: dict[str, Any] | None = None, name: str = "fig6/fig6", **how: Any
) -> Result:
    """A result with a provenance of the preset "gpu"; `preset="quick"` for another."""
    chapter, figure = name.split("/")
    provenance = {"preset": "gpu", "seed": 0, "device": "cuda", "seconds": 12.0} | how
    return Result(chapter, figure, values, timings or {}, provenance)


def evidence(styles: dict[str, Any] | None = None, **curves: Any) -> dict[str, Result]:
    """The results that the standing rules read.

    styles: changes of the signal test of "styles". curves: changes of a curve: `evidence(cin_10={"fall": 0.1})`.
    """
    signals = {"networks": {"styles": SIGNAL | (styles or {})}}
    known = {name: CURVE | curves.get(name.replace("-", "_"), {}) for name in ("styles", "cin-10")}
    return {
        "evidence/signals": result(signals, name="evidence/signals"),
        "evidence/convergence": result({"networks": known}, name="evidence/convergence"),
    }


def timed(number: Any, **how: Any) -> Result:
    """A result for the claim `speed`."""
    return result({}, {"ratio": number, "seconds": 0.01504}, "table1/table1", **how)


def write(found: Result, folder: Path) -> None:
    """Put a result where `read_results` finds it."""
    write_result(found, None, folder / found.chapter)
