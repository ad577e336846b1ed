"""`book/claims.yml`, and slips in such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from claim_examples import STANDING, quality, speed
from claims import Claims, load_claims

from zmlib.errors import UserError
from zmlib.experiments.presets import PRESETS

FILE = Path(__file__).parents[2] / "book" / "claims.yml"
IDS = """
    speed-known speed-new speed-ost zero-shot unseen-quality capacity-10 capacity-20k generalise expansion din-layers
    finetune-start finetune-end finetune-look words-between words-semantics words-lights serial-parallel concat
    degenerate concat-identity filters-infeasible one-network animation many-signals
""".split()


@pytest.fixture(scope="module")
def book() -> Claims:
    return load_claims(FILE)


def test_every_claim_of_the_paper_is_there_once(book: Claims) -> None:
    assert sorted(claim.id for claim in book.claims) == sorted(IDS)


def test_the_book_names_results_that_a_chapter_can_make(book: Claims) -> None:
    carried = {claim.id: claim.result for claim in book.claims}
    assert {carried[name] for name in ("speed-known", "speed-new", "speed-ost", "zero-shot")} == {"table1/table1"}
    assert carried["din-layers"] == "fig7/fig7" and carried["capacity-20k"] == "fig5/fig5"


def test_every_claim_on_quality_stands_under_the_signal_rule(book: Claims) -> None:
    by_rate = {"serial-parallel", "many-signals"}  # these hold each of their networks to the rate by themselves
    free = {claim.id for claim in book.claims if "uses-signal" not in claim.requires} - by_rate
    assert free == {
        "speed-known", "speed-new", "speed-ost", "animation",  # clocks
        "one-network", "degenerate", "filters-infeasible", "concat-identity",  # arithmetic
    }  # fmt: skip
    for claim in book.claims:
        if claim.id in by_rate:
            assert any(path.endswith(".rate") for one in claim.reproduced for path in one.paths())


def test_what_only_a_clock_tells_is_read_from_the_timings(book: Claims) -> None:
    for claim in book.claims:
        if claim.id.startswith("speed") or claim.id == "animation":
            assert {path.split(".")[0] for one in claim.reproduced for path in one.paths()} == {"timings"}
        else:
            assert not [path for path in claim.reads if path.startswith("timings")]


def test_standing_rules_of_the_book(book: Claims) -> None:
    assert {name: rule.otherwise for name, rule in book.standing.items()} == {
        "converged": "not run",
        "uses-signal": "not reproduced",
        "intervals": "partly",
    }


def test_scales(book: Claims) -> None:
    scales = {claim.id: claim.scale for claim in book.claims if claim.scale}
    assert scales["capacity-20k"].needs[0].bounds[0].limit == 20938
    assert "quick" not in scales["finetune-end"].presets and set(scales["finetune-end"].presets) < set(PRESETS)


def test_reading(claims) -> None:
    found = claims(speed(), quality())
    first, second = found.claims
    assert (first.chapter, first.figure, first.result) == ("table1", "table1", "table1/table1")
    assert first.reproduced[0].bounds[1].operator == "at_most" and first.reproduced[0].bounds[1].limit == 1.1
    assert second.reproduced[0].bounds[0].other == "values.j.theirs" and second.reproduced[0].bounds[0].times == 0.5
    assert second.requires == tuple(STANDING) and second.scale is not None and not second.construction


def condition(**entries: Any) -> dict[str, Any]:
    return speed(reproduced=[{"value": "timings.ratio"} | entries])


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({key: value for key, value in speed().items() if key != "rule"}, "rule is missing"),
        (speed(verdict="reproduced"), "verdict is not known"),
        (speed(says=""), "says must be a text"),
        (speed(kind="guessed"), "kind must be one of measured, construction"),
        (speed(chapter="table1"), "chapter must name a result"),
        (speed(requires=["luck"]), "requires must be a list of standing rules"),
        (speed(reproduced=[]), "reproduced must be a list of conditions"),
        (speed(reads={"ratio": "time ratio"}), 'a value is named like "values.loss"'),
        (speed(reads={"timings.seconds": "seconds"}), "timings.ratio stands in a condition and not under reads"),
        (speed(scale={"presets": ["huge"]}), "scale needs conditions under needs, or presets out of smoke, quick"),
        (speed(scale={}), "scale needs conditions"),
        (speed(kind="construction"), "neither partly nor scale"),
        (condition(), "says nothing"),
        (condition(atleast=1), "atleast is not known"),
        (condition(at_least="1e-5"), "at_least in the condition on timings.ratio must be a number, such as 0.9"),
        (condition(at_least=True), "must be a number"),
        (condition(**{"is": 1}), "must be true or false"),
        (condition(present=False), "must be true"),
        (condition(at_most=1, times=2), "needs another value to multiply"),
        (condition(at_most_value="timings.seconds", times="2"), "times in the condition on timings.ratio must be"),
        (condition(at_most_value=0.5), "a value is named like"),
        (condition(present=True, at_most=1), "stand alone"),
        (speed(reproduced=[{"any": [{"value": "timings.ratio", "above": 1}]}]), "at least two"),
        ("speed", "a mapping with id"),
    ],
)  # fmt: skip
def test_slips_are_sentences(claims, entry: Any, says: str) -> None:
    with pytest.raises(UserError) as error:
        claims(entry)
    name = "speed" if isinstance(entry, dict) else "without id"
    assert says in str(error.value) and f"claims.yml, claim {name}: " in str(error.value)


def test_slips_in_the_rest_of_the_file(claims, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="claim speed: there are two"):
        claims(speed(), speed())
    wrong = STANDING | {"converged": STANDING["converged"] | {"otherwise": "reproduced"}}
    with pytest.raises(UserError, match="standing rule converged: otherwise must be one of"):
        claims(speed(), standing=wrong)
    for text, says in [("standing: {}", "claims is missing"), ("- a\n- b", "a mapping with"), ("a: [", "is no YAML")]:
        (tmp_path / "slip.yml").write_text(text)
        with pytest.raises(UserError, match=says):
            load_claims(tmp_path / "slip.yml")
    with pytest.raises(UserError, match="none.yml could not be read"):
        load_claims(tmp_path / "none.yml")
