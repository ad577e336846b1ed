"""Figures 8 and 9 on tiny random networks: what lands where, and that every value that the claims read is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, fig8, fig9, finetune
from chapters.frames import Shelf
from PIL import Image
from test_known import make_bench, network, pictures
from test_known_chapters import check

from zmlib.perceptual import loss_network


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Iterator[finetune.Study]:
    monkeypatch.setattr(finetune, "CROP", 32)
    monkeypatch.setattr(finetune, "BATCH", 2)
    slim = loss_network("slim")
    bench = make_bench(
        slim, styles=network(seed=3), fst_rhone=network("constant", 1), fst_anthill=network("constant", 2)
    )
    rng = np.random.default_rng(0)
    photos = [Image.fromarray(rng.integers(0, 255, (48, 56, 3), dtype=np.uint8)) for _ in range(3)]
    yield finetune.Study(
        bench, photos, 2, 3, ("validation", pictures(1, 7)), pictures(2, 2), pictures(2, 8), pictures(4, 9)
    )


def test_cin_begins_with_one_network_or_the_other(study: finetune.Study) -> None:
    nets = study.bench.nets
    assert [study.network("cin", i) for i in range(3)] == [nets["fst-rhone"], nets["fst-anthill"], nets["fst-rhone"]]
    assert study.network("all", 1) is nets["styles"]


def test_the_rate_with_the_lowest_test_loss_is_chosen(study: finetune.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "RATES", {"cin": (1e-3, 1e6), "value": (1e-3, 1e-2)})
    grid = finetune.tune(study, ["cin", "value"])
    assert {way: list(losses) for way, losses in grid.items()} == {
        "cin": ["0.001", "1e+06"],
        "value": ["0.001", "0.01"],
    }
    assert finetune.best(grid)["cin"] == 1e-3  # with the other nothing is left of the picture
    table = finetune.grid_table(grid)
    assert sum(row["chosen"] == "yes" for row in table) == 2 and len(table) == 4
    assert fig8.threshold(grid) == grid["cin"]["0.001"]


def test_figure_8_has_what_its_claims_read(study: finetune.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = {way: {"0.001": 0.5} for way in finetune.RATES}
    found = fig8.measure(study, grid, every=2)
    check(found | finetune.standing(study) | {"interval": [0, 1]}, "finetune-start", "finetune-end")
    assert set(found["curves"]) == set(finetune.LABELS)
    assert [study.seeds_of(name) for name in ("zmnet", "fst", "zmnet_value")] == [2, 2, 1]
    assert found["curves"]["cin"]["test"]["steps"] == [0, 2, 3]
    # before any step a way is what it begins with, on photographs that no training saw
    style = study.styles[:1]
    assert found["start"]["test"]["zmnet"] == pytest.approx(found["start"]["test"]["zmnet_pnet"], rel=1e-4)
    both = [study.test_loss(study.bench.nets["styles"], study.styles[i : i + 1]) for i in range(2)]
    assert found["start"]["test"]["zmnet"] == pytest.approx(np.mean(both), rel=1e-4)
    losses = common.losses(study.bench.nets["styles"], study.bench.judge, study.tests, style)
    assert both[0] == pytest.approx(losses["training"].mean().item())
    assert len(fig8.plot(found).axes) == 3
    assert finetune.standing(study)["signal"] == common.signal(study.bench, "styles", study.many)
    assert [row["method"] for row in fig8.table(found)] == list(finetune.LABELS.values()) and fig8.table({}) == []


def test_steps_to_the_loss_and_bands() -> None:
    train = {name: np.full((2, 1, 4), value) for name, value in (("zmnet", 0.1), ("cin", 0.4))}
    tests = {
        "zmnet": np.array([[[0.3, 0.2, 0.1]], [[0.3, 0.3, 0.1]]]),
        "cin": np.array([[[0.9, 0.8, 0.7]], [[0.9, 0.8, 0.5]]]),
    }
    found = fig8.describe(train, tests, [0, 2, 4], limit=0.2)
    assert found["iterations"] == {"zmnet": 3.0, "cin": 5.0}  # the median of 2 and 4; never
    assert found["final"]["test"]["cin"] == pytest.approx(0.6)
    band = found["curves"]["cin"]["test"]
    assert (band["low"][-1], band["mean"][-1], band["high"][-1]) == (0.5, 0.6, 0.7)


def test_steps_to_the_loss_as_a_table_says_them(study: finetune.Study) -> None:
    found = fig8.measure(study, {way: {"0.001": 0.5} for way in finetune.RATES})
    found["iterations"] = dict.fromkeys(found["iterations"], 2.0) | {"fst": 4.0}
    rows = {row["method"]: row["steps to the loss"] for row in fig8.table(found)}
    assert rows[finetune.LABELS["cin"]] == "2" and rows[finetune.LABELS["fst"]] == "not reached"


def test_figure_9_has_what_its_claim_reads(study: finetune.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fig9, "LOOKS", (0, 1, 2, 3))
    photo = pictures(1, 20)
    found, rows = fig9.measure(study, {"all": 1e-7, "cin": 1e-2}, photo)
    assert [len(row) for row in rows] == [4, 4] and rows[1][0].shape == rows[0][0].shape
    expected = common.losses(study.bench.nets["styles"], study.bench.judge, study.bench.photos, study.bench.unseen[:2])
    assert found["loss"]["zmnet"]["0"] == pytest.approx(expected["training"].mean().item(), rel=1e-4)
    assert found["j"]["zmnet"]["0"] == pytest.approx(np.median(expected["J"].sum(0)), rel=1e-4)
    low, high = found["bands"]["loss"]["cin"]["3"]
    assert low <= found["loss"]["cin"]["3"] <= high
    with torch.no_grad():
        net = study.bench.nets["styles"]
        torch.testing.assert_close(
            rows[0][1], net.stylize(photo, net.encode(study.bench.unseen[:1])), atol=1e-2, rtol=0
        )
    assert [row["iterations"] for row in fig9.table(found)] == [0, 1, 2, 3] and fig9.table({}) == []
    assert len(fig9.plot(found).axes) == 2
    full = {key: {name: dict.fromkeys(("0", "10", "40"), 1.0) for name in fig9.WAYS} for key in ("loss", "j")}
    check(full | finetune.standing(study) | {"fst_own_j": 0.2, "interval": [0, 1]}, "finetune-look")


def test_the_stops_of_figure_9_are_what_the_photo_looked_like(study: finetune.Study, tmp_path: Path) -> None:
    photo, stops = pictures(1, 20), {}
    plain, rows = fig9.measure(study, {"all": 1e-7, "cin": 1e-2}, photo)
    found, again = fig9.measure(study, {"all": 1e-7, "cin": 1e-2}, photo, stops)
    assert found == plain and all(
        a.equal(b) for x, y in zip(rows, again, strict=True) for a, b in zip(x, y, strict=True)
    )
    assert {name: row["steps"] for name, row in stops.items()} == {"zmnet": [0, 1, 2, 3], "cin": [0, 1, 2, 3]}
    painting = study.bench.unseen[:1]
    expected = common.losses(study.bench.nets["styles"], study.bench.judge, photo, painting)
    assert stops["zmnet"]["loss"][0] == pytest.approx(expected["training"].item(), rel=1e-4)
    assert stops["zmnet"]["j"][0] == pytest.approx(expected["J"].sum().item(), rel=1e-4)
    assert stops["cin"]["j"][0] != stops["cin"]["j"][3]
    shelf = Shelf(tmp_path)
    fig9.shelve(shelf, stops, photo, painting)
    assert set(shelf.sizes) == {"photo.jpg", "style.jpg", "zmnet.jpg", "cin.jpg"} and shelf.data["steps"] == [
        0,
        1,
        2,
        3,
    ]
    (first, second) = shelf.data["ways"]
    assert first["frames"] == {"file": "zmnet.jpg", "frames": 4, "width": fig9.FRAME, "height": fig9.FRAME}
    assert second["name"] == finetune.LABELS["cin"] and second["j"] == stops["cin"]["j"]
