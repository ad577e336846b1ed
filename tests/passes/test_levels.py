"""Painting coarse to fine: the sizes, what one level keeps of another, and that a small picture is one pass."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from zmlib import Affine, ZMNet, fast, load
from zmlib.errors import UserError
from zmlib.passes import paint
from zmlib.passes.levels import ONE, STEP, STROKES, at_levels, levels, returned, shrink, stroke_pixels


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    """Blobs of several sizes and noise, uint8, (1, 3, H, W)."""
    random = torch.Generator().manual_seed(seed)
    shapes = [(3, 4), (12, 16), (48, 64), (height, width)]
    layers = [torch.rand(1, 3, *shape, generator=random) for shape in shapes]
    total = sum(torch.nn.functional.interpolate(layer, (height, width), mode="bicubic") for layer in layers)
    return (255 * total / len(layers)).clamp(0, 255).round().to(torch.uint8)


@pytest.fixture(scope="module")
def net() -> ZMNet:
    return load("styles")


@pytest.fixture(scope="module")
def affine(net: ZMNet) -> Affine:
    return net.encode(picture(64, 64, 1)).detach()


@pytest.mark.parametrize("size", [(32, 32), (500, 700), (633, 900), (634, 900), (2160, 3840), (40, 4000), (6000, 4000)])
def test_sizes_grow_evenly_up_to_the_picture_s_own(size: tuple[int, int]) -> None:
    found = levels(*size, "medium")
    assert found[-1] == size and found == sorted(found)
    shorts = [min(one) for one in found]
    if min(size) < ONE * STROKES["medium"]:
        assert len(found) == 1
    else:
        assert shorts[0] == STROKES["medium"]
        steps = [b / a for a, b in zip(shorts, shorts[1:], strict=False)]
        assert max(steps) - min(steps) < 0.02 and ONE - 0.01 < steps[0] < STEP**1.5
    for height, width in found:
        assert abs(height / width - size[0] / size[1]) < 0.01 * size[0] / size[1]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("large", "fine, medium, broad, none or a whole number"),
        (448.5, "a whole number"),
        (float("nan"), "a whole number"),
        (31, "at least 32 pixels"),
    ],
)
def test_a_stroke_size_that_is_none(given: Any, text: str) -> None:
    with pytest.raises(UserError, match=text):
        stroke_pixels(given)
    with pytest.raises(UserError, match=text):
        levels(64, 64, given)


def test_a_picture_near_the_stroke_size_is_one_pass_exactly(net: ZMNet, affine: Affine) -> None:
    content = picture(80, 100)
    for stroke in ("medium", 64, None):
        assert torch.equal(paint(net, content, affine, stroke), net.stylize(content, affine))
    assert not torch.equal(paint(net, content, affine, 32), net.stylize(content, affine))


def test_what_is_returned_is_what_survives_shrinking() -> None:
    z, y = picture(96, 132).float() / 255, picture(40, 55, 1).float() / 255
    there = shrink(returned(z, y), (40, 55))
    assert (there - y).abs().mean() < 0.4 * (shrink(z, (40, 55)) - y).abs().mean()
    fine = z - torch.nn.functional.interpolate(shrink(z, (40, 55)), (96, 132), mode="bilinear")
    new = returned(z, y)
    left = new - torch.nn.functional.interpolate(y, (96, 132), mode="bilinear")
    inside = (new > 0) & (new < 1)
    torch.testing.assert_close(left[inside], fine[inside], atol=1e-5, rtol=0)
    assert torch.equal(returned(z, shrink(z, (40, 55))), z), "nothing changes where the small picture is its own"


def test_bytes_and_numbers_give_the_same() -> None:
    z, y = picture(96, 132), picture(40, 55, 1)
    exact = returned(z.float() / 255, y.float() / 255) * 255
    assert (returned(z, y).float() - exact).abs().max() < 1.6, "shrinking bytes rounds"


def test_with_a_network_that_changes_nothing_the_photo_comes_back() -> None:
    content = picture(150, 220)
    seen: list[tuple[int, int]] = []

    def same(x: Tensor) -> Tensor:
        seen.append((x.shape[2], x.shape[3]))
        return x

    out = at_levels(same, content, 32)
    assert (out.float() - content.float()).abs().mean() < 1 and out.shape == content.shape
    assert seen == [(32, 47), (34, 49), (69, 102), (150, 220)], "the smallest twice, the second time moved"


def test_above_the_finest_size_nothing_is_painted() -> None:
    content, seen = picture(300, 400), []

    def negative(x: Tensor) -> Tensor:
        seen.append(min(x.shape[2:]))
        return 255 - x

    out = at_levels(negative, content, 32, finest=100)
    assert max(seen) == 100 and out.shape == content.shape
    whole = at_levels(negative, content, 32)
    assert (shrink(out, (100, 133)).float() - shrink(whole, (100, 133)).float()).abs().mean() < 3
    detail = [one.float() - torch.nn.functional.avg_pool2d(one.float(), 3, 1, 1) for one in (out, content)]
    assert torch.corrcoef(torch.stack([one[..., 8:-8, 8:-8].flatten() for one in detail]))[0, 1] > 0.5, "the photo's"
    assert torch.equal(at_levels(negative, content, 32, finest=300), whole)


def test_large_strokes_are_those_of_the_small_picture(net: ZMNet, affine: Affine) -> None:
    """Seen small, the picture is the one painted at the stroke size, and not that of one pass."""
    content = picture(320, 400)
    small = net.stylize(shrink(content, (64, 80)), affine).float()
    many, one = (shrink(paint(net, content, affine, stroke), (64, 80)).float() for stroke in (64, None))
    assert (many - small).abs().mean() < 0.7 * (one - small).abs().mean()


@pytest.mark.parametrize("stroke", [32, 48, None])
def test_both_precisions_and_the_plain_network_agree(net: ZMNet, affine: Affine, stroke: int | None) -> None:
    content = picture(150, 201)
    with fast.using(torch.float32):
        exact = paint(net, content, affine, stroke).float()
    with fast.using(torch.bfloat16):  # also where the processor emulates it
        rounded = paint(net, content, affine, stroke).float()
    plain = at_levels(lambda x: net.tnet(x.float() / 255, affine).clamp(0, 1).mul(255).round().byte(), content, stroke)
    assert (exact - plain.float()).abs().max() <= 4 and (exact - plain.float()).abs().mean() < 0.1
    assert 0.05 < (exact - rounded).abs().mean() < 2, "the two were computed in two precisions"
    numbers = paint(net, content.float() / 255, affine, stroke)
    assert numbers.dtype == torch.float32 and (numbers * 255 - exact).abs().mean() < 2


def test_a_region_stays_where_it_is_at_every_size(net: ZMNet) -> None:
    styles = [net.encode(picture(64, 64, seed)).detach() for seed in (1, 2)]
    masks = torch.zeros(2, 160, 240)
    masks[0, :, :120] = masks[1, :, 120:] = 1
    content = picture(160, 240)
    both = paint(net, content, Affine.blend(styles, masks), 40).float()
    swapped = paint(net, content, Affine.blend(styles, masks.flip(0)), 40).float()
    assert both.shape == swapped.shape and (both - swapped).abs().mean() > 1
