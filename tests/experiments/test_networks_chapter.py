"""The chapter on networks: what each network is judged on, and the columns of its table."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, networks
from chapters.matrix import judge_all
from chapters.networks import over_all
from test_known import make_bench, network

from zmlib.perceptual import loss_network


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


def some(n: int, seed: int, size: int = 64) -> torch.Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def bench() -> common.Bench:
    """Of a network that reads pictures, a table of ten styles, a network of the eighth of these, and of another."""
    nets = {"styles": network(seed=1), "cin_10": network("table", 2, styles=10)}
    nets |= {"fst_anthill": network("constant", 3), "fst_other": network("constant", 4)}
    found = make_bench(loss_network("slim"), **nets)
    found.photos, found.unseen, found.ten = some(2, 0), some(3, 1), some(10, 2)
    return found


def test_each_network_is_judged_on_the_styles_that_it_can_know(bench: common.Bench) -> None:
    found = networks.measure(bench)
    assert bench.ten is not None
    for kind, styles in (("unseen", bench.unseen), ("seen", bench.ten)):
        expected = judge_all(bench.nets["styles"], bench.judge, bench.photos, styles).sum(0)
        assert found["styles"][kind]["median"] == pytest.approx(np.median(expected), rel=1e-4)
        assert found["styles"][kind]["styles"] == len(styles) and found["styles"][kind]["photos"] == 2
    ratio = found["styles"]["ratio"]
    assert ratio["ratio"] == pytest.approx(found["styles"]["unseen"]["median"] / found["styles"]["seen"]["median"])
    assert ratio["low"] < ratio["ratio"] < ratio["high"]
    assert found["cin-10"]["unseen"] is found["cin-10"]["ratio"] is None and found["cin-10"]["seen"]["n"] == 20
    own = judge_all(bench.nets["fst-anthill"], bench.judge, bench.photos, bench.ten[7:8]).sum(0)
    assert found["fst-anthill"]["seen"]["median"] == pytest.approx(np.median(own), rel=1e-4)
    assert found["fst-other"] == {"unseen": None, "seen": None, "ratio": None}, "nobody says which style it has"
    assert len(networks.plot(found).axes[0].get_yticks()) == 3
    bench.ten = None
    less = networks.measure(bench)
    assert less["styles"]["unseen"] == found["styles"]["unseen"] and less["styles"]["ratio"] is None
    assert less["cin-10"]["seen"] is None


def test_a_network_that_knows_no_other_style_is_measured_on_seen_ones(bench: common.Bench) -> None:
    found = networks.speckle_and_gain(bench)
    assert found["styles"] == over_all(bench.nets["styles"], bench.photos, bench.unseen)
    assert found["cin-10"] == over_all(bench.nets["cin-10"], bench.photos, bench.ten)  # type: ignore[arg-type]
    assert found["styles"]["speckle"]["n"] == 6 and found["cin-10"]["speckle"]["n"] == 20
    assert found["fst-anthill"]["speckle"]["n"] == 2
    bench.ten = None
    assert list(networks.speckle_and_gain(bench)) == ["styles"]


def test_the_table_has_speckle_and_gain_beside_j(bench: common.Bench) -> None:
    bench.ten = None
    found, noise = networks.measure(bench), networks.speckle_and_gain(bench)
    (row,), own = networks.results(found, noise), noise["styles"]
    assert row["name"] == "styles" and row["J, seen styles"] is None
    assert row["speckle"] == own["speckle"]["median"]
    assert row["speckle, largest tenth"] == own["speckle"]["largest_tenth"] > row["speckle"]
    for colour in ("red-green", "blue-yellow"):
        assert row[f"gain, {colour}"] == own["gain"][colour]["mean"]
    noise["styles"]["gain"] = None  # of pictures too small for a patch
    assert networks.results(found, noise)[0]["gain, red-green"] is None
