"""What the chapters on seen and unseen styles share, on tiny random networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from chapters import common, measures
from chapters.matrix import judge_all

from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
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
    names = {kind: [f"{kind} {i}" for i in range(n)] for kind, n in (("photos", 2), ("unseen", 3), ("ten", 10))}
    given = {name.replace("_", "-"): net for name, net in nets.items()}
    return common.Bench(given, Judge(slim), pictures(2, 1), pictures(3, 2), pictures(10, 3), names, 32)


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
    assert own.shape == (2, 2, 2)
    for i, (net, row) in enumerate(((rhone, 0), (anthill, 7))):
        expected = judge_all(net, bench.judge, bench.photos, bench.ten[row : row + 1])
        torch.testing.assert_close(own[:, i : i + 1], expected, rtol=1e-4, atol=1e-5)


def test_a_statistic_as_text() -> None:
    found = common.median(torch.tensor([[1.0, 2.0], [3.0, 9.0]]))
    assert found["low"] < 2.5 < found["high"] and (found["photos"], found["styles"]) == (2, 2)
    assert common.text(found, digits=0) == f"2 [{found['low']:.0f}, {found['high']:.0f}]"
    assert common.text(common.median(torch.tensor([0.25]))) == "0.250", "a single number has no interval"


def test_unseen_over_seen_is_of_medians_on_the_same_photographs() -> None:
    unseen, seen = torch.tensor([[1.0, 2.0], [3.0, 8.0], [3.0, 3.0]]), torch.tensor([[2.0, 2.0], [2.0, 6.0]])
    found = measures.unseen_over_seen(unseen, seen)
    assert found["ratio"] == pytest.approx(3 / 2) and found["low"] < 1.5 < found["high"]
    assert (found["n"], found["photos"], found["styles"]) == (10, 2, 5)
    hard = 2 * torch.ones(3, 2)  # twice as hard for everyone
    assert measures.unseen_over_seen(2 * hard / hard, torch.ones(2, 2) / 0.5)["ratio"] == 1


def carded(crops: str | None, config: TNetConfig = TINY, **card: int) -> ZMNet:
    net = ZMNet(config)
    net.card = {"steps": 2850, "photos": 1306} | card | ({"crops": crops} if crops else {})
    return net


def test_networks_are_trained_alike_or_the_difference_is_named() -> None:
    assert measures.alike([carded("64, then 128")] * 3) == {"same": True, "differ": []}
    assert measures.alike([carded("64, then 128"), carded("64")])["differ"] == ["crops"]
    wide = TNetConfig(width=(8, 8, 8), blocks=1)
    others = measures.alike([carded("64"), carded("64", wide, steps=9, photos=7)])
    assert others["differ"] == ["width", "steps", "photographs"]
    silent = carded(None)
    assert measures.alike([silent, silent]) == {"same": False, "differ": ["crops"]}, "what is not known is not equal"


def test_pictures_show_samples_alone(slim: LossNetwork) -> None:
    bench = make_bench(slim)
    (china,) = common.pictured(bench, "china")
    assert china.shape == (1, 3, 32, 32)
    with pytest.raises(KeyError):
        common.pictured(bench, "photos 0")


def test_the_parameters_decide(clone: Path) -> None:
    own = {"seen": "", "judge": ""}
    kinds = {"seen": str, "judge": str}
    bench = common.prepare(start("fig5", COMMON | own, **kinds), ["fst-rhone"])
    assert bench.ten is None and "ten" not in bench.names and bench.judge.name == "J_slim"
    assert bench.photos.shape == (2, 3, 64, 64) and len(bench.unseen) == 3

    from zmlib.data import samples

    folder = clone / "few"
    folder.mkdir()
    for name in ("wave", "agate"):
        samples.styles()[name].save(folder / f"{name}.png")
    with pytest.raises(UserError, match="`seen` names a folder of 2 pictures"):
        common.prepare(start("fig5", COMMON | own | {"seen": str(folder)}, **kinds), ["fst-rhone"])
