"""Fine colour, the term against it and the noise gain, on pictures and functions where they are known."""

from __future__ import annotations

import math

import pytest
import torch

from zmlib.perceptual.speckle import (
    AXES,
    CHANNELS,
    FLOOR,
    OCTAVES,
    UNIT,
    fine_colour,
    noise_gain,
    opponent,
    speckle,
    speckle_ratio,
)

AXIS = {name: torch.tensor(axis).view(1, 3, 1, 1) for name, axis in zip(CHANNELS, AXES, strict=True)}


def noise(size: int = 64, seed: int = 0, n: int = 1, channels: int = 1) -> torch.Tensor:
    return torch.randn(n, channels, size, size, generator=torch.Generator().manual_seed(seed))


def wave(period: float, slanting: bool, size: int = 96) -> torch.Tensor:
    """A sine of amplitude 1 that runs across, or along the diagonal; (1, 1, size, size)."""
    x = torch.arange(size, dtype=torch.float32)
    along = (x[None] + x[:, None]) / math.sqrt(2) if slanting else x.expand(size, size)
    return torch.sin(2 * math.pi * along / period + 0.7)[None, None]


def chequer(size: int = 32) -> torch.Tensor:
    return wave(2, False, size).sign() * wave(2, False, size).sign().mT


def test_white_noise_is_as_strong_in_lightness_as_in_each_colour() -> None:
    torch.testing.assert_close(opponent(torch.tensor(AXES).view(3, 3, 1, 1)).squeeze(), torch.eye(3))


def test_a_grey_picture_has_no_fine_colour() -> None:
    grey = (0.5 + 0.2 * noise()).expand(-1, 3, -1, -1)
    assert fine_colour(grey).shape == (1, 2, len(OCTAVES))
    assert fine_colour(grey).max() < 1.1e-4


@pytest.mark.parametrize(("channel", "other"), [("red-green", "blue-yellow"), ("blue-yellow", "red-green")])
def test_a_coloured_chequer_has_the_rms_of_its_amplitude_in_its_channel(channel: str, other: str) -> None:
    found = fine_colour(0.5 + 0.1 * chequer() * AXIS[channel])[0]
    mine, its = CHANNELS.index(channel) - 1, CHANNELS.index(other) - 1
    assert found[mine].tolist() == pytest.approx([0.1, 0, 0], abs=2e-4)
    assert found[its].max() < 1.1e-4


@pytest.mark.parametrize("slanting", [False, True])
@pytest.mark.parametrize(("period", "octave"), [(2.5, 0), (4.5, 0), (6, 1), (10, 1), (13, 2), (20, 2)])
def test_each_octave_hears_its_own_wave_most(period: float, octave: int, slanting: bool) -> None:
    found = fine_colour(0.5 + 0.1 * wave(period, slanting) * AXIS["red-green"])[0, 0]
    assert found.argmax() == octave
    assert found[octave] > 0.38 * 0.1 / math.sqrt(2)


def test_the_term_is_zero_without_an_excess_and_grows_with_coloured_noise() -> None:
    style = 0.5 + 0.05 * noise(channels=3)
    assert speckle(style, style).item() == 0
    assert speckle(0.5 + 0.5 * (style - 0.5), style).item() == 0  # less fine colour than the style is no fault
    louder = [speckle(style + k * noise(seed=1) * AXIS["red-green"], style).item() for k in (0.02, 0.05, 0.1)]
    assert 0 < louder[0] < louder[1] < louder[2]


def test_the_term_counts_in_its_unit_over_two_channels_and_three_octaves() -> None:
    grey = torch.full((1, 3, 32, 32), 0.5)
    found = speckle(grey + 0.1 * chequer() * AXIS["blue-yellow"], grey).item()
    assert found == pytest.approx(0.1 / UNIT / 6, rel=5e-3)


def test_the_term_does_not_mind_lightness() -> None:
    style = 0.5 + 0.02 * noise(channels=3)
    output = style + 0.05 * noise(seed=1) * AXIS["red-green"]
    rough = output + 0.2 * noise(seed=2) * AXIS["lightness"]
    torch.testing.assert_close(speckle(rough, style), speckle(output, style), rtol=1e-3, atol=0)


