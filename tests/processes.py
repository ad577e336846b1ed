"""Processes that tests start: they obey Ctrl-C, and none of them outlives its test."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psutil

GRACE = 15  # s from SIGTERM to SIGKILL


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a program; however the block ends, the program and all that it has started end with it.

    They get SIGTERM first, and SIGKILL where that is not enough. The program leads a process group, so that
    `os.killpg(process.pid, ...)` reaches what it has started too. It obeys Ctrl-C (SIGINT) even where the tests
    themselves ignore it, as under `nohup make test &`: a child inherits that.

    Args:
        command: the program and its arguments.
        options: those of `subprocess.Popen`.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        started = subprocess.Popen(command, text=True, start_new_session=True, **options)
    finally:
        signal.signal(signal.SIGINT, before)
    with started as process:
        try:
            yield process
        finally:
            _end(process)


def finished(
    command: Sequence[str], timeout: float = 240, check: bool = False, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and capture its output, as `subprocess.run` does; it is started by `running`.

    Raises:
        subprocess.TimeoutExpired: the program took longer than `timeout` seconds, and has been ended.
        subprocess.CalledProcessError: `check` is set, and the program failed.
    """
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        out, err = process.communicate(timeout=timeout)
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)  # some lead a group of their own
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
