"""All claims against the kept runs and this build's."""

from __future__ import annotations

from claim_examples import GOOD, evidence, quality, ratio, result, speed, timed
from claims.card import scorecard
from claims.history import First
from claims.verdicts import Outcome


def test_a_row_a_claim_in_the_order_of_the_file(claims) -> None:
    card = scorecard(claims(quality(), speed()), {}, {"table1/table1": timed(1.0)})
    assert [row.claim.id for row in card.rows] == ["quality", "speed"]
    assert [row.verdict.outcome for row in card.rows] == [Outcome.NOT_RUN, Outcome.REPRODUCED]
    assert card.rows[0].kept is card.rows[0].build is None


def test_columns_are_those_that_hold_something(claims) -> None:
    read, there = claims(speed()), {"table1/table1": timed(1.0)}
    assert scorecard(read, {}, {}).columns == ("build",)
    assert scorecard(read, there, {}).columns == ("kept",)
    assert scorecard(read, there, there).columns == ("kept", "build")


def test_the_kept_run_counts_where_it_says_something(claims) -> None:
    read = claims(speed())
    build = {"table1/table1": timed(1.0)}
    assert scorecard(read, {"table1/table1": timed(5.0)}, build).rows[0].verdict.outcome == Outcome.NOT_REPRODUCED
    smoke = {"table1/table1": timed(5.0, preset="smoke")}
    assert scorecard(read, smoke, build).rows[0].verdict.outcome == Outcome.REPRODUCED
    assert "smoke" in scorecard(read, smoke, {}).rows[0].verdict.reason


def test_counts_have_all_six_and_lose_no_claim(claims) -> None:
    read = claims(speed(), speed(id="again"), quality(), quality(id="open"))
    kept = {"fig6/fig6": result(GOOD | {"ratio": ratio(1.1, 1.0, 1.2)})} | evidence()
    card = scorecard(read, kept, {"table1/table1": timed(1.5)})
    assert card.counts() == dict.fromkeys(Outcome, 0) | {Outcome.UNDECIDED: 2, Outcome.PARTLY: 2}
    assert card.counts("kept")[Outcome.NOT_RUN] == 2 and card.counts("build")[Outcome.NOT_RUN] == 2
    assert list(card.counts()) == list(Outcome) and list(Outcome)[2:5] == ["partly", "undecided", "not reproduced"]


def test_the_evidence_of_a_run_judges_that_run_alone(claims) -> None:
    read, own = claims(quality()), {"fig6/fig6": result(GOOD)}
    card = scorecard(read, own, own | evidence())
    assert card.rows[0].kept.outcome == Outcome.NOT_RUN and card.rows[0].build.outcome == Outcome.REPRODUCED


def test_the_first_version_stands_beside_the_second(claims) -> None:
    split = speed(id="split", first="speed")
    new = speed(id="new", first="none", changed=[])
    read = claims(speed(), split, new)
    card = scorecard(read, {}, {}, ("abc", {"speed": First("reproduced", "The rule is met.", "1")}))
    assert [row.first.verdict if row.first else None for row in card.rows] == ["reproduced", "reproduced", None]
    assert card.commit == "abc" and card.changed == 0


def test_what_was_measured_on_an_older_version_is_said(claims) -> None:
    kept = {"fig6/fig6": result(GOOD)} | evidence()
    older = {"evidence/signals": "its code has changed", "fig5/fig5": "also"}
    assert scorecard(claims(quality()), kept, {}, older=older).rows[0].older == {
        "evidence/signals": "its code has changed"
    }
    assert scorecard(claims(quality()), kept, {}).rows[0].older == {}
