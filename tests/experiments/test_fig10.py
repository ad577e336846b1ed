"""The chapters on Figure 10, on any word and on the three kinds of signal, on tiny random networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import fig10, signals, words, words_measured
from chapters.daylight import brightness, gain_to
from chapters.tagged import TagSet
from claims.conditions import look_up
from claims.loading import load_claims
from PIL import Image
from test_known import network, pictures

from zmlib import UserError
from zmlib.evaluate.judge import Judge
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
    photos = {word: pictures(3, 20 + i) for i, word in enumerate(fig10.CHOSEN)}
    held = fig10.Held({word: TagSet.of(judge, own.split(1)) for word, own in photos.items()}, photos)
    return fig10.WordBench(nets, network(seed=3), judge, list(pictures(2, 8).split(1)), held)


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


def test_every_number_that_the_claims_read_is_there(bench: fig10.WordBench) -> None:
    found = words_measured.measure(bench)
    claims = load_claims(Path(__file__).parents[2] / "book" / "claims.yml").claims
    read = [path for claim in claims if (claim.chapter, claim.figure) == ("fig10", "fig10") for path in claim.reads]
    assert len(read) == 17
    for path in read:
        assert look_up({"values": found}, path) is not None, path
    assert found["interval"][0] <= found["serial"]["distance"] <= found["interval"][1]
    assert set(found["between"]["by_word"]) == set(fig10.CHOSEN)
    assert all(look_up({"values": found}, path) is not None for path in words_measured.ALSO)
    table = words_measured.brightness_table(found)
    assert [row["mean L*"] for row in table] == ["serial", "parallel"] and len(table[0]) == 7


def test_without_photos_of_the_words_only_what_can_be_measured(bench: fig10.WordBench) -> None:
    alone = fig10.WordBench(bench.nets, bench.images, bench.network, bench.photos, None)
    found = words_measured.measure(alone)
    assert "semantics" not in found and "distance" not in found["between"] and "signal" not in found
    whole = words_measured.measure(bench)
    assert found["lights"] == whole["lights"] and found["serial"]["yellow"] == whole["serial"]["yellow"]


def test_a_network_deaf_to_words_is_found_out(bench: fig10.WordBench) -> None:
    deaf = reader(seed=4)
    with torch.no_grad():
        for head in deaf.source.heads:
            head.linear.weight.zero_()
    nets = bench.nets | {"serial": deaf}
    found = words_measured.measure(fig10.WordBench(nets, bench.images, bench.network, bench.photos, bench.held))
    assert found["signal"]["rate"] == 0 and found["signal"]["mean_over_right"] == pytest.approx(1)
    assert len({round(x, 3) for x in found["between"]["brightness"]["serial"].values()}) == 1
    assert found["serial"]["rate"] == 0


def test_up_to_ties() -> None:
    assert fig10.monotone([70, 60, 60.4, 50, 20, 20])
    assert not fig10.monotone([70, 60, 61, 50])


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


def test_three_kinds_of_signal_are_tested(three: dict[str, ZMNet], judge: LossNetwork, tmp_path: Path) -> None:
    photos, paintings = pictures(2, 8), pictures(2, 9)
    found = signals.measure(three, Judge(judge), photos, paintings)
    assert found["pairs"] == 4 and set(found["images"]) == set(found["histograms"]) == {"rate", "mean_over_right"}
    assert [row["signal"] for row in signals.table(found)] == ["style pictures", "colour histograms"]
    for word in fig10.CHOSEN:
        (tmp_path / word).mkdir()
        Image.new("RGB", (40, 40), "grey").save(tmp_path / word / "a.png")
    more = signals.measure(three, Judge(judge), photos, paintings, str(tmp_path))
    assert more["images"] == found["images"] and 0 <= more["words"]["rate"] <= 1
    assert [row["signal"] for row in signals.table(more)] == list(signals.LABELS.values())


def test_the_test_of_unseen_words(bench: fig10.WordBench) -> None:
    assert bench.held is not None
    net = bench.nets["serial"]
    photos = bench.photos[:1]
    found = signals.words(net, bench.network, bench.held, photos)
    assert 0 <= found["rate"] <= 1 and found["mean_over_right"] > 0
    # Held-out photos that are what the network makes of a word: the right word wins, and the mean is worse.
    ours = {w: torch.cat([net.stylize(p, net.encode(w)) for p in photos]).detach() for w in fig10.CHOSEN}
    held = fig10.Held({w: TagSet.of(bench.network, own.split(1)) for w, own in ours.items()}, ours)
    sure = signals.words(net, bench.network, held, photos)
    assert sure["rate"] == 1 and sure["mean_over_right"] > 1
