"""OST to its plateau: when it stops, what is kept of it, and who may read that."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
from chapters import ost_reference
from test_known import make_bench, pictures

from zmlib.evaluate.judge import Judge
from zmlib.experiments import start
from zmlib.perceptual import LossNetwork, loss_network, scale_free

LIMIT = 3
CELL = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}


@pytest.fixture(scope="module")
def slim() -> LossNetwork:
    return loss_network("slim")


@pytest.mark.parametrize(
    ("losses", "expected"),
    [([8, 4, 2, 1, 1, 1], 5), ([8, 4, 2, 1], None), ([1, 1, 1], 2), ([5, 4], None), ([1, 1, 2, 2], 2)],
)
def test_a_plateau_is_where_the_loss_stops_falling(losses: list[float], expected: int | None) -> None:
    assert ost_reference.plateau(losses, window=2) == expected


def test_ost_is_followed_to_its_plateau_or_to_the_limit(slim: LossNetwork) -> None:
    judge, content, style = Judge(slim), pictures(1, 0), pictures(1, 1)
    assert ost_reference.run_ost(content, style, judge, 5)[1:] == (5, False)
    picture, count, arrived = ost_reference.run_ost(content, content * 0.98, judge, 600)
    assert arrived and ost_reference.WINDOW < count < 600
    assert float(judge(picture, content, content * 0.98)) < 0.5


def rows_of(slim: LossNetwork, seed: int = 0) -> tuple[list[ost_reference.Row], Any]:
    bench = make_bench(slim)
    photos, styles = ost_reference.pictures(bench, photos=1, styles=2)
    return ost_reference.measure(bench.judge, photos, styles, LIMIT), bench


def test_it_runs_on_a_few_photographs_in_all_styles(slim: LossNetwork) -> None:
    bench = make_bench(slim)
    photos, styles = ost_reference.pictures(bench, photos=1)
    assert list(photos) == ["photos 0"] and list(styles) == [*bench.names["unseen"], *bench.names["ten"]]
    torch.testing.assert_close(styles["ten 7"], bench.ten[7:8])
    bench.ten = None
    del bench.names["ten"]
    assert list(ost_reference.pictures(bench, 5, 2)[1]) == ["unseen 0", "unseen 1"]


def test_a_row_is_judged_like_any_picture(slim: LossNetwork) -> None:
    rows, bench = rows_of(slim)
    assert [(row["style"], row["photo"]) for row in rows[:3]] == [
        ("unseen 0", "photos 0"),
        ("unseen 1", "photos 0"),
        ("ten 0", "photos 0"),
    ]
    content, style = bench.photos[:1], bench.unseen[1:2]
    picture, *_ = ost_reference.run_ost(content, style, bench.judge, LIMIT)
    style_part, content_part = bench.judge.parts(picture, content, style)
    assert rows[1]["style_part"] == pytest.approx(float(style_part), rel=1e-4)
    assert rows[1]["content_part"] == pytest.approx(float(content_part), rel=1e-4)
    expected = scale_free(*(slim.measure(one) for one in (picture, style, content)), content_weight=0.1)
    assert rows[1]["training"] == pytest.approx(float(expected), rel=1e-4)
    found = ost_reference.describe(rows, slim)
    assert found["iterations"]["median"] == LIMIT and found["stopped"] == found["pairs"] == len(rows) == 12
    assert not found["arrived"] and found["J"]["styles"] == 12


def test_the_reference_gives_the_pairs_that_it_has(slim: LossNetwork) -> None:
    rows, bench = rows_of(slim)
    reference = ost_reference.Reference(rows, {"commit": "c"})
    found, columns = reference.on(["ten 7", "ten 0"], ["photos 9", "photos 0"])
    assert columns == [1] and found["J"].shape == (2, 2, 1) and found["training"].shape == (2, 1)
    by_style = {row["style"]: row for row in rows}
    assert float(found["J"][1, 0, 0]) == pytest.approx(by_style["ten 7"]["content_part"])
    assert reference.on(["unseen 2"], bench.names["photos"])[1] == [], "this style was not run"
    assert ost_reference.origin(reference) == {"commit": "c"} and ost_reference.origin(None) == {}


def test_other_chapters_read_what_figure_4_keeps(slim: LossNetwork, clone: Path) -> None:
    rows, bench = rows_of(slim)
    fig6 = start("fig6", CELL)
    assert ost_reference.read(fig6, bench) is None
    ost_reference.keep(start("fig4", CELL), bench, rows)
    assert fig6.provenance()["pictures"] == {}
    found = ost_reference.read(fig6, bench)
    kept = hashlib.sha256((fig6.place.parent / "fig4" / "ost.json").read_bytes()).hexdigest()
    assert fig6.provenance()["pictures"] == {"fig4/ost.json": {"sha256": kept}}, "what was read is named"
    assert found is not None and len(found.rows) == len(rows) and set(found.origin) == {"source_hash", "commit"}
    assert {**found.rows[3], "seconds": rows[3]["seconds"]} == rows[3]
    bench.size = 64
    fig5 = start("fig5", CELL)
    assert ost_reference.read(fig5, bench) is None, "measured at another size"
    assert fig5.provenance()["pictures"] == {}, "and so it is not used"


def test_the_summary_is_one_row(slim: LossNetwork) -> None:
    rows, _ = rows_of(slim)
    (row,) = ost_reference.summary_table(ost_reference.describe(rows, slim))
    assert row["iterations"] == "3 [3, 3]" and row["stopped before the plateau"] == 12
    assert ost_reference.summary_table({}) == []
