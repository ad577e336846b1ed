"""How Figures 8 and 9 choose the learning rate of each method, and how they compare methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from chapters.adapt import adapt, begin
from chapters.show import counted
from chapters.study import HEADLINE, Study
from zmlib.experiments.run import Run, kept_result

OTHERS = {"zmnet_value": "value", "zmnet_pnet": "pnet"}
LABELS = {
    "zmnet": "ZM-Net, everything trained",
    "zmnet_value": "ZM-Net, its gamma and beta",
    "zmnet_pnet": "ZM-Net, its PNet",
    "cin": "CIN, from another style's network",
    "cin10": "CIN, from a row of ten styles",
    "fst": "FST from scratch",
}
COLOURS = {"zmnet": "#D55E00", "cin": "#0072B2", "cin10": "#56B4E9", "fst": "#009E73"}  # Okabe and Ito's
LINES = {"zmnet": "-", "cin": "--", "cin10": "-.", "fst": ":"}
RATES = {  # the grid, three to four times apart; at either end the loss on the validation style no longer falls
    "fst": (3e-5, 1e-4, 3e-4, 1e-3),
    "cin": (1e-2, 3e-2, 1e-1, 3e-1),
    "cin10": (1e-2, 3e-2, 1e-1, 3e-1),
    "value": (3e-3, 1e-2, 3e-2, 1e-1),
    "pnet": (3e-5, 1e-4, 3e-4, 1e-3),
    "all": (1e-5, 3e-5, 1e-4, 3e-4),
}
UNLIKE = 1_000  # a seed that no training of the study has


def tuned(run: Run, study: Study, ways: Iterable[str], share: float = 0.5) -> dict[str, dict[str, float]]:
    """The grid of rates by which a chapter chooses: what `tune` returns, kept as "grid" by a run with `photos`.

    A small run takes over the kept one's, where there is one with these ways: its trainings are too short to tune on.
    The provenance of what it keeps then names that file.
    """
    ways = list(ways)
    kept = None if run.parameters["photos"] else kept_result(run, "grid")
    if kept is not None and set(ways) <= set(kept.values["grid"]):
        assert run.root is not None  # where there is a kept result
        run.read(run.root / "figures" / run.chapter / "grid.json")
        return kept.values["grid"]
    grid = tune(study, ways, share)
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
        start, row = study.start(way, 0)
        net, parameters = begin(way, start, style, study.seed + UNLIKE, row)
        adapt(net, parameters, style, on, rate)
        loss = float(study.test_losses(net, style).mean())
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
