"""What is counted in a picture of a night: lights on windows, yellow, brightness, and what a tone curve could do."""

from __future__ import annotations

import pytest
import torch
from chapters.daylight import (
    blurred,
    brightness,
    gain_to,
    lights_gained,
    nearest_tone_curve,
    yellow_gained,
)
from torch import Tensor

WINDOWS = [(20, 20), (20, 50), (60, 20), (60, 50)]


def house(wall: float, window: float, sky: float | None = None) -> Tensor:
    """A wall of 100 x 100 pixels with four windows of 6 x 6, below a sky."""
    picture = torch.full((1, 3, 100, 100), wall)
    for y, x in WINDOWS:
        picture[..., y : y + 6, x : x + 6] = window
    if sky is not None:
        picture[..., :10, :] = sky
    return picture


def test_windows_that_come_on_are_counted() -> None:
    day, night = house(wall=0.8, window=0.3), house(wall=0.1, window=0.7)
    assert lights_gained(night, day) == 4


def test_no_tone_curve_turns_a_light_on() -> None:
    day, night = house(wall=0.8, window=0.3), house(wall=0.1, window=0.7)
    assert lights_gained(nearest_tone_curve(day, night), day) == 0
    assert lights_gained(gain_to(day, brightness(night)), day) == 0


def test_a_light_counts_at_a_window_and_where_there_was_none() -> None:
    day = house(wall=0.8, window=0.3)
    beside = torch.full((1, 3, 100, 100), 0.1)
    beside[..., 80:86, 80:86] = 0.9
    assert lights_gained(beside, day) == 0, "there is no window"
    evening = house(wall=0.1, window=0.7)
    assert lights_gained(evening, evening) == 0, "the photo has these lights already"
    assert lights_gained(house(wall=0.5, window=0.9), day) == 0, "its surroundings are not dark"
    assert lights_gained(night_everywhere(), day) == 0, "a bright sky is no light: it is large"


def night_everywhere() -> Tensor:
    return house(wall=0.1, window=0.1, sky=0.9)


def test_the_nearest_tone_curve_is_at_least_as_near_as_any_power() -> None:
    torch.manual_seed(0)
    photo = torch.rand(1, 3, 24, 24)
    output = (0.6 * photo**1.7 + 0.1 * torch.rand_like(photo)).clamp(0, 1)
    best = nearest_tone_curve(photo, output)
    error = (best - output).square().mean()
    for gain in (0.4, 0.6, 0.7):
        for power in (1.0, 1.5, 1.7, 2.0):
            assert error <= (gain * photo**power - output).square().mean()
    order = photo.flatten().argsort()
    assert (best.flatten()[order].diff() >= -1e-6).all(), "it rises"


def test_a_gain_gives_the_brightness_that_is_asked_for() -> None:
    torch.manual_seed(0)
    photo = torch.rand(1, 3, 16, 16)
    for wanted in (10.0, 25.0, 40.0):
        assert brightness(gain_to(photo, wanted)) == pytest.approx(wanted, abs=0.3)
    assert brightness(torch.ones(1, 3, 8, 8)) == pytest.approx(100, abs=0.01)


def test_yellow_is_what_turns_yellow() -> None:
    grey, half = torch.full((1, 3, 10, 10), 0.5), torch.full((1, 3, 10, 10), 0.5)
    half[:, 2, :5] = 0.1
    assert yellow_gained(half, grey) == pytest.approx(0.5)
    assert yellow_gained(half, half) == yellow_gained(grey, half) == 0
    red = torch.zeros(1, 3, 10, 10)
    red[:, 0] = 0.9
    assert yellow_gained(red, grey) == 0


def test_a_blurred_copy_has_no_windows() -> None:
    day = house(wall=0.8, window=0.3)
    copy = blurred(day, sigma=6.0)
    assert copy.shape == day.shape and copy.std() < 0.5 * day.std()
    assert lights_gained(house(wall=0.1, window=0.7), copy) == 0
