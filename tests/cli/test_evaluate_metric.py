"""`zmlib evaluate --metric`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stand_in import random_network


@pytest.fixture
def small(here, monkeypatch):
    for folder, seed in (("photos", 0), ("paintings", 9)):
        (here / folder).mkdir()
        for i in range(2):
            values = np.random.default_rng(seed + i).integers(0, 256, (6, 8, 3), dtype=np.uint8)
            Image.fromarray(values).resize((80, 60)).save(here / folder / f"{i}.png")
    monkeypatch.setattr("zmlib.perceptual.loss_network", random_network)
    return ("--photos", "photos", "--styles", "paintings", "--judge", "slim", "--size", 64, "--style-size", 64)


def test_metrics_are_printed_and_written(zm, weights, small, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    result = zm("evaluate", "--model", weights, *small, "--metric", "ssim", "--metric", "retrieval", "--out", "runs")
    assert result.exit_code == 0, result.output
    found = json.loads(Path("runs/results.json").read_text())
    assert set(found["metrics"]) == {"ssim", "retrieved", "rank"}
    assert f"ssim {found['metrics']['ssim']['median']:.3f} [" in result.stdout
    assert all({"ssim", "retrieved", "rank"} <= set(row) for row in found["pairs"])


@pytest.mark.parametrize(
    ("name", "says"), [("fid", "choose from ssim"), ("lpips", "pip install lpips"), ("artfid", "pip install art-fid")]
)
def test_a_metric_that_is_not_here_is_told_before_the_work(zm, weights, small, monkeypatch, name, says):
    for module in ("lpips", "art_fid", "art_fid.art_fid"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("zmlib.weights.load", lambda *_, **__: pytest.fail("the network was loaded first"))
    result = zm("evaluate", "--model", weights, *small, "--metric", name)
    assert result.exit_code == 2 and says in result.stderr and "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1
