"""How Figures 8 and 9 choose the learning rate of each method, and what the standing rules read of a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from chapters.adapt import adapt, begin
from chapters.measures import fst_own_j, signal
from chapters.show import counted
from chapters.study import HEADLINE, ZMNET, Study
from zmlib.experiments.run import Run, kept_result

OTHERS = {"zmnet_value": "value", "zmnet_pnet": "pnet"}
LABELS = {
    "zmnet": "ZM-Net, everything trained",
    "zmnet_value": "ZM-Net, its gamma and beta",
    "zmnet_pnet": "ZM-Net, its PNet",
    "cin": "CIN, its gamma and beta",
    "fst": "FST from scratch",
}
RATES = {  # the grid, three to four times apart; at either end the loss on the validation style no longer falls
    "fst": (3e-5, 1e-4, 3e-4, 1e-3),
    "cin": (1e-2, 3e-2, 1e-1, 3e-1),
    "value": (3e-3, 1e-2, 3e-2, 1e-1),
    "pnet": (3e-5, 1e-4, 3e-4, 1e-3),
    "all": (1e-5, 3e-5, 1e-4, 3e-4),
}
UNLIKE = 1_000  # a seed that no training of the study has


def tuned(run: Run, study: Study, ways: Iterable[str], share: float = 0.5) -> dict[str, dict[str, float]]:
    """The grid of rates by which a chapter chooses: what `tune` returns, kept as "grid" by a run with `photos`.

    A small run takes over the kept one's, where there is one: its trainings are too short to tune on.
    """
    kept = None if run.parameters["photos"] else kept_result(run, "grid")
    if kept is not None:
        return kept.values["grid"]
    grid = tune(study, list(ways), share)
    if run.parameters["photos"]:
        run.keep("grid", None, {"grid": grid, "validation": study.validation[0]})
    return grid


def tune(study: Study, ways: Sequence[str], share: float = 0.5) -> dict[str, dict[str, float]]:
    """The test loss on the validation style at the end of a shorter training, for each rate of the grid.

    share: of the study's steps. Returns way -> {"0.001": loss, ...}; infinite where the loss is not a number.
    """
    on = study.ground(UNLIKE, max(1, round(share * study.steps)))
    _, style = study.validation
    found: dict[str, dict[str, float]] = {}
    for way, rate in counted([(one, rate) for one in ways for rate in RATES[one]], "rates tuned"):
        net, parameters = begin(way, study.network(way, 0), style, study.bench.seed + UNLIKE)
        adapt(net, parameters, style, on, rate)
        loss = study.test_loss(net, style)
        found.setdefault(way, {})[f"{rate:g}"] = loss if np.isfinite(loss) else float("inf")
    return found


def best(grid: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Way -> the rate with the lowest test loss."""
    return {way: float(min(losses, key=lambda rate: losses[rate])) for way, losses in grid.items()}


def grid_table(grid: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """A row for each way and rate, the chosen one marked."""
    chosen = best(grid)
    names = {way: name for name, way in (HEADLINE | OTHERS).items()}
    return [
        {
            "method": LABELS[names[way]],
            "rate": rate,
            "test loss, validation style": loss,
            "chosen": "yes" if float(rate) == chosen[way] else "",
        }
        for way, losses in grid.items()
        for rate, loss in losses.items()
    ]


def keep_standing(run: Run, study: Study) -> None:
    """Keep as "standing" what the standing rules read: the signal test, and FST's own J where the ten are given."""
    run.keep("standing", None, standing(study))


def standing(study: Study) -> dict[str, Any]:
    """The values of the standing rules: the signal test, and FST's own J where the ten seen styles are given."""
    bench = study.bench
    found: dict[str, Any] = {"signal": signal(bench, ZMNET, study.many), "seeds": study.seeds}
    found["signal_styles"] = len(study.many)
    if bench.ten is not None:
        found["fst_own_j"] = fst_own_j(bench)
    return found
