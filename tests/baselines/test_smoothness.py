"""The total variation in OST's objective: what it is, that it is off unless asked for, and that it smooths."""

from __future__ import annotations

import pytest
import torch

from zmlib.baselines.objective import Paper, Relative, roughness
from zmlib.baselines.ost import ost
from zmlib.errors import UserError


def test_roughness_is_the_mean_squared_step_down_and_across() -> None:
    ramp = torch.arange(8.0)[None, None, None].expand(1, 3, 6, 8)  # steps of 1 across, none down
    assert roughness(ramp).tolist() == [1.0] and roughness(2 * ramp.mT).tolist() == [4.0]
    assert roughness(torch.full((2, 3, 5, 7), 0.4)).tolist() == [0.0, 0.0]
    x = torch.rand(2, 3, 4, 5)
    down = [((x[n, :, i + 1] - x[n, :, i]) ** 2).mean() for n in range(2) for i in range(3)]
    across = [((x[n, :, :, i + 1] - x[n, :, :, i]) ** 2).mean() for n in range(2) for i in range(4)]
    for n in range(2):
        expected = sum(down[3 * n : 3 * n + 3]) / 3 + sum(across[4 * n : 4 * n + 4]) / 4
        torch.testing.assert_close(roughness(x)[n], expected)


@pytest.mark.parametrize("form", [Relative, Paper])
def test_it_is_counted_to_the_content_part_picture_by_picture(network, pictures, form) -> None:
    content, style, output = pictures(2), pictures(2, seed=1), torch.rand(2, 3, 32, 32)
    plain, smooth = (form(network, smooth_weight=weight) for weight in (0.0, 7.0))
    reference = plain.reference(content, style)
    before, after = (objective.measure(output, reference) for objective in (plain, smooth))
    assert torch.equal(before[0], after[0])
    torch.testing.assert_close(after[1] - before[1], 7 * roughness(output), rtol=1e-3, atol=1e-4)


def test_without_a_weight_it_is_off(network, pictures) -> None:
    content, style = pictures(1), pictures(1, seed=1)
    plain = ost(content, style, network, steps=4)
    assert torch.equal(plain, ost(content, style, Relative(network, smooth_weight=0.0), steps=4))
    assert not torch.equal(plain, ost(content, style, Relative(network, smooth_weight=1.0), steps=4))


def test_more_weight_makes_smoother_pictures(network, pictures) -> None:
    content, style = pictures(2) + 0.1 * torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    content = content.clamp(0, 1)
    forms = [Relative(network, smooth_weight=weight) for weight in (0.0, 10.0, 1000.0)]
    rough = [roughness(ost(content, style, form, steps=15)) for form in forms]
    assert (rough[1] < rough[0]).all() and (rough[2] < 0.5 * rough[1]).all()


def test_a_negative_weight_is_refused(network) -> None:
    with pytest.raises(UserError, match="smooth_weight must be at least 0"):
        Relative(network, smooth_weight=-1.0)
