"""The fast path gives what the eager networks give: they are the reference."""

from __future__ import annotations

import platform

import numpy as np
import pytest
import torch
from torch import Tensor

import zmlib
from zmlib import fast
from zmlib.affine import Affine
from zmlib.data.images import to_bytes, to_tensor
from zmlib.data.samples import photos
from zmlib.fast import tnet
from zmlib.fast.memory import keep_freed
from zmlib.passes.steady import Steady
from zmlib.pnet import SerialImagePNet
from zmlib.stylize import encode_style
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

WIDTH = (8, 12, 16)


def random_net(**options) -> ZMNet:
    net = ZMNet(TNetConfig(width=WIDTH, blocks=2, **options)).eval().requires_grad_(False)
    net.source.requires_grad_(False)
    return net


def random_affine(net: ZMNet, batch: int = 1) -> Affine:
    """Gammas of both signs, and one of 0 in each layer."""
    affine = Affine.identity(net.tnet.spec, batch)
    gamma = tuple(torch.randn_like(g) for g in affine.gamma)
    for g in gamma:
        g[:, 0] = 0
    return Affine(gamma, tuple(torch.randn_like(b) for b in affine.beta), affine.spec)


def eager(net: ZMNet, content: Tensor, affine: Affine) -> Tensor:
    return net.tnet(content, affine).clamp(0, 1)


@pytest.mark.parametrize("size", [(32, 32), (33, 50), (47, 34), (64, 40)])
@pytest.mark.parametrize(
    "options", [{}, {"upsampling": "bilinear"}, {"reading": "static-last"}, {"reading": "static-last", "blocks": 1}]
)
def test_the_fast_path_is_tnet(options, size) -> None:
    net = ZMNet(TNetConfig(width=WIDTH, **({"blocks": 2} | options))).eval().requires_grad_(False)
    if options.get("reading") == "static-last":
        net.tnet.last_gamma.copy_(torch.randn(1, WIDTH[0]))
        net.tnet.last_beta.copy_(torch.randn(1, WIDTH[0]))
    content, affine = torch.rand(2, 3, *size), random_affine(net, 2)
    assert fast.can_stylize(net.tnet, content, affine)
    torch.testing.assert_close(fast.stylize(net.tnet, content, affine), eager(net, content, affine), atol=2e-5, rtol=0)
    one = affine[1]
    torch.testing.assert_close(fast.stylize(net.tnet, content, one), eager(net, content, one), atol=2e-5, rtol=0)


