"""Matrices of J."""

import torch
from chapters.matrix import judge_all

from zmlib.evaluate.judge import Judge
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
