"""Paths through the space of gamma and beta, and how steady the frames along them are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from zmlib import TNetConfig, UserError, ZMNet
from zmlib.affine import Affine
from zmlib.stylize import stylize
from zmlib.video.animate import frames, path, strengths
from zmlib.video.flicker import Flicker

SMALL = TNetConfig(width=(4, 4, 8), blocks=1)


def net_and_affines(n: int = 3) -> tuple[ZMNet, list[Affine]]:
    torch.manual_seed(0)
    net = ZMNet(SMALL).eval()
    for p in net.source.parameters():
        torch.nn.init.normal_(p, 0.3, 0.5)
    return net, [net.encode(torch.rand(1, 3, 32, 32)).detach() for _ in range(n)]


def test_a_path_meets_its_keys_and_goes_straight_between_them() -> None:
    _, (a, b, c) = net_and_affines()
    affines = list(path([a, b, c], 5))
    middle = a.lerp(b, 0.5)
    for found, wanted in zip(affines, (a, middle, b, b.lerp(c, 0.5), c), strict=True):
        for x, y in zip(found.gamma + found.beta, wanted.gamma + wanted.beta, strict=True):
            torch.testing.assert_close(x, y)
    with pytest.raises(UserError, match="two or more, not 1"):
        path([a], 5)
    with pytest.raises(UserError, match="3 keys needs as many frames"):
        path([a, b, c], 2)


def test_frames_are_what_stylize_makes_and_pnet_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    net, affines = net_and_affines(2)
    content = torch.randint(256, (1, 3, 40, 48)) / 255
    monkeypatch.setattr(net.source, "forward", lambda signal: pytest.fail("PNet ran for a frame"))
    found = list(frames(net, content, path(affines, 3)))
    assert [picture.size for picture in found] == [(48, 40)] * 3
    with torch.inference_mode():
        last = (net.stylize(content, affines[1]) * 255).round()
    difference = np.abs(np.asarray(found[-1], float) - last[0].permute(1, 2, 0).numpy())
    assert difference.max() <= 1


@pytest.mark.parametrize("stroke", [None, 32])
def test_strength_grows_from_the_photo(stroke: int | None) -> None:
    net, (affine,) = net_and_affines(1)
    photo = Image.fromarray(
        np.random.default_rng(0).integers(0, 255, (40, 48, 3), dtype=np.uint8).repeat(3, 0).repeat(3, 1)
    )
    content = torch.from_numpy(np.asarray(photo)).permute(2, 0, 1)[None].float() / 255
    own = net.encode(content).detach()
    found = list(strengths(net, content, affine, own, 3, stroke_size=stroke))
    assert np.abs(np.asarray(found[0], int) - np.asarray(photo, int)).max() <= 1
    for t, picture in ((0.5, found[1]), (1.0, found[2])):
        expected = stylize(photo, affine, model=net, strength=t, style_size=None, stroke_size=stroke)
        assert np.abs(np.asarray(picture, int) - np.asarray(expected, int)).max() <= 1


def test_frames_of_a_large_photo_are_painted_at_several_sizes() -> None:
    net, affines = net_and_affines(2)
    content = (torch.rand(1, 3, 120, 130) * 255).round() / 255
    found = list(frames(net, content, path(affines, 2), stroke_size=40))
    picture = Image.fromarray(content[0].mul(255).round().byte().permute(1, 2, 0).numpy())
    for affine, frame in zip(affines, found, strict=True):
        assert np.array_equal(np.asarray(frame), np.asarray(stylize(picture, affine, model=net, stroke_size=40)))
    assert not np.array_equal(np.asarray(found[1]), np.asarray(stylize(picture, affines[1], model=net)))


def test_flicker_is_what_comes_and_goes() -> None:
    def flicker(levels: list[int]) -> float | None:
        found = Flicker()
        for level in levels:
            found.add(Image.new("RGB", (8, 8), (level,) * 3))
        return found.value

    assert flicker([10, 20, 30, 40]) == 0
    assert flicker([10, 20, 10, 20]) == 20
    assert flicker([1, 2]) is None
