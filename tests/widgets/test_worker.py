"""Requests in bursts, out of date, wrong, and after the end; with stages that last as long as the test wants."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from zmlib.errors import UserError
from zmlib.widgets.worker import Lane, Worker

SOON = 10.0  # s; far more than anything here takes


class Stages:
    """Notes what is asked of it; a stage in `hold` waits until it is let go."""

    def __init__(self, small: bool = False) -> None:
        self.did: list[tuple[str, int]] = []
        self.hold: dict[str, threading.Event] = {}
        self.begun = {name: threading.Event() for name in ("read", "preview", "refine")}
        self.small = small

    def read(self, order: int) -> None:
        self._do("read", order)
        if order < 0:
            raise UserError(f"{order} is below nothing: take another.")

    def preview(self, order: int) -> str | None:
        if self.small:
            return None
        self._do("preview", order)
        return f"small {order}"

    def refine(self, order: int) -> str:
        self._do("refine", order)
        if order == 13:
            raise ZeroDivisionError("no luck")
        return f"whole {order}"

    def _do(self, stage: str, order: int) -> None:
        self.did.append((stage, order))
        self.begun[stage].set()
        if stage in self.hold:
            assert self.hold[stage].wait(SOON)

    def count(self, stage: str) -> int:
        return sum(name == stage for name, _ in self.did)


class Screen:
    """What was shown and said, in order."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.said: list[str] = []

    def until(self, what: str) -> None:
        until(lambda: what in self.shown or what in self.said, what)


def until(true: Callable[[], bool], what: str = "") -> None:
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.002)


def started(stages: Stages, settle: float = 0.02) -> tuple[Worker[int, str], Screen]:
    screen = Screen()
    worker: Worker[int, str] = Worker(stages, screen.shown.append, screen.said.append, settle=settle, linger=0.05)
    return worker, screen


def newest_last(shown: list[str]) -> bool:
    numbers = [int(one.split()[1]) for one in shown]
    return numbers == sorted(numbers)


def test_a_preview_and_then_the_whole() -> None:
    worker, screen = started(Stages())
    worker.request(7)
    screen.until("whole 7")
    assert screen.shown == ["small 7", "whole 7"] and not screen.said


def test_where_the_whole_is_small_there_is_no_preview() -> None:
    worker, screen = started(Stages(small=True))
    worker.request(7)
    screen.until("whole 7")
    assert screen.shown == ["whole 7"]


def test_a_burst_makes_few_pictures_and_the_last_arrives() -> None:
    stages = Stages()
    worker, screen = started(stages)
    stages.hold["preview"] = threading.Event()
    worker.request(0)
    assert stages.begun["preview"].wait(SOON)
    for number in range(1, 200):
        worker.request(number)
    stages.hold["preview"].set()
    screen.until("whole 199")
    assert stages.count("preview") == 2 and stages.did[-1] == ("refine", 199)
    assert stages.count("refine") == 1, "a whole picture of something that nobody wants any more"
    assert screen.shown == ["small 0", "small 199", "whole 199"]


def test_a_drag_shows_something_while_it_lasts_and_paints_no_whole_picture() -> None:
    stages = Stages()
    worker, screen = started(stages, settle=5)
    for number in range(1, 1000):
        worker.request(number)
        time.sleep(0.003)
        if len(screen.shown) >= 5:
            break
    assert len(screen.shown) >= 5 and newest_last(screen.shown) and not stages.count("refine")
    worker.request(1000, done=True)  # the end of the drag is not waited for
    screen.until("whole 1000")


def test_a_whole_picture_that_is_out_of_date_is_not_shown_and_holds_up_no_preview() -> None:
    stages = Stages()
    worker, screen = started(stages)
    stages.hold["refine"] = threading.Event()
    worker.request(1, done=True)
    assert stages.begun["refine"].wait(SOON)
    worker.request(2, done=True)
    screen.until("small 2")  # while the whole picture of 1 is still being painted
    assert ("refine", 2) not in stages.did
    stages.hold["refine"].set()
    screen.until("whole 2")
    assert "whole 1" not in screen.shown and screen.shown == ["small 1", "small 2", "whole 2"]


