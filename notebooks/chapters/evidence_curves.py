"""Whether the training of each network had converged, from the curves that the chapter on the networks keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chapters.evidence_fall import known_by, lost_of, own_steps, percent
from zmlib.experiments.results import read_result
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet

FEW = ("styles-10", "styles-10-wide", "cin-10", "fst-rhone", "fst-anthill")
PAPER, PAPER_FEW = 160_000, 40_000  # the paper's steps for many styles, and for a few or one


def curves(run: Run) -> dict[str, Any]:
    """name -> "steps" and "test_loss", as the chapter on the networks keeps them; empty where there are none.

    Raises:
        UserError: the file is no result.
    """
    file = run.root / "figures" / "networks" / "curves.json" if run.root else None
    return read_result(run.read(file)).values["networks"] if file and file.is_file() else {}


def measure(nets: Mapping[str, ZMNet], known: Mapping[str, Any]) -> dict[str, Any]:
    """What the curves say of each network: a curve of other weights says nothing, and is not known.

    Args:
        nets: by name.
        known: what `curves` returned.

    Returns:
        name -> "fall" (see `chapters.evidence_fall.lost_of`), "steps", "own_steps" (without those of the weights that
        it started from), "paper_steps" (whether these are as many as the paper's), "known", and "by", what the curve
        is known by (see `chapters.evidence_fall.known_by`). "fall" and "by" are None where no curve is known.
    """
    found = {}
    for name, net in nets.items():
        by, own = known_by(known.get(name), net), own_steps(net)
        lost = lost_of(known[name]) if by else None
        found[name] = {
            "fall": lost,
            "steps": net.card.get("steps") or 0,
            "own_steps": own,
            "paper_steps": own >= (PAPER_FEW if name in FEW else PAPER),
            "known": lost is not None,
            "by": by if lost is not None else None,
        }
    return found


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `measure` found, a row for each network, as `common.table` takes it."""
    return [
        {
            "network": f"`{name}`",
            "steps": one["steps"],
            "the paper's steps": "yes" if one["paper_steps"] else "no",
            "loss still fell by": percent(one["fall"]) if one["known"] else "not known",
            "the curve is its own": f"by {one['by']}" if one["known"] else "",
        }
        for name, one in found.items()
    ]
