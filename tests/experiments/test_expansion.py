"""Section 4.1: the seeds alone against the set derived from them, on tiny random networks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import common, expansion
from chapters.evidence_curves import curves
from chapters.measures import losses
from chapters.pairing import Pairing
from notebook_cells import run_cell
from test_known import COMMON, make_bench, network, pictures

from zmlib.errors import UserError
from zmlib.experiments.parameters import start
from zmlib.experiments.results import Result, write_result
from zmlib.experiments.run import Run
from zmlib.perceptual import loss_network
from zmlib.weights import save
from zmlib.zmnet import ZMNet

CARDS = {"original": {"styles": 180, "steps": 100}, "expanded": {"styles": 1078, "steps": 100, "final_loss": 0.2}}


@pytest.fixture(scope="module")
def bench() -> common.Bench:
    nets = {"styles_seeds": network(seed=5), "styles_expanded": network(seed=6)}
    nets["styles_seeds"].card, nets["styles_expanded"].card = CARDS["original"], CARDS["expanded"]
    return make_bench(loss_network("slim"), **nets)


@pytest.fixture
def pairs(bench: common.Bench) -> Pairing:
    return Pairing(bench.photos, bench.unseen)


def begun(runs: str = "") -> Run:
    kinds = {"pairs": str, "judge": str, "runs": str}
    return start("expansion", COMMON | {"pairs": "", "judge": "", "runs": runs}, **kinds)


def write(folder: Path, name: str, seed: int, steps: tuple[int, ...] = ()) -> ZMNet:
    """A finished run, with snapshots that are other networks but for the last."""
    net = network(seed=seed)
    card = CARDS["original" if "seeds" in name else "expanded"]
    save(net, folder / name / "weights.safetensors", card, torch.float32)
    for i, step in enumerate(reversed(steps)):
        one = net if i == 0 else network(seed=100 + step)
        save(one, folder / name / "steps" / f"{step:06d}.safetensors", {}, torch.float32)
    return net


def loss(bench: common.Bench, net: ZMNet) -> float:
    return float(losses(net, bench.judge, bench.photos, bench.unseen)["training"].mean())


def test_the_shipped_networks_alone(bench: common.Bench, pairs: Pairing, clone: Path) -> None:
    run = begun()
    found = expansion.measure(bench, pairs, expansion.given(bench, run, ""), curves(run))
    one = found["seeds_180"]
    assert "seeds_18" not in found and found["styles"] == {"original": 180, "expanded": 1078}
    test = {side: loss(bench, bench.nets[name]) for side, name in expansion.BOTH.items()}
    assert {side: value["mean"] for side, value in one["test_loss"].items()} == pytest.approx(test)
    assert one["ratio"]["ratio"] == pytest.approx(test["expanded"] / test["original"]) and one["ratio"]["n"] == 6
    assert one["each"] == [pytest.approx(one["ratio"]["ratio"])] and one["training_seeds"] == 1
    assert one["fall"] is None and one["plateau"] is False, "no curve is known"
    assert len(expansion.table(found)) == 2 and expansion.table({}) == expansion.ratios({}) == []
    (row,) = expansion.ratios(found)
    assert (
        row["fall over the last quarter, seeds alone"] == "not known"
        and "crops" in row["else not the same, or not known"]
    )
    plt.close(expansion.plot(found))


def test_the_kept_curve_counts_for_the_shipped_network_if_it_is_its_own(
    bench: common.Bench, pairs: Pairing, clone: Path
) -> None:
    run, here = begun(), clone / "figures" / "networks"
    for last, plateau in (([0.5, 0.25, 0.24], True), ([0.5, 0.25, 0.2], False)):
        curve = {"steps": [50, 75, 100], "test_loss": last}
        write_result(Result("networks", "curves", {"networks": {"styles-seeds": curve}}, {}, {}), None, here)
        trainings = expansion.given(bench, run, "")
        one = expansion.measure(bench, pairs, trainings, curves(run))["seeds_180"]
        assert one["plateau"] is plateau and one["fall"]["share"] == pytest.approx(1 - last[2] / last[1])
    assert "networks/curves.json" in run.provenance()["pictures"]
    other = {"styles-seeds": {"steps": [50, 75, 90], "test_loss": [0.5, 0.25, 0.25]}}
    assert expansion.fall(bench, pairs, trainings[180]["original"], torch.zeros(3, 2), other) is None, (
        "a curve of another length"
    )


def test_every_number_of_seeds_that_both_sides_have(bench: common.Bench, pairs: Pairing, clone: Path) -> None:
    folder, nets = clone / "runs", {}
    for seed, suffix in enumerate(("", "-seed1")):
        nets["original", seed] = write(folder, f"styles-seeds-18{suffix}", 10 + seed, (10, 70, 80, 100))
        nets["expanded", seed] = write(folder, f"styles-expanded-18{suffix}", 20 + seed)
    write(folder, "styles-seeds-18-seed2", 30)  # whose partner is not trained yet
    write(folder, "styles-seeds-45", 31)
    write(folder, "styles-seeds-seed1", 32)
    run = begun(str(folder))
    trainings = expansion.given(bench, run, str(folder))
    assert {count: len(both["expanded"]) for count, both in trainings.items()} == {18: 2, 180: 1}
    assert trainings[180]["original"][0].net is bench.nets["styles-seeds"]
    found = expansion.measure(bench, pairs, trainings, {})
    one, test = found["seeds_18"], {key: loss(bench, net) for key, net in nets.items()}
    sums = {side: test[side, 0] + test[side, 1] for side in expansion.BOTH}
    assert one["ratio"]["ratio"] == pytest.approx(sums["expanded"] / sums["original"])
    assert one["each"] == [pytest.approx(test["expanded", i] / test["original", i]) for i in (0, 1)]
    before = [loss(bench, network(seed=100 + step)) for step in (70, 80)]  # of both training seeds the same
    assert one["fall"]["share"] == pytest.approx(1 - sums["original"] / 2 / np.mean(before), rel=1e-4)
    assert one["training_seeds"] == 2 and len(expansion.table(found)) == 4
    assert {"styles-seeds-18", "styles-expanded-18-seed1"} <= set(run.provenance()["weights"])
    figure = expansion.plot(found)
    assert [list(line.get_xdata()) for line in figure.axes[0].lines if line.get_linestyle() == "-"][-2] == [18, 180]
    plt.close(figure)


def test_a_damaged_run_is_refused(bench: common.Bench, clone: Path) -> None:
    file = clone / "runs" / "styles-seeds-18" / "weights.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"nothing")
    with pytest.raises(UserError):
        expansion.given(bench, begun(str(clone / "runs")), str(clone / "runs"))


def test_the_columns_of_the_pictures(bench: common.Bench) -> None:
    kept = {}

    def keep_sheet(run: object, figure: str, rows: list, columns: list, values: dict, cell: int) -> None:
        assert {len(row) for row in rows} == {len(columns)}
        kept[figure] = rows

    page = SimpleNamespace(keep_sheet=keep_sheet, pictured=lambda bench, *names: pictures(len(names), 8).split(1))
    nets = {"seeds_alone": bench.nets["styles-seeds"], "expanded": bench.nets["styles-expanded"]}
    run_cell("expansion", "expansion-pictures", run=None, bench=bench, common=page, **nets)
    photo, style, before, after = kept["pictures"][2]
    assert torch.equal(style, bench.unseen[2:3])
    for output, net in ((before, nets["seeds_alone"]), (after, nets["expanded"])):
        torch.testing.assert_close(output, net.stylize(photo, net.encode(style)), atol=1e-4, rtol=0)
