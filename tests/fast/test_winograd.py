"""Winograd's convolution is the convolution, and a pass with it is the pass."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from zmlib import fast
from zmlib.affine import Affine
from zmlib.fast import winograd
from zmlib.fast.winograd import LEAST_CHANNELS, Winograd, convolution
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

WIDE = TNetConfig(width=(8, 12, LEAST_CHANNELS), blocks=2)


def random_convolution(o: int = LEAST_CHANNELS, c: int = LEAST_CHANNELS, size: int = 3) -> tuple[Tensor, Tensor]:
    weight = torch.randn(o, c, size, size) / (c * size * size) ** 0.5
    return weight.contiguous(memory_format=torch.channels_last), torch.randn(o)


def random_wide_net() -> tuple[ZMNet, Affine]:
    net = ZMNet(WIDE).eval().requires_grad_(False)
    affine = Affine.identity(net.tnet.spec)
    gamma, beta = (tuple(torch.randn_like(part) for part in parts) for parts in (affine.gamma, affine.beta))
    return net, Affine(gamma, beta, affine.spec)


@pytest.mark.parametrize("height", range(1, 14))
def test_it_is_the_convolution_at_every_size(height: int) -> None:
    """Rows in all remainders of four, other widths, another number of outputs than of inputs, against float64."""
    for width, o in ((1, 64), (7, 80), (24, 64)):
        weight, bias = random_convolution(o)
        plane = torch.randn(height + 6, width + 2, LEAST_CHANNELS)
        rows = plane[3:-1]  # as a band lies in its plane
        before = plane.clone()
        found = Winograd(weight, bias)(rows)
        wanted = F.conv2d(rows.double().permute(2, 0, 1)[None], weight.double(), bias.double())[0].permute(1, 2, 0)
        assert found.shape == (height, width, o) and found.is_contiguous()
        torch.testing.assert_close(found, wanted.float(), atol=3e-5, rtol=0)
        assert torch.equal(plane, before), "the input is left as it is"


def test_it_is_used_where_it_pays() -> None:
    weight, bias = random_convolution()
    assert isinstance(convolution(weight, bias), Winograd)
    for other in (
        convolution(weight, bias, fewer=False),
        convolution(weight, bias, stride=2),
        convolution(weight.bfloat16(), bias.bfloat16()),
        convolution(*random_convolution(c=LEAST_CHANNELS // 2)),
        convolution(*random_convolution(o=LEAST_CHANNELS // 2)),
        convolution(*random_convolution(size=5)),
    ):
        assert not isinstance(other, Winograd)
    x = torch.randn(9, 11, LEAST_CHANNELS)
    torch.testing.assert_close(
        convolution(weight, bias)(x), convolution(weight, bias, fewer=False)(x), atol=3e-5, rtol=0
    )
    wanted = F.conv2d(x.permute(2, 0, 1)[None], weight, bias, 2)[0].permute(1, 2, 0)
    torch.testing.assert_close(convolution(weight, bias, 2)(x), wanted)


@pytest.mark.parametrize("size", [(32, 32), (33, 50), (47, 34), (64, 40), (70, 21), (76, 45)])
@pytest.mark.parametrize("bands", [False, True])
def test_a_pass_with_it_is_tnet(size: tuple[int, int], bands: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 1/255 of the reference, with room to spare, in one band and in bands of four rows."""
    if bands:
        for name, value in (("BAND", 1), ("OUT_BAND", 1), ("LEAST", 4), ("OUT_LEAST", 4)):
            monkeypatch.setattr(f"zmlib.fast.planes.{name}", value)
    net, affine = random_wide_net()
    made: list[Winograd] = []

    def counted(weight: Tensor, bias: Tensor) -> Winograd:
        made.append(Winograd(weight, bias))
        return made[-1]

    monkeypatch.setattr(winograd, "Winograd", counted)
    content = torch.rand(1, 3, *size)
    wanted = net.tnet(content, affine).clamp(0, 1)
    with fast.using(torch.float32):
        found = fast.stylize(net.tnet, content, affine)
        assert len(made) == 2 * WIDE.blocks, "the residual blocks' convolutions, and no other"
        plain = fast.stylize(net.tnet, content, affine, plan=fast.Plan(winograd=False))
    assert float((found - wanted).abs().max()) < 0.02 / 255
    assert len(made) == 2 * WIDE.blocks, "it can be switched off"
    torch.testing.assert_close(plain, wanted, atol=2e-5, rtol=0)
