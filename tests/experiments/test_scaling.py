"""J against the number of styles, on tiny random networks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import scaling
from chapters.matrix import judge_all
from chapters.pairing import pairing
from notebook_cells import run_cell
from test_known import make_bench, network

from zmlib.perceptual import loss_network
from zmlib.weights import save


def test_networks_come_in_the_order_of_their_styles(tmp_path: Path) -> None:
    for i, name in enumerate(("styles-50", "styles-5", "words", "styles-5-seed1")):
        card = {"styles": int(name.split("-")[-1]) if i < 2 else 1, "final_loss": 0.2, "steps": 9}
        save(network(seed=i), tmp_path / name / "weights.safetensors", card, torch.float32)
    (tmp_path / "empty").mkdir()
    assert scaling.networks("") == {}
    nets = scaling.by_styles(scaling.networks(str(tmp_path)))
    assert list(nets) == ["styles-5", "styles-50"], "of other runs in the folder none"
    bench = make_bench(loss_network("slim"), **nets)
    run = SimpleNamespace(seed=0, parameters={"pairs": ""})
    given = {"nets": nets, "J": bench.judge, "bench": bench, "run": run, "pairing": pairing}
    result = run_cell("scaling", "scaling-measured", scaling=scaling, **given)["result"]
    found = result["networks"]
    assert list(found) == list(nets) and [one["styles"] for one in found.values()] == [5, 50]
    assert result["counts"] == {"pairs": 6, "photos": 2, "styles": 3}
    few, many = (judge_all(net, bench.judge, bench.photos, bench.unseen).sum(0) for net in nets.values())
    assert found["styles-50"]["J"]["median"] == pytest.approx(np.median(many), rel=1e-4)
    assert found["styles-50"]["ratio"]["ratio"] == pytest.approx(np.median(many) / np.median(few), rel=1e-4)
    assert found["styles-5"]["ratio"]["low"] == found["styles-5"]["loss_ratio"]["high"] == 1
    assert [row["styles"] for row in scaling.table(found)] == [5, 50] and scaling.table({}) == []
    figure = scaling.plot(found)
    assert len(figure.axes) == 2
    plt.close(figure)


def test_a_run_that_was_kept_earlier_still_makes_a_table() -> None:
    j = {"median": 0.3, "low": 0.2, "high": 0.4, "n": 6}
    (row,) = scaling.table({"styles-5": {"styles": 5, "J": j, "test_loss": 0.17, "final_loss": 0.2}})
    assert row["test loss"] == 0.17 and row["steps"] is None
