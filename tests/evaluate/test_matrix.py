"""Matrices of J, and ratios between seen and unseen styles."""

import torch
from chapters.measures import over_ost, ratio, unseen_over_seen

from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all, ost_all
from zmlib.perceptual import loss_network
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

TINY = TNetConfig(width=(4, 4, 8), blocks=1)


def pictures(n: int, seed: int) -> torch.Tensor:
    return torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_a_cell_is_the_judge_of_that_pair() -> None:
    torch.manual_seed(0)
    judge, contents, styles = Judge(loss_network("slim")), pictures(3, 0), pictures(2, 1)
    for kind, options in (("serial-image", {}), ("table", {"styles": 2}), ("constant", {})):
        net = ZMNet(TINY, kind, **options).eval()
        found = judge_all(net, judge, contents, styles)
        assert found.shape == (2, 2, 3)
        signal = torch.tensor([1]) if kind == "table" else styles[1:]
        with torch.no_grad():
            output = net.stylize(contents[2:], net.encode(signal))
        expected = torch.cat(judge.parts(output, contents[2:], styles[1:]))
        torch.testing.assert_close(found[:, 1, 2], expected, rtol=1e-4, atol=1e-6)


def test_ost_goes_down_and_starts_at_the_photo() -> None:
    judge, contents, styles = Judge(loss_network("slim")), pictures(2, 0), pictures(2, 1) ** 3
    start, later = ost_all(judge, contents, styles, 0), ost_all(judge, contents, styles, 5)
    torch.testing.assert_close(start.sum(0), torch.ones(2, 2), rtol=1e-3, atol=1e-3)
    assert (later.sum(0) < start.sum(0)).all()


def test_a_ratio_of_equal_styles_has_no_width_and_a_spread_one_has() -> None:
    same = ratio(torch.full((5,), 3.0), torch.full((4,), 2.0))
    assert (same["ratio"], same["low"], same["high"], same["n"]) == (1.5, 1.5, 1.5, [5, 4])
    spread = ratio(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([1.0, 2.0]))
    assert spread["ratio"] == 2 and spread["low"] < 2 < spread["high"]


def test_hard_styles_do_not_pass_for_unseen_ones() -> None:
    """The unseen styles are twice as hard for everyone: the network is no worse on them."""
    floor = {"seen": torch.full((2, 3, 2), 0.1), "unseen": torch.full((2, 4, 2), 0.2)}
    found = {"seen": torch.full((2, 3, 2), 0.3), "unseen": torch.full((2, 4, 2), 0.6)}
    assert torch.allclose(over_ost(found["seen"], floor["seen"]), torch.tensor(3.0))
    assert abs(unseen_over_seen(found, floor)["ratio"] - 1) < 1e-6
