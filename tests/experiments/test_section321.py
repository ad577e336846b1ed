"""What the chapter on section 3.2.1 computes, on small random networks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from chapters import section321 as chapter
from chapters import section321_filters as filters
from chapters import section321_identity as joining
from chapters.common import Bench
from chapters.measures import losses

from zmlib.affine import Affine
from zmlib.evaluate.judge import Judge
from zmlib.layers import EPS, conv
from zmlib.perceptual import loss_network
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

SMALL = TNetConfig(width=(4, 6, 8), blocks=2)


def pictures(n: int, seed: int = 0) -> torch.Tensor:
    """(n, 3, 32, 32) in [0, 1]."""
    return torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def network(kind: str, **options: int) -> ZMNet:
    """With gamma and beta that are not 1 and 0, where it learns them."""
    torch.manual_seed(0)
    net = ZMNet(SMALL, kind, **options).eval().requires_grad_(False)
    for part in (*getattr(net.source, "gamma", ()), *getattr(net.source, "beta", ())):
        part += torch.randn_like(part)
    return net


def test_the_convolutions_are_noted_in_order_and_only_while_watched() -> None:
    net = network("serial-image")
    go = partial(net.stylize, pictures(1), net.encode(pictures(1)))
    steps = chapter.watched(net.tnet.trunk, go)
    assert [step.output.shape[1] for step in steps] == [norm.channels for norm in SMALL.norms]
    assert steps[0].convolution is net.tnet.trunk.conv1 and steps[1].input.shape == (1, 4, 32, 32)
    kept = len(steps)
    go()
    assert len(steps) == kept
    with pytest.raises(ZeroDivisionError):
        chapter.watched(net.tnet.trunk, lambda: 1 // 0)
    assert not any(m._forward_hooks for m in net.modules())


def test_din_is_instance_norm_and_cin_and_a_planted_difference_is_seen() -> None:
    x, (gamma, beta) = torch.randn(1, 5, 20, 24) * 3 + 1, torch.randn(2, 5)
    one, zero = torch.ones(5), torch.zeros(5)
    assert chapter.from_torch(x, one, zero) < chapter.SAME
    assert chapter.from_torch(x, gamma, beta, gamma, beta) < chapter.SAME
    assert chapter.from_torch(x, one, zero + 1e-3) > chapter.SAME
    assert chapter.from_torch(x, gamma * 1.001, beta, gamma, beta) > chapter.SAME
    assert chapter.from_torch(x, gamma, beta) > 0.1


def test_a_whole_cin_network_and_one_that_asks_for_the_wrong_row(monkeypatch: pytest.MonkeyPatch) -> None:
    cin, content = network("table", styles=3), pictures(1)
    found = chapter.degenerate(cin, content)
    assert 0 < found["instance_norm"] < chapter.SAME and 0 < found["cin"] < chapter.SAME
    right = cin.encode
    monkeypatch.setattr(cin, "encode", lambda style: right((style + 1) % 3))
    assert chapter.degenerate(cin, content)["cin"] > 0.1


def test_without_a_signal_gamma_is_one_and_beta_zero_whatever_is_given() -> None:
    content, signals = pictures(1), list(pictures(3, 1).split(1))
    net = network("serial-image")
    plain = chapter.without_signal(net)
    first, *others = [plain.stylize(content, plain.encode(signal)) for signal in signals]
    assert all(torch.equal(first, other) for other in others)
    assert torch.equal(first, net.stylize(content, Affine.identity(net.tnet.spec)))
    assert not torch.allclose(first, net.stylize(content, net.encode(signals[0])), atol=1e-3)


def test_only_the_corrected_order_is_concatenation() -> None:
    torch.manual_seed(0)
    phi, psi = torch.randn(2, 10, 20, 24, dtype=torch.float64).split(5, 1)
    convolution = conv(10, 7, 3).double().requires_grad_(False)
    found = joining.readings(convolution, phi, psi)
    assert found.pop("corrected") < 1e-12 and found.pop("vector") < 1e-12
    assert len(found) == 3 and all(number > 0.05 for number in found.values())
    # Nor is it that a vector can do nothing because no signal can:
    together = F.instance_norm(convolution(torch.cat([phi, psi], 1)), eps=EPS)
    without = F.instance_norm(convolution(torch.cat([phi, torch.zeros_like(psi)], 1)), eps=EPS)
    assert chapter.away(without, together) > 0.05


def test_the_identity_at_every_convolution_of_a_twin() -> None:
    twin = network("concat-image")
    found = joining.identity(joining.joined_maps(twin, pictures(1), pictures(1, 1)))
    assert all(len(numbers) == len(SMALL.norms) for numbers in found.values())
    assert max(found["corrected"]) < 1e-12 and max(found["as_written"]) > chapter.SAME
    assert next(twin.parameters()).dtype == torch.float32, "it is left as it was"
    figure = joining.plot_identity(found, [norm.name for norm in SMALL.norms])
    drawn = [line.get_ydata() for line in figure.axes[0].lines[:4]]
    assert len(drawn) == 4 and all(min(line) > 0 for line in drawn), "an exact zero has a place on the axis"


@pytest.fixture
def bench() -> Bench:
    nets = {"concat": network("concat-image"), "din": network("serial-image")}
    names: dict[str, list[str]] = {kind: [] for kind in ("photos", "unseen", "ten")}
    judge = Judge(loss_network("slim"))
    return Bench(nets, judge, pictures(2), pictures(3, 1), pictures(4, 2), names, size=32)


def test_without_the_seen_styles_it_says_so(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.ten = None
    found = chapter.measured(bench, "concat", "din")
    assert found["concat"].pop("same") is False and "steps" in found["concat"].pop("differ"), "no card says so"
    assert set(found["concat"].values()) == {None} and found["judge"] == "J_slim"
    assert found["pairs"] == {"unseen": 6, "seen": 0}
    assert "Neither loss was measured in this build" in capsys.readouterr().out
    rows = chapter.comparison(found, {"concat": "twin", "din": "other"})
    assert rows[1]["network"] == "other" and set(rows[1].values()) == {"other", "not measured"}


def test_both_losses_are_measured_on_the_same_pairs(bench: Bench) -> None:
    one = chapter.measured(bench, "concat", "din")["concat"]
    assert bench.ten is not None
    seen = {name: losses(net, bench.judge, bench.photos, bench.ten) for name, net in bench.nets.items()}
    unseen = {name: losses(net, bench.judge, bench.photos, bench.unseen) for name, net in bench.nets.items()}
    means = {name: float(found["training"].mean()) for name, found in seen.items()}
    assert one["train"]["ratio"] == pytest.approx(means["concat"] / means["din"]) and one["train"]["n"] == 8
    j = {
        (kind, name): float(np.median(found[name]["J"].sum(0)))
        for kind, found in (("unseen", unseen), ("seen", seen))
        for name in bench.nets
    }
    over = {name: j["unseen", name] / j["seen", name] for name in bench.nets}
    assert one["ratio"]["ratio"] == pytest.approx(over["concat"] / over["din"])
    assert one["ratio"]["low"] < one["ratio"]["ratio"] < one["ratio"]["high"]
    assert {name: found["ratio"] for name, found in one["unseen_over_seen"].items()} == pytest.approx(over)
    row, _, last = chapter.comparison({"concat": one}, {"concat": "twin", "din": "other"})
    assert row["training loss, seen styles"].startswith(f"{means['concat']:.3f} [")
    assert last["network"] == "twin over other" and last["unseen over seen"].startswith(
        f"{one['ratio']['ratio']:.3f} ["
    )


def test_two_equal_networks_have_equal_losses_whichever_styles_are_harder(bench: Bench) -> None:
    bench.nets["concat"] = bench.nets["din"]
    one = chapter.generalisation(bench, "concat", "din")["concat"]
    for part in ("train", "ratio"):
        assert {one[part][key] for key in ("ratio", "low", "high")} == {1}


def test_counts_at_the_paper_s_sizes_are_the_paper_s() -> None:
    rows = filters.counts(TNetConfig(padding="valid", reading="static-last"), pnet=False)
    block = {row["layer"]: row for row in rows}["res1b"]
    assert block["shape"] == (128, 80, 80)
    assert {what: block[what] for what in filters.PAPER} == filters.PAPER
    assert rows[0]["shape"] == (32, 336, 336)
    most = filters.largest(rows)
    assert most["entries"] == 32 * 336 * 336 and most["parameters"] == 128 * 128 * 9
    assert most["bytes"] == 4 * 82 * 82 * 128 * 128 * 128 * 9, "of one layer, and so not the product of the two"


def test_counts_are_those_of_a_real_network() -> None:
    net, rows = network("serial-image"), filters.counts(SMALL, 32)
    steps = chapter.watched(net.source.trunk, partial(net.encode, pictures(1)))
    assert [row["entries"] for row in rows] == [step.output.numel() for step in steps]
    weights = [m.weight.numel() for m in net.tnet.trunk.modules() if isinstance(m, torch.nn.Conv2d)]
    assert sorted(row["parameters"] for row in rows) == sorted(weights)
    assert [row["head"] for row in rows] == [head.linear.weight.numel() for head in net.source.heads]
    said = filters.describe(filters.filters(filters.counts(TNetConfig())))
    assert "res1b, 128 x 80 x 80: 819,200 entries, 147,456 parameters" in said
    assert filters.plot_counts(rows).axes[0].get_ylim()[0] > 0
