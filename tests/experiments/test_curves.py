"""J against training steps, from the weights that a run leaves on its way."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from chapters import networks

from zmlib import ZMNet
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network
from zmlib.tnet import TNetConfig
from zmlib.weights import save


def tiny(seed: int) -> ZMNet:
    torch.manual_seed(seed)
    return ZMNet(TNetConfig(width=(4, 4, 8), blocks=1), "serial-image")


def pictures(count: int, seed: int) -> torch.Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for run, steps in {"b": (20, 100), "a": (100,)}.items():
        for step in steps:
            save(tiny(step), tmp_path / run / "steps" / f"{step:06d}.safetensors", {})
    (tmp_path / "c").mkdir()  # a run without any
    return tmp_path


def test_a_point_a_snapshot_in_the_order_of_the_steps(runs: Path) -> None:
    judge = Judge(loss_network("slim"))
    found = networks.measure_curves(runs, judge, pictures(2, 0), pictures(3, 1), pictures(2, 2))
    assert {name: one["steps"] for name, one in found.items()} == {"a": [100], "b": [20, 100]}
    assert found["a"]["unseen"] == [found["b"]["unseen"][1]], "the same weights have the same J"
    assert found["b"]["unseen"][0] != found["b"]["unseen"][1]
    assert len(found["b"]["seen"]) == len(found["b"]["test_loss"]) == 2
    lines = networks.plot_curves(found).axes[0].get_lines()
    assert [list(line.get_xdata()) for line in lines] == [[100], [100], [20, 100], [20, 100]]


def test_without_seen_styles_only_the_unseen_ones_are_measured(runs: Path) -> None:
    found = networks.measure_curves(runs, Judge(loss_network("slim")), pictures(1, 0), pictures(1, 1), None)
    assert found["a"]["seen"] is None and len(networks.plot_curves(found).axes[0].get_lines()) == 2


def test_a_folder_without_snapshots_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--snapshots"):
        networks.snapshots(tmp_path)
