"""The drawn faces: what depends on what, and whether each label can be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from judge import changed, only_within, seen

from zmlib import UserError
from zmlib.neighbours.gan import faces, hair, shoes
from zmlib.neighbours.gan.drawing import palette
from zmlib.neighbours.gan.factors import BATCH, COLUMNS, Labelled


@pytest.fixture(scope="module")
def drawn() -> Labelled:
    return faces.draw(600, seed=1)


def test_a_set_has_the_promised_form(drawn: Labelled) -> None:
    assert drawn.pictures.shape == (600, 3, 64, 64) and drawn.pictures.dtype == torch.uint8
    assert drawn.labels.shape == (600, 7) and drawn.labels.dtype == torch.bool
    assert drawn.attributes == tuple(faces.ATTRIBUTES)
    assert faces.draw(0, seed=0).pictures.shape == (0, 3, 64, 64)
    assert 2 * len(faces.ATTRIBUTES) + len(faces.FACTORS) <= COLUMNS


def test_the_same_seed_draws_the_same_and_another_draws_others(drawn: Labelled) -> None:
    again, other = faces.draw(4, seed=1), faces.draw(4, seed=2)
    assert torch.equal(again.pictures, drawn.pictures[:4]) and torch.equal(again.labels, drawn.labels[:4])
    assert not torch.equal(other.pictures, again.pictures)
    assert len(torch.unique(drawn.pictures.flatten(1), dim=0)) == 600


@pytest.mark.parametrize("first, count", [(1, 1), (BATCH - 1, 2), (BATCH, BATCH), (300, 3 * BATCH + 1)])
def test_a_picture_does_not_depend_on_its_batch(drawn: Labelled, first: int, count: int) -> None:
    part = faces.draw(count, seed=1, first=first)
    assert torch.equal(part.pictures, drawn.pictures[first : first + count])
    assert torch.equal(part.labels, drawn.labels[first : first + count])


def test_labels_are_even_and_independent(drawn: Labelled) -> None:
    labels = drawn.labels.double()
    assert ((labels.mean(0) - 0.5).abs() < 0.08).all()
    together = torch.corrcoef(labels.T) - torch.eye(labels.shape[1])
    assert together.abs().max() < 0.15


def test_each_label_can_be_seen(drawn: Labelled) -> None:
    right = seen(drawn)
    assert min(right.values()) > 0.85, right


def test_a_shuffled_label_cannot_be_seen(drawn: Labelled) -> None:
    right = seen(Labelled(drawn.pictures, drawn.labels[torch.randperm(600)], drawn.attributes))
    assert max(right.values()) < 0.65, right


@pytest.mark.parametrize(
    "name, rows, columns",
    [
        ("smile", (14, 50), (12, 52)),
        ("glasses", (18, 40), (10, 54)),
        ("dark_skin", (5, 64), (8, 56)),
        ("long_hair", (0, 62), (5, 59)),
        ("dark_hair", (0, 62), (5, 59)),
    ],
)
def test_a_label_changes_its_part_of_the_picture_only(name: str, rows: tuple[int, int], columns: tuple) -> None:
    assert only_within(changed(faces.draw, name, False, True), rows, columns)


def test_the_background_changes_beside_the_sitter() -> None:
    where = changed(faces.draw, "dark_background", False, True, long_hair=False)
    assert where[:30, :8].all() and where[:30, -8:].all()
    assert not where[30:36, 28:36].any()  # the middle of every face


def test_a_label_follows_the_factor_that_is_fixed() -> None:
    left = faces.draw(3, seed=0, yaw=0.3)
    assert left.labels[:, left.attributes.index("turned_left")].all()
    assert not faces.draw(3, seed=0, yaw=-0.3).labels[:, left.attributes.index("turned_left")].any()


def test_other_factors_stay_when_one_is_fixed() -> None:
    free, fixed = faces.draw(8, seed=0), faces.draw(8, seed=0, smile=True)
    smile = free.labels[:, free.attributes.index("smile")]
    assert smile.any() and not smile.all()
    same = (free.pictures == fixed.pictures).flatten(1).all(1)
    assert torch.equal(same, smile)


def test_every_factor_shows() -> None:
    shown = {"frames": 1.0, "fringe": 0.5, "waves": 0.6, "mouth_curve": 0.9, "clothes_tone": 0.7}
    for name, (low, high) in faces.FACTORS.items():
        others = {key: value for key, value in shown.items() if key != name}
        where = changed(faces.draw, name, low, (low + high) / 2, **others)
        assert (where | changed(faces.draw, name, low, high, **others)).sum() > 20, name


def test_dark_hair_is_the_darker_half_of_the_palette() -> None:
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    tones = torch.linspace(0, 1, 101).view(-1, 1, 1)
    luminance = (palette(hair.HAIR, tones) * weights).sum(1).flatten()
    assert (luminance.diff() < 0).all()
    assert luminance[50].item() == pytest.approx(0.40, abs=0.005)


@pytest.mark.parametrize("draw", [faces.draw, shoes.draw])
def test_what_cannot_be_fixed_is_refused(draw: Callable[..., Labelled]) -> None:
    with pytest.raises(UserError, match="no attribute or factor 'beard'.*dark_background.*light"):
        draw(1, seed=0, beard=True)
    with pytest.raises(UserError, match="light must lie between -?[01] and 1, not 7"):
        draw(1, seed=0, light=7)
    with pytest.raises(UserError, match="dark_background is an attribute, True or False, not 0.4"):
        draw(1, seed=0, dark_background=0.4)
    with pytest.raises(UserError, match="background_tone sets the attribute dark_background: fix one"):
        draw(1, seed=0, dark_background=True, background_tone=0.9)
    with pytest.raises(UserError, match="0 or more, not -1, 0 and 0"):
        draw(-1, seed=0)
