"""ZM-Net beside two published methods, and J against the number of styles, on tiny random networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, rivals, scaling
from test_known import make_bench, network, pictures

from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.perceptual import loss_network
from zmlib.weights import save
from zmlib.zmnet import ZMNet


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def bench() -> common.Bench:
    nets = {"styles_expanded": network(seed=1), "parallel": network("parallel-image", seed=2, hidden=4)}
    nets |= {"predictor": network("predictor-image", seed=3), "adain": network("adain-image", seed=4)}
    return make_bench(loss_network("slim"), **nets)


def test_every_method_is_judged_on_the_same_pairs(bench: common.Bench) -> None:
    found = rivals.measure(bench)
    assert set(found["J"]) == set(rivals.NETS) == set(rivals.LABELS)
    for key, name in rivals.NETS.items():
        j = judge_all(bench.nets[name], bench.judge, bench.photos, bench.unseen)
        assert found["J"][key]["median"] == pytest.approx(np.median(j.sum(0)), rel=1e-4)
        assert found["content"][key] == pytest.approx(j[1].median().item(), rel=1e-3)
    assert found["ratio"]["zmnet"]["ratio"] == 1
    top, bottom = (found["J"][key]["median"] for key in ("adain", "zmnet"))
    assert found["ratio"]["adain"]["ratio"] == pytest.approx(top / bottom)


def test_what_was_not_trained_does_not_count_as_parameters(bench: common.Bench) -> None:
    found = rivals.measure(bench, most=2)
    adain = bench.nets["adain"]
    trained = sum(p.numel() for name, p in adain.named_parameters() if name.split(".")[1] in ("stages", "out"))
    assert found["parameters"]["adain"] == trained and found["fixed"]["adain"] > 0
    assert found["fixed"]["zmnet"] == found["fixed"]["predictor"] == 0


def test_rows_times_and_table(bench: common.Bench) -> None:
    photos = list(pictures(2, 8).split(1))
    rows = rivals.rows(bench, photos, bench.unseen)
    assert [len(row) for row in rows] == [6] * 3
    net = bench.nets["adain"]
    with torch.no_grad():
        torch.testing.assert_close(rows[2][5], net.stylize(photos[0], net.encode(bench.unseen[2:])))
    taken = rivals.times(bench, photos[0], bench.unseen[:1], 2)
    assert all(one["new"] > 0 and one["known"] > 0 for one in taken.values())
    table = rivals.table(rivals.measure(bench), taken)
    assert [row["method"] for row in table] == list(rivals.LABELS.values()) and rivals.table({}, {}) == []


def test_networks_come_in_the_order_of_their_styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "SHIPPED", ())
    for i, count in enumerate((50, 5)):
        save(network(seed=i), tmp_path / f"run-{count}" / "weights.safetensors", {"styles": count, "final_loss": 0.2})
    (tmp_path / "empty").mkdir()
    nets = scaling.networks(str(tmp_path))
    judge = Judge(loss_network("slim"))
    found = scaling.measure(nets, judge, pictures(2, 1), pictures(3, 2))
    assert list(found) == ["run-5", "run-50"] and [one["styles"] for one in found.values()] == [5, 50]
    j = judge_all(nets["run-50"], judge, pictures(2, 1), pictures(3, 2)).sum(0)
    assert found["run-50"]["J"]["median"] == pytest.approx(np.median(j), rel=1e-4)
    assert [row["styles"] for row in scaling.table(found)] == [5, 50] and scaling.table({}) == []
    assert len(scaling.plot(found).axes) == 2
    assert isinstance(nets["run-5"], ZMNet)
