"""Back to z, attribute vectors and brush strokes, on generators small enough for a test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.neighbours.gan.distance import by_network, by_pixels
from zmlib.neighbours.gan.edit import carried_over, edit
from zmlib.neighbours.gan.invert import Found, invert
from zmlib.neighbours.gan.strokes import MISSING, Colour, Sketch, Warp, far
from zmlib.neighbours.gan.vectors import mean_vectors, regression_vectors
from zmlib.perceptual.slim import load_slim


class Blobs(nn.Module):
    """A generator that can be understood: z is (x, y) of a grey blob in tanh, and its lightness."""

    code = 3

    def forward(self, z: Tensor) -> Tensor:
        axis = torch.arange(64.0)
        across, down = (32 + 24 * torch.tanh(z[:, i, None]) for i in (0, 1))
        near = -((axis[None, None] - across[..., None]) ** 2 + (axis[None, :, None] - down[..., None]) ** 2) / 60
        light = torch.sigmoid(z[:, 2, None, None])
        return (0.1 + 0.8 * light * near.exp())[:, None].expand(-1, 3, -1, -1)


class Dark(nn.Module):
    """A discriminator that believes dark pictures."""

    def forward(self, x: Tensor) -> Tensor:
        return -100 * x.flatten(1).mean(1, keepdim=True)


GAN: Any = SimpleNamespace(generator=Blobs(), critic=Dark())


def test_distances_are_zero_for_the_same_and_grow() -> None:
    x, slim = torch.rand(2, 3, 64, 64), load_slim()
    near, far_off = (x + 0.02).clamp(0, 1), x.flip(0)
    for measure in (by_pixels, lambda a, b: by_network(a, b, slim)):
        assert measure(x, x).max() < 1e-9
        assert (measure(near, x) < measure(far_off, x)).all()


def test_a_code_is_found_by_gradient_and_a_good_start_helps() -> None:
    z = torch.tensor([[0.5, -0.3, 1.0], [-0.6, 0.2, 0.0]])
    x = Blobs()(z)
    found = invert(x, GAN.generator, starts=6, steps=150, seed=1)
    assert found.z.shape == z.shape and found.loss.shape == (2, 6) and found.curve.shape == (151, 2, 6)
    assert by_pixels(Blobs()(found.z), x).max() < 1e-4
    assert found.loss.min(1).values.max() < 0.1 * found.curve[0].min()
    near = invert(x, GAN.generator, start=z + 0.1, steps=40)
    assert near.loss.shape == (2, 1) and (near.z - z).abs().max() < 0.1
    assert torch.equal(invert(x[:1], GAN.generator, starts=6, steps=3, seed=1).curve[:3], found_first(x, 3)[:3])


def found_first(x: Tensor, steps: int) -> Tensor:
    return invert(x, GAN.generator, starts=6, steps=steps, seed=1).curve[:, :1]


def test_the_share_of_starts_that_are_stuck() -> None:
    loss = torch.tensor([[1.0, 1.5, 2.5, 9.0], [0.1, 0.1, 0.1, 0.3]])
    assert Found(torch.zeros(2, 3), loss, loss[None]).stuck() == 3 / 8
    assert Found(torch.zeros(2, 3), loss, loss[None]).stuck(times=20) == 0


def test_pictures_of_another_size_are_refused() -> None:
    with pytest.raises(UserError, match="make them 64 x 64 pixels first"):
        invert(torch.zeros(1, 3, 32, 32), GAN.generator)


def test_vectors_of_means_and_of_a_regression() -> None:
    torch.manual_seed(0)
    z = torch.randn(4000, 5) * torch.tensor([1.0, 1.0, 3.0, 1.0, 1.0])
    labels = torch.stack([z[:, 0] > 0, z[:, 1] + z[:, 2] > 0], 1)
    names = ("first", "both")
    means, fitted = mean_vectors(z, labels, names), regression_vectors(z, labels, names)
    assert torch.allclose(means["first"], z[labels[:, 0]].mean(0) - z[~labels[:, 0]].mean(0))
    # The second difference of means leans towards the direction in which codes vary; a regression does not.
    assert means["both"][2] > 4 * means["both"][1]
    assert fitted["both"][2] / fitted["both"][1] == pytest.approx(1, abs=0.15)
    moved = means.move(z[:2], first=1, both=-0.5)
    assert torch.allclose(moved, z[:2] + means["first"] - 0.5 * means["both"])
    for vectors in (means, fitted):  # added to those without, they give it
        assert (vectors.move(z[~labels[:, 0]], first=1)[:, 0] > 0).float().mean() > 0.8
    with pytest.raises(UserError, match="There is no attribute 'hat': take one of first, both"):
        means["hat"]
    with pytest.raises(UserError, match="All of the pictures have first"):
        mean_vectors(z, torch.ones(4000, 2).bool(), names)


def test_a_mask_lies_along_its_line() -> None:
    away = far(((10, 20), (30, 20)))
    assert away[20, 15] == 0 and away[25, 15] == 5 and away[20, 5] == 5
    mask = Colour(((10, 20), (30, 20)), (1, 0, 0), radius=2).mask()
    assert mask[20, 20] == 1 and mask[22, 20] == 0.5 and mask[23, 20] == 0 and mask[40].sum() == 0


def test_each_stroke_is_fulfilled_by_what_it_asks_for() -> None:
    before = torch.rand(1, 3, 64, 64)
    red = torch.zeros(1, 3, 64, 64)
    red[:, 0] = 1
    assert Colour(((8, 8),), (1, 0, 0)).term(red, before).item() == 0
    assert Colour(((8, 8),), (0, 0, 1)).term(red, before).item() == pytest.approx(2 / 3)
    step = torch.zeros(1, 3, 64, 64)
    step[..., 32:, :] = 1
    line = ((10.0, 31.5), (50.0, 31.5))
    assert Sketch(line).term(step, before).item() == 0
    absent = Sketch(((31.5, 10), (31.5, 20)))  # nothing changes across this one
    assert absent.term(step, before).item() == pytest.approx(MISSING)
    moved = before.roll(6, dims=3)
    warp = Warp(((30, 30), (36, 30)), radius=4)
    assert warp.term(moved, before).item() < 1e-10 and warp.term(before, before).item() > 0.01


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Colour(((70, 3),), (1, 0, 0)), "brush is outside the picture at 70, 3"),
        (lambda: Colour(((3, -1),), (1, 0, 0)), "brush is outside the picture at 3, -1"),
        (lambda: Colour((), (1, 0, 0)), "at least one point"),
        (lambda: Colour(((3, 3),), (1, 0, 0), radius=0), "radius must lie above 0"),
        (lambda: Sketch(((3, 3),)), "needs two points"),
        (lambda: Warp(((3, 3),)), "from where to where"),
    ],
)
def test_strokes_that_make_no_sense(make: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        make()


def test_constrained_editing_follows_and_each_term_does_its_part() -> None:
    z0 = torch.tensor([[0.0, 0.0, 0.0]])
    before = Blobs()(z0)
    drag = [Warp(((32, 32), (44, 32)), radius=5)]
    free = edit(z0, drag, GAN, near=0, real=0)
    assert free.terms["constraint"][-1] < 0.05 * free.terms["constraint"][0]
    assert free.z[0, 0] > 0.4 and abs(free.z[0, 1]) < 0.1  # to the right, as dragged
    near = edit(z0, drag, GAN, near=0.05, real=0)
    assert near.terms["distance"][-1] < free.terms["distance"][-1]
    believed = edit(z0, drag, GAN, near=0, real=0.002)
    assert believed.terms["realism"][-1] > free.terms["realism"][-1]
    assert all(values.shape == (61, 1) for values in free.terms.values())
    nothing = edit(z0, [], GAN, near=0.1, real=0)
    assert torch.allclose(nothing.z, z0, atol=1e-4)
    photo = (before + 0.05 * torch.rand_like(before)).clamp(0, 1)
    assert torch.equal(carried_over(photo, before, before), photo)
