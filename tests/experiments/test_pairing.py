"""Pairs of a table, or every photograph with every style: the same losses, in the order that the statistics want."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from chapters import common
from chapters.measures import losses
from chapters.pairing import Pairing, pairing
from test_known import COMMON, make_bench, network, pictures

from zmlib.data import samples
from zmlib.experiments.parameters import start
from zmlib.perceptual import loss_network

OF = (["a", "b", "c", "d"], ["x", "y", "x", "z"])


@pytest.fixture(scope="module")
def bench() -> common.Bench:
    return make_bench(loss_network("slim"))


def table() -> Pairing:
    styles = pictures(3, 6)
    return Pairing(pictures(4, 5), styles[[0, 1, 0, 2]], OF)


def test_every_pair_of_a_table_has_its_own_losses(bench: common.Bench) -> None:
    net, pairs = network(seed=1), table()
    found = pairs.losses(net, bench.judge)
    assert found["J"].shape == (2, 4) and pairs.counts() == {"pairs": 4, "photos": 4, "styles": 3}
    for i in range(4):
        one = losses(net, bench.judge, pairs.photos[i : i + 1], pairs.styles[i : i + 1])
        torch.testing.assert_close(found["J"][:, i], one["J"][:, 0, 0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(found["training"][i], one["training"][0, 0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("crossed", [True, False])
def test_outputs_come_in_the_order_of_the_losses(bench: common.Bench, crossed: bool) -> None:
    net = network(seed=1)
    pairs = Pairing(bench.photos, bench.unseen) if crossed else table()
    where = iter([(s, c) for s in range(3) for c in range(2)] if crossed else [(i, i) for i in range(4)])
    made = []
    for photo, output in pairs.painted(net):
        s, c = next(where)
        with torch.no_grad():
            torch.testing.assert_close(
                output, net.stylize(pairs.photos[c : c + 1], net.encode(pairs.styles[s : s + 1]))
            )
        assert torch.equal(photo, pairs.photos[c : c + 1])
        made.append(float(output.mean()))
    assert pairs.shaped(made).shape == pairs.losses(net, bench.judge)["training"].shape


def test_the_parameter_decides(bench: common.Bench, clone: Path) -> None:
    given = start("rivals", COMMON | {"pairs": "", "judge": ""}, pairs=str, judge=str)
    assert pairing(given, bench).of is None
    for name in ("wave", "agate"):
        samples.styles()[name].save(clone / f"{name}.png")
    (clone / "pairs.tsv").write_text("photo\tpainting\nwave.png\tagate.png\nagate.png\tagate.png\n", encoding="utf-8")
    own = {"pairs": str(clone / "pairs.tsv"), "judge": ""}
    run = start("rivals", COMMON | own, pairs=str, judge=str)
    pairs = pairing(run, bench)
    assert pairs.of == (["wave.png", "agate.png"], ["agate.png", "agate.png"])
    assert torch.equal(pairs.styles[0], pairs.styles[1]) and pairs.photos.shape == (2, 3, 64, 64)
    named = run.provenance()["pictures"]
    assert {Path(name).name for name in named} == {"wave.png", "agate.png", "pairs.tsv"}
    assert len(named) == 3, "each picture is named once, and the list beside them"
