"""The shuffled-signal test: does the network use its signal at all?

A network that gives every photo the same pleasant treatment can score well on average. So each photo is stylised three
times, with the value of its own style, with that of another pair's, and with the mean over all styles, and each result
is judged against its own style.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from zmlib.affine import Affine


def derange(names: Sequence[str], seed: int = 0) -> list[str] | None:
    """For every pair the name of another pair's style, never its own; None where there is only one style.

    The styles are put in a circle in an order drawn from seed, and each gives way to its neighbour: a derangement in
    which every style serves as wrong as often as its neighbour serves as right.
    """
    circle = sorted(set(names))
    if len(circle) < 2:
        return None
    random.Random(seed).shuffle(circle)
    following = dict(zip(circle, circle[1:] + circle[:1], strict=True))
    return [following[name] for name in names]


def average(values: Sequence[Affine]) -> Affine:
    """The mean of the values, one style one vote: what is left of a signal when nothing is said about which."""
    return Affine.mix(values, [1.0] * len(values))
