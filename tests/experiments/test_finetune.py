"""Figures 8 and 9 on tiny random networks: what lands where, and that every value that the claims read is there."""

from __future__ import annotations

import hashlib
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
from chapters.study import Study, budgets, budgets_table
from notebook_cells import run_cell
from PIL import Image
from test_known import network, pictures

from zmlib.evaluate.judge import Judge
from zmlib.experiments import start
from zmlib.perceptual import loss_network


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """Two styles, two seeds, three steps."""
    monkeypatch.setattr("chapters.study.CROP", 32)
    monkeypatch.setattr("chapters.study.BATCH", 2)
    nets = {"styles": network(seed=3), "fst-rhone": network("constant", 1), "fst-anthill": network("constant", 2)}
    nets["cin-10"] = network("table", seed=4, styles=3)
    for row in nets["cin-10"].source.parameters():
        torch.nn.init.normal_(row, 1, 0.3)
    rng = np.random.default_rng(0)
    photos = [Image.fromarray(rng.integers(0, 255, (48, 56, 3), dtype=np.uint8)) for _ in range(3)]
    yield Study(
        nets=nets,
        judge=Judge(loss_network("slim")),
        names={"styles": ["unseen 0", "unseen 1"], "tests": [f"photo {i}" for i in range(4)]},
        photos=photos,
        seeds=2,
        steps=3,
        validation=("validation", pictures(1, 7)),
        styles=pictures(2, 2),
        tests=pictures(4, 9),
        unseen=pictures(2, 2),
        contents=pictures(4, 9),
    )


def figure_8(study: Study, grid: dict, every: int = 0) -> dict:
    """What the page measures, by its own cell."""
    ways = {name: way for name, way in (finetune.HEADLINE | finetune.OTHERS).items() if way in grid}
    page = SimpleNamespace(Curves=partial(fig8.Curves, every=every), threshold=fig8.threshold)
    given = {"fig8": page, "begin": begin, "adapt": adapt, "rates": finetune.best(grid)}
    return run_cell("fig8", "fig8-train", study=study, ways=ways, grid=grid, **given)["measured"]


def figure_9(study: Study, rates: dict) -> dict:
    """The names after the cell that finetunes the networks."""
    run = SimpleNamespace(size=32, device="cpu")
    given = {"fig9": fig9, "common": common, "begin": begin, "adapt": adapt, "run": run}
    return run_cell("fig9", "fig9-finetune", study=study, rates=rates, **given)


def test_cin_begins_with_one_network_or_the_other_and_with_row_after_row(study: Study) -> None:
    nets = study.nets
    first = [study.start("cin", i) for i in range(3)]
    assert first == [(nets["fst-rhone"], 0), (nets["fst-anthill"], 0), (nets["fst-rhone"], 0)]
    assert [study.start("cin10", i) for i in range(4)] == [(nets["cin-10"], i) for i in (0, 1, 2, 0)]
    assert study.start("all", 1) == (nets["styles"], 0)


def test_what_each_network_cost_before_is_what_its_card_says(study: Study) -> None:
    study.nets["styles"].card = {"steps": 400, "seconds": 150, "styles": 7}
    study.nets["cin-10"].card = {"steps": 100}
    found = budgets(study.nets)
    assert found["styles"] == {"steps": 400, "minutes": 2, "styles": 7} and found["fst-rhone"]["steps"] is None
    assert {row["network"]: row["steps over ZM-Net's"] for row in budgets_table(study.nets)}["`cin-10`"] == 0.25


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


def mapping(found: dict, path: str) -> dict:
    """A number with its interval, by its path; it must have one."""
    for part in path.split("."):
        found = found[part]
    assert "ratio" in found and found["low"] <= found["ratio"] <= found["high"], path
    return found


def test_figure_8_has_what_its_claims_read(study: Study) -> None:
    grid = {way: {"0.001": 0.5} for way in finetune.RATES}
    found = figure_8(study, grid, every=2)
    for pair in ("cin_over_fst", "zmnet_over_cin", "cin10_over_fst", "zmnet_over_cin10"):
        assert mapping(found, f"start.{pair}.test")["photos"] == 4
        assert mapping(found, f"start.{pair}.train")["n"] == 2, "a training loss is one number a style"
    for pair in ("zmnet_over_cin", "zmnet_over_fst", "zmnet_over_cin10"):
        assert mapping(found, f"final.{pair}.test")["styles"] == 2 and mapping(found, f"iterations.{pair}")
    assert (found["styles_adapted"], found["seeds"]) == (2, 2)
    assert set(found["curves"]) == set(finetune.LABELS)
    assert [study.seeds_of(name) for name in ("zmnet", "fst", "zmnet_value")] == [2, 2, 1]
    assert found["curves"]["cin"]["test"]["steps"] == [0, 2, 3]
    # before any step a way is what it begins with, on photographs that no training saw
    style = study.styles[:1]
    assert found["start"]["test"]["zmnet"] == pytest.approx(found["start"]["test"]["zmnet_pnet"], rel=1e-4)
    both = [study.test_losses(study.nets["styles"], study.styles[i : i + 1]) for i in range(2)]
    assert found["start"]["test"]["zmnet"] == pytest.approx(torch.cat(both).mean().item(), rel=1e-4)
    losses = common.losses(study.nets["styles"], study.judge, study.tests, style)
    torch.testing.assert_close(both[0], losses["training"][0])
    assert len(fig8.plot(found).axes) == 3
    assert [row["method"] for row in fig8.table(found)] == list(finetune.LABELS.values()) and fig8.table({}) == []
    assert len(fig8.ratios_table(found)) == len(fig8.PAIRS) and fig8.ratios_table({}) == []