def test_each_output_by_itself_and_a_gradient_that_takes_the_noise_away() -> None:
    style = torch.full((1, 3, 64, 64), 0.5)
    outputs = (style + torch.tensor([0.02, 0.08]).view(2, 1, 1, 1) * noise(n=2, channels=3)).requires_grad_()
    found = speckle(outputs, style)
    torch.testing.assert_close(found[1], speckle(outputs[1:], style)[0])
    found.sum().backward()
    with torch.no_grad():
        better = outputs - 0.05 * outputs.grad / outputs.grad.abs().max()
        assert (speckle(better, style) < 0.9 * found).all()
    flat = style.clone().requires_grad_()
    speckle(flat, style).sum().backward()
    assert flat.grad.isfinite().all()


def test_a_picture_has_just_under_its_own_fine_colour() -> None:
    picture = 0.5 + 0.2 * noise(channels=3)
    ratio = speckle_ratio(picture, picture)
    assert ratio.shape == (1, 3) and (ratio > 0.9).all() and (ratio < 1).all()


def test_the_ratio_is_finite_for_a_grey_style_and_follows_the_amplitude() -> None:
    grey = torch.full((1, 3, 32, 32), 0.5)
    outputs = torch.cat([grey + a * chequer() * (AXIS["red-green"] + AXIS["blue-yellow"]) for a in (0.05, 0.1)])
    ratio = speckle_ratio(outputs, grey)[:, 0].tolist()
    assert ratio == pytest.approx([math.sqrt(2) * a / FLOOR for a in (0.05, 0.1)], rel=5e-3)


def louder_colour(pictures: torch.Tensor) -> torch.Tensor:
    light = pictures.mean(1, keepdim=True)
    return light + 2 * (pictures - light)


def test_noise_gain_of_functions_whose_gain_is_known() -> None:
    photo = 0.5 + 0.1 * noise(channels=3)
    torch.testing.assert_close(noise_gain(lambda x: x, photo), torch.ones(3, 3), rtol=1e-3, atol=0)
    double = torch.tensor([1.0, 2.0, 2.0]).expand(3, 3)
    torch.testing.assert_close(noise_gain(louder_colour, photo), double, rtol=1e-3, atol=0)
    assert noise_gain(torch.ones_like, photo).eq(0).all()
    assert noise_gain(torch.zeros_like, photo).shape == (3, 3)


def test_noise_gain_is_of_the_middle_whatever_the_surroundings_do() -> None:
    photo = 0.5 + 0.1 * noise(128, channels=3)
    middle = torch.zeros(1, 1, 128, 128)
    middle[..., 36:92, 36:92] = 1  # the patch is 32 to 96, less an edge of 4

    def stylize(pictures: torch.Tensor) -> torch.Tensor:
        return middle * pictures + (1 - middle) * 50 * pictures

    torch.testing.assert_close(noise_gain(stylize, photo), torch.ones(3, 3), rtol=1e-3, atol=0)


def test_noise_gain_tells_one_patch_from_another_and_repeats_with_its_seed() -> None:
    photo = torch.full((1, 3, 64, 64), 0.5)

    def stylize(pictures: torch.Tensor) -> torch.Tensor:  # the dark patch alone
        dark = pictures[:1, :, 32, 32].mean() < 0.2
        return 3 * pictures if dark else pictures

    gains = noise_gain(stylize, photo)
    torch.testing.assert_close(gains, torch.tensor([1.0, 3.0, 1.0])[:, None].expand(3, 3), rtol=1e-3, atol=0)

    def blur(pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 3, 1, 1)

    assert noise_gain(blur, photo, 1).equal(noise_gain(blur, photo, 1))
    assert not noise_gain(blur, photo, 1).equal(noise_gain(blur, photo, 2))
    assert (noise_gain(blur, photo) < 0.5).all()
