"""Completion: holes, what fills them and how it meets the rest, by a network and by the code; what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from zmlib.errors import UserError
from zmlib.neighbours.gan import bycode, completion
from zmlib.neighbours.gan.bundle import Gan
from zmlib.neighbours.gan.bycode import Known, complete_by_code
from zmlib.neighbours.gan.completion import Filler, complete, train_completion
from zmlib.neighbours.gan.fillings import across, biharmonic, blended, smooth
from zmlib.neighbours.gan.holes import HOLES, check, holes
from zmlib.neighbours.gan.networks import Critic, Generator
from zmlib.neighbours.gan.sets import read
from zmlib.neighbours.gan.vectors import Vectors
from zmlib.neighbours.weights import load_networks
from zmlib.weights import weights_hash

HERE: dict[str, Any] = {"device": "cpu", "precision": "32-true", "progress": False, "pictures": 64}


@pytest.fixture(scope="module")
def faces() -> Tensor:
    return read("faces", "test", 12).pictures.float() / 255


@pytest.fixture(scope="module")
def gan() -> Gan:
    torch.manual_seed(0)
    nets = (Generator(8, (16, 12, 8, 8, 6)), Critic(1, (4, 4, 4, 4)), Critic(8, (4, 4, 4, 4)), Critic(1, (4, 4, 4, 4)))
    for net in nets:
        net.eval().requires_grad_(False)
    return Gan(*nets, Vectors(("smile",), torch.zeros(1, 8)), {})


def ramp() -> Tensor:
    """(1, 3, 64, 64): from 0.2 on the left to 0.8 on the right."""
    return torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64).contiguous()


def centre() -> Tensor:
    hole = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    hole[..., 20:40, 24:44] = True
    return hole


@pytest.mark.parametrize("kind", HOLES)
def test_a_hole_is_its_seeds_and_its_numbers(kind: str) -> None:
    few, many = holes(kind, 3, seed=1), holes(kind, 12, seed=1)
    assert torch.equal(few, many[:3]) and few.shape == (3, 1, 64, 64) and few.dtype == torch.bool
    assert len(torch.unique(many.flatten(1), dim=0)) > 3 and not torch.equal(holes(kind, 12, seed=2), many)
    share = many.flatten(1).float().mean(1)
    assert (0.02 < share).all() and (share <= 0.5).all()


def test_an_unknown_kind_of_hole_is_refused() -> None:
    with pytest.raises(UserError, match="no kind of hole 'round': take one of square, brush, half"):
        holes("round", 1)


@pytest.mark.parametrize(
    ("x", "hole", "says"),
    [
        (torch.zeros(1, 3, 32, 32), centre(), "pictures must be"),
        (torch.zeros(1, 1, 64, 64), centre(), "pictures must be"),
        (ramp(), centre()[..., :32, :32], "one for each picture, not .1, 1, 32, 32"),
        (ramp().expand(2, 3, 64, 64), centre(), "one for each picture"),
        (ramp(), centre().float(), "of float32"),
        (ramp(), torch.zeros_like(centre()), "mask is empty"),
        (ramp(), torch.ones_like(centre()), "covers the whole picture"),
    ],
)
def test_what_cannot_be_filled_is_refused_by_all_ways(x: Tensor, hole: Tensor, says: str, gan: Gan) -> None:
    ways = (check, biharmonic, lambda x, hole: complete(x, hole, Filler()), lambda x, h: complete_by_code(x, h, gan))
    for way in ways:
        with pytest.raises(UserError, match=says):
            way(x, hole)


def test_blending_takes_away_a_constant_and_leaves_no_seam(faces: Tensor) -> None:
    x, hole = faces[:1].clamp(0.2, 0.8), centre()
    assert (blended(x, x - 0.15, hole) - x).abs().max() < 1e-5
    strange = blended(x, faces[1:2], hole)
    pasted = torch.where(hole, faces[1:2], x)
    assert torch.equal(strange[~hole.expand_as(x)], x[~hole.expand_as(x)])
    assert across(strange, hole) < 0.7 * across(pasted, hole)


def test_nothing_in_the_hole_continues_a_slope() -> None:
    cut = torch.where(centre(), 0.0, ramp())
    assert (blended(cut, torch.zeros_like(cut), centre()) - ramp()).abs().max() < 1e-5
    assert (biharmonic(cut, centre()) - ramp()).abs().max() < 1e-3


def test_the_border_of_the_picture_is_no_rim() -> None:
    hole = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    hole[..., :32] = True  # the left half: each row is continued with its first known pixel
    rows = torch.linspace(0.1, 0.9, 64)[:, None].expand(1, 3, 64, 64)
    found = blended(rows, torch.zeros_like(rows), hole)
    assert torch.isfinite(found).all() and (found.mean((0, 1))[:, 0].diff() > 0).all()


def test_what_is_measured_across_a_rim() -> None:
    x, hole = torch.zeros(1, 3, 64, 64), centre()
    x[hole.expand_as(x)] = 0.25
    assert across(x, hole).item() == pytest.approx(0.25)
    assert across(ramp(), hole).item() == pytest.approx(0.6 / 63 / 2, rel=1e-3)  # half of the rim lies along the ramp


def test_a_network_keeps_what_is_known_and_does_not_look_into_the_hole(faces: Tensor) -> None:
    hole, net = torch.cat([holes(kind, 4) for kind in HOLES]), Filler()
    found = complete(faces, hole, net)
    everywhere = hole.expand_as(faces)
    assert torch.equal(found[~everywhere], faces[~everywhere]) and not torch.equal(found, faces)
    assert torch.equal(complete(torch.where(hole, 0.3, faces), hole, net), found)
    assert 0 <= found.min() and found.max() <= 1 and sum(p.numel() for p in net.parameters()) < 520_000


def test_a_network_begins_with_the_colours_around(faces: Tensor) -> None:
    hole = torch.cat([holes(kind, 4) for kind in HOLES])
    base = smooth(torch.where(hole, 9.0, faces), hole)
    assert torch.equal(base[~hole.expand_as(base)], faces[~hole.expand_as(faces)])
    assert 0 <= base.min() and base.max() <= 1 and torch.isfinite(base).all()
    same = torch.full_like(faces, 0.3)
    assert (smooth(torch.where(hole, 0.9, same), hole) - 0.3).abs().max() < 1e-4
    assert (complete(faces, hole, Filler()) - base).abs().max() < 0.021  # `EDGE`


def test_the_training_resumes_and_exports_both_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "BATCH", 4)
    once = load_networks(train_completion("faces", tmp_path, steps=4, **HERE))
    assert set(once.nets) == {"filler", "critic"} and once.card["what"] == "completion"
    hashes = {name: weights_hash(net) for name, net in once.nets.items()}
    again = load_networks(train_completion("faces", tmp_path, steps=4, **HERE))
    assert {name: weights_hash(net) for name, net in again.nets.items()} == hashes
    with pytest.raises(UserError, match="other"):
        train_completion("faces", tmp_path, steps=5, **HERE)


def test_the_code_finds_what_a_generator_drew(gan: Gan) -> None:
    torch.manual_seed(1)
    z = torch.randn(2, 8)
    x, hole = gan.generate(z), holes("half", 2)
    start = z + 0.5 * torch.randn(2, 8)
    found = complete_by_code(x, hole, gan, start=start, near=0, real=0, steps=80)
    before = (gan.generate(start) - x)[hole.expand_as(x)].square().mean()
    assert (found.drawn - x)[hole.expand_as(x)].square().mean() < 0.2 * before
    assert torch.equal(found.pictures[~hole.expand_as(x)], x[~hole.expand_as(x)])
    held = complete_by_code(x, hole, gan, start=start, near=1e3, real=0, steps=80)
    assert (held.z - start).abs().max() < 0.1 * (found.z - start).abs().max()


def test_the_code_does_not_look_into_the_hole(gan: Gan, faces: Tensor) -> None:
    x, hole = faces[:2], holes("square", 2)
    found = complete_by_code(x, hole, gan, steps=3)
    other = complete_by_code(torch.where(hole, 0.9, x), hole, gan, steps=3)
    assert torch.equal(found.pictures, other.pictures)


def test_the_constraint_is_of_what_is_left(faces: Tensor) -> None:
    hole = centre().expand(12, 1, 64, 64)
    known = Known(faces, hole, network=bycode.NETWORK)
    assert known.term(torch.where(hole, 0.1, faces), faces).abs().max() < 1e-6
    moved = known.term(faces.roll(3, 3), faces)
    assert moved.shape == (12,) and (moved > Known(faces, hole, network=0).term(faces.roll(3, 3), faces)).all()
