"""Stop when told to, between two steps and not in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def until_told_to_stop() -> Iterator[list[int]]:
    """While the block runs, Ctrl-C and SIGTERM only fill the list that it yields; a second Ctrl-C raises at once.

    A cluster sends SIGTERM before it takes a machine away, and `zmlib weights train` passes it on after a Ctrl-C.
    Outside the main thread no signal can be caught, and the list stays empty.

    Example:
        >>> with until_told_to_stop() as told:
        ...     while not told:
        ...         step()
    """
    told: list[int] = []

    def note(number: int, frame: object) -> None:
        if number == signal.SIGINT and number in told:
            raise KeyboardInterrupt
        told.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
