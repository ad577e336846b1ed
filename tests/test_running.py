"""What a test starts ends with it, and obeys Ctrl-C where the tests do not."""

from __future__ import annotations

import signal
import subprocess
import sys

import processes
import psutil
import pytest
from processes import finished, running

# Ignores SIGTERM, and starts a child in a session of its own.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99)"], start_new_session=True)
print("started", flush=True)
time.sleep(99)
"""
SLEEPING = "import time; print('started', flush=True); time.sleep(99)"


def test_a_failing_test_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.5)
    with pytest.raises(ZeroDivisionError), running([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == "started\n"
        family = psutil.Process(process.pid).children(recursive=True)
        _ = 1 / 0
    assert process.returncode == -signal.SIGKILL
    assert len(family) == 1 and not psutil.wait_procs(family, 10)[1]


def test_ctrl_c_reaches_a_program_where_the_tests_ignore_it() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        call = [sys.executable, "-c", SLEEPING]
        with running(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stdout.readline() == "started\n"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert "KeyboardInterrupt" in said and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_program_that_takes_too_long_is_ended() -> None:
    assert finished([sys.executable, "-c", "print('done')"]).stdout == "done\n"
    with pytest.raises(subprocess.TimeoutExpired):
        finished([sys.executable, "-c", SLEEPING], timeout=0.5)
    with pytest.raises(subprocess.CalledProcessError):
        finished([sys.executable, "-c", "raise SystemExit(3)"], check=True)
