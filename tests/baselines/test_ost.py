"""OST: it minimises what it says, each picture for itself, and stays in [0, 1]."""

from __future__ import annotations

import pytest
import torch

from zmlib.baselines.objective import Paper, Relative
from zmlib.baselines.ost import Optimisation, ost
from zmlib.errors import UserError
from zmlib.perceptual import paper_content_loss, paper_style_loss


def total(objective, output, content, style):
    return torch.stack(objective.measure(output, objective.reference(content, style))).sum(0)


def test_relative_is_the_formula_written_out(network, pictures):
    content, style, output = pictures(2), pictures(2, seed=1), pictures(2, seed=2)
    style_part, content_part = Relative(network).measure(output, Relative(network).reference(content, style))
    for i in range(2):
        c, s, y = (network(x[i : i + 1]) for x in (content, style, output))
        terms = []
        for layer in network.style_layers:

            def g(features):
                flat = features[0].flatten(1)
                return flat @ flat.T / flat.shape[1]

            terms.append(((g(y[layer]) - g(s[layer])) ** 2).sum() / ((g(c[layer]) - g(s[layer])) ** 2).sum())
        phi_y, phi_c = y[network.content_layer], c[network.content_layer]
        assert style_part[i] == pytest.approx(float(sum(terms) / len(terms)), rel=1e-4)
        assert content_part[i] == pytest.approx(float(0.2 * ((phi_y - phi_c) ** 2).sum() / (phi_c**2).sum()), rel=1e-4)


def test_paper_is_eq_2_in_the_published_units(network, pictures):
    content, style, output = pictures(1), pictures(1, seed=1), pictures(1, seed=2)
    network.scale = dict.fromkeys(network.layers, 3.0)
    objective = Paper(network, style_weight=2.0, content_weight=0.5)
    y, c, s = (network.measure(x) for x in (output, content, style))
    style_part, content_part = objective.measure(output, objective.reference(content, style))
    # The features are three times as large in the published network: their square counts 9 times, their Grams' 81.
    torch.testing.assert_close(style_part, 2.0 * 81 * paper_style_loss(y, s))
    torch.testing.assert_close(content_part, 0.5 * 9 * paper_content_loss(y, c))


def test_objective_is_float32_inside_autocast(network, pictures):
    content, style = pictures(1), pictures(1, seed=1)
    objective = Relative(network)
    plain = total(objective, style * 0.5, content, style)
    with torch.autocast("cpu", torch.bfloat16):
        inside = total(objective, style * 0.5, content, style)
    assert inside.dtype == torch.float32
    assert torch.equal(plain, inside)


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
@pytest.mark.parametrize("objective", ["J", "paper"])
def test_ost_lowers_its_objective(network, pictures, optimiser, objective):
    content, style = pictures(2), pictures(2, seed=1)
    # The stand-in's features are small, so its Grams, which are their squares, want a large lambda_s in eq. 2.
    form = Relative(network) if objective == "J" else Paper(network, style_weight=1e6)
    output = ost(content, style, form, steps=10, optimiser=optimiser)
    assert output.shape == content.shape
    assert 0 <= output.min() and output.max() <= 1
    assert (total(form, output, content, style) < 0.7 * total(form, content, content, style)).all()


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
def test_pictures_do_not_influence_each_other(network, pictures, optimiser):
    content, style = pictures(3), pictures(3, seed=1)
    together = ost(content, style, network, steps=4, optimiser=optimiser)
    alone = ost(content[1:2], style[1:2], network, steps=4, optimiser=optimiser)
    torch.testing.assert_close(together[1:2], alone, atol=2e-3, rtol=0)


def test_lbfgs_does_not_evaluate_twice_where_its_line_search_has_been(network, pictures):
    content, style = pictures(1), pictures(1, seed=1)
    objective, seen = Relative(network), []
    measure = objective.measure

    def counted(output, reference):
        seen.append(output.detach().clone())
        return measure(output, reference)

    objective.measure = counted
    run = Optimisation(content, style, objective, optimiser="lbfgs")
    steps = 12
    for _ in range(steps):
        run.step()
    assert all(not torch.equal(one, other) for one, other in zip(seen[1:], seen[2:], strict=False))
    assert len(seen) < 1.8 * steps, "with a second evaluation at each beginning at least two for each step"


def test_what_lbfgs_remembers_changes_nothing(network, pictures, monkeypatch):
    content, style = pictures(1), pictures(1, seed=1)
    with_memory = ost(content, style, network, steps=8, optimiser="lbfgs")
    monkeypatch.setattr(torch, "equal", lambda a, b: False)
    assert (with_memory == ost(content, style, network, steps=8, optimiser="lbfgs")).all()


def test_a_step_tells_the_parts_before_it(network, pictures):
    content, style = pictures(2), pictures(2, seed=1)
    run = Optimisation(content, style, Relative(network))
    expected = run.parts()
    torch.testing.assert_close(run.step(), expected)
    assert not torch.equal(run.parts(), expected)


def test_start_callback_and_no_steps(network, pictures):
    content, style = pictures(1), pictures(1, seed=1)
    assert torch.equal(ost(content, style, network, steps=0), content)
    noise = [ost(content, style, network, steps=0, start="noise", seed=seed) for seed in (1, 1, 2)]
    assert torch.equal(noise[0], noise[1]) and not torch.equal(noise[0], noise[2])
    seen = []

    def stop_at_two(step, images):
        seen.append((step, images))
        return step == 2

    output = ost(content, style, network, steps=9, callback=stop_at_two)
    assert [step for step, _ in seen] == [1, 2]
    assert torch.equal(seen[-1][1], output)
    assert torch.equal(content, pictures(1))  # the photo that was given is left alone


def test_one_style_serves_all_and_may_have_its_own_size(network, pictures):
    content, style = pictures(2), pictures(1, seed=1, size=48)
    once = ost(content, style, network, steps=2)
    torch.testing.assert_close(once, ost(content, style.repeat(2, 1, 1, 1), network, steps=2))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimiser": "sgd"}, "adam, lbfgs"),
        ({"start": "style"}, "'content' or 'noise'"),
        ({"steps": -1}, "at least 0"),
    ],
)
def test_impossible_options_are_named(network, pictures, change, words):
    with pytest.raises(UserError, match=words):
        ost(pictures(1), pictures(1, seed=1), network, **change)


@pytest.mark.parametrize("weights", [(-1.0, 0.2), (0.0, 0.0)])
def test_impossible_weights_are_named(network, weights):
    with pytest.raises(UserError, match="at least 0 and the first two not both 0"):
        Relative(network, *weights)


def test_impossible_pictures_are_named(network, pictures):
    with pytest.raises(UserError, match="3 photos need one style or 3"):
        ost(pictures(3), pictures(2, seed=1), network)
    with pytest.raises(UserError, match="style must lie in"):
        ost(pictures(1), pictures(1, seed=1) * 255, network)
    objective = Relative(network)
    with pytest.raises(UserError, match="of their size"):
        objective.measure(pictures(1, size=40), objective.reference(pictures(1), pictures(1, seed=1)))
