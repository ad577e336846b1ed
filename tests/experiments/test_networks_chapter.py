"""The chapter on networks: whose speckle and gain are measured, and the columns of its table."""

from __future__ import annotations

import pytest
import torch
from chapters import networks
from chapters.networks import over_all

from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

SMALL = TNetConfig(width=(4, 8, 8), blocks=1)


@pytest.fixture
def nets() -> dict[str, ZMNet]:
    return {"styles": ZMNet(SMALL).eval(), "cin": ZMNet(SMALL, "table", styles=2).eval()}


def some(n: int, seed: int, size: int = 64) -> torch.Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed))


def test_a_network_that_knows_no_other_style_is_measured_on_seen_ones(nets: dict[str, ZMNet]) -> None:
    contents, unseen, seen = some(2, 0), some(3, 1), some(2, 2)
    assert list(networks.speckle_and_gain(nets, contents, unseen, None)) == ["styles"]
    found = networks.speckle_and_gain(nets, contents, unseen, seen)
    assert found["styles"] == over_all(nets["styles"], contents, unseen)
    assert found["cin"] == over_all(nets["cin"], contents, seen)
    assert found["styles"]["speckle"]["n"] == 6 and found["cin"]["speckle"]["n"] == 4


def test_the_table_has_speckle_and_gain_beside_j(nets: dict[str, ZMNet]) -> None:
    contents, unseen = some(1, 0), some(2, 1)
    found = networks.measure(nets, Judge(loss_network("slim")), contents, unseen, None, 1)
    noise = networks.speckle_and_gain(nets, contents, unseen, None)
    rows = {row["name"]: row for row in networks.results(found, noise)}
    assert list(rows) == ["ost", "styles"]
    row, own = rows["styles"], noise["styles"]
    assert row["speckle"] == own["speckle"]["median"]
    assert row["speckle, largest tenth"] == own["speckle"]["largest_tenth"] > row["speckle"]
    for colour in ("red-green", "blue-yellow"):
        assert row[f"gain, {colour}"] == own["gain"][colour]["mean"]
    assert rows["ost"]["speckle"] is None and len({tuple(row) for row in rows.values()}) == 1
    noise["styles"]["gain"] = None  # of pictures too small for a patch
    assert networks.results(found, noise)[1]["gain, red-green"] is None
