"""J is what its definition says, and knows its own name."""

from __future__ import annotations

import pytest
import torch
from stand_in import random_network

from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge, default_judges
from zmlib.evaluate.ost_equivalent import ost_results
from zmlib.evaluate.pairs import load_pairs, read_batch


def test_photo_scores_one_and_style_scores_its_content_part(network, pictures):
    judge = Judge(network)
    content, style = pictures(3), pictures(3, seed=1)
    torch.testing.assert_close(judge(content, content, style), torch.ones(3), atol=1e-6, rtol=0)
    style_part, content_part = judge.parts(style, content, style)
    torch.testing.assert_close(style_part, torch.zeros(3), atol=1e-6, rtol=0)
    phi = network.content_layer
    features = network(torch.cat([style, content]), (phi,))[phi]
    squares = (features[:3] - features[3:]).square().sum((1, 2, 3)) / features[3:].square().sum((1, 2, 3))
    torch.testing.assert_close(content_part, 0.2 * squares)


def test_j_is_free_of_the_scale_of_the_features(network, pictures):
    content, style, output = pictures(2), pictures(2, seed=1), pictures(2, seed=2)
    before = Judge(network)(output, content, style)
    network.chains["main"].rescale(7.0)
    torch.testing.assert_close(Judge(network)(output, content, style), before, rtol=1e-4, atol=0)


def test_each_picture_is_judged_alone_and_a_gradient_flows(network, pictures):
    judge = Judge(network)
    content, style = pictures(3), pictures(3, seed=1)
    output = pictures(3, seed=2).requires_grad_()
    together = judge(output, content, style)
    alone = judge(output[1:2], content[1:2], style[1:2])
    torch.testing.assert_close(together[1:2], alone)
    (gradient,) = torch.autograd.grad(together[1], output)
    assert gradient[1].abs().sum() > 0 and gradient[0].abs().sum() == 0


def test_photo_and_style_the_same_stays_finite(network, pictures):
    assert torch.isfinite(Judge(network)(pictures(1), pictures(1), pictures(1))).all()


@pytest.mark.parametrize(
    ("network_name", "name"),
    [("vgg16-caffe", "J"), ("vgg19-normalised", "J_vgg19"), ("slim", "J_slim"), ("vgg16", "J_vgg16")],
)
def test_only_the_network_of_the_definition_gives_j(network_name, name):
    judge = Judge(random_network(network_name))
    assert judge.name == name
    assert judge.describe()["network"] == network_name and judge.describe()["weights_hash"] == "random-0"


def test_a_wrong_data_folder_does_not_pass_for_offline(monkeypatch, tmp_path):
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path))
    with pytest.raises(UserError):
        default_judges()


def test_offline_the_judge_is_slim(monkeypatch):
    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    assert [judge.name for judge in default_judges()] == ["J_slim"]


def test_the_real_judges(data_dir):
    """The photo scores 1, the style itself its content part, and OST comes near its medians (0.68 and 0.38)."""
    pairs = load_pairs(table=data_dir / "pairs.tsv", limit=1)
    content, style = read_batch(pairs, 256)
    judges = default_judges()
    assert [judge.name for judge in judges] == ["J", "J_vgg19"]
    assert judges[0].network.style_layers == ("relu1_2", "relu2_2", "relu3_3", "distilled_relu4_1")
    assert (judges[0].network.content_layer, judges[1].network.content_layer) == ("relu3_3", "relu3_1")
    with torch.no_grad():
        for judge in judges:
            torch.testing.assert_close(judge(content, content, style), torch.ones(1), atol=1e-5, rtol=0)
            assert (judge(style, content, style) < 0.9).all()
    found = ost_results(judges[0], [(content, style)], [0.0], cap=1, steps=(1, 5))
    assert 0.5 < found["curve"]["1"]["value"]["median"] < 0.9
    assert 0.2 < found["curve"]["5"]["value"]["median"] < 0.6
