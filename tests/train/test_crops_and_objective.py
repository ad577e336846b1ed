"""Crops depend on (seed, index) alone; the objectives are the formulas that they claim to be."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from zmlib.perceptual import Measured, gram, loss_network, relative_parts
from zmlib.train.crops import Bank, photo_crop, recolour, style_crop
from zmlib.train.objective import colour_parts, own_colours
from zmlib.train.recipe import Phase, Recipe
from zmlib.train.recipes import RECIPES


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    for i, size in enumerate([(90, 70), (64, 200), (40, 40)]):
        Image.fromarray(rng.integers(0, 255, (*size, 3), dtype=np.uint8)).save(tmp_path / f"{i}.png")
    return sorted(tmp_path.iterdir())


def test_crops_repeat_and_differ(files: list[Path]) -> None:
    a, b = photo_crop(files, 0, 5, 32), photo_crop(files, 0, 5, 32)
    assert torch.equal(a, b) and a.shape == (3, 32, 32) and a.dtype == torch.uint8
    assert not torch.equal(a, photo_crop(files, 0, 8, 32)) and not torch.equal(a, photo_crop(files, 1, 5, 32))
    varied = Recipe("", photo_styles=0.5)
    s = style_crop(files, files, varied, 0, 4, 48)
    assert torch.equal(s, style_crop(files, files, varied, 0, 4, 48)) and s.shape == (3, 48, 48)


def test_without_augmentation_a_style_is_its_whole_square(files: list[Path]) -> None:
    plain = style_crop(files, files, Recipe("", photo_styles=0.0, style_crops="whole"), 0, 2, 40)
    expected = torch.from_numpy(np.asarray(Image.open(files[2])).transpose(2, 0, 1).copy())
    assert torch.equal(plain, expected)


def test_recolour_keeps_the_structure() -> None:
    grey = np.repeat(np.arange(0, 250, 10, dtype=np.uint8)[:, None, None], 3, axis=2).repeat(4, axis=1)
    out = recolour(grey, np.random.default_rng(3)).astype(int)
    steps = np.diff(out[:, 0], axis=0)
    assert (steps >= 0).all() or (steps <= 0).all()  # a palette change is monotone in each channel


def measured(x: torch.Tensor) -> Measured:
    return Measured({"a": gram(x), "b": gram(x[:, :2])}, x)


def test_relative_is_j_away_from_its_floor() -> None:
    y, s, c = (k * torch.randn(2, 4, 6, 6) for k in (2, 3, 1))  # far enough apart for the floor to stay out of it
    style, content = relative_parts(measured(y), measured(s), measured(c))
    for n in range(2):
        terms = []
        for part in (slice(None), slice(2)):
            gy, gs, gc = (gram(t[n : n + 1, part]) for t in (y, s, c))
            terms.append((gy - gs).square().sum() / (gc - gs).square().sum())
        torch.testing.assert_close(style[n], sum(terms) / 2)
        torch.testing.assert_close(content[n], (y[n] - c[n]).square().sum() / c[n].square().sum())


def test_relative_of_the_photo_is_one_and_of_equal_pictures_finite() -> None:
    s, c = torch.randn(1, 4, 6, 6), torch.randn(1, 4, 6, 6)
    style, content = relative_parts(measured(c), measured(s), measured(c))
    assert style.item() == pytest.approx(1, rel=1e-5) and content.item() == 0
    assert torch.isfinite(relative_parts(measured(s), measured(c), measured(c), floor=0.05)[0]).all()


def test_a_bank_gives_the_same_whatever_it_was_asked_before_and_keeps_to_its_budget() -> None:
    def bank(**options) -> Bank:
        return Bank(
            lambda i: torch.randint(0, 255, (3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(i)),
            loss_network("slim"),
            nullcontext,
            torch.device("cpu"),
            limit=10,
            chunk=4,
            **options,
        )

    small, large = bank(budget=1), bank()
    large.draw([9, 3, 0])
    for indices in ([1, 5], [5, 1], [9, 1]):
        (a, ma), (b, mb) = small.draw(indices), large.draw(indices)
        assert torch.equal(a, b) and torch.equal(ma.content, mb.content)
        assert all(torch.equal(ma.grams[k], mb.grams[k]) for k in ma.grams)
        assert len(small._kept) == 1
    assert len(large._kept) == 10 and large.draw([2])[0].max() <= 1


def test_a_bank_measures_the_layers_that_it_is_told() -> None:
    crop = torch.randint(0, 255, (3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert RECIPES["colours"].style_layers == () and RECIPES["styles"].style_layers is None
    given = (lambda i: crop, loss_network("slim"), nullcontext, torch.device("cpu"), 1)
    _, without = Bank(*given, style_layers=RECIPES["colours"].style_layers).draw([0])
    _, with_ = Bank(*given, style_layers=None).draw([0])
    assert without.grams == {} and len(with_.grams) > 1 and torch.equal(without.content, with_.content)


def test_one_photo_of_a_batch_keeps_its_own_colours() -> None:
    styles, contents = torch.rand(3, 3, 4, 4), torch.rand(3, 3, 4, 4)
    found = own_colours(styles, contents)
    assert torch.equal(found[0], contents[0]) and torch.equal(found[1:], styles[1:])
    assert torch.equal(own_colours(styles[:1], contents[:1]), styles[:1]), "else it would never see others"


def test_rates() -> None:
    cosine = Recipe("", phases=(Phase(1000),), rate=1.0, warmup=10)
    assert cosine.rate_at(0) == pytest.approx(0.1, rel=0.01)
    assert cosine.rate_at(500) == pytest.approx(0.505, rel=0.01)
    assert cosine.rate_at(999) == pytest.approx(0.01, rel=0.01)
    paper = RECIPES["paper"]
    rates = [paper.rate_at(s) for s in (0, 39_999, 40_000, 80_000, 159_999)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-5, 1e-6])


def test_shortened_keeps_the_shape() -> None:
    recipe = Recipe("", phases=(Phase(800, 128), Phase(200, 192)))
    short = recipe.shortened(100)
    assert [(p.steps, p.size) for p in short.phases] == [(80, 128), (20, 192)] and short.steps == 100
    assert [recipe.phase_at(s).size for s in (0, 799, 800, 999)] == [128, 128, 192, 192]


def test_a_chequered_picture_has_one_colour_and_not_two() -> None:
    """Else the loss of colours is lowest for a lattice of the palette's colours on every flat area."""
    recipe = replace(RECIPES["colours"], content_weight=0.0)
    two = torch.tensor([[0.2, 0.4, 0.8], [0.9, 0.8, 0.2]]).view(2, 3, 1, 1)
    halves = torch.cat([two[:1].expand(1, 3, 32, 16), two[1:].expand(1, 3, 32, 16)], 3)
    rows, columns = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    chequered = torch.where((rows + columns) % 2 == 0, two[:1], two[1:])
    nothing = measured(torch.zeros(1, 4, 6, 6))
    swapped, dithered = (colour_parts(recipe, x, halves, nothing, nothing)[0] for x in (halves.flip(3), chequered))
    assert swapped.item() < 1e-6 < 0.1 < dithered.item()
