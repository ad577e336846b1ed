"""A claim reads values by path: those of a kept result that is current must be there."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims.conditions import look_up
from claims.loading import load_claims

from zmlib.experiments.results import older_results, read_results

ROOT = Path(__file__).parents[2]
CLAIMS = load_claims(ROOT / "book" / "claims.yml").claims
KEPT, OLDER = read_results(ROOT / "figures"), older_results(ROOT / "figures")
#: beginning of a path -> what a kept run needs to have it
OPTIONAL = {
    "values.seeds_18.": "networks of 18 seed paintings",
    "values.seeds_45.": "networks of 45 seed paintings",
    "values.unseen.": "FST networks of the unseen styles",
    "values.networks.styles.before.": "the signal test on more pairs than at first",
    "values.networks.words.before.": "the signal test whose intervals draw webcams",
    "values.networks.colours.before.": "the signal test on more pairs than at first",
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_what_a_claim_reads_is_in_its_kept_result(claim) -> None:
    if claim.result not in KEPT or claim.result in OLDER:
        pytest.skip("its kept result is of an older version, or there is none")
    result = KEPT[claim.result]
    evidence = {"values": result.values, "timings": result.timings}
    missing = [path for path in claim.reads if look_up(evidence, path) is None]
    assert not [path for path in missing if not path.startswith(tuple(OPTIONAL))]


def test_an_optional_value_is_read_by_a_claim() -> None:
    every = [path for claim in CLAIMS for path in claim.reads]
    assert all(any(path.startswith(start) for path in every) for start in OPTIONAL)