def test_ratios_are_of_means_and_seeds_come_first() -> None:
    """Two seeds, two styles, one photograph; the ratio of the means, not the mean of ratios."""
    train = {"zmnet": np.zeros((2, 2, 4)), "cin": np.zeros((2, 2, 4))}
    train["zmnet"][:, 0], train["zmnet"][:, 1] = [[0.1] * 4, [0.3] * 4], 0.6
    train["cin"][:, 0], train["cin"][:, 1] = 0.2, 0.6
    tests = {name: x[:, :, :3, None] for name, x in train.items()}
    found = fig8.describe(train, tests, [0, 2, 4], limit=0.2)
    assert found["start"]["zmnet_over_cin"]["train"]["ratio"] == pytest.approx((0.2 + 0.6) / (0.2 + 0.6))
    assert found["final"]["train"]["zmnet"] == pytest.approx(0.4)
    low, high = (found["start"]["zmnet_over_cin"]["test"][end] for end in ("low", "high"))
    assert low == pytest.approx(1) and high == pytest.approx(1), "each style's ratio is 1 once the seeds are averaged"
    assert "zmnet_over_fst" not in found["start"]


def test_iterations_to_the_loss() -> None:
    """Of each style and seed; at the loss before any step counts as 1, never as one more than the training has."""
    tests = {
        "zmnet": np.array([[[[0.1], [0.1], [0.1]], [[0.3], [0.2], [0.1]]]]),
        "cin": np.array([[[[0.9], [0.8], [0.2]], [[0.9], [0.8], [0.5]]]]),
    }
    train = {name: np.full((1, 2, 4), 0.5) for name in tests}
    found = fig8.describe(train, tests, [0, 2, 4], limit=0.2)
    assert found["iterations"]["zmnet"] == pytest.approx((1 + 2) / 2)
    assert found["iterations"]["cin"] == pytest.approx((4 + 5) / 2)
    assert found["iterations"]["zmnet_over_cin"]["ratio"] == pytest.approx(3 / 9)
    band = found["curves"]["cin"]["test"]
    assert (band["low"][-1], band["mean"][-1], band["high"][-1]) == (0.2, 0.35, 0.5)


def test_figure_9_has_what_its_claim_reads(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fig9, "LOOKS", (0, 1, 2, 3))
    monkeypatch.setattr(fig9, "RATIOS", {"ratio": ("cin", 3), "ratio_10": ("cin", 2), "ratio_cin10": ("cin10", 3)})
    names = figure_9(study, {"all": 1e-7, "cin": 1e-2, "cin10": 1e-2})
    found, photo, pictures = names["measured"], names["photo"], names["pictures"]
    assert {name: list(of) for name, of in pictures.items()} == dict.fromkeys(fig9.WAYS, [0, 1, 2, 3])
    expected = common.losses(study.nets["styles"], study.judge, study.contents, study.unseen)
    assert found["loss"]["zmnet"]["0"] == pytest.approx(expected["training"].mean().item(), rel=1e-4)
    assert found["j"]["zmnet"]["0"] == pytest.approx(np.median(expected["J"].sum(0)), rel=1e-4)
    for name in ("ratio", "ratio_10", "ratio_cin10"):
        assert [mapping(found, f"{name}.{key}")["n"] for key in ("loss", "j")] == [8, 8]
    assert found["ratio"]["loss"]["ratio"] == pytest.approx(found["loss"]["zmnet"]["0"] / found["loss"]["cin"]["3"])
    assert len(fig9.ratios_table(found)) == 3 and fig9.ratios_table({}) == []
    low, high = found["bands"]["loss"]["cin"]["3"]
    assert low <= found["loss"]["cin"]["3"] <= high
    with torch.no_grad():
        net = study.nets["styles"]
        output = net.stylize(photo, net.encode(study.unseen[:1]))
    torch.testing.assert_close(pictures["zmnet"][1], output, atol=1e-2, rtol=0)
    assert not torch.equal(pictures["cin"][0], pictures["cin"][3])
    assert [row["iterations"] for row in fig9.table(found)] == [0, 1, 2, 3] and fig9.table({}) == []
    assert len(fig9.plot(found).axes) == 2


def test_the_stops_of_figure_9_are_what_the_photo_looked_like(study: Study, clone: Path) -> None:
    names = figure_9(study, {"all": 1e-7, "cin": 1e-2, "cin10": 1e-2})
    looks, photo = names["looks"], names["photo"]
    assert {name: row["steps"] for name, row in looks.stops.items()} == {"zmnet": [0, 1, 2, 3], "cin": [0, 1, 2, 3]}
    expected = common.losses(study.nets["styles"], study.judge, photo, study.unseen[:1])
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
    monkeypatch.setattr(finetune, "RATES", {"cin": (1e-1,), "value": (1e-1,)})
    small = start("fig8", given | {"photos": ""}, photos=str)
    assert list(finetune.tuned(small, study, ["cin", "value"])["cin"]) == ["0.1"], "one way was not tuned there"
    assert "fig8/grid.json" not in small.provenance()["pictures"], "nothing was taken over"
    assert finetune.tuned(small, study, ["cin"]) == grid
    kept = (clone / "figures" / "fig8" / "grid.json").read_bytes()
    assert small.provenance()["pictures"]["fig8/grid.json"]["sha256"] == hashlib.sha256(kept).hexdigest()
    assert not large.provenance()["pictures"]
    (clone / "figures" / "fig8" / "grid.json").unlink()
    assert list(finetune.tuned(small, study, ["cin"])["cin"]) == ["0.1"]
