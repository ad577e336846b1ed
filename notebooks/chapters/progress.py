"""How far a long cell has come: one line that counts, and that a page can show when all is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def counted(items: Sequence[T], what: str) -> Iterator[T]:
    """The items one by one, and below the cell "what: 3 of 27", which is the same line all along.

    No widget: its saved state would make the page load scripts from other hosts.
    """
    from IPython.display import display

    def line(done: int) -> dict[str, str]:
        return {"text/plain": f"{what}: {done} of {len(items)}"}

    shown = display(line(0), raw=True, display_id=True)  # type: ignore[no-untyped-call]
    for done, item in enumerate(items, 1):
        yield item
        if shown is not None:  # outside of a notebook there is nothing to update
            shown.update(line(done), raw=True)
