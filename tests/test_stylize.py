"""The one-call form."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

import zmlib
from zmlib.data import colour
from zmlib.data.images import resize_short, to_tensor
from zmlib.device import choose_device, memory_needed, require_memory
from zmlib.errors import UserError
from zmlib.stylize import encode_style, read_mask, stylize


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """Blurred noise: a picture with all colours in it."""
    small = np.random.default_rng(seed).integers(0, 256, (max(height // 4, 1), max(width // 4, 1), 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


@pytest.fixture(scope="module")
def net() -> zmlib.ZMNet:
    """A small random network, whose gamma and beta are pushed apart so that styles differ as much as trained ones."""
    torch.manual_seed(0)
    net = zmlib.ZMNet(zmlib.TNetConfig(width=(8, 8, 16), blocks=1)).eval().requires_grad_(False)
    plain = net.encode

    def encode(signal):
        affine, mean = plain(signal), signal.mean((2, 3))  # (N, 3)
        lift = mean.sum(1, keepdim=True)
        gamma = tuple(g * (0.5 + lift / 3) for g in affine.gamma)
        beta = tuple(b + (mean[:, :1] - mean[:, 1:2]) for b in affine.beta)
        return dataclasses.replace(affine, gamma=gamma, beta=beta)

    net.encode = encode  # type: ignore[method-assign]
    return net


PHOTO, STYLE, OTHER = noise(60, 44, 1), noise(50, 70, 2), Image.new("RGB", (40, 40), (220, 60, 20))


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (101, 64), (64, 101), (35, 200)])
def test_output_has_the_size_of_the_input(net, size):
    out = stylize(noise(*size), STYLE, model=net, style_size=64)
    assert out.size == size and out.mode == "RGB"


def test_the_package_exports_it():
    assert zmlib.stylize is stylize  # the function, not the module of that name


def test_what_counts_as_a_picture(net, tmp_path):
    PHOTO.save(tmp_path / "photo.png")
    forms = [tmp_path / "photo.png", str(tmp_path / "photo.png"), PHOTO, np.asarray(PHOTO), to_tensor(PHOTO)]
    pictures = [array(stylize(form, STYLE, model=net)) for form in forms]
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures[1:])


def test_strength_0_is_the_photo_bit_by_bit(net):
    masks = [noise(60, 44, 5)]
    for more in ({}, {"keep_colour": True}, {"masks": masks}):
        assert np.array_equal(array(stylize(PHOTO, STYLE, model=net, strength=0, **more)), array(PHOTO))


def test_strength_is_a_path_without_a_jump_at_either_end(net):
    """The formula itself, just inside its two ends, which the code does by a shortcut."""
    whole = array(stylize(PHOTO, STYLE, model=net))
    assert np.abs(array(stylize(PHOTO, STYLE, model=net, strength=1e-6)) - array(PHOTO)).max() <= 1
    assert np.abs(array(stylize(PHOTO, STYLE, model=net, strength=1 - 1e-6)) - whole).max() <= 1
    half = array(stylize(PHOTO, STYLE, model=net, strength=0.5))
    assert 1 < np.abs(half - array(PHOTO)).mean() and 1 < np.abs(half - whole).mean()


def test_strength_1_is_one_pass_of_the_network(net):
    affine = net.encode(to_tensor(resize_short(STYLE, 256)))
    expected = net.stylize(to_tensor(PHOTO), affine)
    assert (
        np.abs(array(stylize(PHOTO, STYLE, model=net)) / 255 - expected[0].permute(1, 2, 0).numpy()).max()
        <= 0.5 / 255 + 1e-6
    )


def test_a_kept_style_gives_what_its_picture_gives(net):
    kept = encode_style(net, STYLE)
    assert np.array_equal(array(stylize(PHOTO, kept, model=net)), array(stylize(PHOTO, STYLE, model=net)))


def test_weights_mix_styles(net):
    only = array(stylize(PHOTO, STYLE, model=net))
    assert np.array_equal(array(stylize(PHOTO, [STYLE, OTHER], model=net, weights=[3, 0])), only)
    equal = array(stylize(PHOTO, [STYLE, OTHER], model=net))
    assert np.array_equal(array(stylize(PHOTO, [STYLE, OTHER], model=net, weights=[0.2, 0.2])), equal)
    assert np.abs(equal - only).mean() > 1


def test_keep_colour_takes_light_from_one_and_colour_from_the_other(net):
    from skimage.color import rgb2lab

    photo = Image.blend(PHOTO, Image.new("RGB", PHOTO.size, "grey"), 0.8)  # muted: nothing is clipped
    plain, kept = (
        stylize(photo, STYLE, model=net, strength=0.3),
        stylize(photo, STYLE, model=net, strength=0.3, keep_colour=True),
    )
    assert np.abs(rgb2lab(np.asarray(kept))[..., 0] - rgb2lab(np.asarray(plain))[..., 0]).mean() < 1
    assert np.abs(rgb2lab(np.asarray(kept))[..., 1:] - rgb2lab(np.asarray(photo))[..., 1:]).mean() < 1
    assert np.abs(rgb2lab(np.asarray(plain))[..., 1:] - rgb2lab(np.asarray(photo))[..., 1:]).mean() > 2


def test_keep_colour_of_a_grey_photo_is_grey_over_strip_borders():
    tall = noise(16, 2 * colour.STRIP + 10).convert("L").convert("RGB")
    kept = array(colour.keep_colour(noise(16, 2 * colour.STRIP + 10, 3), tall))
    assert (kept.max(-1) - kept.min(-1)).max() <= 2
    assert np.abs(array(colour.keep_colour(tall, tall)) - array(tall)).max() <= 1


def half_mask(size: tuple[int, int], side: str) -> Image.Image:
    mask = Image.new("L", size, 0)
    mask.paste(255, (0, 0, size[0] // 2, size[1]) if side == "left" else (size[0] // 2, 0, *size))
    return mask


def test_a_black_mask_keeps_the_photos_own_pixels(net):
    out = array(stylize(PHOTO, STYLE, model=net, masks=[half_mask(PHOTO.size, "left")]))
    assert np.array_equal(out[:, 30:], array(PHOTO)[:, 30:])
    assert np.abs(out[:, :30] - array(PHOTO)[:, :30]).mean() > 3


def test_each_region_takes_its_own_style(net):
    """Statistics are of the whole picture, so a half is not what its style alone would give; it is nearer to it."""
    photo = noise(128, 64, 4)
    masks = [half_mask(photo.size, "left"), half_mask(photo.size, "right")]
    first, second = (array(stylize(photo, style, model=net)) for style in (STYLE, OTHER))
    both = array(stylize(photo, [STYLE, OTHER], model=net, masks=masks))
    left, right = np.s_[:, :48], np.s_[:, 80:]
    assert np.abs(both[left] - first[left]).mean() < 0.9 * np.abs(both[left] - second[left]).mean()
    assert np.abs(both[right] - second[right]).mean() < 0.9 * np.abs(both[right] - first[right]).mean()


def test_white_masks_are_no_masks_and_their_size_does_not_matter(net):
    white = Image.new("L", (7, 5), 255)
    plain = array(stylize(PHOTO, [STYLE, OTHER], model=net, weights=[1, 2]))
    masked = array(stylize(PHOTO, [STYLE, OTHER], model=net, weights=[1, 2], masks=[white, white]))
    assert np.abs(plain - masked).max() <= 1


def test_a_grey_mask_is_a_lower_strength(net):
    grey = np.full(PHOTO.size[::-1], 0.5, np.float32)
    masked = array(stylize(PHOTO, STYLE, model=net, masks=[grey]))
    assert np.abs(masked - array(stylize(PHOTO, STYLE, model=net, strength=128 / 255))).max() <= 2


def test_masks_are_read_from_any_form(tmp_path):
    mask = half_mask((20, 10), "left")
    mask.save(tmp_path / "mask.png")
    values = np.asarray(mask, np.float32) / 255
    for form in (
        tmp_path / "mask.png",
        mask,
        values,
        values > 0.5,
        torch.from_numpy(values),
        torch.from_numpy(values > 0.5),
    ):
        assert np.array_equal(read_mask(form, (20, 10)).numpy(), values)


def test_size_and_style_size(net):
    assert stylize(PHOTO, STYLE, model=net, size=33).size == (45, 33)
    assert stylize(noise(20, 24), STYLE, model=net, size=40).size == (40, 48)  # too small as it is
    fine, coarse = (stylize(PHOTO, STYLE, model=net, style_size=size) for size in (64, None))
    assert fine.size == coarse.size == PHOTO.size


def test_a_very_long_style_is_read_in_its_middle(net):
    seen = []
    plain = net.encode
    try:
        net.encode = lambda signal: seen.append(signal.shape) or plain(signal)
        encode_style(net, Image.new("RGB", (4000, 8)), 32)
    finally:
        net.encode = plain
    assert seen == [(1, 3, 32, 128)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"strength": 1.5}, "strength must lie between 0"),
        ({"strength": float("nan")}, "strength must lie between 0"),
        ({"size": 10}, "size must be at least 32"),
        ({"style_size": 10}, "style size must be at least 32"),
        ({"weights": [1, 2]}, "one weight for each style: 2 given"),
        ({"weights": [0]}, "weights must be 0 or more"),
        ({"weights": [-1]}, "weights must be 0 or more"),
        ({"masks": []}, "one mask for each style: 0 given"),
        ({"device": "gpu"}, 'no device "gpu"'),
        ({"model": "no-such-weights"}, "no-such-weights"),
        ({"style": []}, "at least one style"),
        ({"style": "nowhere.jpg"}, "nowhere.jpg"),
        ({"style": Image.new("RGB", (9, 90)), "style_size": None}, "--style-size 256"),
        ({"content": Image.new("RGB", (20, 90))}, "--size 256"),
        ({"content": "nowhere.jpg"}, "nowhere.jpg"),
    ],
)
def test_bad_input_gets_one_sentence(net, options, says):
    given = {"content": PHOTO, "style": STYLE, "model": net, **options}
    if "device" in options:
        given["model"] = "styles"
    with pytest.raises(UserError, match=says) as caught:
        stylize(given.pop("content"), given.pop("style"), **given)
    assert "\n" not in str(caught.value)


def test_too_large_for_the_memory_says_so_before_the_work(monkeypatch):
    monkeypatch.setattr("zmlib.device.memory_free", lambda device: 10**9)
    assert 1e9 < memory_needed((1024, 1024), 32) < 1.5e9  # the paper's width: a measured 1.06 GB, and a margin
    needed = partial(memory_needed, channels=32)
    require_memory((800, 800), needed, torch.device("cpu"))
    with pytest.raises(UserError, match=r"needs about 11.1 GB .*\(--size 640\)"):
        require_memory((4000, 2400), needed, torch.device("cpu"))


def test_memory_is_asked_for_before_a_picture_is_enlarged(net):
    for options in ({"size": 10**6}, {"style_size": 10**6}):
        with pytest.raises(UserError, match="GB of memory"):
            stylize(PHOTO, STYLE, model=net, **options)


def test_torchs_own_memory_error_becomes_a_sentence(net, monkeypatch):
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(net, "stylize", fail)
    with pytest.raises(UserError, match="does not fit into memory"):
        stylize(PHOTO, STYLE, model=net)


def test_choose_device():
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else choose_device("auto").type)
    for name in ("cuda:99", "meta", "toaster"):
        with pytest.raises(UserError, match=name):
            choose_device(name)
