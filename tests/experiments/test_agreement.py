"""How well a cheap judge agrees with the full one."""

from __future__ import annotations

import pytest
import torch
from chapters.agreement import agreement, differently_stylized, rank_correlation

from zmlib.evaluate.judge import Judge, judged
from zmlib.perceptual import loss_network


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(loss_network("slim"))


@pytest.fixture(scope="module")
def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    coarse = torch.rand(2, 2, 3, 6, 6, generator=generator)
    photos, styles = (torch.nn.functional.interpolate(x, size=(32, 32), mode="bilinear") for x in coarse)
    return photos, styles


class Reversed(Judge):
    """Says the opposite of J."""

    def measure(self, output, reference):  # type: ignore[no-untyped-def]
        style, content = super().measure(output, reference)
        return -style, -content


def test_a_judge_agrees_with_itself_and_not_with_its_opposite(judge: Judge, pictures) -> None:  # type: ignore[no-untyped-def]
    photos, styles = pictures
    made = differently_stylized(photos[:1], styles[:1], judge.network, steps=(1, 2), style_weights=(1.0,))
    outputs = list(made.values())
    assert rank_correlation(outputs, photos[:1], styles[:1], judge, judge) == pytest.approx(1)
    assert rank_correlation(outputs, photos[:1], styles[:1], Reversed(judge.network), judge) == pytest.approx(-1)
    numbers = judged(outputs, photos[:1], styles[:1], judge)
    assert numbers[0] == pytest.approx(1, abs=1e-4)  # the untouched photo


def test_the_versions_run_from_untouched_to_stylized(judge: Judge, pictures) -> None:  # type: ignore[no-untyped-def]
    photos, styles = pictures
    made = differently_stylized(photos, styles, judge.network)
    assert len(made) == 16 and list(made)[:2] == ["photo", "painting"]
    assert all(x.shape == photos.shape and x.min() >= 0 and x.max() <= 1 for x in made.values())
    ladder = [made[f"OST {step}, style weight 1"][:1] for step in (1, 5, 20)]
    first, middle, last = judged(ladder, photos[:1], styles[:1], judge)
    assert 1 > first > middle > last


def test_the_summary_over_pairs_counts_extra_outputs(judge: Judge, pictures) -> None:  # type: ignore[no-untyped-def]
    photos, styles = pictures
    found = agreement(photos, styles, judge, judge, {"a network": photos.flip(1)})
    assert found["n"] == 2 and found["median"] == pytest.approx(1) and found["outputs"][-1] == "a network"
