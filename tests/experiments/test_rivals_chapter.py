"""ZM-Net beside two published methods, on tiny random networks."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, rivals
from test_known import make_bench, network, pictures

from zmlib.evaluate.matrix import judge_all
from zmlib.perceptual import loss_network


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


def test_times_and_table(bench: common.Bench) -> None:
    with torch.no_grad():
        taken = rivals.times(bench, pictures(1, 8), bench.unseen[:1], 2)
    assert all(one["new"] > 0 and one["known"] > 0 for one in taken.values())
    table = rivals.table(rivals.measure(bench), taken)
    assert [row["method"] for row in table] == list(rivals.LABELS.values()) and rivals.table({}, {}) == []
