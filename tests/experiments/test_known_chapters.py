"""Figures 4, 5 and 6, on tiny random networks: pairs, rows and ratios land where they belong."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from chapters import common, fig4, fig5, fig6, ost_reference
from chapters.matrix import judge_all
from claims.conditions import look_up
from notebook_cells import run_cell
from test_known import make_bench, network, pictures

from zmlib.baselines.ost import ost
from zmlib.perceptual import loss_network
from zmlib.weights import save
from zmlib.zmnet import ZMNet

CLAIMS = Path(__file__).parents[2] / "book" / "claims.yml"
CLOSE = {"atol": 1e-4, "rtol": 0}  # a picture may come by the fast path or, where a gradient is possible, not


class Sheets:
    """Stands for `chapters.common` in a cell: notes the rows of the sheets that it keeps."""

    FST = common.FST

    def __init__(self) -> None:
        self.kept: dict[str, list[list[torch.Tensor]]] = {}
        self.values: dict[str, dict] = {}

    def keep_sheet(self, run, figure, rows, columns, values, cell, labels=()):  # type: ignore[no-untyped-def]
        assert {len(row) for row in rows} == {len(columns)} and cell > 0
        self.kept[figure], self.values[figure] = rows, values

    def pictured(self, bench: common.Bench, *names: str) -> list[torch.Tensor]:
        return list(pictures(len(names), 8).split(1))


def paint(bench: common.Bench, name: str, photo: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
    return bench.nets[name].stylize(photo, bench.nets[name].encode(guide))


@pytest.fixture(scope="module")
def bench() -> common.Bench:
    nets = {"cin_10": network("table", 9, styles=10), "fst_rhone": network("constant", 1)}
    nets |= {"fst_anthill": network("constant", 2)}
    for i, (name, styles) in enumerate((("styles", 264), ("styles_10", 10), ("styles_seeds", 180))):
        nets[name] = network(seed=3 + i)
        nets[name].card = {"styles": styles, "steps": 100, "seconds": 60}
    nets["styles_expanded"] = network(seed=6)
    nets["styles_expanded"].card = {"styles": 1078, "steps": 100, "final_loss": 0.2}
    nets["cin_10"].card = {"styles": 10, "steps": 50, "seconds": 120}
    return make_bench(loss_network("slim"), **nets)


def reads(*ids: str) -> set[str]:
    claims = {claim["id"]: claim for claim in yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))["claims"]}
    return {path for name in ids for path in claims[name]["reads"]}


def check(found: dict, *ids: str) -> None:
    """Every value that the claims read is there."""
    assert not {path for path in reads(*ids) if look_up({"values": found}, path) is None}


@pytest.fixture(scope="module")
def reference(bench: common.Bench) -> ost_reference.Reference:
    """Of the second photograph alone; J grows with the number of the style."""
    kinds = [(kind, i) for kind in ("unseen", "ten") for i in range(len(bench.names[kind]))]
    rows = [
        {
            "style": f"{kind} {i}",
            "photo": "photos 1",
            "style_part": 0.1 + 0.01 * i,
            "content_part": 0.02,
            "training": 0.2 + i,
            "iterations": 9,
            "arrived": True,
        }
        for kind, i in kinds
    ]
    return ost_reference.Reference(rows, {"commit": "c"})


def test_figure_4_compares_on_two_styles_and_on_ten(bench: common.Bench, reference: ost_reference.Reference) -> None:
    found = fig4.measure(bench, reference)
    check(found, "capacity-10")
    j, own = (
        judge_all(bench.nets[name], bench.judge, bench.photos, bench.ten).sum(0).numpy()
        for name in ("cin-10", "styles-10")
    )
    assert found["loss"]["cin"]["median"] == pytest.approx(np.median(j[[0, 7]]), rel=1e-4)
    assert found["by_style"]["ten 7"]["cin"] == pytest.approx(np.median(j[7]), rel=1e-4)
    mean = (found["loss"]["fst"]["median"] + found["loss"]["cin"]["median"]) / 2
    assert found["ratio"]["ratio"] == pytest.approx(found["loss"]["zmnet"]["median"] / mean)
    assert found["ratio_cin"]["ratio"] == pytest.approx(np.median(own) / np.median(j), rel=1e-4)
    assert (found["ratio"]["styles"], found["ratio_cin"]["styles"], found["pairs"]) == (2, 10, 4)
    assert found["styles"] == 10 and found["ten"]["cin"]["n"] == 20
    assert found["loss"]["ost"]["median"] == pytest.approx((0.12 + 0.19) / 2) and found["loss"]["ost"]["n"] == 2
    floor = 0.12 + 0.01 * np.arange(10)
    assert found["over_ost"]["cin"]["ratio"] == pytest.approx(np.median(j[:, 1]) / np.median(floor), rel=1e-4)
    assert not found["same"] and found["ost_from"] == {"commit": "c"}
    assert [row["method"] for row in fig4.table(found)] == list(fig4.LABELS.values()) and fig4.table({}) == []
    assert len(fig4.ratios_table(found)) == 2 and fig4.ratios_table({}) == []
    assert fig4.plot(found).axes


def test_figures_without_ost_have_the_rest(bench: common.Bench) -> None:
    found = fig4.measure(bench)
    assert "ost" not in found["loss"] and found["over_ost"] == {} and found["ost_from"] == {}
    assert len(fig4.table(found)) == 4 and fig4.plot(found).axes
    assert set(fig5.measure(bench)["training_loss"]) == {"zmnet", "cin"}
    found = fig6.measure(bench, fig6.on_unseen(bench))
    assert found["over_ost"] == {} and set(found["generalise"]["many"]) == {"raw"}
    assert fig6.table(found)[0]["J over OST's, seen"] is None and fig6.plot(found).axes


def test_the_ten_style_network_is_the_wide_one_where_it_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, expected in (({"styles-10"}, "styles-10"), ({"styles-10", "styles-10-wide"}, "styles-10-wide")):
        monkeypatch.setattr("zmlib.available", lambda there=there: dict.fromkeys(there))
        assert fig4.ten_styles() == expected


def test_figure_4_s_columns(bench: common.Bench) -> None:
    page = Sheets()
    given = {"run": SimpleNamespace(ost_iterations=2), "bench": bench, "nets": bench.nets, "common": page}
    given |= {"torch": torch, "ost_reference": ost_reference, "ten_styles": "styles-10"}
    methods = run_cell("fig4", "fig4-methods", **given)["four_methods"]
    run_cell("fig4", "fig4-figure", **given, four_methods=methods)
    rows = page.kept["pictures"]
    assert [len(row) for row in rows] == [6] * 4
    assert page.values["pictures"] == {
        "photos": ["china", "chelsea"],
        "styles": ["fst-rhone", "fst-anthill"],
        "network": "styles-10",
        "ost_iterations": 2,
    }
    content, style, optimised, fst, cin, zmnet = rows[3]
    torch.testing.assert_close((content, style), (page.pictured(bench, "a", "b")[1], bench.ten[7:8]))
    torch.testing.assert_close(optimised, ost(content, style, bench.judge, steps=2, optimiser="lbfgs"))
    torch.testing.assert_close(fst, paint(bench, "fst-anthill", content, style), **CLOSE)
    torch.testing.assert_close(cin, paint(bench, "cin-10", content, torch.tensor([7])), **CLOSE)
    torch.testing.assert_close(zmnet, paint(bench, "styles-10", content, style), **CLOSE)


def test_cin_that_is_fst_agrees_with_it(bench: common.Bench) -> None:
    """A table whose rows 0 and 7 are gamma and beta of the two networks, on one TNet."""
    one, other = bench.nets["fst-rhone"], network("constant", 2)
    other.tnet = one.tnet
    table = network("table", 5, styles=10)
    table.tnet = one.tnet
    with torch.no_grad():
        for name in ("gamma", "beta"):
            for rows, a, b in zip(*(getattr(net.source, name) for net in (table, one, other)), strict=True):
                rows[0], rows[7] = a[0], b[0]
    same = make_bench(loss_network("slim"), fst_rhone=one, fst_anthill=other, cin_10=table)
    page = Sheets()
    with torch.no_grad():
        run_cell("fig4", "fig4-rows", run=None, bench=same, nets=same.nets, common=page, torch=torch, fig4=fig4)
    apart = page.values["rows"]
    assert apart["own"] == pytest.approx(0, abs=1e-6) and apart["other"] > 1e-3
    assert [len(row) for row in page.kept["rows"]] == [5, 5]


def test_figure_5_s_ratio_is_of_means_over_the_ten(bench: common.Bench, reference: ost_reference.Reference) -> None:
    found = fig5.measure(bench, reference)
    check(found, "capacity-20k")
    loss = found["training_loss"]
    expected = common.losses(bench.nets["styles"], bench.judge, bench.photos, bench.ten)["training"].mean()
    assert loss["zmnet"]["mean"] == pytest.approx(float(expected))
    assert found["ratio"]["ratio"] == pytest.approx(loss["zmnet"]["mean"] / loss["cin"]["mean"])
    assert np.mean([one["cin"] for one in found["by_style"].values()]) == pytest.approx(loss["cin"]["mean"])
    assert loss["ost"]["mean"] == pytest.approx(0.2 + 4.5) and loss["ost"]["n"] == 10
    assert found["steps"] == {"zmnet": 100, "cin": 50} and found["minutes"] == {"zmnet": 1, "cin": 2}
    assert (found["styles"], found["styles_cin"]) == (264, 10) and "steps" in found["differ"]
    assert [row["styles"] for row in fig5.table(found)] == [264, 10, None] and fig5.table({}) == []
    assert fig5.table(found)[0]["the paper's training loss"] == "157,382.7"
    assert fig5.plot(found).axes


def test_figure_5_s_rows_share_out_the_styles(bench: common.Bench) -> None:
    page = Sheets()
    run_cell("fig5", "fig5-figure", run=None, bench=bench, net=bench.nets["styles"], common=page)
    rows = page.kept["pictures"]
    assert [len(row) for row in rows] == [11, 11]
    torch.testing.assert_close(rows[1][1], bench.ten[5:6])
    torch.testing.assert_close(rows[1][4], paint(bench, "styles", rows[1][0], bench.ten[6:7]), **CLOSE)


def test_figure_6_s_ratios(bench: common.Bench, reference: ost_reference.Reference) -> None:
    unseen = fig6.on_unseen(bench)
    found = fig6.measure(bench, unseen, reference)
    check(found, "generalise")
    floor = {"unseen": 0.12 + 0.01 * np.arange(3), "seen": 0.12 + 0.01 * np.arange(10)}
    for key, name in fig6.GUIDED.items():
        net = bench.nets[name]
        expected = judge_all(net, bench.judge, bench.photos, bench.unseen)
        torch.testing.assert_close(unseen[key], expected, rtol=1e-4, atol=1e-5)
        j = {"unseen": expected.sum(0), "seen": judge_all(net, bench.judge, bench.photos, bench.ten).sum(0)}
        ratio = found["generalise"][key]
        assert ratio["raw"]["ratio"] == pytest.approx(np.median(j["unseen"]) / np.median(j["seen"]), rel=1e-4)
        over = {kind: float(np.median(one[:, 1].numpy() / floor[kind])) for kind, one in j.items()}
        assert ratio["over_ost"]["ratio"] == pytest.approx(over["unseen"] / over["seen"], rel=1e-4)
        assert found["over_ost"][key]["seen"]["median"] == pytest.approx(over["seen"], rel=1e-4)
        assert (ratio["raw"]["photos"], ratio["over_ost"]["photos"], ratio["raw"]["n"]) == (2, 1, 26)
    assert found["styles"] == 264 and found["styles_of"]["expanded"] == 1078
    assert found["counts"] == {"photos": 2, "unseen": 3, "seen": 10} and found["over_ost"]["fst_own"]["n"] == 2
    assert found["generalise"]["same"] is False
    assert len(fig6.table(found)) == 4 and fig6.table({}) == [] and fig6.plot(found).axes
    assert len(fig6.unseen_table(fig6.describe(unseen))) == 5


def test_figure_6_s_columns(bench: common.Bench) -> None:
    page = Sheets()
    run_cell("fig6", "fig6-figure", run=None, bench=bench, nets=bench.nets, common=page)
    rows = page.kept["pictures"]
    assert len(rows) == len(bench.unseen) == 3
    for i, fst in enumerate(("fst-rhone", "fst-anthill", "fst-rhone")):
        photo, style, *outputs = rows[i]
        torch.testing.assert_close(style, bench.unseen[i : i + 1])
        for output, name in zip(outputs, (fst, "styles-10", "styles"), strict=True):
            torch.testing.assert_close(output, paint(bench, name, photo, style), **CLOSE)


class Recorder:
    """Stands for a run: what it was told to record."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def read(self, file: Path) -> Path:
        self.noted.append(file.name)
        return file

    def used(self, net: ZMNet, name: str) -> ZMNet:
        self.noted.append(Path(name).stem)
        return net


