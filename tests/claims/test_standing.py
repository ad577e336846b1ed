"""The standing rules: judged network by network, from the results that hold the evidence."""

from __future__ import annotations

from typing import Any

import pytest
from claim_examples import CURVE, GOOD, SIGNAL, evidence, quality, ratio, result, share
from claims.intervals import State
from claims.verdicts import Outcome, Verdict, judge

from zmlib.experiments.results import Result

UNSEEN = {"every": "fst-unseen-*", "count": "values.unseen"}


@pytest.fixture
def verdict(claims):
    """`verdict(results, **changes of the claim)` with a good result of the claim."""

    def one(found: dict[str, Result], values: dict[str, Any] | None = None, **changes: Any) -> Verdict:
        read = claims(quality(**changes))
        return judge(read.claims[0], read.standing, {"fig6/fig6": result(GOOD | (values or {}))} | found)

    return one


def test_all_rules_hold(verdict) -> None:
    found = verdict(evidence())
    assert found.outcome == Outcome.REPRODUCED and found.failed == ()
    assert "share won (styles): 0.970 [0.930, 1.00] (rule: at least 0.9)" in found.beside, (
        "what stands over it is shown"
    )
    assert "known (cin-10): yes (rule: yes)" in found.beside


@pytest.mark.parametrize(
    ("rate", "outcome"),
    [
        (share(0.95, 0.9, 1.0), Outcome.REPRODUCED),
        (share(0.95, 0.89, 1.0), Outcome.UNDECIDED),
        (share(0.8, 0.7, 0.9), Outcome.UNDECIDED),
        (share(0.8, 0.7, 0.89), Outcome.NOT_REPRODUCED),
        (0.95, Outcome.PARTLY),
    ],
)
def test_the_signal_test_binds_at_the_far_end(verdict, rate: Any, outcome: Outcome) -> None:
    found = verdict(evidence(styles={"rate": rate}))
    assert found.outcome == outcome
    if outcome == Outcome.NOT_REPRODUCED:
        assert found.reason == "The network does not use its signal."
        assert found.primary.startswith("J ratio: 1.00"), "the primary number comes first all the same"
        assert found.failed[0].startswith("uses-signal: share won (styles): 0.80")
    if outcome == Outcome.UNDECIDED:
        assert "would decide it, instead of 60" in found.decides and "is open" in found.reason


def test_only_the_networks_that_the_claim_names_count(verdict) -> None:
    found = evidence()
    found["evidence/signals"].values["networks"]["styles-10"] = SIGNAL | {"rate": share(0.2, 0.1, 0.3)}
    assert verdict(found).outcome == Outcome.REPRODUCED
    assert verdict(found, signal=["styles-10"]).outcome == Outcome.NOT_REPRODUCED
    assert verdict(found, signal=["styles", "styles-10"]).outcome == Outcome.NOT_REPRODUCED


def test_too_few_pairs_decide_nothing(verdict) -> None:
    found = verdict(evidence(styles={"pairs": 59}))
    assert found.outcome == Outcome.UNDECIDED and found.failed == ("enough: pairs (styles): 59 (rule: at least 60)",)
    own = verdict(evidence(), {"pairs": 12})
    assert own.outcome == Outcome.UNDECIDED and own.failed == ("enough: own pairs: 12 (rule: at least 60)",)
    deaf = verdict(evidence(styles={"pairs": 4, "rate": share(0.1, 0.0, 0.2)}))
    assert deaf.outcome == Outcome.UNDECIDED, "a test on few pairs shows no deafness either"


@pytest.mark.parametrize(
    ("curve", "outcome"),
    [
        ({"fall": 0.049}, Outcome.REPRODUCED),
        ({"fall": 0.05}, Outcome.UNDECIDED),
        ({"fall": 0.2, "paper_steps": True}, Outcome.REPRODUCED),
        ({"known": False, "fall": None}, Outcome.UNDECIDED),
        ({"known": False, "fall": None, "paper_steps": True}, Outcome.UNDECIDED),
        ({"fall": {"median": 0.03, "low": 0.01, "high": 0.06, "n": 60}}, Outcome.UNDECIDED),
    ],
)
def test_each_network_must_have_converged(verdict, curve: dict[str, Any], outcome: Outcome) -> None:
    found = verdict(evidence(cin_10=curve))
    assert found.outcome == outcome
    if outcome == Outcome.UNDECIDED:
        assert found.reason == "Networks that are still learning decide nothing."
        (told,) = found.failed
        assert told.startswith("converged: ") and "(cin-10)" in told, "of both networks the one that fails"


def test_a_curve_that_is_not_known_is_said_so_and_asked_no_more(verdict) -> None:
    found = verdict(evidence(cin_10={"known": False, "fall": None}))
    assert found.failed == ("converged: known (cin-10): no (rule: yes)",)
    assert found.sides == {"converged": State.FAILS}
    nowhere = verdict(evidence(), networks=["styles", "fst"])
    assert nowhere.outcome == Outcome.UNDECIDED
    assert nowhere.failed == ("converged: known (fst): not measured (rule: yes)",)