def test_what_is_out_of_date_is_dropped_after_a_style_was_read() -> None:
    stages = Stages()
    worker, screen = started(stages)
    stages.hold["read"] = threading.Event()
    worker.request(1)
    assert stages.begun["read"].wait(SOON)
    worker.request(2)
    stages.hold["read"].set()
    screen.until("whole 2")
    assert ("preview", 1) not in stages.did and screen.shown == ["small 2", "whole 2"]


def test_an_error_becomes_a_sentence_and_the_work_goes_on() -> None:
    worker, screen = started(Stages())
    worker.request(-1)
    screen.until("-1 is below nothing: take another.")
    worker.request(13)
    screen.until("This did not work (ZeroDivisionError: no luck); the app continues.")
    worker.request(2)
    screen.until("whole 2")
    assert screen.shown == ["small 13", "small 2", "whole 2"]


def test_an_error_of_what_is_out_of_date_is_not_told() -> None:
    stages = Stages()
    worker, screen = started(stages)
    stages.hold["read"] = threading.Event()
    worker.request(-1)
    assert stages.begun["read"].wait(SOON)
    worker.request(2)
    stages.hold["read"].set()
    screen.until("whole 2")
    assert not screen.said


def test_a_fault_of_the_screen_does_not_stop_the_work(caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []

    def show(result: str) -> None:
        shown.append(result)
        if result == "small 1":
            raise ValueError("no screen")

    worker: Worker[int, str] = Worker(Stages(), show, shown.append, settle=0.01)
    worker.request(1)
    until(lambda: "could not be shown" in caplog.text)
    worker.request(2)
    until(lambda: "whole 2" in shown)
    worker.close()


def test_no_thread_stays() -> None:
    before = set(threading.enumerate())
    worker, screen = started(Stages())
    assert set(threading.enumerate()) == before, "a thread with nothing to do"
    worker.request(1, done=True)
    screen.until("whole 1")
    until(lambda: set(threading.enumerate()) <= before, "the threads end by themselves")
    worker.request(2, done=True)
    screen.until("whole 2")


def test_after_the_end_nothing_is_shown_and_nothing_begun() -> None:
    before = set(threading.enumerate())
    stages = Stages()
    worker, screen = started(stages)
    stages.hold["preview"] = threading.Event()
    worker.request(1)
    assert stages.begun["preview"].wait(SOON)
    worker.close()
    stages.hold["preview"].set()
    worker.request(2)
    worker.join(SOON)
    assert set(threading.enumerate()) <= before and not screen.shown
    assert [number for _, number in stages.did] == [1, 1]


def test_in_an_event_loop_results_come_on_its_thread() -> None:
    where: list[int] = []

    async def notebook() -> None:
        worker: Worker[int, str] = Worker(Stages(), lambda _: where.append(threading.get_ident()), print, settle=0.01)
        worker.request(1)
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if len(where) == 2:
                break
        worker.close()

    asyncio.run(notebook())
    assert where == [threading.get_ident()] * 2


def test_a_lane_keeps_the_newest_job_and_the_first_ones_time() -> None:
    did: list[tuple[int, float]] = []
    lane: Lane[int] = Lane(lambda job: did.append((job, time.monotonic())))
    began = time.monotonic()
    for job in range(20):
        lane.put(job, 0.1, again=False)
        time.sleep(0.01)
    until(lambda: bool(did) and did[-1][0] == 19)
    lane.close()
    assert did[0][1] - began < 5 and len(did) <= 3, did


def test_a_lane_forgets() -> None:
    did: list[int] = []
    lane: Lane[int] = Lane(did.append, linger=0.01)
    lane.put(1, 0.05)
    lane.clear()
    lane.put(2, 0.05)
    until(lambda: did == [2])
    lane.close()
    lane.join(SOON)
    lane.put(3)
    assert did == [2]
