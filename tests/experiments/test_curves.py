"""J and the held-out loss against training steps, from the weights that a run leaves on its way."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, curves, evidence_fall
from chapters.measures import losses
from test_known import make_bench, network, pictures

from zmlib.errors import UserError
from zmlib.perceptual import loss_network, scale_free
from zmlib.weights import load, save, weights_hash


@pytest.fixture(scope="module")
def bench() -> common.Bench:
    return make_bench(loss_network("slim"))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Of a network that reads pictures, of a table, and one more seed of the first."""
    for run, steps in {"b": (20, 70, 100), "a": (100,), "b-seed1": (100,)}.items():
        for step in steps:
            save(network(seed=step), tmp_path / run / "steps" / f"{step:06d}.safetensors", {}, torch.float32)
    save(network("table", 3, styles=10), tmp_path / "cin-10" / "steps" / "000010.safetensors", {})
    save(network(seed=100), tmp_path / "a" / "weights.safetensors", {})  # the only one that has ended
    (tmp_path / "c").mkdir()  # a run without any
    return tmp_path


def test_a_point_a_snapshot_in_the_order_of_the_steps(bench: common.Bench, runs: Path) -> None:
    found = curves.measure(bench, runs, {})
    assert {name: one["steps"] for name, one in found.items()} == {"a": [100], "b": [20, 70, 100], "cin-10": [10]}
    b, cin = found["b"], found["cin-10"]
    assert found["a"]["unseen"] == [b["unseen"][2]], "the same weights have the same J"
    assert b["unseen"][0] != b["unseen"][2] and len(b["seen"]) == len(b["test_loss"]) == len(b["interval"]["seen"]) == 3
    one = losses(network(seed=70), bench.judge, bench.photos[: curves.PHOTOS], bench.unseen[: curves.STYLES])
    assert b["test_loss"][1] == pytest.approx(float(one["training"].mean()), rel=1e-4)
    low, high = b["interval"]["unseen"][1]
    assert low <= b["unseen"][1] <= high
    assert b["unseen"][1] == pytest.approx(float(np.median(one["J"].sum(0))), rel=1e-4)
    assert cin["unseen"] is None and cin["held_out"] == "seen" and len(cin["test_loss"]) == 1, "it knows its own styles"
    figure = curves.plot(found)
    assert [len(axes.get_lines()) for axes in figure.axes] == [5, 3]
    plt.close(figure)
    rows = {row["network"]: row for row in curves.table(found)}
    assert rows["`a`"]["converged"] is None and rows["`b`"]["converged"] == "still runs"
    assert rows["`b`"]["fall over the last quarter"] == evidence_fall.percent(b["fall"])
    assert b["weights"] == weights_hash(network(seed=100)) and not b["finished"], "the weights of its last snapshot"


def test_a_curve_ends_at_the_finished_weights_if_they_are_of_its_last_step(bench: common.Bench, tmp_path: Path) -> None:
    for name, steps in (("same", 100), ("longer", 150), ("started", 400)):
        for step in (70, 80, 100):
            save(network(seed=step), tmp_path / name / "steps" / f"{step:06d}.safetensors", {})
        card = {"steps": steps, "steps_before": 300 if name == "started" else 0}
        save(network(seed=7), tmp_path / name / "weights.safetensors", card)
    found = curves.measure(bench, tmp_path, {})
    shipped = load(tmp_path / "same" / "weights.safetensors")
    assert found["same"]["weights"] == found["started"]["weights"] == weights_hash(shipped)
    one = losses(shipped, bench.judge, bench.photos[: curves.PHOTOS], bench.unseen[: curves.STYLES])
    assert found["same"]["test_loss"][-1] == pytest.approx(float(one["training"].mean()), rel=1e-4)
    last = weights_hash(load(tmp_path / "longer" / "steps" / "000100.safetensors"))
    assert found["longer"]["weights"] == last, "150 steps are not where this curve ends"
    assert all(one["finished"] for one in found.values())
    assert evidence_fall.known_by(found["same"], shipped) == "its weights"
    assert evidence_fall.known_by(found["longer"], shipped) is None