def test_retrained_networks_belong_to_their_painting(bench: common.Bench, tmp_path: Path) -> None:
    run: Any = Recorder()
    assert fig6.retrained(run, bench, "") is None and fig6.retrained(run, bench, str(tmp_path)) is None
    net = network("constant", 11)
    save(net, tmp_path / "unseen 2.safetensors", {"steps": 7, "steps_before": 5}, torch.float32)
    save(net, tmp_path / "of another painting.safetensors", {})
    found = fig6.retrained(run, bench, str(tmp_path))
    assert found is not None and found["styles"] == 1 and found["pairs"] == 2
    assert run.noted == ["unseen 2.safetensors", "unseen 2"]
    expected = np.median(judge_all(net, bench.judge, bench.photos, bench.unseen[2:3]).sum(0))
    assert found["fst"]["median"] == pytest.approx(expected, rel=1e-4) and found["steps"] == [7]
    assert found["ratio"]["ratio"] == pytest.approx(found["zmnet"]["median"] / found["fst"]["median"])
    assert [row["method"] for row in fig6.retrained_table(found)] == [
        "ZM-Net, no training",
        "FST, 7 steps for each of 1 styles",
    ]
    check({"unseen": found}, "unseen-quality")


def test_without_the_training_paintings_the_rest_is_measured(bench: common.Bench) -> None:
    less = make_bench(loss_network("slim"))
    less.nets, less.ten = bench.nets, None
    other = fig5.unseen(less)
    assert other["pairs"] == 6 and other["J"]["styles"] == 3
    assert set(fig6.on_unseen(less)) == {*fig6.GUIDED, "fst"}
