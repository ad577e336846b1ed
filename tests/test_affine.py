"""Affine parameters: their arithmetic, and what they refuse."""

from __future__ import annotations

import pytest
import torch

from zmlib.affine import Affine, Norm

SPEC = (Norm("a", 3, 1), Norm("b", 5, 2), Norm("c", 4, 2), Norm("d", 2, 9))


def affine(batch: int = 1) -> Affine:
    return Affine(
        tuple(torch.randn(batch, n.channels) for n in SPEC), tuple(torch.randn(batch, n.channels) for n in SPEC), SPEC
    )


def equal(a: Affine, b: Affine) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.gamma + a.beta, b.gamma + b.beta, strict=True))


def test_lerp_ends_are_exact_and_the_middle_is_the_mean() -> None:
    a, b = affine(2), affine(2)
    assert equal(a.lerp(b, 0), a) and equal(a.lerp(b, 1), b)
    torch.testing.assert_close(a.lerp(b, 0.5).gamma[1], (a.gamma[1] + b.gamma[1]) / 2)


def test_mix_normalises_its_weights() -> None:
    a, b, c = affine(), affine(), affine()
    torch.testing.assert_close(
        Affine.mix([a, b, c], [2, 1, 1]).beta[0], 0.5 * a.beta[0] + 0.25 * b.beta[0] + 0.25 * c.beta[0]
    )


def test_off_and_only_touch_the_papers_layers() -> None:
    v = affine()
    off = v.off([2])
    assert torch.equal(off.gamma[0], v.gamma[0]) and torch.equal(off.beta[3], v.beta[3])
    for i in (1, 2):
        assert bool((off.gamma[i] == 1).all()) and bool((off.beta[i] == 0).all())
    assert equal(v.only([1, 9]), off)
    assert equal(v.off([1, 2, 9]), Affine.identity(SPEC))


def test_blend_takes_each_style_in_its_own_region() -> None:
    a, b = affine(), affine()
    left = torch.zeros(1, 16, 16)
    left[..., :8] = 1
    blended = Affine.blend([a, b], torch.cat([left, 1 - left]))
    gamma, beta = blended.at(1, (16, 16))
    assert gamma.shape == (1, 5, 16, 16)
    torch.testing.assert_close(gamma[0, :, 3, 2], a.gamma[1][0])
    torch.testing.assert_close(beta[0, :, 3, 12], b.beta[1][0])
    assert blended.at(0, (4, 4))[0].shape == (1, 3, 4, 4)


def test_blend_of_empty_masks_counts_all_alike() -> None:
    a, b = affine(), affine()
    gamma, _ = Affine.blend([a, b], torch.zeros(2, 8, 8)).at(0, (8, 8))
    torch.testing.assert_close(gamma[0, :, 4, 4], (a.gamma[0] + b.gamma[0])[0] / 2)


def test_batches() -> None:
    a, b = affine(), affine()
    both = Affine.cat([a, b])
    assert len(both) == 2 and equal(both[1], b) and equal(both[-1], b) and equal(both[0:1], a)
    assert len(a.expand(4)) == 4 and equal(a.expand(4)[3], a)
    assert a.to(torch.float64).gamma[0].dtype == torch.float64


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Affine((torch.ones(1, 4),), (torch.ones(1, 3),), SPEC[:1]),
        lambda: Affine.mix([affine()], [1, 2]),
        lambda: Affine.mix([affine(), affine()], [1, -1]),
        lambda: Affine.mix([], []),
        lambda: Affine.blend([affine(), affine()], torch.zeros(3, 8, 8)),
        lambda: Affine.blend([affine(), affine()], -torch.ones(2, 8, 8)),
        lambda: affine().lerp(Affine.identity(SPEC[:2]), 0.5),
    ],
)
def test_what_does_not_fit_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"gamma|weights|affine parameters|styles?|masks"):
        wrong()
