"""Table 1's zero-shot row."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from chapters.table1 import fst_own_j, untouched, zero_shot
from PIL import Image

from zmlib.data.images import to_image, to_tensor
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
    nets = {"zmnet": ZMNet(TINY).eval(), "cin-10": ZMNet(TINY, "table", styles=3).eval()}
    nets |= {name: ZMNet(TINY, "constant").eval() for name in ("fst-rhone", "fst-anthill")}
    parts = {name: judge_all(net, judge, contents, unseen) for name, net in nets.items()}
    found = zero_shot(parts | {"nothing": untouched(judge, contents, unseen)})
    row = found["zero_shot"]
    assert abs(row["nothing"] - 1) < 1e-4  # by J's definition
    for name, key in (("zmnet", "zmnet"), ("cin", "cin-10")):
        assert row[name] == pytest.approx(np.median(parts[key].sum(0)))
    both = torch.cat([parts["fst-rhone"].sum(0), parts["fst-anthill"].sum(0)])
    assert row["fst"] == pytest.approx(np.median(both)) and row["content"] == float(parts["zmnet"][1].median())
    low, high = found["interval"]
    assert low <= row["zmnet"] <= high


def test_fst_is_asked_for_its_own_style(tmp_path: Path) -> None:
    """Of ten paintings the first and the eighth."""
    torch.manual_seed(0)
    judge, size = Judge(loss_network("slim")), 32
    for i in range(10):
        Image.new("RGB", (size, size), (25 * i, 255 - 25 * i, 90)).save(tmp_path / f"{i}.png")
    photo = to_image(pictures(1, 0))
    run = SimpleNamespace(parameters={"seen": str(tmp_path)}, size=size, device="cpu", photos=lambda most: {"a": photo})
    nets = {name: ZMNet(TINY, "constant").eval() for name in ("fst-rhone", "fst-anthill")}
    own = []
    for net, i in zip(nets.values(), (0, 7), strict=True):
        own.append(float(judge_all(net, judge, to_tensor(photo), to_tensor(tmp_path / f"{i}.png")).sum()))
    assert fst_own_j(run, nets, judge) == pytest.approx(np.median(own))
