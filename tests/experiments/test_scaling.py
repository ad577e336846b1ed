"""J against the number of styles, on tiny random networks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from chapters import common, scaling
from notebook_cells import run_cell
from test_known import network, pictures

from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.perceptual import loss_network
from zmlib.weights import save


def test_networks_come_in_the_order_of_their_styles(tmp_path: Path) -> None:
    for i, count in enumerate((50, 5)):
        save(network(seed=i), tmp_path / f"run-{count}" / "weights.safetensors", {"styles": count, "final_loss": 0.2})
    (tmp_path / "empty").mkdir()
    assert scaling.networks("") == {}
    nets, judge = scaling.networks(str(tmp_path)), Judge(loss_network("slim"))
    photos, unseen = pictures(2, 1), pictures(3, 2)
    given = {"nets": nets, "J": judge, "photos": photos, "unseen": unseen, "run": SimpleNamespace(seed=0)}
    found = run_cell("scaling", "scaling-measured", scaling=scaling, common=common, **given)["measured"]
    assert list(found) == ["run-5", "run-50"] and [one["styles"] for one in found.values()] == [5, 50]
    j = judge_all(nets["run-50"], judge, photos, unseen).sum(0)
    assert found["run-50"]["J"]["median"] == pytest.approx(np.median(j), rel=1e-4)
    assert [row["styles"] for row in scaling.table(found)] == [5, 50] and scaling.table({}) == []
    figure = scaling.plot(found)
    assert len(figure.axes) == 2
    plt.close(figure)
