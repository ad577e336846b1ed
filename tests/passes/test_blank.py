"""Photos that are mostly of one colour: they are found, painted without lines and glow, and no other is touched."""

from __future__ import annotations

import pytest
import torch
from PIL import ImageFilter
from torch import Tensor

from zmlib import Affine, ZMNet, fast, load
from zmlib.data.images import resize_short, to_bytes
from zmlib.data.samples import photos, styles
from zmlib.passes import paint
from zmlib.passes.blank import MOST, blank_share, keep_of, reference
from zmlib.stylize import stylize
from zmlib.video.animate import frames, path, strengths


@pytest.fixture(scope="module")
def net() -> ZMNet:
    return load("styles")


@pytest.fixture(scope="module")
def affine(net: ZMNet) -> Affine:
    return net.encode(to_bytes(resize_short(styles()["harvest"], 256))).detach()


def flat(colour: tuple[int, int, int], height: int = 200, width: int = 260) -> Tensor:
    return torch.tensor(colour, dtype=torch.uint8).view(1, 3, 1, 1).repeat(1, 1, height, width)


def on_white() -> Tensor:
    """A grey disc with a texture in the middle of a white picture, uint8, (1, 3, 256, 256)."""
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    inside = (x - 128) ** 2 + (y - 128) ** 2 < 30**2
    disc = 60 + 40 * torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(1))
    return torch.where(inside, disc, 255.0).to(torch.uint8)


@pytest.mark.parametrize("precision", [torch.float32, None])
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 20, 20)])
def test_a_flat_photo_has_no_lines_along_its_border(
    net: ZMNet, affine: Affine, colour: tuple[int, int, int], precision: torch.dtype | None
) -> None:
    with fast.using(precision):
        before, after = net.stylize(flat(colour), affine).float(), paint(net, flat(colour), affine).float()
    assert after.std((2, 3)).max() < 1 < 10 < before.std((2, 3)).max()


def test_black_white_and_red_come_out_as_colours_of_their_own(net: ZMNet, affine: Affine) -> None:
    black, white, red = (
        paint(net, flat(colour), affine).float().mean((0, 2, 3))
        for colour in ((0, 0, 0), (255, 255, 255), (200, 20, 20))
    )
    assert white.mean() > black.mean() + 40 and red[0] - red[2] > black[0] - black[2] + 20


def test_an_object_on_white_does_not_glow(net: ZMNet, affine: Affine) -> None:
    y, x = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    away = ((x - 128) ** 2 + (y - 128) ** 2).float().sqrt() - 30

    def glow(out: Tensor) -> float:
        ring, far = (away > 16) & (away < 24), away > 80
        return float((out[..., ring] - out[..., far].mean(2, keepdim=True)).abs().mean())

    content = on_white()
    assert keep_of(content) > 0.7
    assert glow(paint(net, content, affine).float()) < 0.5 * glow(net.stylize(content, affine).float())


def test_photographs_are_not_touched(net: ZMNet, affine: Affine) -> None:
    for photo in photos().values():
        content = to_bytes(photo)
        assert keep_of(content) == 0
        assert torch.equal(paint(net, content, affine, None), net.stylize(content, affine))


def sky(span: float, noise: float = 0.0) -> Tensor:
    """A vertical gradient of so many grey levels, with noise of so many, uint8, (1, 3, 300, 400)."""
    random = torch.Generator().manual_seed(0)
    down = torch.linspace(0, 1, 300).view(1, 1, 300, 1) * torch.tensor([1, 0.7, 0.4]).view(1, 3, 1, 1) * span
    exact = down + torch.tensor([90, 130, 180]).view(1, 3, 1, 1) + noise * torch.randn(1, 3, 300, 400, generator=random)
    return exact.round().to(torch.uint8)


def test_a_sky_without_noise_stays_smooth_and_one_with_noise_is_a_photograph(net: ZMNet, affine: Affine) -> None:
    content = sky(8)
    steps = [
        out.float().diff(dim=2).abs().amax() for out in (net.stylize(content, affine), paint(net, content, affine))
    ]
    assert steps[1] < 10 < 40 < steps[0], "no bands"
    for span in (8, 24, 64):
        assert keep_of(sky(span, 0.7)) == 0
    assert keep_of(sky(64)) == 0


def test_a_photograph_out_of_focus_is_not_blank() -> None:
    for photo in photos().values():
        for radius in (10, 40, 120):
            assert keep_of(to_bytes(photo.filter(ImageFilter.GaussianBlur(radius)))) == 0


def test_the_statistics_are_asked_for_once(net: ZMNet, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a photo is painted: at a lower strength, in an animation."""
    asked: list[int] = []

    def share(content: Tensor) -> float:
        asked.append(content.shape[2])
        return 0.8

    monkeypatch.setattr("zmlib.passes.keep_of", share)
    photo = resize_short(photos()["china"], 64)
    styles = [net.encode(torch.rand(1, 3, 64, 64)) for _ in range(2)]
    half = stylize(photo, styles[0], model=net, strength=0.5)
    assert len(asked) == 1
    content = to_bytes(photo) / 255
    assert len(list(frames(net, content, path(styles, 4)))) == 4 and len(asked) == 2
    assert len(list(strengths(net, content, styles[0], styles[1], 4))) == 4 and len(asked) == 3
    monkeypatch.undo()
    assert stylize(photo, styles[0], model=net, strength=0.5) != half, "what is asked for is used"


def test_the_share_is_that_of_blocks_of_one_colour() -> None:
    content = on_white()
    assert blank_share(flat((9, 9, 9))) == 1 and 0.7 < blank_share(content) < 0.95
    assert blank_share(content.float() / 255) == blank_share(content)
    large = torch.nn.functional.interpolate(content, scale_factor=5, mode="nearest")
    assert abs(blank_share(large) - blank_share(content)) < 0.06, "a larger scan of the same"
    noisy = (content.float() + torch.randint(-1, 2, content.shape)).clamp(0, 255).to(torch.uint8)
    assert blank_share(noisy) < 0.05
    assert keep_of(flat((9, 9, 9), 20, 300)) == MOST


def test_the_reference_is_the_same_each_time_and_no_photo() -> None:
    one = reference()
    assert one.dtype == torch.uint8 and one.shape == (1, 3, 192, 192) and blank_share(one) == 0
    assert 100 < one.float().mean() < 130 and 35 < one.float().std() < 65


def test_networks_that_cannot_hold_statistics_paint_as_before() -> None:
    net = load("adain")
    style = net.encode(torch.rand(1, 3, 64, 64))
    content = flat((255, 255, 255), 64, 64)
    assert torch.equal(paint(net, content, style), net.stylize(content, style))