@pytest.mark.parametrize("step", ["threshold", "merged_upsampling", "split_output"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_each_step_can_be_switched_off(step: str, mode: str) -> None:
    net = random_net(upsampling=mode)
    content, affine = torch.rand(1, 3, 47, 34), random_affine(net)
    found = fast.stylize(net.tnet, content, affine, plan=fast.Plan(**{step: False}))
    torch.testing.assert_close(found, eager(net, content, affine), atol=2e-5, rtol=0)
    assert not torch.equal(found, fast.stylize(net.tnet, content, affine)), "another computation, not the same one"


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("reading", ["grouped", "static-last"])
def test_the_fast_path_is_pnet(mode, reading) -> None:
    net = random_net(upsampling=mode, reading=reading)
    signal = torch.rand(2, 3, 45, 38)
    assert fast.can_encode(net.source, signal)
    found, wanted = fast.encode(net.source, signal), net.source(signal)
    for a, b in zip((*found.gamma, *found.beta), (*wanted.gamma, *wanted.beta), strict=True):
        torch.testing.assert_close(a, b, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_the_fast_path_of_a_levelled_pnet(mode: str) -> None:
    config = TNetConfig(width=(8, 12, 16), blocks=2, upsampling=mode)
    net, signal = SerialImagePNet(config, levelled=True), torch.rand(2, 3, 45, 38)
    with torch.no_grad():
        for weight in net.trunk.parameters():
            weight.mul_(3)
        for _ in range(3):
            net.train()(signal)
        assert max(level.square for level in net.levels) > 2, "levels of 1 would test nothing"
        found, wanted = fast.encode(net.eval(), signal), net(signal)
    for a, b in zip((*found.gamma, *found.beta), (*wanted.gamma, *wanted.beta), strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("keep", [tnet.KEEP, 0])
def test_neither_bands_nor_maps_made_twice_show(keep, monkeypatch) -> None:
    """The seam test: as many bands as rows allow, against the whole picture at once by the eager network."""
    net = random_net(upsampling="bilinear")
    content, affine = torch.rand(1, 3, 96, 40), random_affine(net)
    monkeypatch.setattr("zmlib.fast.planes.BAND", 1)
    for name in ("OUT_BAND", "LEAST", "OUT_LEAST"):
        monkeypatch.setattr(f"zmlib.fast.planes.{name}", 1)
    monkeypatch.setattr(tnet, "KEEP", keep)
    difference = (fast.stylize(net.tnet, content, affine) - eager(net, content, affine)).abs()
    assert difference.max() < 2e-5
    monkeypatch.undo()
    monkeypatch.setattr(tnet, "KEEP", keep)
    torch.testing.assert_close(fast.stylize(net.tnet, content, affine), eager(net, content, affine), atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", ["styles", "styles-expanded", "words"])
def test_bfloat16_stays_within_a_grey_level_on_photos(name) -> None:
    """The stated limit is 1/255 in the mean, style read in bfloat16 too."""
    net = zmlib.load(name)
    for photo in list(photos().values())[:2]:
        photo = photo.resize((200, 150))
        content = to_tensor(photo)
        signal = "night" if name == "words" else content.flip(3)
        wanted = eager(net, content, net.source(signal) if name != "words" else net.encode(signal))
        with fast.using(torch.bfloat16):
            found = net.stylize(content, net.encode(signal))
        assert 0 < float((found - wanted).abs().mean()) < 1 / 255


def test_whole_numbers_in_are_whole_numbers_out() -> None:
    net = random_net()
    photo = next(iter(photos().values())).resize((61, 44))
    affine = random_affine(net)
    given = to_bytes(photo)
    found = net.stylize(given, affine)
    assert found.dtype == torch.uint8 and found.shape == given.shape
    wanted = eager(net, to_tensor(photo), affine) * 255
    assert float((found.float() - wanted).abs().max()) <= 0.51
    affine = net.encode(given)
    for a, b in zip(affine.gamma, net.encode(to_tensor(photo)).gamma, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
    blend = Affine.blend([affine, affine], torch.ones(2, 44, 61))  # regions take the eager path
    assert not fast.can_stylize(net.tnet, given, blend)
    assert net.stylize(given, blend).dtype == torch.uint8


def test_what_needs_the_eager_path_takes_it() -> None:
    net = random_net()
    content, affine = torch.rand(1, 3, 32, 32), random_affine(net)
    watched = random_net()
    watched.tnet.trunk.conv2.register_forward_hook(lambda *_: None)
    trainable = ZMNet(TNetConfig(width=WIDTH, blocks=2))
    assert not fast.can_stylize(watched.tnet, content, affine)
    assert not fast.can_stylize(random_net(padding="valid").tnet, content, affine)
    assert not fast.can_stylize(net.tnet, content.clone().requires_grad_(), affine)
    assert not fast.can_stylize(trainable.tnet, content, affine)
    assert not fast.can_encode(trainable.source, content)
    with torch.no_grad():
        assert fast.can_stylize(trainable.tnet, content, affine)
        assert not fast.can_encode(trainable.source.train(), content)  # its running statistics are to be updated


def test_weights_that_change_are_read_again() -> None:
    net = random_net()
    content, affine = torch.rand(1, 3, 32, 32), random_affine(net)
    before = net.stylize(content, affine)
    with torch.no_grad():
        net.tnet.trunk.up1.weight.mul_(-1)
    after = net.stylize(content, affine)
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after, eager(net, content, affine), atol=2e-5, rtol=0)
    net.load_state_dict({key: tensor * 0.9 for key, tensor in net.state_dict().items()})
    torch.testing.assert_close(net.stylize(content, affine), eager(net, content, affine), atol=2e-5, rtol=0)


def test_the_precision_is_chosen_for_a_block_or_for_good() -> None:
    with fast.using(torch.bfloat16):
        assert fast.dtype() == torch.bfloat16
        with fast.using(torch.float32):
            assert fast.dtype() == torch.float32
        assert fast.dtype() == torch.bfloat16
        fast.use(torch.float32)
        assert fast.dtype() == torch.float32
    with fast.using(None):
        assert fast.dtype() in (torch.bfloat16, torch.float32)


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_held_statistics_are_those_of_the_eager_path(keep, monkeypatch) -> None:
    """`zmlib.passes.steady` on frames that change, by both paths."""
    net = random_net(upsampling="bilinear")
    affine = random_affine(net)
    frames = [torch.rand(1, 3, 48, 40) * scale for scale in (1.0, 0.6, 0.9)]
    quick = Steady(net, keep)
    found = [quick.stylize(frame, affine) for frame in frames]
    monkeypatch.setattr(fast, "can_stylize", lambda *_: False)
    slow = Steady(net, keep)
    for frame, picture in zip(frames, found, strict=True):
        torch.testing.assert_close(picture, slow.stylize(frame, affine), atol=5e-5, rtol=0)


def test_a_channel_without_any_scale_is_a_constant() -> None:
    """gamma = 0 has no threshold; the fast path must still give beta, or 0 where beta is negative."""
    net = random_net()
    content = torch.rand(1, 3, 40, 40)
    affine = Affine.identity(net.tnet.spec)
    affine = Affine(tuple(torch.zeros_like(g) for g in affine.gamma), tuple(b - 0.5 for b in affine.beta), affine.spec)
    for precision in (torch.float32, torch.bfloat16):
        with fast.using(precision):
            found = fast.stylize(net.tnet, content, affine)
        assert bool(torch.isfinite(found).all())
        torch.testing.assert_close(found, eager(net, content, affine), atol=1e-2, rtol=0)


def test_a_flat_photo_is_not_divided_by_zero() -> None:
    net = zmlib.load("styles-expanded")
    content = torch.full((1, 3, 64, 64), 0.5)
    affine = encode_style(net, np.full((64, 64, 3), 128, np.uint8))
    for precision in (torch.float32, torch.bfloat16):
        with fast.using(precision):
            assert bool(torch.isfinite(net.stylize(content, affine)).all())


def test_memory_is_kept_where_the_c_library_can() -> None:
    assert keep_freed() == (platform.libc_ver()[0] == "glibc")
