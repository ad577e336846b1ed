"""Figures 4, 5 and 6 and section 4.1, on tiny random networks: pairs, rows and ratios land where they belong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from chapters import common, expansion, fig4, fig5, fig6
from claims.conditions import look_up
from notebook_cells import run_cell
from test_known import make_bench, network, pictures

from zmlib.baselines.ost import ost
from zmlib.evaluate.matrix import judge_all
from zmlib.perceptual import loss_network
from zmlib.weights import save

CLAIMS = Path(__file__).parents[2] / "book" / "claims.yml"
STANDING = {"values.fst_own_j", "values.signal.rate", "values.signal.mean_over_right", "values.interval"}

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
    return STANDING | {path for name in ids for path in claims[name]["reads"]}


def check(found: dict, *ids: str) -> None:
    """Every value that the claims read is there."""
    assert not {path for path in reads(*ids) if look_up({"values": found}, path) is None}


def test_figure_4_compares_all_on_the_two_styles(bench: common.Bench) -> None:
    found = fig4.measure(bench)
    check(found, "capacity-10")
    j = judge_all(bench.nets["cin-10"], bench.judge, bench.photos, bench.ten).sum(0)
    assert found["loss"]["cin"] == pytest.approx(np.median(j[[0, 7]].numpy()), rel=1e-4)
    assert found["by_style"]["ten 7"]["cin"] == pytest.approx(np.median(j[7].numpy()), rel=1e-4)
    assert found["loss"]["fst"] == pytest.approx(found["fst_own_j"]) and found["pairs"] == 4
    mean = (found["loss"]["fst"] + found["loss"]["cin"]) / 2
    assert found["ratio"]["ratio"] == pytest.approx(found["loss"]["zmnet"] / mean)
    assert found["styles"] == 10 and found["ten"]["cin"]["n"] == 20
    assert [row["method"] for row in fig4.table(found)] == list(fig4.LABELS.values()) and fig4.table({}) == []
    assert fig4.plot(found).axes


def test_figure_4_s_columns(bench: common.Bench) -> None:
    page = Sheets()
    given = {"run": None, "bench": bench, "nets": bench.nets, "common": page, "torch": torch, "ost": ost}
    methods = run_cell("fig4", "fig4-methods", **given)["four_methods"]
    run_cell("fig4", "fig4-figure", **given, four_methods=methods)
    rows = page.kept["pictures"]
    assert [len(row) for row in rows] == [6] * 4
    assert page.values["pictures"] == {
        "photos": ["china", "chelsea"],
        "styles": ["fst-rhone", "fst-anthill"],
        "ost_steps": 2,
    }
    content, style, optimised, fst, cin, zmnet = rows[3]
    torch.testing.assert_close((content, style), (page.pictured(bench, "a", "b")[1], bench.ten[7:8]))
    torch.testing.assert_close(optimised, ost(content, style, bench.judge.network, steps=2))
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


def test_figure_5_s_ratio_is_of_means_over_the_ten(bench: common.Bench) -> None:
    found = fig5.measure(bench)
    check(found, "capacity-20k")
    expected = common.losses(bench.nets["styles"], bench.judge, bench.photos, bench.ten)["training"].mean()
    assert found["training_loss"]["zmnet"] == pytest.approx(float(expected))
    assert np.mean([one["cin"] for one in found["by_style"].values()]) == pytest.approx(found["training_loss"]["cin"])
    assert found["steps"] == {"zmnet": 100, "cin": 50} and found["minutes"] == {"zmnet": 1, "cin": 2}
    assert (found["styles"], found["styles_cin"]) == (264, 10)
    assert [row["styles"] for row in fig5.table(found)] == [264, 10] and fig5.table({}) == []
    assert fig5.plot(found).axes


def test_figure_5_s_rows_share_out_the_styles(bench: common.Bench) -> None:
    page = Sheets()
    run_cell("fig5", "fig5-figure", run=None, bench=bench, net=bench.nets["styles"], common=page)
    rows = page.kept["pictures"]
    assert [len(row) for row in rows] == [11, 11]
    torch.testing.assert_close(rows[1][1], bench.ten[5:6])
    torch.testing.assert_close(rows[1][4], paint(bench, "styles", rows[1][0], bench.ten[6:7]), **CLOSE)


def test_figure_6_s_ratios(bench: common.Bench) -> None:
    unseen = fig6.on_unseen(bench)
    found = fig6.measure(bench, unseen) | {"signal": fig6.test(bench, 2)}
    check(found, "generalise")
    for key, name in fig6.GUIDED.items():
        expected = judge_all(bench.nets[name], bench.judge, bench.photos, bench.unseen)
        torch.testing.assert_close(unseen[key], expected, rtol=1e-4, atol=1e-5)
        over = found["over_ost"][key]
        assert found["generalise"][key] == pytest.approx(over["unseen"] / over["seen"])
    assert found["styles"] == 264 and found["styles_of"]["expanded"] == 1078
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


def test_retrained_networks_belong_to_their_painting(bench: common.Bench, tmp_path: Path) -> None:
    assert fig6.retrained(bench, "") is None and fig6.retrained(bench, str(tmp_path)) is None
    net = network("constant", 11)
    save(net, tmp_path / "unseen 2.safetensors", {"steps": 7, "steps_before": 5}, torch.float32)
    save(net, tmp_path / "of another painting.safetensors", {})
    found = fig6.retrained(bench, str(tmp_path))
    assert found is not None and found["styles"] == 1
    expected = np.median(judge_all(net, bench.judge, bench.photos, bench.unseen[2:3]).sum(0))
    assert found["fst"] == pytest.approx(expected, rel=1e-4) and found["steps"] == [7]
    assert found["ratio"]["ratio"] == pytest.approx(found["zmnet"] / found["fst"])
    assert [row["method"] for row in fig6.retrained_table(found)] == ["ZM-Net, no training", "FST, trained for each"]
    check(
        {"unseen": found} | dict.fromkeys(("fst_own_j", "interval"), 1) | {"signal": fig6.test(bench, 2)},
        "unseen-quality",
    )


def test_the_expansion_s_losses_are_on_unseen_styles(bench: common.Bench) -> None:
    found = expansion.measure(bench, 2)
    check(found, "expansion")
    for key, name in expansion.BOTH.items():
        expected = common.losses(bench.nets[name], bench.judge, bench.photos, bench.unseen)["training"].mean()
        assert found["test_loss"][key] == pytest.approx(float(expected))
    assert found["ratio"]["ratio"] == pytest.approx(found["test_loss"]["expanded"] / found["test_loss"]["original"])
    assert found["styles"] == {"original": 180, "expanded": 1078} and found["plateau"] is False
    assert len(expansion.table(found)) == 2 and expansion.plot(found).axes
    page, nets = Sheets(), {"seeds_alone": bench.nets["styles-seeds"], "expanded": bench.nets["styles-expanded"]}
    run_cell("expansion", "expansion-pictures", run=None, bench=bench, common=page, **nets)
    photo, style, before, after = page.kept["pictures"][2]
    torch.testing.assert_close(before, paint(bench, "styles-seeds", photo, style), **CLOSE)
    torch.testing.assert_close(after, paint(bench, "styles-expanded", photo, bench.unseen[2:3]), **CLOSE)


def test_without_the_training_paintings_the_rest_is_measured(bench: common.Bench) -> None:
    less = make_bench(loss_network("slim"))
    less.nets, less.ten = bench.nets, None
    found = expansion.measure(less, 2)
    assert "fst_own_j" not in found and found["test_loss"]["expanded"] > 0
    other = fig5.unseen(less)
    assert other["pairs"] == 6 and 0 <= other["signal"]["rate"] <= 1
    assert set(fig6.on_unseen(less)) == {*fig6.GUIDED, "fst"}


def test_the_signal_test_as_a_table() -> None:
    (row,) = common.signal_table({"ten styles": {"rate": 0.2, "mean_over_right": 0.913}})
    assert list(row.values()) == ["ten styles", "20% of the pairs", "0.91"]
