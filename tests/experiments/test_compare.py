"""A chapter's last table: the paper, the kept run, this build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from claim_examples import STANDING, result, speed, write
from claims.compare import compare

from zmlib.errors import UserError
from zmlib.experiments import Run, start

HEAD = "|  | the paper | "


def begin(clone: Path, *claims: dict[str, Any]) -> Run:
    """A run of table1 in a clone with claims, which has kept a ratio of 1.234 and a size."""
    (clone / "book" / "claims.yml").write_text(yaml.safe_dump({"standing": STANDING, "claims": list(claims)}))
    common = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}
    run = start("table1", common)
    run.keep("table1", None, {"size": 64}, {"ratio": 1.234})
    return run


def lines(*given: Any) -> list[str]:
    return compare(*given)._repr_markdown_().splitlines()


def test_the_three_columns(clone: Path) -> None:
    run = begin(clone, speed())
    kept = result({}, {"ratio": 1.0, "seconds": 0.015}, "table1/table1", device="cuda (NVIDIA H200)", preset="paper")
    write(kept, clone / "figures")
    assert lines(run, "table1") == [
        HEAD + "best kept run | this build |",
        "| --- | --- | --- | --- |",
        "| preset and device |  | paper, cuda (NVIDIA H200) | smoke, cpu (1 thread) |",
        r"| **It is as fast.** | 0.015 s \| each |  |  |",
        "| time ratio |  | 1.00 | 1.23 |",
        "| seconds |  | 0.0150 | not measured |",
    ]


def test_without_a_kept_run_and_where_this_run_is_the_one_that_is_kept(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lines(begin(clone, speed()), "table1")[0] == HEAD + "this build |"
    monkeypatch.setenv("ZMLIB_RESULTS", str(clone / "figures"))
    found = lines(begin(clone, speed()), "table1")
    assert found[0] == HEAD + "best kept run |" and "| time ratio |  | 1.23 |" in found


def test_a_claim_on_another_figure_and_one_that_nothing_was_measured_for(clone: Path) -> None:
    other = speed(id="other", chapter="table1/other", says="Of another figure.")
    lacking = speed(id="lacking", says="Nothing measures it.", reads={"timings.no": "none"}, partly=[])
    lacking |= {"reproduced": [{"value": "timings.no", "at_most": 1}], "paper": "5 s"}
    del lacking["partly"]
    found = "\n".join(lines(begin(clone, speed(), other, lacking), "table1"))
    assert "| **Nothing measures it.** | 5 s | not measured |" in found
    assert "another figure" not in found and "none" not in found


def test_a_value_is_shown_once_and_others_can_be_named(clone: Path) -> None:
    again = {key: value for key, value in speed(id="again", says="Again.").items() if key != "paper"}
    found = lines(begin(clone, speed(), again), "table1", {"values.size": "side", "timings.ratio": "ratio again"})
    assert found[-2:] == ["| **Again.** | no number |  |", "| side |  | 64 |"]
    assert sum("1.23" in line for line in found) == 1


def test_a_figure_that_is_not_kept_yet(clone: Path) -> None:
    with pytest.raises(UserError, match='table1 has kept no "fig7" to compare'):
        compare(begin(clone), "fig7")
