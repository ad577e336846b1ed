"""All claims against the kept runs and this build's."""

from __future__ import annotations

from claim_examples import GOOD, quality, result, speed, timed
from claims import Outcome, scorecard


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


def test_counts_have_all_five_and_lose_no_claim(claims) -> None:
    read = claims(speed(), speed(id="again"), quality())
    card = scorecard(read, {"fig6/fig6": result(GOOD)}, {"table1/table1": timed(1.5)})
    assert card.counts() == dict.fromkeys(Outcome, 0) | {Outcome.REPRODUCED: 1, Outcome.PARTLY: 2}
    assert card.counts("kept")[Outcome.NOT_RUN] == 2 and card.counts("build")[Outcome.NOT_RUN] == 1
    assert list(card.counts())[0] == Outcome.REPRODUCED


def test_what_a_chapter_keeps_as_standing_goes_before(claims) -> None:
    read = claims(quality())
    ignorant = {"fig6/fig6": result(GOOD | {"signal": {"rate": 0.5}})}
    card = scorecard(read, ignorant, {})
    assert card.rows[0].verdict.outcome == Outcome.NOT_REPRODUCED and "signal" in card.rows[0].verdict.reason
    better = ignorant | {"fig6/standing": result({"signal": GOOD["signal"]})}
    assert (
        scorecard(read, better, {}).rows[0].verdict == scorecard(read, {"fig6/fig6": result(GOOD)}, {}).rows[0].verdict
    )
    other = ignorant | {"fig5/standing": result({"signal": GOOD["signal"]})}
    assert scorecard(read, other, {}).rows[0].verdict.outcome == Outcome.NOT_REPRODUCED
