"""Table 1's zero-shot row."""

import numpy as np
import pytest
import torch
from chapters.table1 import own_j, zero_shot

from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.perceptual import loss_network
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

TINY = TNetConfig(width=(4, 4, 8), blocks=1)


def pictures(n: int, seed: int) -> torch.Tensor:
    return torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_each_method_is_judged_on_the_unseen_styles() -> None:
    torch.manual_seed(0)
    judge, contents, unseen = Judge(loss_network("slim")), pictures(2, 0), pictures(3, 1)
    net, fst, cin = ZMNet(TINY).eval(), ZMNet(TINY, "constant").eval(), ZMNet(TINY, "table", styles=2).eval()
    torch.nn.init.normal_(cin.source.gamma[0])
    found = zero_shot(net, [fst], cin, judge, contents, unseen)
    row = found["zero_shot"]
    assert abs(row["nothing"] - 1) < 1e-4  # by J's definition
    for name, one in (("zmnet", net), ("fst", fst)):
        assert row[name] == pytest.approx(np.median(judge_all(one, judge, contents, unseen).sum(0)))
    low, high = found["interval"]
    assert low <= row["zmnet"] <= high
    assert 0 <= found["signal"]["rate"] <= 1


def test_rows_of_the_table_take_turns() -> None:
    """The same style twice: the first time it gets row 0, the second time row 1."""
    torch.manual_seed(0)
    judge, contents, unseen = Judge(loss_network("slim")), pictures(1, 0), pictures(1, 1)
    net, cin = ZMNet(TINY).eval(), ZMNet(TINY, "table", styles=2).eval()
    with torch.no_grad():
        cin.source.gamma[-1][1] = 3
    two = torch.cat([unseen, unseen])
    both = zero_shot(net, [cin], cin, judge, contents, two)["zero_shot"]["cin"]
    single = [float(judge_all(cin, judge, contents, two).sum(0)[i, 0]) for i in range(2)]
    assert single[0] != single[1] and both == pytest.approx(np.median(single))


def test_the_own_style_is_asked_for() -> None:
    torch.manual_seed(0)
    judge, contents = Judge(loss_network("slim")), pictures(1, 0)
    nets = {"a": ZMNet(TINY, "constant").eval()}
    styles = {"a": pictures(1, 5)}
    assert own_j(nets, styles, judge, contents) == float(judge_all(nets["a"], judge, contents, styles["a"]).sum())
