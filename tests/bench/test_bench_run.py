"""The parts that measure, on tiny pictures: what they say, not how fast it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from bench import machine
from bench.checks import borders, seams
from bench.differences import differences, summary
from bench.flops import Work
from bench.fresh import enlarged, pass_memory
from bench.jobs import Job, ost_job
from bench.methods import EAGER, OURS, Networks, paintings, photos
from bench.run import timed
from bench.settings import Settings

from zmlib import fast
from zmlib.errors import UserError


@pytest.fixture(scope="module")
def nets() -> Networks:
    return Networks()


def test_passes_give_pictures_and_ours_those_of_the_eager_network(nets) -> None:
    content, style = photos(32, 2), paintings(2)
    own, eager = nets.passes(OURS, "fp32", content, style), nets.passes(EAGER, "fp32", content, style)
    for kind in ("kept", "new"):
        assert own[kind]().shape == content.shape
        assert torch.allclose(own[kind](), eager[kind](), atol=1e-3)
    assert set(nets.passes("Johnson", "fp32", content, style)) == {"kept"}


def test_a_pass_runs_in_its_own_precision(nets) -> None:
    seen = []
    with fast.using(torch.bfloat16):
        run = nets.passes(OURS, "fp32", photos(32, 1), paintings(1))["kept"]
        nets.styles.stylize = lambda *_: seen.append(fast.dtype())  # type: ignore[method-assign]
        try:
            run()
        finally:
            del nets.styles.stylize
        assert fast.dtype() == torch.bfloat16
    assert seen == [torch.float32]


def test_rows_of_what_is_timed() -> None:
    calls: list[str] = []
    jobs = [Job(name, "kept", "fp32", 64, 2, lambda name=name: calls.append(name), Work(4, 2, 1)) for name in "ab"]
    first, second = timed(jobs, 1e-9)
    assert calls == ["a", "b"] * 5 and first["rounds"] == 3  # a warm-up, a look, and three that count
    assert second["method"] == "b" and second["low"] <= second["seconds"] <= second["high"]
    assert first["ms"] == pytest.approx(500 * first["seconds"])
    assert first["nominal_gflops"] == pytest.approx(2 * first["gflops"]) and first["intensity"] == 1.0


def test_one_iteration_of_ost_moves_the_picture() -> None:
    job = ost_job(photos(32, 1), paintings(1, 32))
    before = job.run.__self__.images.clone()
    job.run()
    assert not torch.equal(before, job.run.__self__.images)


def test_differences_are_of_the_two_networks(nets) -> None:
    rows = differences(nets, 32, ["fp32"])
    assert len(rows) == 4 and all(0 < row["mean"] <= row["worst"] <= row["max"] < 0.5 for row in rows)
    assert differences(nets, 2048, ["fp32"]) == []
    found = summary([np.zeros(999), np.array([3.0])])
    assert found["mean"] == pytest.approx(0.003) and (found["worst"], found["max"]) == (3.0, 3.0)


def test_bands_have_borders_and_leave_no_mark(nets) -> None:
    found = seams(nets, ["fp32"], 96)
    assert (found["width"], found["height"], found["bands"]) == (144, 96, 2)
    assert [row["what"] for row in found["rows"]][0] == "as it is" and len(found["rows"]) == 3
    for row in found["rows"]:
        assert 0 < row["border"] < 0.1 and 0 < row["elsewhere"] < 0.1
    assert (
        borders(
            96,
            1,
        )
        == []
    )  # one band each: nothing begins within the picture


def test_peaks_are_of_what_the_machine_has(monkeypatch) -> None:
    monkeypatch.setattr(machine, "SHAPES", ((64, 64, 64), (128, 64, 32)))
    monkeypatch.setattr(machine, "COPIES", {"memory": 1 << 20, "cache": 1 << 16})
    found = machine.peaks(0.001)
    assert set(found["matmul"]) == set(machine.precisions(torch.device("cpu")))
    assert all(rate > 0 for rates in found.values() for rate in rates.values())
    low = {"matmul": {"fp32": 2.0}, "copy": {"memory": 5.0}}
    assert machine.best(low, {"matmul": {"fp32": 3.0}, "copy": {"memory": 4.0}}) == {
        "matmul": {"fp32": 3.0},
        "copy": {"memory": 5.0},
    }


def test_large_photos_have_their_size() -> None:
    photo = enlarged(0.05)
    assert photo.width * photo.height == pytest.approx(50_000, rel=0.01)
    assert photo.width / photo.height == pytest.approx(1.5, rel=0.01)


def test_memory_is_that_of_a_fresh_process(monkeypatch) -> None:
    from bench import child, fresh

    monkeypatch.setattr(fresh, "PEERS", ())
    ballast = torch.ones(200 << 20, dtype=torch.uint8)  # must not be counted in the child
    rows = pass_memory([], 256)
    assert [row["method"] for row in rows] == [EAGER]
    peak = rows[0]["peak_bytes"]
    assert 200e6 < peak < child.peak_memory()
    if rows[0]["pass_bytes"] is not None:
        assert 25e6 < rows[0]["pass_bytes"] < peak  # a map of 32 channels has 8 MB, and there are several
    del ballast


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sizes": (16,)}, "size to measure must lie between 32"),
        ({"sizes": ()}, "at least one size"),
        ({"batches": (0,)}, "batch to measure"),
        ({"sizes": (1024,), "batches": (8,)}, "up to 512 px"),
        ({"budget_seconds": 0}, "seconds"),
        ({"iterations": 0}, "iterations"),
        ({"threads": 0}, "threads"),
        ({"device": "nonsense"}, "no device"),
    ],
)
def test_settings_out_of_range(given, says) -> None:
    with pytest.raises(UserError, match=says):
        Settings(**given)


def test_the_plan_names_every_stage() -> None:
    settings = Settings(sizes=(1024, 64), batches=(8, 1))
    assert settings.groups == [(64, 1), (1024, 1), (64, 8)]
    assert {"64 px, 8 at once", "large photos", "bands"} <= set(settings.plan())
    assert "large photos" not in Settings(quick=True).plan()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_a_graph_paints_what_the_network_paints() -> None:
    from bench import cuda

    jobs = list(cuda.jobs(64, 1, ["fp32"]))
    assert [job.style for job in jobs] == ["kept", "new", "kept"]
    assert torch.allclose(jobs[0].run(), jobs[2].run(), atol=1e-3)
