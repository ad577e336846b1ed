"""Padding, pooling and content layer as read in two ways, on tiny random networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import pytest
import torch
from chapters import readings
from test_known import network, pictures

from zmlib.baselines.ost import ost
from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network
from zmlib.zmnet import ZMNet


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(loss_network("slim"))


@pytest.fixture
def net() -> ZMNet:
    return network(seed=1)


def test_padding_changes_the_border_most(judge: Judge, net: ZMNet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "BORDER", 4)
    twin = ZMNet(replace(net.config, padding="valid")).eval()
    twin.load_state_dict(net.state_dict())
    nets = {"reflect": net, "valid": twin}
    photos, styles = torch.rand(2, 3, 64, 64), pictures(2, 2)
    found = readings.padding(nets, judge, photos, styles)
    assert found["difference"]["border"] > found["difference"]["centre"] > 0
    with torch.no_grad():
        expected = judge(net.stylize(photos[:1], net.encode(styles[1:])), photos[:1], styles[1:]).item()
    assert found["J"]["reflect"]["low"] <= expected <= found["J"]["reflect"]["high"] and found["J"]["valid"]["n"] == 4
    same = readings.padding({"reflect": net, "again": net}, judge, photos, styles)
    assert same["difference"] == {"border": 0, "centre": 0}
    seconds = readings.padding_times(nets, photos[:1], styles[:1], 2)
    rows = readings.padding_table(found, seconds)
    assert set(seconds) == {"reflect", "valid"} and [row["ms"].isdigit() for row in rows] == [True, True]


def test_a_part_of_psi(net: ZMNet) -> None:
    styles = pictures(3, 4)
    with torch.no_grad():
        whole, all_of_it = net.encode(styles), readings.pooled(net, styles, mean=True, deviation=True)
    for a, b in zip(whole.gamma + whole.beta, all_of_it.gamma + all_of_it.beta, strict=True):
        torch.testing.assert_close(a, b)
    nothing = readings.pooled(net, styles, mean=False, deviation=False)
    for gamma, bias in zip(nothing.gamma, (head.linear.bias for head in net.source.heads), strict=True):  # type: ignore[union-attr]
        torch.testing.assert_close(gamma, bias[: gamma.shape[1]].expand_as(gamma))  # the same for every style
    half = readings.pooled(net, styles, mean=True, deviation=False)
    assert not torch.allclose(half.gamma[0], whole.gamma[0]) and not torch.allclose(half.gamma[0], nothing.gamma[0])


def test_the_mean_of_a_normalised_map_is_blind(judge: Judge, net: ZMNet) -> None:
    found = readings.pooling(net, judge, torch.rand(1, 3, 32, 32), pictures(3, 4))
    assert list(found["J"]) == list(readings.POOLS)
    raw, normalised, rectified = found["spread"].values()
    assert len(raw) == 7  # 3 convolutions, one residual block of 2, 2 after up-sampling
    assert max(normalised) < 1e-9 < 1e-3 < min(raw) and min(rectified) > 1e-3
    assert len(readings.plot(found).axes) == 2


def test_ost_with_either_content_layer(judge: Judge) -> None:
    own = judge.network.content_layer
    networks = {layer: readings.content_at(judge.network, layer) for layer in readings.LAYERS}
    assert judge.network.content_layer == own  # the chapter's judge stays what it was
    assert [network.content_layer for network in networks.values()] == list(readings.LAYERS)
    rows = []
    for photo, style in zip(torch.rand(2, 3, 48, 48).split(1), pictures(2, 5).split(1), strict=True):
        outputs = [ost(photo, style, network, steps=6) for network in networks.values()]
        rows.append([photo, style, *outputs])
    parts = readings.content_parts(rows, networks)
    ours, other = (parts[layer] for layer in readings.LAYERS)
    assert not torch.equal(rows[0][2], rows[0][3])
    with torch.no_grad():
        style, content = judge.parts(rows[0][2], rows[0][0], rows[0][1])
        again, more = judge.parts(rows[1][2], rows[1][0], rows[1][1])
    assert ours["style"] == pytest.approx(float(style + again) / 2, rel=1e-4)
    assert ours["content_relu3_3"] == pytest.approx(float(content + more) / 2, rel=1e-4)
    assert other["content_relu2_2"] < ours["content_relu2_2"]  # each keeps best what it was asked to keep
    table = readings.content_table(parts)
    assert table[1]["content part, by relu3_3"] == other["content_relu3_3"] and len(table[0]) == 4
