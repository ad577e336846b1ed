"""ZM-Net beside two published methods, on tiny random networks."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, rivals
from chapters.daylight import yellow_gained
from chapters.matrix import judge_all
from chapters.pairing import Pairing
from test_known import make_bench, network, pictures

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


@pytest.fixture(scope="module")
def pairs(bench: common.Bench) -> Pairing:
    return Pairing(bench.photos, bench.unseen)


def test_every_method_is_judged_on_the_same_pairs(bench: common.Bench, pairs: Pairing) -> None:
    found = rivals.measure(bench, pairs)
    assert set(found["J"]) == set(rivals.NETS) == set(rivals.LABELS)
    for key, name in rivals.NETS.items():
        j = judge_all(bench.nets[name], bench.judge, bench.photos, bench.unseen)
        assert found["J"][key]["median"] == pytest.approx(np.median(j.sum(0)), rel=1e-4)
        assert found["content"][key]["median"] == pytest.approx(np.median(j[1]), rel=1e-3)
    assert found["ratio"]["zmnet"]["ratio"] == 1 and found["counts"] == {"pairs": 6, "photos": 2, "styles": 3}
    top, bottom = (found["J"][key]["median"] for key in ("adain", "zmnet"))
    assert found["ratio"]["adain"]["ratio"] == pytest.approx(top / bottom)


def test_serial_is_compared_with_parallel(bench: common.Bench, pairs: Pairing) -> None:
    found = rivals.measure(bench, pairs)
    one = found["serial_parallel"]
    assert one["ratio"]["ratio"] == pytest.approx(1 / found["ratio"]["parallel"]["ratio"])
    yellow = {
        name: np.mean([yellow_gained(output, photo) for photo, output in pairs.painted(bench.nets[name])])
        for name in ("styles-expanded", "parallel")
    }
    assert one["yellow"]["difference"] == pytest.approx(yellow["styles-expanded"] - yellow["parallel"], abs=1e-6)
    assert one["yellow"]["low"] <= one["yellow"]["difference"] <= one["yellow"]["high"]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.8, 0.9, "the serial PNet was better"), (1.1, 1.3, "the parallel PNet was better"), (0.9, 1.1, "no difference")],
)
def test_what_is_said_follows_from_the_interval(low: float, high: float, said: str) -> None:
    trained = {"steps": 5, "photos": 2, "styles": 3, "seed": 0}
    found = {
        "serial_parallel": {
            "ratio": {"ratio": (low + high) / 2, "low": low, "high": high},
            "yellow": {"difference": 0.0, "low": -0.1, "high": 0.1},
            "differ": ["steps"],
        },
        "counts": {"pairs": 6, "photos": 2, "styles": 3},
        "parameters": {"zmnet": 200, "parallel": 150},
        "trained": {"zmnet": trained, "parallel": trained},
    }
    text = rivals.verdict(found)
    assert (
        said in text
        and "parallel over serial: 0.75" in text
        and "not the same in their trainings, or not known: steps" in text
    )


def test_what_was_not_trained_does_not_count_as_parameters(bench: common.Bench, pairs: Pairing) -> None:
    found = rivals.measure(bench, pairs)
    adain = bench.nets["adain"]
    trained = sum(p.numel() for name, p in adain.named_parameters() if name.split(".")[1] in ("stages", "out"))
    assert found["parameters"]["adain"] == trained and found["fixed"]["adain"] > 0
    assert found["fixed"]["zmnet"] == found["fixed"]["predictor"] == 0


def test_times_and_tables(bench: common.Bench, pairs: Pairing) -> None:
    with torch.no_grad():
        taken = rivals.times(bench, pictures(1, 8), bench.unseen[:1], 2)
    assert all(one["new"] > 0 and one["known"] > 0 for one in taken.values())
    found = rivals.measure(bench, pairs)
    table = rivals.table(found, taken)
    assert [row["method"] for row in table] == list(rivals.LABELS.values()) and rivals.table({}, {}) == []
    counts = [row["trained parameters"] for row in rivals.training_table(found)]
    assert counts == list(found["parameters"].values())