def test_a_name_may_stand_for_several_networks(verdict) -> None:
    found = evidence()
    curves = found["evidence/convergence"].values["networks"]
    curves |= {"fst-unseen-01": CURVE, "fst-unseen-02": CURVE}
    whole = verdict(found, {"unseen": 2}, networks=["styles", UNSEEN])
    assert whole.outcome == Outcome.REPRODUCED
    assert "fst-unseen-*: 2 of 2 networks known (rule: all of them)" in whole.beside
    curves["fst-unseen-02"] = CURVE | {"fall": 0.3}
    lost = verdict(found, {"unseen": 2}, networks=[UNSEEN])
    assert lost.failed[0].startswith("converged: fall (fst-unseen-02): 0.300")


def test_every_network_that_the_result_used_must_be_known(verdict) -> None:
    found = evidence()
    found["evidence/convergence"].values["networks"] |= {"fst-unseen-01": CURVE}
    found["evidence/signals"].values["networks"] |= {"fst-unseen-01": SIGNAL}
    one = verdict(found, {"unseen": 12}, networks=[UNSEEN])
    assert one.outcome == Outcome.UNDECIDED and one.sides == {"converged": State.FAILS}
    assert one.failed == ("converged: fst-unseen-*: 1 of 12 networks known (rule: all of them)",)
    none = verdict(evidence(), {"unseen": 0}, networks=[UNSEEN])
    assert none.outcome == Outcome.UNDECIDED and "fst-unseen-*: 0 of 0 networks known" in none.failed[0]
    for count in (None, "twelve"):
        unsaid = verdict(found, {"unseen": count}, networks=[UNSEEN])
        assert unsaid.outcome == Outcome.UNDECIDED
        assert unsaid.failed == ("converged: values.unseen: not measured (rule: how many networks)",)
    deaf = verdict(found, {"unseen": 2}, signal=[UNSEEN])
    assert deaf.outcome == Outcome.NOT_RUN, "too few were tested, which shows no deafness"
    assert deaf.reason == "The result evidence/signals has no usable values.networks.fst-unseen-*."
    assert "enough: fst-unseen-*: 1 of 2 networks known (rule: all of them)" in deaf.failed


def test_a_name_may_be_read_from_the_claim_s_result(verdict) -> None:
    assert verdict(evidence(), {"network": "styles"}, signal=["values.network"]).outcome == Outcome.REPRODUCED
    found = verdict(evidence(), signal=["values.network"])
    assert found.outcome == Outcome.NOT_RUN and "values.network" in found.reason


def test_without_the_evidence_nothing_is_judged(verdict) -> None:
    found = verdict({})
    assert found.outcome == Outcome.NOT_RUN
    assert "There is no result evidence/signals, which the standing rule needs (enough, uses-signal)" in found.reason
    assert "there is no result evidence/convergence, which the standing rule needs (converged)" in found.reason
    assert found.primary.startswith("J ratio"), "its own number is shown"
    smoke = evidence()
    smoke["evidence/signals"].provenance["preset"] = "smoke"
    assert "evidence/signals is of the preset smoke" in verdict(smoke).reason
    other = verdict(evidence(), signal=["adain"])
    assert other.outcome == Outcome.NOT_RUN
    assert other.reason == "The result evidence/signals has no usable values.networks.adain.rate."


def test_deafness_needs_converged_networks_to_be_held_against_the_paper(verdict) -> None:
    found = verdict(evidence(styles={"rate": share(0.5, 0.4, 0.6)}, cin_10={"fall": 0.5}))
    assert found.outcome == Outcome.UNDECIDED
    assert found.reason == "The network does not use its signal; networks that are still learning decide nothing."
    both = verdict(evidence(styles={"rate": share(0.9, 0.8, 1.0)}, cin_10={"fall": 0.5}))
    assert both.reason.startswith("Whether the network does not use its signal is open; networks"), "it is not settled"
    assert both.sides == {"uses-signal": State.UNDECIDED, "converged": State.FAILS}


@pytest.mark.parametrize("same", [False, None])
def test_another_setting_is_partly_at_most(verdict, same: bool | None) -> None:
    found = verdict(evidence(), {"same": same})
    assert found.outcome == Outcome.PARTLY and found.reason.startswith("The rule is met, but the setting differs")
    assert verdict(evidence(), {"same": same, "ratio": ratio(2, 1.9, 2.1)}).outcome == Outcome.NOT_REPRODUCED
    other = verdict(evidence(), {"same": same, "unseen": {"same": True}}, same="values.unseen.same")
    assert other.outcome == Outcome.REPRODUCED, "each row reads its own"
