"""The distance of two pictures' colours."""

from __future__ import annotations

import pytest
import torch

from zmlib.perceptual import palette_distance
from zmlib.perceptual.losses import PALETTE_UNIT, directions
from zmlib.signals.histogram import lab


def pictures(n: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 3, 24, 20, generator=torch.Generator().manual_seed(seed))


def test_where_a_colour_is_does_not_count() -> None:
    x = pictures()
    assert palette_distance(x, x.flip(2)).abs().max() < 1e-6
    assert (palette_distance(x, 0.5 * x) > 0.02).all()
    torch.testing.assert_close(palette_distance(x, 0.5 * x), palette_distance(0.5 * x, x))


def test_of_two_single_colours_it_is_their_distance_in_lab() -> None:
    a, b = (torch.tensor(c).view(1, 3, 1, 1).expand(1, 3, 8, 8) for c in ([0.8, 0.2, 0.3], [0.2, 0.4, 0.7]))
    apart = (lab(a) - lab(b))[0, :, 0, 0].square().sum().item()
    assert palette_distance(a, b).item() * PALETTE_UNIT**2 * 3 == pytest.approx(
        apart, rel=0.15
    )  # the mean over directions


def test_the_directions_are_unit_vectors_to_all_sides() -> None:
    axes = directions(16)
    torch.testing.assert_close(axes.norm(dim=1), torch.ones(16))
    spread = axes.T @ axes / 16
    assert (spread - torch.eye(3) / 3).abs().max() < 0.05


def test_it_pulls_colours_from_far_away() -> None:
    x, target = pictures(1, 1).requires_grad_(), pictures(1, 2) * torch.tensor([1.0, 0.5, 0.2]).view(1, 3, 1, 1)
    optimiser = torch.optim.Adam([x], lr=0.02)
    first = palette_distance(x, target).item()
    for _ in range(60):
        optimiser.zero_grad()
        palette_distance(x, target).sum().backward()
        optimiser.step()
    assert palette_distance(x, target).item() < 0.05 * first


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="as many pixels"):
        palette_distance(pictures(), torch.rand(2, 3, 8, 8))
