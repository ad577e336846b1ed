"""Colour histograms: Lab as scikit-image has it, shares that sum to one, and a distance with a gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from chapters.colours import histogram_distance
from skimage.color import rgb2lab

from zmlib.errors import UserError
from zmlib.signals.histogram import SIZE, colour, histogram, lab, palette, roots


def pictures(n: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 3, 24, 20, generator=torch.Generator().manual_seed(seed))


def test_lab_is_scikit_image_s() -> None:
    x = pictures()
    x[0, :, :4] *= 0.02  # near black both formulas have a straight part
    expected = rgb2lab(x.permute(0, 2, 3, 1).numpy())
    assert np.abs(lab(x).permute(0, 2, 3, 1).numpy() - expected).max() < 0.02


def test_shares_sum_to_one_whatever_the_place_and_the_size() -> None:
    x = pictures()
    found = histogram(x)
    assert found.shape == (2, SIZE) and (found >= 0).all()
    torch.testing.assert_close(found.sum(1), torch.ones(2))
    torch.testing.assert_close(histogram(x.flip(3)), found)
    torch.testing.assert_close(histogram(x.repeat_interleave(2, 2)), found)


def test_one_colour_fills_the_bins_around_it() -> None:
    red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    found = histogram(red)
    assert 1 <= (found > 1e-6).sum() <= 8
    cyan = 1 - red
    assert histogram_distance(found, histogram(cyan)).item() == pytest.approx(1)
    assert histogram_distance(found, found).item() == pytest.approx(0, abs=1e-3)
    near = (red * 0.97).contiguous()
    assert 0 < histogram_distance(found, histogram(near)).item() < 0.3


def test_a_picture_can_be_led_to_a_histogram() -> None:
    """Some steps of gradient descent on the pixels bring the colours of one picture to those of another."""
    target = histogram(pictures(1, 3) * torch.tensor([1.0, 0.5, 0.2]).view(1, 3, 1, 1))
    x = pictures(1, 4).requires_grad_()
    optimiser = torch.optim.Adam([x], lr=0.02)
    first = histogram_distance(histogram(x), target).item()
    for _ in range(60):
        optimiser.zero_grad()
        (1 - (histogram(x) * target).clamp_min(1e-12).sqrt().sum()).backward()
        optimiser.step()
    assert histogram_distance(histogram(x), target).item() < 0.6 * first


def test_a_palette_without_spread_is_the_histogram_of_its_stripes() -> None:
    stripes = torch.cat([colour("teal").expand(1, 3, 8, 6), colour("#ff8800").expand(1, 3, 8, 2)], 3)
    torch.testing.assert_close(palette({"teal": 3, "#ff8800": 1}, spread=0), histogram(stripes))


def test_a_palette_s_shades_lie_around_its_colours() -> None:
    flat, soft, wide = (palette({"teal": 1}, spread) for spread in (0, 8, 30))
    assert soft.shape == (1, SIZE) and soft.sum().item() == pytest.approx(1)
    assert torch.equal(soft, palette({"teal": 5}, 8)), "the same shades always, and shares are relative"
    near, far = (histogram_distance(flat, one).item() for one in (soft, wide))
    assert 0.05 < near < far < 1


@pytest.mark.parametrize("colours", [{}, {"teal": 0}, {"teal": -1, "red": 3}, {"teal": float("nan")}, {"tael": 1}])
def test_an_impossible_palette_is_refused(colours: dict[str, float]) -> None:
    with pytest.raises(UserError, match="colour"):
        palette(colours)


def test_roots_are_of_unit_size_and_their_distance_is_hellinger_s() -> None:
    a, b = histogram(pictures()).split(1)
    assert roots(a).square().mean().item() == pytest.approx(1)
    apart = (roots(a) - roots(b)).square().mean().item()  # the mean over SIZE undoes the factor
    assert (apart / 2) ** 0.5 == pytest.approx(histogram_distance(a, b).item(), rel=1e-4)
