"""`book/claims.yml`, and slips in such a file."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from claim_examples import STANDING, quality, speed
from claims.conditions import Condition
from claims.loading import load_claims
from claims.model import PAPER, Claim, Claims, Every

from zmlib.errors import UserError
from zmlib.experiments.presets import PRESETS

TODAY = datetime.date(2026, 11, 30)
FILE = Path(__file__).parents[2] / "book" / "claims.yml"
IDS = """
    speed-known speed-new speed-ost zero-shot unseen-quality capacity-10 capacity-20k generalise expansion din-layers
    finetune-start finetune-end finetune-look words-between words-semantics words-lights concat
    degenerate concat-identity filters-infeasible one-network animation
    finetune-start-10 finetune-end-10 finetune-look-10
    serial-parallel-words serial-parallel-images signal-images signal-words signal-histograms
""".split()
CLOCKS = {"speed-known", "speed-new", "speed-ost", "animation"}
ARITHMETIC = {"one-network", "degenerate", "filters-infeasible", "concat-identity"}
SIGNALS = {"signal-images", "signal-words", "signal-histograms"}
LECTURE = """
    gan-dimensions gan-minima gan-start gan-hair gan-attributes gan-constraint gan-sharper gan-completion
""".split()
ALONE = {"din-layers", "words-between", "words-lights"}  # no second network: against one's own layers, or a tone curve


@pytest.fixture(scope="module")
def book() -> Claims:
    return load_claims(FILE)


def paths(claim: Claim) -> list[str]:
    """Every value that a claim names, wherever."""
    conditions = (*claim.reproduced, *claim.partly, *claim.enough, *(claim.scale.needs if claim.scale else ()))
    networks = (*claim.networks, *claim.signal)
    named = [one.count if isinstance(one, Every) else one for one in networks]
    named = [one for one in named if one.startswith("values.")]
    return [*claim.reads, *named, claim.same, *(path for one in conditions for path in one.paths())]


def of_the_paper(book: Claims) -> list[Claim]:
    return [claim for claim in book.claims if claim.text == PAPER]


def test_every_claim_is_there_once(book: Claims) -> None:
    assert sorted(claim.id for claim in of_the_paper(book)) == sorted(IDS)
    assert [claim.id for claim in book.claims if claim.text == "lecture"] == LECTURE
    assert set(book.texts) | {PAPER} == {claim.text for claim in book.claims}


def test_what_another_text_says_needs_intervals_and_a_scale(book: Claims) -> None:
    for claim in book.claims:
        if claim.text != PAPER:
            assert claim.requires == ("intervals",)
            assert claim.scale or claim.id == "gan-dimensions", "whose unit is attributes, of which there are few"


def test_the_book_names_results_that_a_chapter_can_make(book: Claims) -> None:
    carried = {claim.id: claim.result for claim in book.claims}
    assert {carried[name] for name in ("speed-known", "speed-new", "speed-ost", "zero-shot")} == {"table1/table1"}
    assert carried["din-layers"] == "fig7/fig7" and carried["capacity-20k"] == "fig5/fig5"
    assert {carried[name] for name in SIGNALS} == {"evidence/signals"}
    assert {rule.result for rule in book.standing.values()} == {"evidence/signals", "evidence/convergence", ""}


def test_every_path_is_well_formed(book: Claims) -> None:
    part = r"[a-z0-9_-]+"
    for claim in book.claims:
        for path in paths(claim):
            assert re.fullmatch(rf"(values|timings)(\.{part})+", path), f"{claim.id}: {path}"
    for rule in book.standing.values():
        for path in rule.reads:
            assert re.fullmatch(rf"{{same}}|values\.networks\.{{network}}\.{part}", path), f"{rule.name}: {path}"
    for claim in book.claims:
        for name in (*claim.networks, *claim.signal):
            assert re.fullmatch(rf"values\.{part}|[a-z0-9-]+\*?", str(name)), f"{claim.id}: {name}"
            if isinstance(name, Every):
                counted = {one.value for one in claim.enough if isinstance(one, Condition)}
                assert name.count in counted, f"{claim.id}: what says how many {name} there are is not asked for itself"


def test_no_row_reads_what_another_row_is_about(book: Claims) -> None:
    """Two rows of one chapter share no number that either is judged by, but how much was measured."""
    for one in book.claims:
        for other in book.claims:
            if one.id < other.id and one.result == other.result:
                shared = {path for c in one.reproduced for path in c.paths()} & {
                    path for c in other.reproduced for path in c.paths()
                }
                assert not shared, f"{one.id} and {other.id}: {shared}"


def test_every_claim_on_quality_stands_under_the_rules(book: Claims) -> None:
    for claim in of_the_paper(book):
        wanted = {"enough", "uses-signal", "converged", "same-setting", "intervals"}
        if claim.id in ALONE:
            wanted -= {"converged", "same-setting"}
        elif claim.id in SIGNALS:
            wanted = {"enough", "intervals"}  # its own rule is the signal test
        elif claim.id in CLOCKS | ARITHMETIC:
            wanted = {"intervals"} & set(claim.requires)
            assert claim.id in ARITHMETIC or wanted, claim.id
        assert set(claim.requires) == wanted, claim.id


def test_what_only_a_clock_tells_is_read_from_the_timings(book: Claims) -> None:
    for claim in book.claims:
        measured = {path.split(".")[0] for path in paths(claim)}
        if claim.id in CLOCKS:
            assert claim.reproduced[0].paths()[0].startswith("timings.")
        else:
            assert measured == {"values"}


def test_standing_rules_of_the_book(book: Claims) -> None:
    assert {name: rule.otherwise for name, rule in book.standing.items()} == {
        "enough": "undecided",
        "uses-signal": "not reproduced",
        "converged": "undecided",
        "same-setting": "partly",
        "intervals": "partly",
    }
    bounds = {one.value.split(".")[-1]: one.bounds[0] for one in book.standing["enough"].needs}
    bounds |= {one.value.split(".")[-1]: one.bounds[0] for one in book.standing["uses-signal"].needs}
    told = {name: (bound.operator, bound.limit) for name, bound in bounds.items()}
    assert told == {
        "styles": ("at_least", 12),
        "pairs": ("at_least", 60),
        "rate": ("at_least", 0.9),
        "mean_over_right": ("at_least", 1.1),
    }


def test_scales(book: Claims) -> None:
    scales = {claim.id: claim.scale for claim in book.claims if claim.scale}
    assert scales["capacity-20k"].needs[0].bounds[0].limit == 20938
    assert "quick" not in scales["finetune-end"].presets and set(scales["finetune-end"].presets) < set(PRESETS)


def test_the_turn_is_told(book: Claims) -> None:
    turned = next(change for change in book.changes if "18ce66d" in change.commits)
    assert set(turned.claims) == {"finetune-start", "finetune-end", "finetune-look"} and "1.058" in turned.because
    for claim in book.claims:
        if claim.id in turned.claims:
            assert claim.changed[0].on == turned.on
    unmarked = {claim.id for claim in of_the_paper(book) if not claim.changed}
    assert unmarked == {"one-network", "degenerate", "filters-infeasible"} | {
        "finetune-start-10", "finetune-end-10", "finetune-look-10",  # new rows
    }  # fmt: skip


def test_the_change_of_the_signal_test_is_told_with_its_old_numbers_beside(book: Claims) -> None:
    last = book.changes[-1]
    assert "from 60 to 150 pairs" in last.because and "webcams" in last.because and "before" in last.because
    rows = [claim for claim in book.claims if claim.id in last.claims]
    assert {claim.id for claim in rows} == {claim.id for claim in book.claims if claim.result == "evidence/signals"}
    for claim in rows:
        assert "150 pairs" in claim.changed[-1].because and "webcams" in claim.changed[-1].because
        judged = {path for one in claim.reproduced for path in one.paths()}
        shown = set(claim.reads) - judged
        assert shown == {path.replace(".rate", ".before.rate").replace(".mean_", ".before.mean_") for path in judged}


def test_the_concatenating_twin_is_held_to_its_own_signal(book: Claims) -> None:
    rows = {claim.id: claim for claim in book.claims}
    assert rows["concat"].signal == ("concat",)
    assert rows["concat-identity"].told == "reproduced in the corrected order"
    assert rows["concat-identity"].reproduced[0].paths() == ["values.identity.corrected"]


def test_reading(claims) -> None:
    found = claims(speed(told="in part"), quality(changed=[{"date": TODAY, "because": "It was wrong."}]))
    first, second = found.claims
    assert (first.chapter, first.figure, first.result) == ("table1", "table1", "table1/table1")
    assert first.reproduced[0].bounds[1].operator == "at_most" and first.reproduced[0].bounds[1].limit == 1.1
    assert first.told == "in part" and first.before == "speed" and first.unit == "pairs"
    assert second.requires == tuple(STANDING) and second.scale is not None and not second.construction
    assert second.networks == ("styles", "cin-10") and second.enough[0].plain and not second.reproduced[0].plain
    assert second.changed[0].on == "2026-11-30" and second.changed[0].because == "It was wrong."
    both = claims(speed(reproduced=[{"value": "timings.ratio", "at_most_value": "timings.seconds", "times": 0.5}]))
    assert both.claims[0].reproduced[0].bounds[0].other == "timings.seconds"


def test_changes_of_several_claims(claims) -> None:
    told = {"date": TODAY, "because": "All.", "claims": ["speed"], "commits": ["18ce66d"]}
    assert claims(speed(), changes=[told]).changes[0].claims == ("speed",)
    with pytest.raises(UserError, match="changes: there is no claim other"):
        claims(speed(), changes=[told | {"claims": ["other"]}])
    with pytest.raises(UserError, match="date must be a day such as 2026-11-30"):
        claims(speed(changed=[{"date": "once", "because": "All."}]))


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
        ({key: value for key, value in quality(id="speed").items() if key != "networks"}, "networks is missing"),
        (quality(id="speed", signal=[]), "signal must be a list of networks"),
        (quality(id="speed", networks=[1]), "networks must be a list of networks, and 1 is none"),
        (quality(id="speed", networks=["fst-*"]), "fst-* in networks may stand for too few: write {every: fst-*"),
        (quality(id="speed", networks=[{"every": "fst-*"}]), "count is missing"),
        (quality(id="speed", networks=[{"every": "fst", "count": "values.n"}]), "and then *, not 'fst'"),
        (quality(id="speed", networks=[{"every": "fst-*", "count": "n"}]), "a value is named like"),
        (quality(id="speed", same="same"), "a value is named like"),
        (quality(id="speed", requires=["intervals"]), "enough stands there, and no standing rule"),
        (speed(first="Old row"), "an id has small letters"),
        (condition(at_most=1, plain=False), "must be true, or left out"),
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
    for change, says in [
        ({"otherwise": "reproduced"}, "otherwise must be one of"),
        ({"intervals": True}, "either needs or intervals"),
        ({"result": "evidence"}, "result must name a result"),
        ({"each": "pairs"}, "each must be one of signal, networks"),
        ({"own": False}, "own must be true"),
        ({"reads": {}}, "stands in a condition and not under reads"),
    ]:
        with pytest.raises(UserError, match=f"standing rule converged: .*{says}"):
            claims(speed(), standing=STANDING | {"converged": STANDING["converged"] | change})
    for text, says in [("standing: {}", "claims is missing"), ("- a\n- b", "a mapping with"), ("a: [", "is no YAML")]:
        (tmp_path / "slip.yml").write_text(text)
        with pytest.raises(UserError, match=says):
            load_claims(tmp_path / "slip.yml")
    with pytest.raises(UserError, match="none.yml could not be read"):
        load_claims(tmp_path / "none.yml")
