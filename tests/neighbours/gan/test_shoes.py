"""The drawn shoes: the labels can be seen, and each changes what it names."""

from __future__ import annotations

import pytest
import torch
from judge import changed, only_within, seen

from zmlib.neighbours.gan import shoes


def test_a_set_has_the_promised_form_and_repeats() -> None:
    some, part = shoes.draw(20, seed=3), shoes.draw(5, seed=3, first=9)
    assert some.pictures.shape == (20, 3, 64, 64) and some.pictures.dtype == torch.uint8
    assert some.labels.shape == (20, 5) and some.attributes == ("dark", "boot", "heel", "laces", "dark_background")
    assert torch.equal(part.pictures, some.pictures[9:14]) and torch.equal(part.labels, some.labels[9:14])


def test_each_label_can_be_seen() -> None:
    right = seen(shoes.draw(600, seed=1))
    assert min(right.values()) > 0.85, right


@pytest.mark.parametrize(
    "name, rows", [("boot", (0, 50)), ("heel", (0, 64)), ("laces", (6, 52)), ("dark", (0, 52))], ids=lambda v: str(v)
)
def test_a_label_leaves_the_wall_as_it_is(name: str, rows: tuple[int, int]) -> None:
    assert only_within(changed(shoes.draw, name, False, True), rows, (5, 59))


def test_a_black_shoe_is_darker_than_the_same_in_white() -> None:
    black, white = (shoes.draw(8, seed=5, dark=dark).pictures.float().mean(1) for dark in (True, False))
    shoe = (black != white).float()  # the leather, which alone changes
    difference = ((white - black) * shoe).sum((1, 2)) / shoe.sum((1, 2))
    assert (difference > 50).all()


def test_every_factor_shows() -> None:
    shown = {"laces": True, "tone": 0.4, "colourful": 1.0}
    for name, (low, high) in shoes.FACTORS.items():
        others = {key: value for key, value in shown.items() if key != name}
        where = changed(shoes.draw, name, low, (low + high) / 2, **others)
        assert (where | changed(shoes.draw, name, low, high, **others)).sum() > 20, name
