"""Which of the pictures at hand a chapter shows."""

from __future__ import annotations

from collections.abc import Iterable


def preferred(shelf: Iterable[str], names: Iterable[str], count: int) -> list[str]:
    """`count` names of a shelf: first those of `names` that are on it, in their order, then the shelf's own.

    >>> preferred(["agate", "wave", "meadow"], ["wave", "evening"], 2)
    ['wave', 'agate']
    """
    there = list(shelf)
    return list(dict.fromkeys([*(name for name in names if name in there), *there]))[:count]