def test_the_whole_interval_of_a_fall_must_be_flat() -> None:
    for low, high, verdict in ((0.01, 0.04, "yes"), (0.02, 0.06, "undecided"), (0.05, 0.07, "no")):
        assert evidence_fall.converged({"share": 0.045, "low": low, "high": high}) == verdict
    assert evidence_fall.converged({"share": 0.045, "low": None, "high": None}) == "yes"
    assert evidence_fall.converged(None) is None


def test_of_many_snapshots_some_are_measured(bench: common.Bench, tmp_path: Path) -> None:
    for step in range(10, 101, 10):
        save(network(seed=step), tmp_path / "b" / "steps" / f"{step:06d}.safetensors", {})
    steps = curves.measure(bench, tmp_path, {})["b"]["steps"]
    assert {10, 70, 80, 100} <= set(steps) and len(steps) <= 6 and steps == sorted(steps)


def test_without_seen_styles_only_the_unseen_ones_are_measured(bench: common.Bench, runs: Path) -> None:
    less = make_bench(bench.judge.network)
    less.ten = None
    found = curves.measure(less, runs, {})
    assert list(found) == ["a", "b"] and found["a"]["seen"] is None


def test_a_curve_that_was_kept_earlier_is_still_drawn() -> None:
    old = {"styles": {"steps": [10, 30], "unseen": [0.5, 0.4], "seen": None, "test_loss": [0.3, 0.2]}}
    (row,) = curves.table(old)
    assert row["converged"] == "no"
    plt.close(curves.plot(old))


def test_a_network_of_words_is_judged_on_photos_of_its_words(bench: common.Bench, tmp_path: Path) -> None:
    words = {"trained": {"noon": [0.0, 1.0], "night": [1.0, 0.0]}, "plane": {"mean": [0.0], "axes": [[0.0]]}}
    net = network("serial-vector", 4, inputs=2)
    file = tmp_path / "words" / "steps" / "000010.safetensors"
    save(net, file, {"reads": "word", "words": words}, torch.float32)
    tags = {"noon": pictures(2, 7), "night": pictures(1, 8)}
    assert curves.measure(bench, tmp_path, {}) == {}, "without such photos it has no curve"
    found = curves.measure(bench, tmp_path, tags)["words"]
    assert found["unseen"] is found["seen"] is None and found["held_out"] == "words"
    each = []
    for place, photos in (([0.0, 1.0], tags["noon"]), ([1.0, 0.0], tags["night"])):
        for content in bench.photos.split(1):
            with torch.no_grad():
                output = bench.judge.network.measure(net.stylize(content, net.encode(torch.tensor([place]))))
                photo = bench.judge.network.measure(content)
                each += [scale_free(output, bench.judge.network.measure(tag), photo, 0.1) for tag in photos.split(1)]
    assert found["test_loss"] == [pytest.approx(float(torch.cat(each).mean()), rel=1e-4)]


def test_the_last_quarter_begins_between_two_snapshots() -> None:
    steps, tables = [10, 70, 80, 100], [[[9.0, 9.0]], [[4.0, 2.0]], [[2.0, 1.0]], [[1.5, 0.75]]]
    assert evidence_fall.three_quarters(steps, tables).tolist() == [[3.0, 1.5]]  # type: ignore[union-attr]
    assert evidence_fall.around(steps) == [70, 80, 100] and evidence_fall.around([25, 50, 75, 100]) == [75, 100]
    found = evidence_fall.fall(steps, tables)
    assert found is not None and found["share"] == pytest.approx(0.5)
    assert found["low"] == pytest.approx(0.5) and found["high"] == pytest.approx(0.5), "the same fall of both pairs"
    assert evidence_fall.fall([90, 100], tables[:2]) is None, "nothing known so early"
    uneven = evidence_fall.fall([75, 100], [[[1.0, 1.0, 1.0]], [[0.9, 1.0, 1.1]]])
    assert uneven is not None and uneven["low"] < 0 < uneven["high"] and uneven["n"] == 3


def test_a_folder_without_snapshots_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--snapshots"):
        curves.snapshots(tmp_path)
