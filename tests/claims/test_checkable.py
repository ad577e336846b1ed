"""Which rows a reader can check, and what is missing for the others."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from claim_examples import GOOD, evidence, quality, result, speed, timed
from claims.card import scorecard
from claims.checkable import PAIRS, Reach, checked
from claims.terminal import checkable

from zmlib.experiments.results import Result
from zmlib.perceptual.slim import SLIM_FILE
from zmlib.weights import digest, load, registry, weights_hash

STYLES, SLIM = weights_hash(load("styles")), digest(SLIM_FILE)
PUBLIC = {"a.jpg": {"sha256": "1" * 64, "source": "somewhere@1:a.jpg"}}


def made(**how: Any) -> Result:
    return result(GOOD, **({"data": "samples", "weights": {"styles": STYLES}, "loss_network": {"slim": SLIM}} | how))


def test_samples_and_weights_that_ship_are_enough() -> None:
    assert checked([made()]).reach == Reach.BUILD and str(checked([made()])) == "by this build"


def test_public_pictures_need_a_command() -> None:
    found = checked([made(data="user folders", pictures=PUBLIC, loss_network={"vgg16-caffe": "3"})])
    assert found.reach == Reach.COMMAND
    assert found.detail == (
        "zmlib data fetch, then ZMLIB_DATA=FOLDER python notebooks/release.py fig6, "
        "with the published network vgg16-caffe"
    )
    assert checked([made(), made(data="user folders", pictures=PUBLIC)]).reach == Reach.COMMAND, "the farthest counts"


def test_files_beside_the_samples_count_and_kept_results_ship() -> None:
    assert checked([made(pictures={})]).reach == Reach.BUILD
    assert checked([made(pictures=PUBLIC)]).reach == Reach.COMMAND, "no user's folder, but files read besides"
    assert checked([made(pictures={"fig7/fig7.json": {"sha256": "3" * 64}})]).reach == Reach.BUILD
    assert checked([made(pictures={"fig7/none.json": {"sha256": "3" * 64}})]).reach == Reach.NOBODY
    pairs = {"sha256": sha256(PAIRS.read_bytes()).hexdigest()}
    assert checked([made(pictures={"data/pairs.tsv": pairs})]).reach == Reach.BUILD, "the same list is in book/"
    assert checked([made(pictures={"data/pairs.tsv": {"sha256": "3" * 64}})]).reach == Reach.NOBODY


@pytest.mark.parametrize(
    ("how", "missing"),
    [
        ({"weights": {"styles-1000": "1"}}, "the weights styles-1000 do not ship"),
        ({"weights": {"styles": "1"}}, "the weights styles that ship are not those that were measured"),
        ({"weights": {"words": STYLES}}, "the weights words that ship are not those that were measured"),
        ({"loss_network": {"slim": "1"}}, "the loss network slim that ships is not the one that judged"),
        ({"loss_network": {"mine": "1"}}, "the loss network mine is not published"),
        ({"data": "user folders"}, "fig6/fig6 does not name its pictures"),
        (
            {"data": "user folders", "pictures": PUBLIC | {"b.jpg": {"sha256": "2" * 64}}},
            "1 of the 2 pictures of fig6/fig6 have no public source",
        ),
    ],
)
def test_what_is_missing_is_said(how: dict[str, Any], missing: str) -> None:
    found = checked([made(), made(**how)])
    assert found.reach == Reach.NOBODY and found.detail == missing


def test_weights_ship_by_their_hash_under_whatever_name() -> None:
    """A chapter that trains or loads a file names it after the file, and a result names no file's hash for it."""
    assert checked([made(weights={"trial": STYLES})]).reach == Reach.BUILD
    file = {"unseen/01.safetensors": {"sha256": registry()["fst-rhone"].sha256}}
    assert checked([made(pictures=file)]).reach == Reach.BUILD, "a file of weights that was read, and ships"
    assert checked([made(pictures={"unseen/01.safetensors": {"sha256": "3" * 64}})]).reach == Reach.NOBODY


def test_a_row_rests_on_its_evidence_too(claims) -> None:
    kept = {"fig6/fig6": made()} | evidence()
    assert scorecard(claims(quality()), kept, {}).rows[0].check.reach == Reach.NOBODY, "the evidence names no data"
    for one in kept.values():
        one.provenance["data"] = "samples"
    assert scorecard(claims(quality()), kept, {}).rows[0].check.reach == Reach.BUILD


def test_a_build_that_comes_to_the_same_verdict_checks_the_row(claims) -> None:
    kept, same, other = (timed(number) for number in (1.0, 1.05, 1.5))
    for one in (same, other):
        one.provenance["data"] = "samples"
    read = claims(speed())
    reach = [
        scorecard(read, {"table1/table1": kept}, {"table1/table1": one}).rows[0].check.reach for one in (same, other)
    ]
    assert reach == [Reach.BUILD, Reach.NOBODY]


def test_the_list_has_counts_and_every_row(claims) -> None:
    there = timed(1.0)
    there.provenance["data"] = "samples"
    text = checkable(scorecard(claims(speed(), quality()), {"table1/table1": there}, {}))
    assert text.splitlines() == [
        "2 claims: 1 by this build, 0 by a named command on public data, 1 not by a reader yet",
        "",
        "By this build",
        "  speed",
        "",
        "Not by a reader yet",
        "  quality: there is no verdict yet",
    ]
