"""What the chapters on seen and unseen styles share, on tiny random networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from chapters import common, measures

from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.experiments.parameters import start
from zmlib.perceptual import LossNetwork, loss_network
from zmlib.tnet import TNetConfig
from zmlib.train.objective import loss_parts
from zmlib.train.recipes import RECIPES
from zmlib.zmnet import ZMNet

TINY = TNetConfig(width=(4, 4, 8), blocks=1)
COMMON = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}


@pytest.fixture(scope="module")
def slim() -> LossNetwork:
    return loss_network("slim")


def pictures(n: int, seed: int) -> torch.Tensor:
    return torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def network(kind: str = "serial-image", seed: int = 0, **options: int) -> ZMNet:
    torch.manual_seed(seed)
    net = ZMNet(TINY, kind, **options).eval()
    for p in net.source.parameters():  # a new table's rows are all alike
        torch.nn.init.normal_(p, 0.5, 0.5)
    return net


def make_bench(slim: LossNetwork, **nets: ZMNet) -> common.Bench:
    names = {kind: [f"{kind} {i}" for i in range(10)] for kind in ("photos", "unseen", "ten")}
    given = {name.replace("_", "-"): net for name, net in nets.items()}
    return common.Bench(given, Judge(slim), pictures(2, 1), pictures(3, 2), pictures(10, 3), names, 2, 32)


@pytest.mark.parametrize("kind", ["serial-image", "constant", "table"])
def test_both_losses_of_every_pair(slim: LossNetwork, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """J is the judge's, the training loss is the recipe's, and the photographs may come in several chunks."""
    monkeypatch.setattr(measures, "CHUNK", 2)
    net = network(kind, **({"styles": 2} if kind == "table" else {}))
    photos, styles = pictures(3, 1), pictures(2, 2)
    found = common.losses(net, Judge(slim), photos, styles)
    torch.testing.assert_close(found["J"], judge_all(net, Judge(slim), photos, styles), rtol=1e-4, atol=1e-5)
    guide = torch.tensor([1]) if kind == "table" else styles[1:]
    with torch.no_grad():
        output = net.stylize(photos[2:], net.encode(guide))
        parts = loss_parts(RECIPES["styles"], slim, *(slim.measure(x) for x in (output, styles[1:], photos[2:])))
    torch.testing.assert_close(found["training"][1, 2], sum(parts)[0], rtol=1e-4, atol=1e-5)
    assert found["training"].shape == (2, 3)


def test_fst_is_judged_on_its_own_row(slim: LossNetwork) -> None:
    rhone, anthill = network("constant", 1), network("constant", 2)
    bench = make_bench(slim, fst_rhone=rhone, fst_anthill=anthill)
    own = measures.fst_own(bench)
    for name, net, row in (("fst-rhone", rhone, 0), ("fst-anthill", anthill, 7)):
        expected = judge_all(net, bench.judge, bench.photos, bench.ten[row : row + 1])
        torch.testing.assert_close(own[name], expected, rtol=1e-4, atol=1e-5)
    pairs = torch.cat([j.sum(0).flatten() for j in own.values()])
    assert common.fst_own_j(bench) == pytest.approx(float(pairs.quantile(0.5)))
    bench.standing = pictures(5, 9)  # the standing rule has photographs of its own where they are given
    others = torch.cat([j.sum(0).flatten() for j in measures.fst_own(bench, bench.standing).values()])
    assert len(others) == 10 and common.fst_own_j(bench) == pytest.approx(float(others.quantile(0.5)))


def test_bounds_and_text_of_a_statistic() -> None:
    found = common.median(torch.tensor([[1.0, 2.0], [3.0, 9.0]]))
    assert common.bounds(found) == [found["low"], found["high"]] and found["low"] < 2.5 < found["high"]
    single = common.median(torch.tensor([0.25]))
    assert common.bounds(single) is None and common.text(single) == "0.250"


def test_the_signal_test_sees_a_network_without_one(slim: LossNetwork) -> None:
    blind = network("constant")
    bench = make_bench(slim, blind=blind)
    assert common.signal(bench, "blind", bench.unseen) == {"rate": 0.0, "mean_over_right": pytest.approx(1, abs=1e-4)}


def test_pictures_show_samples_alone(slim: LossNetwork) -> None:
    bench = make_bench(slim)
    (china,) = common.pictured(bench, "china")
    assert china.shape == (1, 3, 32, 32)
    with pytest.raises(KeyError):
        common.pictured(bench, "photos 0")


def test_the_parameters_decide(clone: Path) -> None:
    own = {"seen": "", "judge": "", "ost_steps": 50}
    kinds = {"seen": str, "judge": str, "ost_steps": int}
    bench = common.prepare(start("fig5", COMMON | own, **kinds), ["fst-rhone"])
    assert bench.ten is None and "ten" not in bench.names and bench.judge.name == "J_slim"
    assert bench.steps == 2, "the preset's limit"
    assert bench.photos.shape == (2, 3, 64, 64) and len(bench.unseen) == 3

    from zmlib.data import samples

    folder = clone / "few"
    folder.mkdir()
    for name in ("wave", "agate"):
        samples.styles()[name].save(folder / f"{name}.png")
    with pytest.raises(UserError, match="`seen` names a folder of 2 pictures"):
        common.prepare(start("fig5", COMMON | own | {"seen": str(folder)}, **kinds), ["fst-rhone"])
