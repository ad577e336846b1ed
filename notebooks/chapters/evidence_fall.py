"""Whether a training had come to rest: what its held-out loss lost over the last quarter, and whose curve that is.

A training counts as converged if over the last quarter of its steps its own held-out loss falls by less than a
twentieth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zmlib.evaluate.statistics import Names, paired
from zmlib.weights import weights_hash
from zmlib.zmnet import ZMNet

AT = 0.75  # of the steps, from where the fall counts
FLAT = 0.05  # a fall below which a training has reached its plateau
BARE = {"low": None, "high": None, "n": 1}  # of a number without an interval


def three_quarters(steps: Sequence[int], values: ArrayLike) -> NDArray[Any] | None:
    """Values along a training, (K, ...), at three quarters of its steps, linear between snapshots; None: not reached.

    >>> float(three_quarters([0, 60, 100], [4.0, 2.0, 1.0]))
    1.625
    """
    at, known = AT * steps[-1], np.asarray(values, dtype=float)
    if steps[0] > at:
        return None
    after = next(i for i, step in enumerate(steps) if step >= at)
    if steps[after] == at:
        return np.asarray(known[after])
    share = (at - steps[after - 1]) / (steps[after] - steps[after - 1])
    return np.asarray((1 - share) * known[after - 1] + share * known[after])


def around(steps: Sequence[int]) -> list[int]:
    """The steps that `three_quarters` and the end need: two or three of them."""
    at = AT * steps[-1]
    before, after = [step for step in steps if step <= at], [step for step in steps if step >= at]
    return sorted({*before[-1:], *after[:1], steps[-1]})


def fall(steps: Sequence[int], tables: ArrayLike, seed: int = 0, of: Names | None = None) -> dict[str, Any] | None:
    """The share of its held-out loss that a training lost from three quarters of its steps to the end.

    Args:
        steps: K of them.
        tables: the losses at these steps, K tables (S, C), or flat with `of`: (K, N).
        seed, of: see `zmlib.evaluate.statistics.summary`.

    Returns:
        {"share", "low", "high", "n", ...}; None where no snapshot is early enough.
    """
    known = np.asarray(tables, dtype=float)
    before = three_quarters(steps, known)
    if before is None:
        return None
    ratio = paired(known[-1], before, seed, "mean", of)
    low, high = ratio.pop("low"), ratio.pop("high")
    ends = {"low": None, "high": None} if low is None else {"low": 1 - high, "high": 1 - low}
    return {"share": 1 - ratio.pop("ratio"), **ends, **ratio}


def lost_of(curve: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `fall` found of a curve that is kept; None where no snapshot is early enough.

    Curves that were kept before they had an interval give the number alone, with None for its ends.
    """
    if "fall" in curve:
        return None if curve["fall"] is None else dict(curve["fall"])
    before = three_quarters(curve["steps"], curve["test_loss"])
    return None if before is None else {"share": float(1 - curve["test_loss"][-1] / before), **BARE}


def percent(lost: Mapping[str, Any]) -> str:
    """A share as text, with its interval where it has one: "5.0% [4.1%, 6.2%]"."""
    ends = [lost["low"], lost["high"]]
    return f"{lost['share']:.1%}" + ("" if None in ends else " [{:.1%}, {:.1%}]".format(*ends))


def converged(lost: Mapping[str, Any] | None) -> str | None:
    """Whether the whole interval of a fall is below `FLAT`, or none of it; None: the fall is not known."""
    if lost is None:
        return None
    low, high = (lost["share"] if lost[end] is None else lost[end] for end in ("low", "high"))
    return "yes" if high < FLAT else "no" if low >= FLAT else "undecided"


def own_steps(net: ZMNet) -> int:
    """The steps of a network's last training, without those of the weights that it started from; 0: not known."""
    return (net.card.get("steps") or 0) - (net.card.get("steps_before") or 0)


def known_by(curve: Mapping[str, Any] | None, net: ZMNet) -> str | None:
    """What tells that a kept curve is this network's own: "its weights" or "its steps"; None: it is another's.

    A curve that was kept with the SHA-256 of its weights is known by that alone; one without, if it ends at the last
    step of the network's own training.
    """
    if curve is None:
        return None
    if "weights" in curve:
        return "its weights" if curve["weights"] == weights_hash(net) else None
    return "its steps" if curve["steps"][-1] == own_steps(net) else None
