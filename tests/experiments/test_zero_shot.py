"""Table 1's zero-shot row."""

import numpy as np
import pytest
import torch
from chapters import table1
from chapters.matrix import judge_all
from chapters.pairing import Pairing
from notebook_cells import run_cell
from test_known import network

from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network


def pictures(n: int, seed: int) -> torch.Tensor:
    return torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def crossed() -> Pairing:
    return Pairing(pictures(2, 0), pictures(3, 1))


def test_each_method_is_judged_on_the_unseen_styles() -> None:
    judge, net, asked = Judge(loss_network("slim")), network(), crossed()
    ways = {
        "zmnet": lambda i, photo, style: net.stylize(photo, net.encode(style)),
        "fst": lambda i, photo, style: style,
    }
    ways |= {"cin": lambda i, photo, style: photo.flip(3), "nothing": lambda i, photo, style: photo}
    parts = {name: table1.judged(judge, asked, paint) for name, paint in ways.items()}
    expected = judge_all(net, judge, asked.photos, asked.styles)
    torch.testing.assert_close(parts["zmnet"], expected, rtol=1e-4, atol=1e-5)
    found = table1.zero_shot(parts, asked, [net, net])
    assert found["nothing"]["median"] == pytest.approx(1, abs=1e-4), "by J's definition"
    assert found["zmnet"]["median"] == pytest.approx(np.median(expected.sum(0)), rel=1e-4)
    assert found["content"]["median"] == pytest.approx(np.median(expected[1]), rel=1e-4)
    assert found["over_fst"]["ratio"] == pytest.approx(found["zmnet"]["median"] / found["fst"]["median"])
    assert (found["pairs"], found["photos"], found["styles"]) == (6, 2, 3)
    rows = table1.zero_shot_table(found)
    assert len(rows) == 4 and rows[0]["ZM-Net's J over it"] is None and rows[3]["J"].startswith("1.000")


def test_a_table_of_pairs_has_one_output_each() -> None:
    judge, seen = Judge(loss_network("slim")), []
    of = (["a", "b", "c"], ["s", "t", "s"])
    asked = Pairing(pictures(3, 0), pictures(3, 1), of)

    def paint(i: int, photo: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        seen.append((i, torch.equal(style, asked.styles[i : i + 1])))
        return photo

    parts = table1.judged(judge, asked, paint)
    assert parts.shape == (2, 3) and seen == [(0, True), (1, True), (2, True)]
    found = table1.zero_shot(dict.fromkeys(("zmnet", "fst", "cin", "nothing"), parts), asked, [network()])
    assert found["over_nothing"]["ratio"] == 1 and (found["pairs"], found["styles"]) == (3, 2)


def test_the_page_s_methods_paint_in_turn() -> None:
    judge, asked = Judge(loss_network("slim")), crossed()
    nets = {"fst-rhone": network("constant", 1), "fst-anthill": network("constant", 2)}
    nets |= {"cin-10": network("table", 3, styles=10), "styles": network(seed=4)}

    class Page:
        nets: dict

    bench, page = Page(), Page()
    bench.nets = nets
    page.table = lambda rows: rows  # type: ignore[attr-defined]
    given = {"bench": bench, "net": nets["styles"], "judge_j": judge, "torch": torch, "table1": table1, "common": page}
    run = type("Run", (), {"seed": 0})
    names = run_cell("table1", "table1-zero-shot", **given, run=run, pairing=lambda run, bench: asked)
    parts = names["parts"]
    for i, name in ((0, "fst-rhone"), (1, "fst-anthill"), (4, "fst-rhone")):
        expected = judge_all(nets[name], judge, asked.photos, asked.styles)[:, i // 2, i % 2]
        torch.testing.assert_close(parts["fst"][:, i // 2, i % 2], expected, rtol=1e-4, atol=1e-5)
    photo, style = asked.photos[1:], asked.styles[2:]
    with torch.no_grad():
        output = nets["cin-10"].stylize(photo, nets["cin-10"].encode(torch.tensor([5])))
    torch.testing.assert_close(
        parts["cin"][:, 2, 1], torch.cat(judge.parts(output, photo, style)), rtol=1e-4, atol=1e-5
    )
    assert names["new_styles"]["same"] is False
