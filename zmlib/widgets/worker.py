"""Work beside the main thread: the latest request wins, and outdated ones are dropped.

There are two threads, so that a new preview does not wait for a large picture that is no longer wanted. Both end when
there is nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from zmlib.errors import UserError

T = TypeVar("T")
R = TypeVar("R")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
Post = Callable[[Callable[[], None]], object]

DEBOUNCE = 0.01  # s; requests within this time count as one
SETTLE = 0.12  # s without a new request before a whole picture is begun
LINGER = 5.0  # s that a thread waits for more work before it ends


class Stages(Protocol[T_contra, R_co]):
    """How one request is answered. A stage may raise, but must not hang."""

    def read(self, order: T_contra, /) -> None:
        """Prepare what is kept for all pictures: read a style."""

    def preview(self, order: T_contra, /) -> R_co | None:
        """A small picture; None where the whole one takes no longer."""

    def refine(self, order: T_contra, /) -> R_co:
        """The picture itself."""


class Lane(Generic[T]):
    """A thread with room for one waiting job, which a newer one replaces."""

    def __init__(self, work: Callable[[T], None], linger: float = LINGER) -> None:
        self._work, self._linger = work, linger
        self._changed = threading.Condition()
        self._waiting: tuple[float, T] | None = None  # not before this time, this job
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, job: T, wait: float = 0.0, again: bool = True) -> None:
        """Do this job after `wait` seconds. again: a job that replaces another starts a new wait."""
        with self._changed:
            if self._closed:
                return
            due = time.monotonic() + wait
            if self._waiting is not None and not again:
                due = min(due, self._waiting[0])
            self._waiting = due, job
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zmlib app", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget the waiting job."""
        with self._changed:
            self._waiting = None

    def close(self) -> None:
        """Forget the waiting job and take no more; the thread ends after its current one."""
        with self._changed:
            self._closed, self._waiting = True, None
            self._changed.notify_all()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended, if there is one."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._work(job[1])
            except Exception:  # an error in showing the result; the next job still gets its turn
                logging.getLogger(__name__).exception("a result could not be shown")

    def _next(self) -> tuple[float, T] | None:
        """The next job that is due; None after a long time without any: the thread ends."""
        with self._changed:
            end = time.monotonic() + self._linger
            while not self._closed:
                now, job = time.monotonic(), self._waiting
                if job is not None and job[0] <= now:
                    self._waiting = None
                    return job
                if job is None and end <= now:
                    break
                self._changed.wait((end if job is None else job[0]) - now)
            self._thread = None
            return None


class Worker(Generic[T, R]):
    """Answers requests: a preview, then the whole picture, and never an older one after a newer.

    Args:
        stages: such as `zmlib.widgets.Painter`.
        show: called with each result. fail: called with a sentence when a stage fails; work continues.
        post: brings a call to the main thread; None: by the notebook's event loop, or at once where none runs.
        debounce, settle: seconds, see DEBOUNCE and SETTLE.
    """

    def __init__(
        self,
        stages: Stages[T, R],
        show: Callable[[R], object],
        fail: Callable[[str], object],
        *,
        post: Post | None = None,
        debounce: float = DEBOUNCE,
        settle: float = SETTLE,
        linger: float = LINGER,
    ) -> None:
        self._stages, self._show, self._fail = stages, show, fail
        self._post = post or main_thread()
        self._debounce, self._settle = debounce, settle
        self._latest = self._shown = 0
        self._closed = False
        self._speaking = threading.Lock()
        self._quick: Lane[tuple[int, T, bool]] = Lane(self._first, linger)
        self._slow: Lane[tuple[int, T, bool]] = Lane(self._then, linger)

    def request(self, order: T, done: bool = False) -> None:
        """Answer this request and drop older ones. done: the drag is over, so the whole picture need not wait."""
        self._latest += 1
        self._slow.clear()
        self._quick.put((self._latest, order, done), self._debounce, again=False)

    def close(self) -> None:
        """Take no more requests and show nothing more."""
        self._closed = True
        self._quick.close()
        self._slow.close()

    def join(self, timeout: float | None = None) -> None:
        """Wait until both threads have ended: after `close`, or without work."""
        self._quick.join(timeout)
        self._slow.join(timeout)

    def _first(self, job: tuple[int, T, bool]) -> None:
        number, order, done = job
        try:
            self._stages.read(order)
            if number != self._latest:
                return
            preview = self._stages.preview(order)
        except Exception as error:
            self._failed(number, error)
            return
        if preview is not None:  # even if a newer request waits, or a long drag would show nothing
            self._tell(number, lambda: self._show(preview))
        if number == self._latest:
            self._slow.put(job, 0 if done or preview is None else self._settle)

    def _then(self, job: tuple[int, T, bool]) -> None:
        number, order, _ = job
        if number != self._latest:
            return
        try:
            whole = self._stages.refine(order)
        except Exception as error:
            self._failed(number, error)
            return
        self._tell(number, lambda: self._show(whole), latest=True)

    def _failed(self, number: int, error: Exception) -> None:
        said = sentence(error)
        self._tell(number, lambda: self._fail(said), latest=True)

    def _tell(self, number: int, call: Callable[[], object], latest: bool = False) -> None:
        def unless_outdated() -> None:
            with self._speaking:
                if self._closed or number < self._shown or (latest and number != self._latest):
                    return
                self._shown = number
                call()

        self._post(unless_outdated)


def sentence(error: Exception) -> str:
    """What an app says of an error: the sentence of a UserError, or the error itself."""
    if isinstance(error, UserError):
        return str(error)
    return f"This did not work ({type(error).__name__}: {error}); the app continues."


def main_thread() -> Post:
    """A function that calls on the present thread by its event loop, or directly where no loop runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return lambda call: call()

    def post(call: Callable[[], None]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call)

    return post
