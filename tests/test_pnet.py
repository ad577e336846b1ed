"""PNet's own: psi standardised by running statistics. (That a PNet sees its signal is tested beside TNet.)"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import zmlib
from zmlib.pnet import LIMIT, Head, Level, SerialImagePNet, Standardise, start_at_mean
from zmlib.tnet import TNetConfig


def trained(psi: torch.Tensor, rounds: int = 40) -> Standardise:
    """A standardisation that has seen psi, (N, features), row after row, several times."""
    layer = Standardise(psi.shape[1]).train()
    for _ in range(rounds):
        for rows in psi.split(2):
            layer(rows)
    return layer.eval()


def psi_like(n: int = 64) -> torch.Tensor:
    """Vectors whose features differ a hundred times more from each other than from signal to signal."""
    torch.manual_seed(0)
    return torch.randn(16) * 100 + torch.randn(n, 16)


def test_each_feature_gets_mean_zero_and_deviation_one_over_the_signals() -> None:
    psi = psi_like()
    out = trained(psi)(psi)
    # The running statistics forget (1 % a step), and a batch is two rows: not exactly 0 and 1.
    assert out.mean(0).abs().max() < 0.3 and (out.std(0) - 1).abs().max() < 0.3


def test_layer_normalisation_would_drown_the_signal() -> None:
    """Why it is there: the same vectors after a layer normalisation differ from each other by next to nothing."""
    psi = psi_like()
    assert torch.nn.functional.layer_norm(psi, (16,)).std(0).max() < 0.1 * trained(psi)(psi).std(0).min()


def test_a_value_does_not_depend_on_what_else_is_in_the_batch() -> None:
    psi = psi_like()
    layer = trained(psi)
    torch.testing.assert_close(layer(psi)[:1], layer(psi[:1]))
    before = {k: v.clone() for k, v in layer.state_dict().items()}
    layer(psi * 3)
    assert all(torch.equal(before[k], v) for k, v in layer.state_dict().items()), "outside training it must not learn"


def test_an_unheard_of_signal_is_bounded_and_a_dead_feature_stays_finite() -> None:
    psi = psi_like()
    psi[:, 0] = 0
    layer = trained(psi)
    far = layer(psi * 1e6)
    assert far.abs().max() == LIMIT and far.isfinite().all() and (layer(psi)[:, 0] == 0).all()


def test_no_gradient_goes_through_the_statistics() -> None:
    psi = psi_like(4).requires_grad_()
    head = Head(16, 3).train()
    gamma, beta = head(psi)
    (gamma.sum() + beta.sum()).backward()
    with torch.no_grad():
        expected = head.linear.weight.sum(0) * (head.norm.square - head.norm.mean.square()).add(1e-6).rsqrt()
    inside = head.norm(psi.detach()).abs() < LIMIT  # one more update than at the gradient, by 1 part in 2
    assert inside.any() and psi.grad is not None and expected.isfinite().all()
    assert torch.equal(psi.grad[0], psi.grad[1]), "each row's gradient is the same linear map"


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_the_statistics_survive_a_float16_file(size: float, tmp_path: Path) -> None:
    """Squares of small or large features leave float16's range: the statistics are stored in float32."""
    config = TNetConfig(width=(4, 8, 8), blocks=1)
    model = zmlib.ZMNet(config, "serial-vector", inputs=2).eval()
    for head in model.source.heads:
        head.norm.mean.fill_(size)
        head.norm.square.fill_(2 * size * size)
    again = zmlib.load(zmlib.save(model, tmp_path / "w.safetensors", {}))
    for a, b in zip(model.source.heads, again.source.heads, strict=True):
        torch.testing.assert_close(a.norm.mean, b.norm.mean, rtol=1e-6, atol=0)
        torch.testing.assert_close(a.norm.square, b.norm.square, rtol=1e-6, atol=0)


def test_together_a_feature_that_hardly_differs_stays_small() -> None:
    torch.manual_seed(0)
    psi = torch.randn(2, 8)
    psi[:, 0] = torch.tensor([1.0, 1.0001])  # two words that this feature hardly tells apart
    apart, together = Standardise(8).train(), Standardise(8, together=True).train()
    for layer in (apart, together):
        for _ in range(40):
            layer(psi)
        layer.eval()
    other = psi[:1].clone()
    other[0, 0] = 2.0  # a third word, which it does tell apart
    assert apart(other)[0, 0].abs() == LIMIT and together(other)[0, 0].abs() < 0.75 * LIMIT
    assert together(psi).square().mean() == pytest.approx(1, rel=0.3)


def test_a_new_pnet_starts_at_the_mean_value_of_a_trained_one() -> None:
    config = TNetConfig(width=(4, 4, 4), blocks=1)
    trained_net = zmlib.ZMNet(config, "serial-image")
    with torch.no_grad():
        for head in trained_net.source.heads:
            head.linear.bias.normal_()
    new = zmlib.ZMNet(config, "parallel-vector", inputs=2, hidden=4)
    start_at_mean(new.source, trained_net.source)
    affine = new.source.train()(torch.randn(64, 2))
    for i, head in enumerate(trained_net.source.heads):
        gamma, beta = head.linear.bias.chunk(2)
        torch.testing.assert_close(affine.gamma[i].mean(0), gamma, atol=0.05, rtol=0)
        torch.testing.assert_close(affine.beta[i].mean(0), beta, atol=0.05, rtol=0)


def test_a_level_divides_by_what_it_saw_in_training_and_by_nothing_else() -> None:
    level, x = Level(), 50 * torch.rand(4, 3, 8, 8)
    for _ in range(3):
        out = level.train()(x)
    assert out.square().mean() == pytest.approx(1, rel=1e-4)
    kept = level.eval()(x[:1] * 7)
    torch.testing.assert_close(kept, 7 * out[:1])  # another signal's size stays to be seen
    assert level.count == 3


@pytest.mark.parametrize("levelled", [False, True])
def test_maps_grow_with_the_weights_unless_they_are_levelled(levelled: bool) -> None:
    """Weights that have grown ten times, as under Adam at a rate of 0.001 within a thousand steps."""
    torch.manual_seed(0)
    net = SerialImagePNet(TNetConfig(width=(8, 12, 16), blocks=5), levelled).train()
    with torch.no_grad():
        for conv in net.trunk.parameters():
            conv.mul_(10)
        for _ in range(3):
            psi = net.psi(torch.rand(2, 3, 64, 64))
    largest = max(float(one.abs().max()) for one in psi)
    assert largest < 50 if levelled else largest > 1e9
    files = {name for name in net.state_dict() if name.startswith("levels")}
    assert bool(files) == levelled  # a file of weights without levels is what it was
