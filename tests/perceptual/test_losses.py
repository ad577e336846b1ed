"""Eq. 2 by hand, and the properties that the scale-free loss is named for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from zmlib.perceptual import (
    LossNetwork,
    Measured,
    gram,
    paper_content_loss,
    paper_style_loss,
    scale_free,
    scale_free_parts,
)
from zmlib.perceptual.vgg import Chain, vgg_plan


def network(factor: float = 1.0, scale: float = 1.0) -> LossNetwork:
    """A VGG of two small blocks with seeded weights, all of whose features are multiplied by ``factor``."""
    torch.manual_seed(3)
    chain = Chain(vgg_plan(["a", "b", "c"], (4, 6), (2, 1)))
    chain.rescale(1 / factor)
    layers = dict.fromkeys(chain.taps, scale)
    return LossNetwork(
        "tiny", {"": chain}, style_layers=("relu1_2", "relu2_1"), content_layer="relu2_1", scale=layers
    ).freeze()


def pictures() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    output, style, photo = torch.rand(3, 2, 3, 16, 16, generator=generator)
    return output, style, photo


def test_equation_2_by_hand() -> None:
    y = torch.tensor([[[[1.0, 2.0]], [[0.0, 1.0]]]])  # C = 2, H = 1, W = 2, hence Z = 4
    s = torch.tensor([[[[1.0, 0.0]], [[1.0, 1.0]]]])
    # G(y) = [[5, 2], [2, 1]], G(s) = [[1, 1], [1, 2]]: squared difference 16 + 1 + 1 + 1 = 19
    style = paper_style_loss(Measured({"l": gram(y)}, y), Measured({"l": gram(s)}, s))
    torch.testing.assert_close(style, torch.tensor([19 / 16]))
    # y - s = [[0, 2], [-1, 0]]: squared 5
    content = paper_content_loss(Measured({}, y), Measured({}, s))
    torch.testing.assert_close(content, torch.tensor([5 / 4]))


def test_equation_2_against_unnormalised_grams_of_features() -> None:
    net = network()
    output, style, photo = pictures()
    features, wanted, kept = net(output), net(style), net(photo)
    expected = torch.zeros(2)
    for name in net.style_layers:
        difference = gram(features[name], normalise=False) - gram(wanted[name], normalise=False)
        expected += difference.square().sum((1, 2)) / features[name][0].numel() ** 2
    torch.testing.assert_close(paper_style_loss(net.measure(output), net.measure(style)), expected)
    near = (features["relu2_1"] - kept["relu2_1"]).square().sum((1, 2, 3)) / features["relu2_1"][0].numel()
    torch.testing.assert_close(paper_content_loss(net.measure(output), net.measure(photo)), near)


def test_the_scale_gives_the_papers_units_back() -> None:
    published, small = network(), network(factor=1 / 64, scale=64.0)
    output, style, photo = pictures()
    assert not torch.allclose(published(output)["relu1_2"], small(output)["relu1_2"])
    torch.testing.assert_close(
        paper_style_loss(small.measure(output), small.measure(style), scale=small.scale),
        paper_style_loss(published.measure(output), published.measure(style)),
    )
    torch.testing.assert_close(
        paper_content_loss(small.measure(output), small.measure(photo), scale=small.scale[small.content_layer]),
        paper_content_loss(published.measure(output), published.measure(photo)),
    )


def test_scale_free_by_hand() -> None:
    def measured(value: float) -> Measured:
        return Measured(
            {"a": torch.full((1, 1, 1), value), "b": torch.full((1, 1, 1), 2 * value)}, torch.full((1, 1, 2, 2), value)
        )

    style, content = scale_free_parts(measured(3.0), measured(1.0), measured(2.0))
    torch.testing.assert_close(style, torch.tensor([4 / 5]))  # (3 - 1)^2 / (1^2 + 2^2), the same in both layers
    torch.testing.assert_close(content, torch.tensor([1 / 4]))
    total = scale_free(measured(3.0), measured(1.0), measured(2.0), content_weight=0.1)
    torch.testing.assert_close(total, torch.tensor([0.825]))


@pytest.mark.parametrize("factor", [1 / 255, 17.0])
def test_scale_free_does_not_see_the_networks_scale(factor: float) -> None:
    output, style, photo = pictures()
    losses = [
        scale_free(net.measure(output), net.measure(style), net.measure(photo)) for net in (network(), network(factor))
    ]
    torch.testing.assert_close(losses[1], losses[0], rtol=1e-4, atol=0)


def test_scale_free_is_zero_for_the_style_itself_and_each_picture_counts_alone() -> None:
    net = network()
    output, style, photo = pictures()
    same = scale_free_parts(net.measure(style), net.measure(style), net.measure(photo))[0]
    torch.testing.assert_close(same, torch.zeros(2))
    together = scale_free(net.measure(output), net.measure(style), net.measure(photo))
    alone = [
        scale_free(net.measure(o[None]), net.measure(s[None]), net.measure(p[None]))
        for o, s, p in zip(*pictures(), strict=True)
    ]
    torch.testing.assert_close(together, torch.cat(alone))


def test_one_style_serves_a_batch() -> None:
    net = network()
    output, style, photo = pictures()
    one, repeated = net.measure(style[:1]), net.measure(style[:1].repeat(2, 1, 1, 1))
    content = net.measure(photo)
    torch.testing.assert_close(
        scale_free(net.measure(output), one, content), scale_free(net.measure(output), repeated, content)
    )
    torch.testing.assert_close(
        paper_style_loss(net.measure(output), one), paper_style_loss(net.measure(output), repeated)
    )


@pytest.mark.parametrize("autocast", [False, True])
def test_the_gradient_reaches_the_picture_and_no_weight(autocast: bool) -> None:
    net = network()
    output, style, photo = pictures()
    output.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        loss = scale_free(net.measure(output), net.measure(style), net.measure(photo)).sum()
    loss.backward()
    assert output.grad is not None and output.grad.abs().amax((1, 2, 3)).min() > 0
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_step_along_the_gradient_lowers_the_loss() -> None:
    net = network()
    output, style, photo = pictures()
    output.requires_grad_()
    before = scale_free(net.measure(output), net.measure(style), net.measure(photo)).sum()
    (slope,) = torch.autograd.grad(before, output)
    moved = output.detach() - 1e-2 * slope / slope.norm()
    assert scale_free(net.measure(moved), net.measure(style), net.measure(photo)).sum() < before
