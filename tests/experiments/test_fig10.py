"""The chapters on Figure 10, on any word and on the three kinds of signal, on tiny random networks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import fig10, signals, words, words_measured
from chapters.daylight import brightness, gain_to
from chapters.tagged import TagSet, best_tone_curves, distances, tone
from claims.conditions import look_up
from claims.loading import load_claims
from PIL import Image
from test_known import network, pictures

from zmlib import UserError, fast
from zmlib.experiments import start
from zmlib.perceptual import LossNetwork, loss_network
from zmlib.signals.words import known_words
from zmlib.zmnet import ZMNet

PLANE = {"mean": [0.0, 0.0], "axes": [[1.0, 0.0], [0.0, 1.0]], "scale": 1.0, "chosen": list(fig10.CHOSEN)}


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


def reader(kind: str = "serial-vector", seed: int = 0) -> ZMNet:
    """A random network that takes words, at their true places; its heads are loud enough to tell them apart."""
    net = network(kind, seed=seed, inputs=2, hidden=8, together=True)
    net.card = {"words": {"trained": {w: known_words()[w] for w in ("noon", "night")}, "plane": PLANE}}
    with torch.no_grad():
        for head in net.source.heads:
            head.linear.weight.mul_(20)
    return net


@pytest.fixture(scope="module")
def judge() -> LossNetwork:
    return loss_network("slim")


@pytest.fixture(scope="module")
def bench(judge: LossNetwork) -> fig10.WordBench:
    nets = {"serial": reader(), "parallel": reader("parallel-vector", seed=1), "twin": reader(seed=2)}
    held, fit = (tagged(judge, seed) for seed in (20, 40))
    return fig10.WordBench(
        nets, network(seed=3), judge, list(pictures(2, 8).split(1)), ["7-a.jpg", "7-b.jpg"], held, fit, [reader(seed=5)]
    )


def tagged(judge: LossNetwork, seed: int) -> fig10.Held:
    photos = {word: pictures(3, seed + i) for i, word in enumerate(fig10.CHOSEN)}
    return fig10.Held({word: TagSet.of(judge, own.split(1)) for word, own in photos.items()}, photos)


def test_the_columns_are_the_papers_points_in_the_plane(bench: fig10.WordBench) -> None:
    found = fig10.signals(bench.nets["serial"])
    assert len(found) == 6
    half = (torch.tensor(known_words()["morning"]) + torch.tensor(known_words()["night"])) / 2
    torch.testing.assert_close(found["0.5 morning +\n0.5 night"][0], half)
    torch.testing.assert_close(found["noon"][0], torch.tensor(known_words()["noon"]))


def test_each_column_is_painted_with_what_pnet_reads_of_its_word(bench: fig10.WordBench) -> None:
    net, photo = bench.nets["serial"], bench.photos[0]
    made = fig10.outputs(net, [photo])
    assert list(made) == list(fig10.COLUMNS) and all(len(own) == 1 for own in made.values())
    with torch.no_grad():
        torch.testing.assert_close(made["night"][0], net.stylize(photo, net.encode("night")))
    lit = gain_to(photo, brightness(made["night"][0]))
    assert abs(brightness(lit) - brightness(made["night"][0])) < 1
    assert isinstance(fig10.map_of_words(net), Image.Image)


@pytest.fixture(scope="module")
def found(bench: fig10.WordBench) -> dict:
    with fast.using(torch.float32):  # as in every test, but this fixture comes before them
        return words_measured.measure(bench)


def test_every_number_that_the_claims_read_is_there(found: dict) -> None:
    claims = load_claims(Path(__file__).parents[2] / "book" / "claims.yml").claims
    read = [path for claim in claims if (claim.chapter, claim.figure) == ("fig10", "fig10") for path in claim.reads]
    assert len(read) > 10
    for path in read:
        assert look_up({"values": found}, path) is not None, path
    for path in words_measured.RATIOS:
        one = look_up({"values": found}, f"values.{path}")
        assert one["n"] in (2, 4) and one["styles"] == 1, "two photos of one place, of one word or of two"
        assert one["low"] <= next(one[kind] for kind in ("ratio", "share", "difference") if kind in one) <= one["high"]
    assert found["semantics"]["same"] is False and found["semantics"]["differ"], "a random network has no card"
    assert set(found["between"]["by_word"]) == set(fig10.CHOSEN)
    assert all(look_up({"values": found}, path) is not None for path in words_measured.ALSO)
    table = words_measured.brightness_table(found)
    assert [row["mean L*"] for row in table] == ["serial", "parallel"] and len(table[0]) == 7
    assert len(words_measured.ratios_table(found)) == len(words_measured.RATIOS) + 5


def test_seeds_are_averaged_for_what_lies_between_and_for_nothing_else(bench: fig10.WordBench, found: dict) -> None:
    alone = words_measured.measure(replace(bench, more=[]))
    assert (found["between"]["seeds"], alone["between"]["seeds"]) == (2, 1)
    other = words_measured.measure(replace(bench, nets=bench.nets | {"serial": bench.more[0]}, more=[]))
    for word in fig10.BETWEEN:
        one, two, both = (of["between"]["by_word"][word]["zmnet"] for of in (alone, other, found))
        assert both == pytest.approx((one + two) / 2)
    assert found["semantics"] == alone["semantics"] and found["parallel"] == alone["parallel"]
    assert found["between"]["steps"] != alone["between"]["steps"]


def test_without_photos_of_the_words_only_what_can_be_measured(bench: fig10.WordBench, found: dict) -> None:
    bare = words_measured.measure(replace(bench, held=None, fit=None))
    assert "ratio" not in bare["semantics"] and "ends" not in bare["between"] and "untouched" not in bare
    assert bare["lights"] == found["lights"] and bare["serial"]["yellow"] == found["serial"]["yellow"]
    assert len(words_measured.ratios_table(bare)) == 2 + 5, "lights, yellow, and the steps of the path"
    unfitted = words_measured.measure(replace(bench, fit=None))
    assert "ratio" not in unfitted["between"] and unfitted["between"]["ends"] == found["between"]["ends"]


def test_the_tone_curve_is_fitted_on_other_photos_than_it_is_judged_on(bench: fig10.WordBench) -> None:
    assert bench.fit is not None and bench.held is not None
    by_curve, fitted = words_measured.curves(bench)
    best = best_tone_curves(bench.network, bench.fit.day(words_measured.FITTED), bench.fit.sets)
    assert {word: (one["gain"], one["power"]) for word, one in fitted.items()} == best
    made = [tone(photo, *best["night"]) for photo in bench.photos]
    expected = distances(bench.network, made, {"night": bench.held.sets["night"]})["night"]
    np.testing.assert_allclose(by_curve["night|night"], expected)


def test_a_network_deaf_to_words_is_found_out(bench: fig10.WordBench) -> None:
    deaf = reader(seed=4)
    with torch.no_grad():
        for head in deaf.source.heads:
            head.linear.weight.zero_()
    measured = words_measured.measure(replace(bench, nets=bench.nets | {"serial": deaf}, more=[]))
    ends = measured["between"]["ends"]
    assert ends["noon"]["ratio"] * ends["night"]["ratio"] == pytest.approx(1), "one picture cannot be nearer to both"
    assert len({round(x, 3) for x in measured["between"]["brightness"]["serial"].values()}) == 1
    assert measured["between"]["monotone"], "a path that does not change has ties alone"


def test_a_rise_whose_interval_holds_0_is_a_tie() -> None:
    of = (["a", "b", "c", "d"], ["a", "b", "c", "d"])
    falling = {"noon": np.array([70.0, 60, 65, 70]), "night": np.array([20.0, 22, 24, 20])}
    assert words_measured.falls(falling, of)["monotone"]
    unsure = {"noon": np.array([70.0, 60, 65, 70]), "afternoon": np.array([60.0, 72, 58, 79])}
    found = words_measured.falls(unsure, of)
    (step,) = found["steps"].values()
    assert step["difference"] > 0 > step["low"] and found["monotone"]
    sure = {"noon": unsure["noon"], "afternoon": unsure["noon"] + 1}
    assert not words_measured.falls(sure, of)["monotone"] and list(found["steps"]) == ["noon to afternoon"]
    single = {"noon": np.array([1.0]), "night": np.array([2.0])}
    assert not words_measured.falls(single, (["a"], ["a"]))["monotone"], "one photo has no interval"


def test_frames_of_one_camera_are_one_place(bench: fig10.WordBench) -> None:
    assert fig10.places(["356-a.jpg", "356-b.jpg", "my-house.jpg"]) == ["356", "356", "my-house.jpg"]
    assert bench.pairs(2) == (["7-a.jpg", "7-b.jpg"] * 2, ["7"] * 4)


def test_other_seeds_are_those_in_the_folder_or_those_that_ship(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}
    kinds = {"serial": str, "others": str}
    run = start("fig10", cell | {"serial": "words", "others": ""}, **kinds)
    shipped = dict.fromkeys(("words", "words-one", "words-seed1", "words-seed2"))
    monkeypatch.setattr(fig10, "registry", lambda: shipped)
    monkeypatch.setattr(fig10, "load", lambda name, device: reader(seed=len(name)))
    assert list(fig10.other_seeds(run)) == ["words-seed1", "words-seed2"]
    (clone / "seeds").mkdir()
    (clone / "seeds" / "a.safetensors").touch()
    run = start("fig10", cell | {"serial": "words", "others": str(clone / "seeds")}, **kinds)
    assert list(fig10.other_seeds(run)) == ["a"] and list(run.provenance()["weights"]) == ["a"]


def test_the_variance_over_signals_is_that_of_the_outputs(bench: fig10.WordBench) -> None:
    photos, shown = bench.photos[:1], pictures(3, 30)
    net = bench.images
    with torch.no_grad():
        made = torch.cat([net.stylize(photos[0], net.encode(one)) for one in shown.split(1)])
    assert words_measured.variance(net, photos, shown) == pytest.approx(made.var(0).mean().item(), rel=1e-4)
    assert words_measured.variance(net, photos, shown[:1].expand(3, -1, -1, -1)) == pytest.approx(0, abs=1e-9)


def test_a_folder_that_lacks_a_word_gets_a_sentence(judge: LossNetwork, tmp_path: Path) -> None:
    (tmp_path / "noon").mkdir()
    Image.new("RGB", (40, 40)).save(tmp_path / "noon" / "a.png")
    with pytest.raises(UserError, match="has no folder afternoon: it needs photos of noon, afternoon, morning, night"):
        fig10.read_held(str(tmp_path), 32, judge)


def test_words_are_laid_out_at_their_places_and_apart() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 2)) * 100
    moved = words.spread_out(points, 30, 20)
    apart = np.abs(moved[:, None] - moved[None])
    over = ((np.array([30, 20]) - apart) > 1e-6).all(-1) & ~np.eye(60, dtype=bool)
    assert not over.any()
    far = points * 100
    np.testing.assert_array_equal(words.spread_out(far, 30, 20), far), "what is apart stays"


def test_over_a_hundred_words_and_all_of_them_are_known() -> None:
    assert len(set(words.WORDS)) == len(words.WORDS) > 100
    assert not set(words.WORDS) - set(known_words())
    assert {*words.DARK, *words.LIGHT} <= set(words.WORDS)


def test_the_judgement_of_words() -> None:
    grey = {word: torch.full((1, 3, 8, 8), 0.2 if word in words.DARK else 0.8) for word in words.WORDS}
    assert words.right_order(grey)["right"] == 1 and words.right_order(grey)["wrong"] == []
    grey["midnight"] = torch.ones(1, 3, 8, 8)
    assert words.right_order(grey)["wrong"] == ["midnight"] and words.right_order(grey)["right"] == pytest.approx(0.9)


def test_the_map_of_words() -> None:
    net = reader()
    with torch.no_grad():
        painted = {word: net.stylize(pictures(1, 5), net.encode(word)) for word in ("noon", "night", "banana")}
    page = words.mosaic(net, painted, thumb=20, width=200)
    assert page.image.width >= 200 and len(words.plot_brightness(net, painted).axes) == 2


@pytest.fixture
def three(bench: fig10.WordBench) -> dict[str, ZMNet]:
    colours = network("serial-vector", seed=6, inputs=256, hidden=8)
    colours.card = {"reads": "colours"}
    return {"images": bench.images, "words": bench.nets["serial"], "histograms": colours}


def test_a_network_says_what_it_wants_instead(three: dict[str, ZMNet]) -> None:
    said = {(row["the network of"], row["given"]): row["says"] for row in signals.refusals(three)}
    assert len(said) == 6 and "was given words" in said["style pictures", "words"]
    assert "is guided by words" in said["words", "style pictures"]
    assert said["colour histograms", "style pictures"] == "taken"


def test_the_evidence_is_that_of_the_kept_run(clone: Path) -> None:
    run = start("signals", {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""})
    assert signals.evidence(run) == []
    rate = {"share": 0.97, "low": 0.9, "high": 1.0, "n": 60}
    one = {"rate": rate, "mean_over_right": {"ratio": 1.5, "low": 1.2, "high": 1.8, "n": 60}, "pairs": 60, "styles": 30}
    networks = {name: one | {"kind": "images"} for name in ("parallel", "colours", "styles")}
    content = {"values": {"networks": networks}, "timings": {}, "provenance": {}}
    content |= {"format": "zmlib-result-1", "chapter": "evidence", "figure": "signals"}
    (clone / "figures" / "evidence").mkdir(parents=True)
    (clone / "figures" / "evidence" / "signals.json").write_text(json.dumps(content), encoding="utf-8")
    assert [row["network"] for row in signals.evidence(run)] == ["`styles`", "`colours`"]
    assert list(run.provenance()["pictures"]) == ["evidence/signals.json"]
