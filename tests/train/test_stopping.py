"""Being told to stop: noted, and an end at once only for whoever presses Ctrl-C twice."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from zmlib.train.stopping import until_told_to_stop


def test_signals_are_noted_and_a_second_ctrl_c_ends_it_at_once() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), until_told_to_stop() as told:
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), number)
        assert told == [signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGTERM]
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("it went on")
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_in_another_thread_the_block_runs_and_catches_nothing() -> None:
    seen: list[list[int]] = []

    def work() -> None:
        with until_told_to_stop() as told:
            seen.append(told)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [[]]
