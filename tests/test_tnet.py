"""TNet and the sources: sizes, what is dynamic, and the methods that the sources make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from zmlib.affine import Affine
from zmlib.sources import make_source
from zmlib.tnet import TNet, TNetConfig
from zmlib.zmnet import ZMNet

SMALL = TNetConfig(width=(4, 6, 8), blocks=2)
KINDS: dict[str, dict[str, Any]] = {
    "fixed": {},
    "constant": {},
    "table": {"styles": 3},
    "serial-image": {},
    "parallel-image": {"hidden": 8},
    "serial-vector": {"inputs": 2, "hidden": 16},
    "parallel-vector": {"inputs": 2, "hidden": 16},
}


def signals(kind: str, n: int = 2) -> torch.Tensor:
    if kind == "table":
        return torch.arange(n)
    return torch.randn(n, 2) if kind.endswith("vector") else torch.rand(n, 3, 32, 40)


def test_the_papers_layers() -> None:
    layers = [norm.layer for norm in TNetConfig().norms]
    assert layers == [1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]
    assert [n.channels for n in TNetConfig().spec] == [32, 64] + [128] * 11 + [64, 32]
    assert [n.layer for n in TNetConfig(reading="static-last").norms][-2:] == [9, 10]
    assert len(TNetConfig(reading="static-last").spec) == 14


@pytest.mark.parametrize("padding", ["reflect", "valid"])
@pytest.mark.parametrize("size", [(32, 32), (33, 47), (101, 64)])
def test_output_has_the_inputs_size(padding: str, size: tuple[int, int]) -> None:
    net = TNet(replace(SMALL, padding=padding))
    assert net(torch.rand(1, 3, *size), Affine.identity(net.spec)).shape == (1, 3, *size)


def test_valid_padding_has_the_sizes_of_figure_3() -> None:
    net = TNet(TNetConfig(width=(4, 4, 4), padding="valid"))
    seen: list[int] = []
    for module in (net.trunk.conv1, net.trunk.conv2, net.trunk.conv3, net.trunk.up1, net.trunk.up2):
        module.register_forward_hook(lambda m, i, o: seen.append(o.shape[-1]))
    net(torch.rand(1, 3, 256, 256), Affine.identity(net.spec))
    assert seen == [336, 168, 84, 128, 256]


def effect(net: TNet, content: torch.Tensor, part: str, i: int) -> float:
    """The largest change of the output when gamma or beta of normalisation i changes."""
    base = Affine.identity(net.spec)
    changed = list(getattr(base, part))
    changed[i] = changed[i] + torch.linspace(0.5, 2, net.spec[i].channels)
    with torch.no_grad():
        return float((net(content, replace(base, **{part: tuple(changed)})) - net(content, base)).abs().max())


@pytest.mark.parametrize("reading", ["grouped", "static-last"])
def test_every_normalisation_of_the_reading_is_dynamic(reading: str) -> None:
    net, content = TNet(replace(SMALL, reading=reading)).eval(), torch.rand(1, 3, 32, 32)
    assert len(net.spec) == sum(norm.layer < 10 for norm in net.config.norms)
    for i, norm in enumerate(net.spec):
        assert effect(net, content, "gamma", i) > 1e-4, f"gamma of {norm.name} has no effect"
        if not norm.name.endswith("b"):
            assert effect(net, content, "beta", i) > 1e-4, f"beta of {norm.name} has no effect"


def test_beta_at_the_end_of_a_residual_block_is_used_and_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ReLU follows it, so its constant shift passes the next convolutions as a constant, which their norms subtract.

    A property of Johnson's network that the paper does not mention: five of the 15 betas cannot do anything.
    """
    import zmlib.tnet as module

    net, content = TNet(SMALL).eval(), torch.rand(1, 3, 32, 32)
    given: list[torch.Tensor] = []
    real = module.din
    monkeypatch.setattr(module, "din", lambda x, g, b: (given.append(b), real(x, g, b))[1])
    affine = Affine.identity(net.spec)
    affine = replace(affine, beta=tuple(torch.full_like(b, float(i)) for i, b in enumerate(affine.beta)))
    net(content, affine)
    assert [float(b.flatten()[0]) for b in given] == list(range(len(net.spec)))
    for i, norm in enumerate(net.spec):
        if norm.name.endswith("b"):
            assert effect(net, content, "beta", i) < 1e-5


