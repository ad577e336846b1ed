"""The share of fine detail on a lattice, on pictures where it is known."""

from __future__ import annotations

import pytest
import torch

from zmlib.perceptual.terms import lattice_share


def noise(n: int = 4, size: int = 128) -> torch.Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0))


def weave(size: int = 128, period: int = 4) -> torch.Tensor:
    tile = torch.rand(1, 3, period, period, generator=torch.Generator().manual_seed(1))
    return tile.repeat(1, 1, size // period, size // period)


def test_noise_has_the_floor_and_a_weave_all_of_it() -> None:
    assert lattice_share(noise()) == pytest.approx(torch.full((4,), 1 / 64), rel=0.2)
    assert lattice_share(weave()).item() == pytest.approx(1, abs=0.05)  # less at the edges, where the mean reflects


def test_another_period_is_no_weave_of_this_one() -> None:
    assert lattice_share(weave(120, period=3)).item() < 0.05 < 0.9 < lattice_share(weave(96, period=3), 3, 24).item()


def test_it_neither_sees_contrast_nor_brightness_nor_a_slow_change() -> None:
    mixed = noise(1) + weave()
    ramp = torch.linspace(0, 3, 128).expand(1, 3, 128, 128)
    share = lattice_share(mixed)
    assert 0.2 < share.item() < 0.8
    torch.testing.assert_close(lattice_share(0.1 * mixed + 5), share, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(lattice_share(mixed + ramp), share, rtol=0.02, atol=0.02)


def test_the_weave_may_differ_from_block_to_block_and_the_last_rows_do_not_count() -> None:
    signs = torch.tensor([1.0, -1.0]).repeat(2).repeat_interleave(32).view(1, 1, 1, 128)
    assert lattice_share(weave() * signs).item() > 0.8
    cut = noise(1, 144)[..., :141, :139]
    torch.testing.assert_close(lattice_share(cut), lattice_share(cut[..., :130, :130]), rtol=0.02, atol=0)


def test_a_flat_picture_has_none_and_the_gradient_takes_a_weave_away() -> None:
    assert lattice_share(torch.full((1, 3, 64, 64), 0.5)).item() == 0
    image = (noise(1, 64) + 0.5 * weave(64)).requires_grad_()
    before = lattice_share(image)
    before.sum().backward()
    with torch.no_grad():
        after = lattice_share(image - 200 * image.grad)
    assert after.item() < before.item()
