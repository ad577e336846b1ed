"""The chapter on any size: its measures tell what they should, and its ways differ where they should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from chapters import any_size, any_size_blank, any_size_cost, any_size_measured
from PIL import Image
from torch import Tensor

import zmlib
from zmlib.passes import paint
from zmlib.passes.levels import shrink


def edges(seed: int = 0, side: int = 512) -> Tensor:
    """Discs of several sizes, (1, 3, side, side): an edge has detail in every octave."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    picture = np.full((side, side), 0.5)
    for _ in range(12):
        cx, cy, r = rng.uniform(0, side, 2).tolist() + [rng.uniform(10, 60)]
        picture[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.uniform()
    return torch.from_numpy(picture).float().expand(1, 3, side, side)


def test_seam_is_high_where_detail_of_all_octaves_is_in_the_same_places() -> None:
    one, other = edges(0), edges(1)
    coarse = F.interpolate(shrink(one, (128, 128)), (512, 512), mode="bilinear")
    other_coarse = F.interpolate(shrink(other, (128, 128)), (512, 512), mode="bilinear")
    mixed = coarse + (other - other_coarse)  # the fine detail of another picture
    assert any_size_measured.seam(one, 64) > 0.95 > 0.85 > any_size_measured.seam(mixed.clamp(0, 1), 64)


def test_sharpness_falls_with_blur() -> None:
    one = edges()
    blurred = F.interpolate(shrink(one, (128, 128)), (512, 512), mode="bilinear")
    assert any_size_measured.sharpness(one) > 3 * any_size_measured.sharpness(blurred)


@pytest.mark.parametrize(("size", "short", "side"), [((300, 500), 256, 256), ((300, 500), 1024, 300)])
def test_a_picture_is_seen_at_its_middle_square(size: tuple[int, int], short: int, side: int) -> None:
    assert any_size_measured.seen(torch.rand(1, 3, *size), short).shape == (1, 3, side, side)


def test_stroke_sizes_are_scaled_down_for_small_photos_alone() -> None:
    small, large = Image.new("RGB", (640, 430)), Image.new("RGB", (3840, 2160))
    names = ("fine", "medium", "broad")
    assert [any_size.stroke_of(large, name) for name in names] == [768, 448, 256]
    scaled = [any_size.stroke_of(small, name) for name in names]
    assert scaled == sorted(scaled, reverse=True) and scaled[1] == 86
    assert any_size.stroke_of(small, None) is None


def test_the_ways_are_what_they_are_called() -> None:
    net = zmlib.load("styles")
    photo = (edges(2, 320) * 255).to(torch.uint8)
    affine = net.encode(torch.rand(1, 3, 64, 64)).detach()
    made = {name: way(net, photo, affine, 64) for name, way in any_size.WAYS.items()}
    assert {picture.shape for picture in made.values()} == {photo.shape}
    assert torch.equal(made["one pass"], net.stylize(photo, affine))
    assert torch.equal(made["coarse to fine"], paint(net, photo, affine, 64))
    small = shrink(made["enlarged"], (64, 64)).float()
    close = {name: float((shrink(picture, (64, 64)).float() - small).abs().mean()) for name, picture in made.items()}
    assert max(close["bands"], close["coarse to fine"]) < 0.8 * close["one pass"]


def test_of_a_folder_of_large_photos_the_kinds_are_taken(tmp_path: Path) -> None:
    class Run:
        contents = 2

        def read(self, file: Path) -> Path:
            return file

    for name in ("colosseum", "aardvark", "spices", "tea-gardens"):
        Image.new("RGB", (64, 48)).save(tmp_path / f"{name}.jpg")
    assert list(any_size.large_photos(Run(), str(tmp_path))) == ["colosseum", "spices"]
    for name in ("colosseum", "spices", "tea-gardens"):
        (tmp_path / f"{name}.jpg").unlink()
    assert list(any_size.large_photos(Run(), str(tmp_path))) == ["aardvark"]


def test_glow_and_rim_are_seen_where_they_are() -> None:
    photos = any_size_blank.blank_photos(256)
    jug = torch.from_numpy(np.array(photos[any_size_blank.JUG])).permute(2, 0, 1)[None]
    assert any_size_blank.glow(jug, photos[any_size_blank.JUG]) == 0
    grey = (jug == 255).all(1, keepdim=True)
    halo = F.avg_pool2d((~grey).float(), 49, 1, 24) * grey
    assert any_size_blank.glow(jug.float() / 255 - 0.3 * halo, photos[any_size_blank.JUG]) > 2
    framed = torch.full((1, 3, 128, 128), 0.5)
    framed[..., :8, :] = 1
    assert any_size_blank.spread(framed)["rim"] > 20 > any_size_blank.spread(framed)["inside"] == 0


def test_what_a_picture_costs_is_measured_in_a_process_of_its_own() -> None:
    assert any_size_cost.size_of(12) == (4000, 3000)
    held = torch.ones(500_000_000, dtype=torch.uint8)  # of this process, which does not count
    found = any_size_cost.cost(0.02, "float32")
    assert 0 < found["seconds"] < 60 and 100 < found["memory"] < 800 and len(held)
    with pytest.raises(RuntimeError, match="0.02 megapixels in float32"):
        any_size_cost.cost(0.02, "float32", "no-such-network")
