"""Whether the training of each network had converged, from the curves that the chapter on the networks keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zmlib.experiments.results import read_result
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet

LAST = 0.25  # of the steps: over this last part the loss must have come to rest
FEW = ("styles-10", "styles-10-wide", "cin-10", "fst-rhone", "fst-anthill")
PAPER, PAPER_FEW = 160_000, 40_000  # the paper's steps for many styles, and for a few or one


def curves(run: Run) -> dict[str, Any]:
    """name -> "steps" and "test_loss", as the chapter on the networks keeps them; empty where there are none.

    Raises:
        UserError: the file is no result.
    """
    file = run.root / "figures" / "networks" / "curves.json" if run.root else None
    return read_result(run.read(file)).values["networks"] if file and file.is_file() else {}


def fall(steps: Sequence[float], loss: Sequence[float]) -> float:
    """The share of its loss that a network lost over the last quarter of its steps: 1 - loss(end) / loss(3/4 end).

    Between the steps that were measured the loss is interpolated linearly.

    >>> round(fall([0, 50, 100], [3.0, 2.0, 1.0]), 3)
    0.333
    """
    return float(1 - loss[-1] / np.interp((1 - LAST) * steps[-1], steps, loss))


def measure(nets: Mapping[str, ZMNet], known: Mapping[str, Any]) -> dict[str, Any]:
    """For each network "fall" (None where not "known"), "steps", "paper_steps" and "known".

    A curve is known if it ends at the network's own last step: one of another training says nothing.

    nets: by name. known: what `curves` returned.
    """
    found = {}
    for name, net in nets.items():
        steps, curve = net.card.get("steps") or 0, known.get(name)
        own = steps - (net.card.get("steps_before") or 0)  # those of the weights that it started from are another run's
        whole = curve is not None and curve["steps"][-1] == own and curve["steps"][0] <= (1 - LAST) * own
        found[name] = {
            "fall": _fall(curve) if curve is not None and whole else None,
            "steps": steps,
            "own_steps": own,
            "paper_steps": own >= (PAPER_FEW if name in FEW else PAPER),
            "known": whole,
        }
    return found


def _fall(curve: Mapping[str, Any]) -> Any:
    """That of the curve, with its interval; of curves that were kept before they had one the number alone."""
    return curve.get("fall") or fall(curve["steps"], curve["test_loss"])


def _percent(lost: Any) -> str:
    number, ends = (lost, None) if isinstance(lost, float) else (lost["share"], (lost["low"], lost["high"]))
    interval = "" if ends is None or None in ends else " [{:.1%}, {:.1%}]".format(*ends)
    return f"{number:.1%}{interval}"


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `measure` found, a row for each network, as `common.table` takes it."""
    return [
        {
            "network": f"`{name}`",
            "steps": one["steps"],
            "the paper's steps": "yes" if one["paper_steps"] else "no",
            "loss still fell by": _percent(one["fall"]) if one["known"] else "not known",
        }
        for name, one in found.items()
    ]
