"""Figures 8 and 9 on tiny random networks: what lands where, and that every value that the claims read is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, fig8, fig9, finetune
from chapters.adapt import adapt, begin
from chapters.study import Study
from notebook_cells import run_cell
from PIL import Image
from test_known import make_bench, network, pictures
from test_known_chapters import check

from zmlib.experiments import start
from zmlib.perceptual import loss_network


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    monkeypatch.setattr("chapters.study.CROP", 32)
    monkeypatch.setattr("chapters.study.BATCH", 2)
    slim = loss_network("slim")
    bench = make_bench(
        slim, styles=network(seed=3), fst_rhone=network("constant", 1), fst_anthill=network("constant", 2)
    )
    rng = np.random.default_rng(0)
    photos = [Image.fromarray(rng.integers(0, 255, (48, 56, 3), dtype=np.uint8)) for _ in range(3)]
    yield Study(bench, photos, 2, 3, ("validation", pictures(1, 7)), pictures(2, 2), pictures(2, 8), pictures(4, 9))


def figure_8(study: Study, grid: dict, every: int = 0) -> dict:
    """What the page measures, by its own cell."""
    ways = {name: way for name, way in (finetune.HEADLINE | finetune.OTHERS).items() if way in grid}
    page = SimpleNamespace(Curves=partial(fig8.Curves, every=every), threshold=fig8.threshold)
    given = {"fig8": page, "finetune": finetune, "begin": begin, "adapt": adapt, "run": None, "photos": ""}
    rates = finetune.best(grid)
    return run_cell("fig8", "fig8-train", study=study, ways=ways, rates=rates, grid=grid, **given)["measured"]


def figure_9(study: Study, rates: dict) -> dict:
    """The names after the cell that finetunes both networks."""
    given = {"fig9": fig9, "common": common, "begin": begin, "adapt": adapt}
    return run_cell("fig9", "fig9-finetune", study=study, rates=rates, **given)


def test_cin_begins_with_one_network_or_the_other(study: Study) -> None:
    nets = study.bench.nets
    assert [study.network("cin", i) for i in range(3)] == [nets["fst-rhone"], nets["fst-anthill"], nets["fst-rhone"]]
    assert study.network("all", 1) is nets["styles"]


def test_the_rate_with_the_lowest_test_loss_is_chosen(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_figure_8_has_what_its_claims_read(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = {way: {"0.001": 0.5} for way in finetune.RATES}
    found = figure_8(study, grid, every=2)
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


def test_steps_to_the_loss_as_a_table_says_them(study: Study) -> None:
    found = figure_8(study, {way: {"0.001": 0.5} for way in finetune.RATES})
    found["iterations"] = dict.fromkeys(found["iterations"], 2.0) | {"fst": 4.0}
    rows = {row["method"]: row["steps to the loss"] for row in fig8.table(found)}
    assert rows[finetune.LABELS["cin"]] == "2" and rows[finetune.LABELS["fst"]] == "not reached"


def test_figure_9_has_what_its_claim_reads(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fig9, "LOOKS", (0, 1, 2, 3))
    names = figure_9(study, {"all": 1e-7, "cin": 1e-2})
    found, photo, pictures = names["measured"], names["photo"], names["pictures"]
    assert {name: list(of) for name, of in pictures.items()} == {"zmnet": [0, 1, 2, 3], "cin": [0, 1, 2, 3]}
    expected = common.losses(study.bench.nets["styles"], study.bench.judge, study.bench.photos, study.bench.unseen[:2])
    assert found["loss"]["zmnet"]["0"] == pytest.approx(expected["training"].mean().item(), rel=1e-4)
    assert found["j"]["zmnet"]["0"] == pytest.approx(np.median(expected["J"].sum(0)), rel=1e-4)
    low, high = found["bands"]["loss"]["cin"]["3"]
    assert low <= found["loss"]["cin"]["3"] <= high
    with torch.no_grad():
        net = study.bench.nets["styles"]
        output = net.stylize(photo, net.encode(study.bench.unseen[:1]))
    torch.testing.assert_close(pictures["zmnet"][1], output, atol=1e-2, rtol=0)
    assert not torch.equal(pictures["cin"][0], pictures["cin"][3])
    assert [row["iterations"] for row in fig9.table(found)] == [0, 1, 2, 3] and fig9.table({}) == []
    assert len(fig9.plot(found).axes) == 2
    full = {key: {name: dict.fromkeys(("0", "10", "40"), 1.0) for name in fig9.WAYS} for key in ("loss", "j")}
    check(full | finetune.standing(study) | {"fst_own_j": 0.2, "interval": [0, 1]}, "finetune-look")


def test_the_stops_of_figure_9_are_what_the_photo_looked_like(study: Study, clone: Path) -> None:
    names = figure_9(study, {"all": 1e-7, "cin": 1e-2})
    looks, photo = names["looks"], names["photo"]
    assert {name: row["steps"] for name, row in looks.stops.items()} == {"zmnet": [0, 1, 2, 3], "cin": [0, 1, 2, 3]}
    expected = common.losses(study.bench.nets["styles"], study.bench.judge, photo, study.bench.unseen[:1])
    assert looks.stops["zmnet"]["loss"][0] == pytest.approx(expected["training"].item(), rel=1e-4)
    assert looks.stops["zmnet"]["j"][0] == pytest.approx(expected["J"].sum().item(), rel=1e-4)
    assert looks.stops["cin"]["j"][0] != looks.stops["cin"]["j"][3]
    run = start("fig9", {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""})
    shelf = fig9.shelve(run, looks, names["pictures"], "china")
    assert set(shelf.sizes) == {"photo.jpg", "style.jpg", "zmnet.jpg", "cin.jpg"}
    assert shelf.data["steps"] == [0, 1, 2, 3] and shelf.data["style"]["name"] == "unseen 0"
    assert [one["author"] for one in shelf.data["credits"]["photos"]] == ["danielbuechele"]
    (first, second) = shelf.data["ways"]
    assert first["frames"] == {"file": "zmnet.jpg", "frames": 4, "width": 224, "height": 224}
    assert second["name"] == finetune.LABELS["cin"] and second["j"] == looks.stops["cin"]["j"]


def test_a_small_run_takes_over_the_kept_rates(study: Study, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "RATES", {"cin": (1e-3, 1e-2)})
    given = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}
    monkeypatch.setenv("ZMLIB_RESULTS", str(clone / "figures"))
    large = start("fig8", given | {"photos": "a folder"}, photos=str)
    grid = finetune.tuned(large, study, ["cin"])
    assert list(grid["cin"]) == ["0.001", "0.01"]
    monkeypatch.setattr(finetune, "RATES", {"cin": (1e-1,)})
    small = start("fig8", given | {"photos": ""}, photos=str)
    assert finetune.tuned(small, study, ["cin"]) == grid
    (clone / "figures" / "fig8" / "grid.json").unlink()
    assert list(finetune.tuned(small, study, ["cin"])["cin"]) == ["0.1"]