class PlainCIN(nn.Module):
    """A CIN network written again, with torch's own InstanceNorm2d and its affine parameters, for one style."""

    def __init__(self, net: TNet, gammas: list[torch.Tensor], betas: list[torch.Tensor]) -> None:
        super().__init__()
        self.net = net
        self.norms = nn.ModuleList()
        for g, b in zip(gammas, betas, strict=True):
            layer = nn.InstanceNorm2d(len(g), affine=True)
            layer.weight.data, layer.bias.data = g.clone(), b.clone()
            self.norms.append(layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        t, norms = self.net.trunk, iter(self.norms)
        for layer in (t.conv1, t.conv2, t.conv3):
            x = F.relu(next(norms)(layer(x)))
        for first, second in t.res:
            y = F.relu(next(norms)(first(x)))
            x = x + next(norms)(second(y))
        for layer in (t.up1, t.up2):
            x = F.relu(next(norms)(layer(F.interpolate(x, scale_factor=2.0, mode="nearest"))))
        return 0.5 + 150 / 255 * torch.tanh(self.net.out(x))


def test_constant_gamma_and_beta_are_cin_and_identity_is_instance_norm() -> None:
    net = TNet(SMALL).eval()
    content = torch.rand(2, 3, 36, 44)
    gammas = [torch.rand(n.channels) + 0.5 for n in net.spec]
    betas = [torch.randn(n.channels) for n in net.spec]
    source = make_source("constant", SMALL)
    source.load_state_dict(
        {f"{part}.{i}": row[None] for part, rows in (("gamma", gammas), ("beta", betas)) for i, row in enumerate(rows)}
    )
    affine = source(content)
    torch.testing.assert_close(net(content, affine), PlainCIN(net, gammas, betas)(content), rtol=1e-5, atol=1e-5)
    ones, zeros = [torch.ones_like(g) for g in gammas], [torch.zeros_like(b) for b in betas]
    torch.testing.assert_close(
        net(content, Affine.identity(net.spec)), PlainCIN(net, ones, zeros)(content), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_gives_a_value_that_the_tnet_takes(kind: str) -> None:
    model = ZMNet(SMALL, kind, **KINDS[kind])
    affine = model.source(signals(kind))
    assert len(affine) == 2 and affine.spec == model.tnet.spec
    assert model.stylize(torch.rand(2, 3, 32, 32), affine).shape == (2, 3, 32, 32)


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("fixed", "constant")])
def test_a_source_sees_its_signal(kind: str) -> None:
    torch.manual_seed(1)
    source = make_source(kind, SMALL, **KINDS[kind])
    if kind == "table":
        for p in source.parameters():
            nn.init.normal_(p)
    affine = source(signals(kind))
    for norm, gamma, beta in zip(affine.spec, affine.gamma, affine.beta, strict=True):
        assert (gamma[0] - gamma[1]).abs().max() > 1e-3, f"gamma of {norm.name} does not depend on the signal"
        assert (beta[0] - beta[1]).abs().max() > 1e-3, f"beta of {norm.name} does not depend on the signal"


@pytest.mark.parametrize("kind", ["serial-image", "parallel-image", "serial-vector", "parallel-vector"])
def test_the_gradient_reaches_the_first_layer_of_a_pnet(kind: str) -> None:
    model = ZMNet(SMALL, kind, **KINDS[kind])
    target = torch.rand(2, 3, 32, 32)
    (model(torch.rand(2, 3, 32, 32), signals(kind)) - target).square().sum().backward()
    first = next(p for name, p in model.source.named_parameters() if not name.startswith("heads"))
    assert first.grad is not None and first.grad.abs().max() > 1e-6


def test_a_pnet_that_normalises_and_then_averages_is_blind() -> None:
    """The trap itself, to show that the test above can fail: mean and deviation of a normalised map are constants."""
    from zmlib.layers import pool

    a, b = (pool(F.instance_norm(torch.rand(1, 3, 16, 16) * s)) for s in (1, 5))
    torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)


def test_fixed_and_constant_ignore_the_signal() -> None:
    for kind in ("fixed", "constant"):
        affine = make_source(kind, SMALL)(torch.rand(2, 3, 32, 32))
        assert all(torch.equal(g[0], g[1]) for g in affine.gamma + affine.beta)


@pytest.mark.parametrize(
    "wrong",
    [{"padding": "zero"}, {"upsampling": "cubic"}, {"reading": "eleven"}, {"blocks": 0}, {"width": (4, 4)}],
)
def test_unknown_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        TNetConfig(**wrong)


def test_unknown_source_and_foreign_value_are_refused() -> None:
    with pytest.raises(ValueError, match="source must be one of"):
        make_source("telepathy", SMALL)
    with pytest.raises(ValueError, match="another structure"):
        TNet(SMALL)(torch.rand(1, 3, 32, 32), Affine.identity(TNetConfig().spec))


@pytest.mark.parametrize("padding", ["reflect", "valid"])
@pytest.mark.parametrize("size", [(64, 64), (45, 70)])
def test_regions_lie_where_the_picture_has_them(padding: str, size: tuple[int, int]) -> None:
    """gamma as each layer gets it: 1 left of the middle column, 2 right of it, at every resolution."""
    net = TNet(replace(SMALL, padding=padding))
    left = torch.zeros(1, *size)
    left[..., : size[1] // 2] = 1
    one = Affine.identity(net.spec)
    affine = Affine.blend([one, replace(one, gamma=tuple(2 * g for g in one.gamma))], torch.cat([left, 1 - left]))
    rows: list[torch.Tensor] = []

    def spy(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
        assert gamma.shape[2:] == x.shape[2:]
        rows.append(gamma[0, 0, gamma.shape[2] // 2])
        return x

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zmlib.tnet.din", spy)
        net(torch.rand(1, 3, *size), affine)
    border = 8 * SMALL.blocks if padding == "valid" else 0
    full = size[1] + 2 * border + -size[1] % 4
    insets, strides = [0, 0, 0, 1, 2, 3, 4, 8, 16], [1, 2, 4, 4, 4, 4, 4, 2, 1]
    for row, inset, stride in zip(rows, insets, strides, strict=True):
        inset = inset if padding == "valid" else 0
        assert len(row) == full // stride - 2 * inset
        crossings = ((row[:-1] - 1.5) * (row[1:] - 1.5) <= 0).nonzero().flatten() + 1  # reflection adds some of its own
        assert (crossings - ((border + size[1] // 2) / stride - inset)).abs().min() <= 1
