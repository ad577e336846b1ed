"""Windows: which part of a picture is cut out, told by a picture whose red and green say where each pixel lies."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from zmlib.data.images import window


def chart(width: int, height: int) -> Image.Image:
    """Red is the place across, green the place down, each from 0 to 250 of 255 over the long side."""
    y, x = np.mgrid[0:height, 0:width] * (250 / max(width, height))
    return Image.fromarray(np.stack([x, y, np.zeros_like(x)], -1).round().astype(np.uint8))


def part(array: np.ndarray, long: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of what a window of a chart shows, in the chart's pixels (to about 2 of them)."""
    red, green = array[..., 0].astype(float), array[..., 1].astype(float)
    scale, n = long / 250, len(array)
    across, down = (red[:, -1] - red[:, 0]).mean() * scale, (green[-1] - green[0]).mean() * scale
    width, height = across * n / (n - 1), down * n / (n - 1)  # from pixel centres to edges
    return red[:, 0].mean() * scale, green[0].mean() * scale, width, height


def test_without_chance_it_is_the_middle_at_the_middle_scale() -> None:
    left, top, width, height = part(window(chart(400, 300), 50, (1, 1), None), 400)
    assert (left, top, width, height) == pytest.approx((50, 0, 300, 300), abs=6)
    left, top, width, height = part(window(chart(400, 300), 50, (2, 2), None), 400)
    assert (left, top, width, height) == pytest.approx((125, 75, 150, 150), abs=5)
    left, top, width, height = part(window(chart(400, 300), 50, (1, 4), None), 400)
    assert (left, top, width, height) == pytest.approx((125, 75, 150, 150), abs=5)


def test_chance_decides_scale_place_and_flip_within_their_limits() -> None:
    seen, flipped = [], 0
    for seed in range(60):
        array = window(chart(400, 300), 50, (1.5, 3), np.random.default_rng(seed))
        assert array.shape == (50, 50, 3) and array.dtype == np.uint8
        if part(array, 400)[2] < 0:
            flipped, array = flipped + 1, array[:, ::-1]
        left, top, width, height = part(array, 400)
        assert 96 < width < 205 and width == pytest.approx(height, abs=5)
        assert left > -3 and top > -3 and left + width < 405 and top + height < 305
        seen.append((left, top, width))
    assert 15 < flipped < 45
    for values, spread in zip(np.array(seen).T, (200, 120, 80), strict=True):
        assert np.ptp(values) > spread, "it does not use what it may"
    assert np.median(np.array(seen)[:, 2]) == pytest.approx(300 / np.sqrt(4.5), abs=20), "log-uniform"


def test_flips_can_be_forbidden() -> None:
    for seed in range(20):
        assert part(window(chart(400, 300), 50, (1, 3), np.random.default_rng(seed), flip=False), 400)[2] > 0


def test_a_window_is_never_enlarged_beyond_what_its_size_needs() -> None:
    array = window(chart(120, 80), 50, (4, 4), np.random.default_rng(0), flip=False)
    assert part(array, 120)[2] == pytest.approx(50, abs=2), "its own pixels, not 20 of them blown up"
    small = window(chart(40, 30), 50, (4, 4), np.random.default_rng(0), flip=False)
    assert small.shape == (50, 50, 3) and part(small, 40)[2] == pytest.approx(30, abs=2), "all that there is"


def test_the_same_chance_gives_the_same_window() -> None:
    first, second = (window(chart(90, 70), 40, (1, 3), np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, window(chart(90, 70), 40, (1, 3), np.random.default_rng(8)))
