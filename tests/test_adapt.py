"""Adapting to one style: what each way begins with, what it trains, and that all see the same photographs."""

from __future__ import annotations

import pytest
import torch
from chapters.adapt import WAYS, adapt, begin, ground
from PIL import Image

from zmlib import TNetConfig, ZMNet
from zmlib.perceptual import loss_network, scale_free

TINY = TNetConfig(width=(4, 4, 8), blocks=1)


def picture(seed: int, n: int = 1, size: int = 48) -> torch.Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(seed))


def photos(count: int = 3) -> list[Image.Image]:
    import numpy as np

    return [
        Image.fromarray(np.random.default_rng(i).integers(0, 255, (60, 72, 3), dtype=np.uint8)) for i in range(count)
    ]


def guided(seed: int = 0) -> ZMNet:
    torch.manual_seed(seed)
    return ZMNet(TINY).eval().requires_grad_(False)


def known_style(seed: int = 1) -> ZMNet:
    torch.manual_seed(seed)
    net = ZMNet(TINY, "constant").eval().requires_grad_(False)
    for row in net.source.parameters():
        torch.nn.init.normal_(row, 1, 0.3)
    return net


def start_of(way: str) -> ZMNet:
    return known_style() if way in ("cin", "cin10", "fst") else guided()


@pytest.mark.parametrize("way", ["value", "pnet", "all"])
def test_zm_net_begins_with_its_own_picture(way: str) -> None:
    net, style, content = guided(), picture(1), picture(2)
    made, parameters = begin(way, net, style)
    with torch.no_grad():
        torch.testing.assert_close(made.stylize(content, made.encode(style)), net.stylize(content, net.encode(style)))
    affine = 2 * sum(norm.channels for norm in TINY.spec)
    counts = {"value": affine, "pnet": sum(p.numel() for p in net.source.parameters())}
    counts["all"] = sum(p.numel() for p in net.parameters())
    assert (
        sum(p.numel() for p in parameters)
        == counts[way]
        == sum(p.numel() for p in made.parameters() if p.requires_grad)
    )


def test_cin_begins_with_another_style_s_picture_and_fst_with_chance() -> None:
    net, style, content = known_style(), picture(1), picture(2)
    with torch.no_grad():
        painted = net.stylize(content, net.encode(style))
        cin, parameters = begin("cin", net, style)
        torch.testing.assert_close(cin.stylize(content, cin.encode(style)), painted)
        fst, everything = begin("fst", net, style, seed=3)
        again, _ = begin("fst", net, style, seed=3)
        other, _ = begin("fst", net, style, seed=4)
        out = fst.stylize(content, fst.encode(style))
        torch.testing.assert_close(out, again.stylize(content, again.encode(style)))
        assert not torch.allclose(out, other.stylize(content, other.encode(style)))
        assert not torch.allclose(out, painted, atol=1e-2)
    assert len(parameters) == 2 * len(TINY.spec) < len(everything)
    table = ZMNet(TINY, "table", styles=3).requires_grad_(False)
    torch.nn.init.normal_(table.source.gamma[0])
    made, factors = begin("cin10", table, style, row=2)
    torch.testing.assert_close(made.source.gamma[0], table.source.gamma[0][2:])
    assert len(factors) == 2 * len(TINY.spec)
    with pytest.raises(ValueError, match="way must be one of"):
        begin("none", net, style)


@pytest.mark.parametrize("way", WAYS)
def test_only_what_is_to_be_trained_moves_and_the_given_network_stays(way: str) -> None:
    given, style = start_of(way), picture(1)
    before = {name: p.clone() for name, p in given.state_dict().items()}
    net, parameters = begin(way, given, style)
    first = {name: p.clone() for name, p in net.state_dict().items()}
    seen: list[int] = []
    on = ground(loss_network("slim"), photos(), steps=3, size=32, batch=2)
    lost = adapt(net, parameters, style, on, 1e-2, lambda step, net: seen.append(step))
    assert len(lost) == 3 and seen == [0, 1, 2, 3]
    moved = {name.split(".")[0] for name, p in net.state_dict().items() if not torch.equal(p, first[name])}
    assert moved == ({"tnet", "source"} if way in ("all", "fst") else {"source"})
    assert all(torch.equal(p, before[name]) for name, p in given.state_dict().items())
    statistics = {name for name, _ in net.named_buffers()}
    assert all(torch.equal(net.state_dict()[name], first[name]) for name in statistics)


def test_the_loss_is_that_of_training_on_the_step_s_own_batch_before_the_step() -> None:
    slim, net, style = loss_network("slim"), guided(), picture(1)
    on = ground(slim, photos(), steps=2, size=32, batch=2)
    made, parameters = begin("value", net, style)
    lost = adapt(made, parameters, style, on, 1e-2)
    with torch.no_grad():
        crops, _ = on.batches[0]
        output = slim.measure(net(crops, style.expand(2, -1, -1, -1)))
        wanted = scale_free(output, slim.measure(style), slim.measure(crops), 0.1).mean()
    assert lost[0] == pytest.approx(wanted.item(), rel=0.03)  # bfloat16 where the processor has it


def test_the_same_seed_draws_the_same_crops() -> None:
    slim = loss_network("slim")
    one, same, other = (ground(slim, photos(), steps=2, size=32, batch=3, seed=s).batches for s in (5, 5, 6))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one[0][0], other[0][0]) and one[0][0].shape == (3, 3, 32, 32)


def test_training_lowers_the_loss_on_one_pair() -> None:
    style = picture(1)
    on = ground(loss_network("slim"), photos(1), steps=25, size=32, batch=1)
    net, parameters = begin("fst", known_style(), style)
    lost = adapt(net, parameters, style, on, 1e-2)
    assert sum(lost[-5:]) < 0.7 * sum(lost[:5])
