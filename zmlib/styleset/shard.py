"""Shards: which of several machines makes which pictures of a set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from zmlib.errors import UserError

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """Part `number`, 1 to `count`, of a set whose pictures are dealt out to `count` parts as cards are to players.

    The plan's originals are dealt one by one, its derived pictures in whole batches, since a picture is rounded
    differently beside another neighbour. So the parts are disjoint and together make the set, and two of them differ by
    at most one original and one batch. With fewer batches than parts, some are empty.

    Raises:
        UserError: a number outside that range.

    Example:
        >>> Shard(2, 3).deal(["a", "b", "c", "d", "e"])
        ['b', 'e']
    """

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise _no_shard(str(self))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def read(cls, text: str) -> Shard:
        """The part that `--shard` names, such as "3/16". UserError: it names none."""
        numbers = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if numbers is None:
            raise _no_shard(text)
        return cls(int(numbers[1]), int(numbers[2]))

    def deal(self, items: list[T]) -> list[T]:
        """Every `count`-th of the items, beginning with the `number`-th."""
        return items[self.number - 1 :: self.count]


ALL = Shard(1, 1)


def batches(items: list[T], size: int) -> list[list[T]]:
    """The items by `size` at a time, in their order; the last batch may be smaller.

    >>> batches(["a", "b", "c", "d", "e"], 2)
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    return [items[at : at + size] for at in range(0, len(items), size)]


def _no_shard(text: str) -> UserError:
    return UserError(f'--shard must be such as 3/16, the third of sixteen parts, not "{text}".')
