"""The signal test: does the network use its signal at all?

A network that gives every photo the same pleasant treatment can score well on average. So each photo is stylized three
times, with its own style, with another style, and with the mean over all styles, and each output is judged against its
own style. The other style is always the next one in the given order, and after the last comes the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zmlib.affine import Affine


def next_names(names: Iterable[str]) -> dict[str, str]:
    """For each name the one after it, in the order in which they first appear; after the last comes the first.

    >>> next_names(["wave", "agate", "wave", "harvest"])
    {'wave': 'agate', 'agate': 'harvest', 'harvest': 'wave'}
    """
    order = list(dict.fromkeys(names))
    return dict(zip(order, [*order[1:], *order[:1]], strict=True))


def average(affines: Sequence[Affine]) -> Affine:
    """The mean of several styles' gamma and beta, with equal weights: what is left of a signal that names no style."""
    return type(affines[0]).mix(affines, [1.0] * len(affines))  # also of what a baseline gives in their place
