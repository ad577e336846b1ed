"""The share of a glow around outlines, on pictures where it is known."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from zmlib.perceptual.terms import halo_share


def noise(size: int = 128, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(seed))


def house(size: int = 128) -> torch.Tensor:
    """A dark house in front of a bright sky."""
    photo = torch.full((1, 3, size, size), 0.8)
    photo[..., size // 2 :, size // 4 : size // 2] = 0.1
    return photo


def glow(photo: torch.Tensor) -> torch.Tensor:
    """Brighter where something dark is near: what an unsharp mask leaves behind."""
    near = F.avg_pool2d(photo, 33, 1, 16, count_include_pad=False)
    return photo - near


def test_a_glow_is_seen_and_a_picture_without_one_has_none() -> None:
    photo, strokes = house(), 0.1 * noise()
    for plain in (photo, 1 - photo, 0.3 * photo + strokes, strokes):
        assert halo_share(plain, photo).item() < 0.02
    assert halo_share(0.3 * photo + 0.5 * glow(photo), photo).item() > 0.5
    faint, strong = (halo_share(photo + strokes + k * glow(photo), photo).item() for k in (0.1, 0.5))
    assert 0.02 < faint < strong


def test_a_dark_halo_counts_like_a_bright_one_and_a_coloured_one_too() -> None:
    photo = house()
    one = halo_share(photo - 0.5 * glow(photo), photo)
    torch.testing.assert_close(one, halo_share(photo + 0.5 * glow(photo), photo), rtol=0.2, atol=0)
    red = photo.clone()
    red[:, 0] += 0.5 * glow(photo)[:, 0]
    assert halo_share(red, photo).item() > 0.1


def test_brightness_and_contrast_of_the_output_do_not_count() -> None:
    photo = house()
    output = photo + 0.1 * noise() + 0.3 * glow(photo)
    torch.testing.assert_close(halo_share(0.5 * output + 0.2, photo), halo_share(output, photo), rtol=0.05, atol=0.01)


def test_nothing_to_see_is_nothing() -> None:
    flat = torch.full((2, 3, 64, 64), 0.5)
    assert halo_share(noise(64).expand(2, -1, -1, -1), flat).tolist() == pytest.approx([0, 0], abs=1e-3)
    assert halo_share(flat, house(64).expand(2, -1, -1, -1)).tolist() == pytest.approx([0, 0], abs=1e-3)


def test_each_picture_by_itself_and_a_gradient_that_takes_the_glow_away() -> None:
    photos = torch.cat([house(64), noise(64)])
    outputs = torch.cat([house(64) + 0.5 * glow(house(64)) + 0.05 * noise(64), noise(64, 1)]).requires_grad_()
    before = halo_share(outputs, photos)
    torch.testing.assert_close(before[0], halo_share(outputs[:1], photos[:1])[0])
    before.sum().backward()
    with torch.no_grad():
        step = 0.05 * outputs.grad / outputs.grad.abs().max()
        assert halo_share(outputs - step, photos)[0] < before[0]
