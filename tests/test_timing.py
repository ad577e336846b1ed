"""Timing several things against each other."""

from __future__ import annotations

import time

import pytest
import torch
from chapters.timing import fastest, interleaved


def test_they_take_turns_and_the_first_rounds_do_not_count() -> None:
    order: list[str] = []
    jobs = {name: lambda name=name: order.append(name) for name in ("a", "b")}
    found = interleaved(jobs, 3, warmup=2)
    assert order == ["a", "b"] * 5
    assert {name: len(seconds) for name, seconds in found.items()} == {"a": 3, "b": 3}


def test_each_is_given_its_own_seconds() -> None:
    found = interleaved({"short": lambda: None, "long": lambda: time.sleep(0.05)}, 2)
    assert min(found["long"]) >= 0.05 > 5 * min(found["short"])


def test_one_slow_round_does_not_decide_which_is_the_fastest() -> None:
    seconds = {"a": [1.0, 1.0, 90.0], "b": [2.0, 2.0, 2.0], "c": [0.1, 0.1, 0.1]}
    assert fastest(seconds, ("a", "b")) == "a" and fastest(seconds, seconds) == "c"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_the_work_of_a_gpu_counts_in_full() -> None:
    x = torch.rand(8192, 8192, device="cuda")
    jobs = {"one": lambda: x @ x, "ten": lambda: [x @ x for _ in range(10)]}
    found = interleaved(jobs, 5)
    assert min(found["ten"]) > 5 * min(found["one"])
