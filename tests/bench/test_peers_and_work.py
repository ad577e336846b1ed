"""The peers have their papers' shapes, and work is counted right."""

from __future__ import annotations

import pytest
import torch
from bench import flops
from bench.flops import Work
from bench.jobs import amount
from bench.methods import EAGER, OURS, Networks
from bench.peers import AdaIN, Ghiasi, johnson, parameters

from zmlib import Affine, TNet, TNetConfig
from zmlib.pnet import SerialImagePNet

CONFIGS = (
    TNetConfig(),
    TNetConfig(width=(16, 32, 64), upsampling="bilinear"),
    TNetConfig(width=(4, 8, 8), blocks=2, reading="static-last"),
)


def test_johnson_is_that_of_the_examples() -> None:
    net = johnson().eval()
    assert parameters(net) == 1_679_235
    with torch.no_grad():
        assert net(torch.rand(2, 3, 48, 64)).shape == (2, 3, 48, 64)


def test_adain_is_vgg19_and_its_mirror() -> None:
    net = AdaIN().eval()
    assert (parameters(net.encoder), parameters(net.decoder)) == (3_505_740, 3_505_219)
    content, style = torch.rand(1, 3, 48, 64), torch.rand(1, 3, 40, 40)
    with torch.no_grad():
        features, known = net.encoder(content), net.statistics(style)
        assert features.shape == (1, 512, 6, 8) and [part.shape for part in known] == [(1, 512, 1, 1)] * 2
        assert net(content, known).shape == content.shape
        # Given the content's own statistics the encoder's features reach the decoder as they are.
        own = net(content, net.statistics(content))
        assert torch.allclose(own, net.decoder(features), atol=1e-4)


def test_ghiasi_reads_2758_numbers() -> None:
    net = Ghiasi().eval()
    assert 2 * sum(net.CHANNELS) == 2758  # the paper's count
    assert parameters(net.reader[0]) == 2_223_872  # MobileNetV2 less its classifier
    content = torch.rand(2, 3, 32, 48)
    with torch.no_grad():
        one, other = (net(content, net.read(torch.rand(2, 3, 64, 64) * scale)) for scale in (0.1, 1.0))
    assert one.shape == content.shape and 0 <= one.min() and one.max() <= 1
    assert not torch.equal(one, other)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(("height", "width"), [(64, 48), (37, 50)])
def test_work_is_what_hooks_count(config, height, width) -> None:
    content = torch.rand(1, 3, height, width)
    net = TNet(config)
    hooked = flops.counted(net, net, content, Affine.identity(net.spec))
    own = flops.tnet(config, height, width)
    assert own.nominal == hooked.nominal
    padded = 3 * (height + -height % 4) * (width + -width % 4) - content.numel()
    assert own.values == hooked.values + padded


@pytest.mark.parametrize("config", CONFIGS)
def test_work_of_pnet_is_what_hooks_count(config) -> None:
    net, signal = SerialImagePNet(config).eval(), torch.rand(1, 3, 64, 48)
    hooked = flops.counted(net, net, signal)
    own = flops.pnet(config, 64, 48)
    assert own.nominal == hooked.nominal and own.values == hooked.values


def test_only_the_upsampling_layers_are_done_in_fewer_products() -> None:
    a, b, c = TNetConfig().width
    whole = flops.tnet(TNetConfig(), 64, 64)
    saved = 5 / 9 * 9 * (c * b * 32 * 32 + b * a * 64 * 64)
    assert whole.nominal - whole.done == pytest.approx(saved)
    assert Work(3, 2, 4).times(2) + Work(1, 1, 1) == Work(7, 5, 9)
    assert Work(3, 2, 4).intensity(2) == 0.5


def test_a_new_style_is_more_work_and_eager_work_is_nominal() -> None:
    nets = Networks()
    kept, new, eager = (amount(nets, *job, 64, 2) for job in ((OURS, "kept"), (OURS, "new"), (EAGER, "kept")))
    assert new.done > kept.done and eager.done == kept.nominal > kept.done
    for peer in ("AdaIN", "Ghiasi"):
        assert amount(nets, peer, "new", 64, 1).nominal > amount(nets, peer, "kept", 64, 1).nominal
