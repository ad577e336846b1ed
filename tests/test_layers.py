"""Equation 3 against torch's own instance normalisation, and the fused half-precision path against the plain one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from zmlib.kernels import FusedDIN, FusedPool
from zmlib.layers import din, pool, upsample


def maps(*shape: int) -> torch.Tensor:
    return torch.randn(*shape) * 3 + 1.5


def test_identity_is_torchs_instance_norm() -> None:
    x = maps(2, 6, 17, 13)
    expected = torch.nn.InstanceNorm2d(6)(x)
    got = din(x, torch.ones(2, 6, 1, 1), torch.zeros(2, 6, 1, 1))
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)


def test_equation_3_by_hand() -> None:
    x, gamma, beta = maps(1, 1, 4, 4), torch.tensor([[[[2.0]]]]), torch.tensor([[[[-1.0]]]])
    mu = x.sum() / 16
    sigma2 = ((x - mu) ** 2).sum() / 16
    torch.testing.assert_close(din(x, gamma, beta), (x - mu) / (sigma2 + 1e-5).sqrt() * 2 - 1)


def test_gamma_of_each_pixel() -> None:
    x, gamma = maps(1, 2, 8, 8), torch.rand(1, 2, 8, 8)
    torch.testing.assert_close(din(x, gamma, torch.zeros_like(gamma)), F.instance_norm(x) * gamma, rtol=1e-4, atol=1e-5)


def test_fused_path_gives_the_same_values_and_gradients() -> None:
    x, g, b = (
        maps(2, 3, 9, 7).requires_grad_(),
        torch.rand(2, 3, 1, 1).requires_grad_(),
        torch.randn(2, 3, 1, 1).requires_grad_(),
    )
    grad = torch.randn(2, 3, 9, 7)
    plain, fused = din(x, g, b), FusedDIN.apply(x, g, b, 1e-5)
    torch.testing.assert_close(fused, plain, rtol=1e-5, atol=1e-5)
    for p, f in zip(
        torch.autograd.grad(plain, (x, g, b), grad), torch.autograd.grad(fused, (x, g, b), grad), strict=True
    ):
        torch.testing.assert_close(f, p, rtol=1e-4, atol=1e-5)


def test_half_precision_stays_near_single() -> None:
    x, g, b = maps(2, 8, 16, 16), torch.rand(2, 8, 1, 1), torch.randn(2, 8, 1, 1)
    half = din(x.bfloat16(), g, b)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), din(x, g, b), rtol=0.05, atol=0.05)


def test_pool_is_mean_and_standard_deviation_on_both_paths() -> None:
    x = maps(2, 3, 9, 7).requires_grad_()
    plain = pool(x)
    torch.testing.assert_close(plain, torch.cat([x.mean((2, 3)), x.std((2, 3), correction=0)], 1), rtol=1e-4, atol=1e-4)
    mean, square = FusedPool.apply(x)
    fused = torch.cat([mean, (square - mean**2 + 1e-6).sqrt()], 1)
    grad = torch.randn_like(plain)
    torch.testing.assert_close(fused, plain, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        torch.autograd.grad(fused, x, grad)[0], torch.autograd.grad(plain, x, grad)[0], rtol=1e-4, atol=1e-5
    )
    torch.testing.assert_close(pool(x.detach().bfloat16()), plain.detach(), rtol=0.03, atol=0.03)


@pytest.mark.parametrize("what", ["pool", "din"])
def test_half_precision_gradients_have_no_error_that_adds_up_over_the_picture(what: str) -> None:
    """Seen in training: a rounding error common to all pixels drowned PNet's gradient and blew its maps up to 1e9."""
    x = (torch.randn(1, 8, 64, 64) * 0.1 + 5).bfloat16().requires_grad_()  # a mean of fifty deviations
    weight = torch.randn(1, 8, 64, 64)
    one = torch.ones(1, 8, 1, 1)
    out = pool(x)[:, 8:].sum() if what == "pool" else (din(x, one, 0 * one).float() * weight).sum()
    (grad,) = torch.autograd.grad(out, x)
    plain = x.detach().float().requires_grad_()
    out = pool(plain)[:, 8:].sum() if what == "pool" else (din(plain, one, 0 * one) * weight).sum()
    (exact,) = torch.autograd.grad(out, plain)
    error = (grad.float() - exact).mean((2, 3)).abs() / exact.abs().mean((2, 3))
    assert error.max() < 0.01
    assert torch.cosine_similarity(grad.float().flatten(), exact.flatten(), 0) > 0.999


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_upsample_doubles(mode: str) -> None:
    assert upsample(maps(1, 2, 5, 3), mode).shape == (1, 2, 10, 6)
