"""What the chapter on section 3.2.1 computes, on small random networks."""

from __future__ import annotations

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from chapters import section321 as chapter
from chapters import section321_filters as filters
from chapters import section321_identity as joining
from chapters.common import Bench

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


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(loss_network("slim"))


@pytest.fixture
def pair() -> dict[str, ZMNet]:
    nets = {"concat": network("concat-image"), "din": network("serial-image")}
    nets["concat"].card = {"final_loss": 0.25}
    return nets


def test_without_the_seen_styles_only_the_training_is_known(pair: dict[str, ZMNet], judge: Judge) -> None:
    found = chapter.generalisation(pair, judge, pictures(1), pictures(2), None, 1)
    assert found["concat"]["train"] == {"concat": 0.25, "din": None}
    assert found["concat"]["ratio"] == {"concat": None, "din": None}
    assert found["interval"] is None and found["signal"] is None
    row = chapter.comparison(found, {"concat": "twin", "din": "other"})[1]
    assert row["network"] == "other" and set(row.values()) == {"other", "not measured"}


def test_a_bench_without_the_seen_styles_says_so(
    pair: dict[str, ZMNet], judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench(pair, judge, pictures(1), pictures(2), None, {}, 1, 32)
    found = chapter.measured(bench, "concat", "din")
    assert found["fst_own_j"] is None and found["judge"] == "J_slim" and found["ost_steps"] == 1
    assert "J was not measured in this build" in capsys.readouterr().out


def test_the_ratio_tells_a_network_that_fails_on_unseen_styles(pair: dict[str, ZMNet], judge: Judge) -> None:
    contents, unseen, seen = pictures(2), pictures(2, 1), pictures(2, 2)
    found = chapter.generalisation(pair, judge, contents, unseen, seen, 1)
    assert set(found["interval"]) == {"concat", "din"} and found["signal"]["rate"] in (0, 0.25, 0.5, 0.75, 1)
    # Seen styles that are the photographs themselves are harder to beat OST on; both ways round the ratio is inverted.
    back = chapter.generalisation(pair, judge, contents, seen, unseen, 1)
    for name in pair:
        low, high = found["interval"][name]
        assert low <= found["concat"]["ratio"][name] <= high
        assert found["concat"]["ratio"][name] * back["concat"]["ratio"][name] == pytest.approx(1)
        assert found["concat"]["seen"][name] == pytest.approx(back["concat"]["unseen"][name])


def test_the_right_style_wins_where_the_output_is_the_style(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    net, contents, styles = network("serial-image"), pictures(2), pictures(3, 1)
    monkeypatch.setattr(net, "encode", lambda style: style)
    monkeypatch.setattr(net, "stylize", lambda content, affine: affine)
    assert chapter.right_wins(net, judge, contents, styles) == 1
    monkeypatch.setattr(net, "stylize", lambda content, affine: content)
    assert chapter.right_wins(net, judge, contents, styles) == 0, "a tie is no win"


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
