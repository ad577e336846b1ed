"""The chapter of the evidence, on tiny random networks: which pairs, the headline, the signal test, the curves."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import evidence, evidence_curves, evidence_fall, evidence_signals
from chapters.fig10 import Held, places
from chapters.tagged import TagSet
from stand_in import random_network
from test_known import network

from zmlib.affine import Affine, Norm
from zmlib.data.images import to_image
from zmlib.evaluate.evaluation import Ost, Settings, evaluate
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import Pair, read_batch, read_square
from zmlib.experiments.parameters import start
from zmlib.experiments.results import Result, write_result
from zmlib.perceptual import LossNetwork
from zmlib.signals.histogram import SIZE as HISTOGRAM
from zmlib.signals.reading import Pictures
from zmlib.weights import weights_hash

COMMON = {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""}
OWN = {"pairs": "", "judge": "", "tagged": "", "ost_pairs": 2}
KINDS = {"pairs": str, "judge": str, "tagged": str, "ost_pairs": int}
SIZE = 48


def smooth(n: int, seed: int = 0) -> torch.Tensor:
    """Pictures (n, 3, SIZE, SIZE) in [0, 1], each of colours of its own."""
    chance = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, 3, 5, 5, generator=chance) * torch.rand(n, 3, 1, 1, generator=chance)
    return torch.nn.functional.interpolate(coarse, size=(SIZE, SIZE), mode="bilinear", align_corners=True)


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def pairs() -> list[Pair]:
    photos, paintings = smooth(5), smooth(3, 9)
    return [Pair(f"p{i}", f"s{i % 3}", to_image(photos[i]), to_image(paintings[i % 3])) for i in range(5)]


@pytest.fixture
def judges() -> list[Judge]:
    return [Judge(random_network("vgg16-caffe")), Judge(random_network("vgg19-normalised", seed=1))]


@pytest.fixture
def values(pairs, judges, tiny_model) -> dict:
    net = tiny_model
    how = {"judges": judges, "settings": Settings(SIZE, SIZE), "progress": False}
    found = evaluate(net, pairs, ost=Ost(len(pairs), cap=3), known=evidence.KNOWN, **how)
    own = evidence.headline(found)
    return own | {"references": evidence.references(net, pairs, judges, SIZE, iterations=3, most=2)}


def test_without_a_table_every_photo_that_ships_gets_one_style(clone: Path) -> None:
    pairs = evidence.pairs_of(start("evidence", COMMON | OWN, **KINDS))
    assert len(pairs) == 2 and len({pair.photo_name for pair in pairs}) == 2
    assert len({pair.painting_name for pair in pairs}) == 2


def test_a_table_is_read_as_far_as_the_preset_goes_and_its_files_are_named(clone: Path) -> None:
    lines = ["photo\tpainting"]
    for i, picture in enumerate(smooth(8)):
        to_image(picture).save(clone / f"{i}.png")
        lines += [f"{i}.png\t{7 - i}.png"]
    (clone / "pairs.tsv").write_text("\n".join(lines))
    run = start("evidence", COMMON | OWN | {"pairs": str(clone / "pairs.tsv")}, **KINDS)
    pairs = evidence.pairs_of(run)
    assert [pair.photo_name for pair in pairs] == ["0.png", "4.png"], "two at equal steps"
    named = {Path(name).name for name in run.provenance()["pictures"]}
    assert named == {"0.png", "7.png", "4.png", "3.png", "pairs.tsv"}


def test_the_headline_has_what_claims_and_card_read(values: dict, pairs: list[Pair], judges: list[Judge]) -> None:
    assert values["judges"] == {"J": "vgg16-caffe", "J_vgg19": "vgg19-normalised"} and values["main"] == "J"
    for key in ("J", "J_vgg19", "style", "content", "speckle", "ssim", "gatys_style", "gatys_content", "halo"):
        assert values[key]["n"] == 5 and values[key]["photos"] == 5 and values[key]["styles"] == 3, key
        assert values[key]["low"] <= values[key]["median"] <= values[key]["high"]
    assert values["retrieved"]["n"] == 5 and values["chance"] == pytest.approx(1 / 3)
    assert values["ost_equivalent"]["n"] == 5 and values["ost_equivalent"]["cap"] == 3
    assert "Adam" in values["optimiser"] and "from the photo" in values["optimiser"]
    assert values["signal"]["J_vgg19"]["pairs"] == 5 and values["signal"]["J_vgg19"]["styles"] == 3
    assert [(row["photo"], row["painting"]) for row in values["pairs"]] == [
        (p.photo_name, p.painting_name) for p in pairs
    ]
    each = [row["J"]["value"] for row in values["pairs"]]
    assert values["J"]["median"] == pytest.approx(np.median(each))
    json.dumps(values, allow_nan=False)


def test_references_are_measured_as_the_network_is(values: dict) -> None:
    photo, few = values["references"]["photo"], values["references"]["few"]
    assert photo["J"]["median"] == pytest.approx(1) and photo["content"]["median"] == 0 and photo["J"]["n"] == 5
    assert photo["ssim"]["median"] == pytest.approx(1) and photo["gatys_content"]["median"] == 0
    assert few["ost"]["J"]["median"] < 1 and few["ost"]["J"]["n"] == few["pairs"] == 2
    some = [values["pairs"][i] for i in (0, 2)]  # at equal steps
    assert few["net"]["J"]["median"] == pytest.approx(np.median([row["J"]["value"] for row in some]), rel=1e-3)
    assert few["net"]["ssim"]["median"] == pytest.approx(np.median([row["ssim"] for row in some]), rel=1e-3)
    assert few["net"]["speckle"]["median"] == pytest.approx(
        np.median([row["speckle"]["2-5 px"] for row in some]), rel=1e-3
    )


def test_table_and_plot_show_every_measure_and_every_pair(values: dict) -> None:
    rows = evidence.rows(values)
    assert [row["median [95 %]"] for row in rows] == ["J", "J_vgg19", *evidence.LABELS.values()]
    assert len({tuple(row) for row in rows}) == 1 and len(rows[0]) == 5
    assert rows[0]["the untouched photo"].startswith("1.000 [1.000")
    assert evidence.rows({}) == evidence.sentences({}) == []
    text = " ".join(evidence.sentences(values | {"ost_equivalent": {"text": "> 3", "n": 5, "capped": 4, "cap": 3}}))
    assert "on 33% of" in text and "is > 3 iterations (Adam" in text and "4 of them would need more than the 3" in text
    (axes,) = evidence.plot(values).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    drawn = sorted(float(x) for line in dots for x in line.get_xdata())
    assert drawn == pytest.approx(sorted(row["J"]["value"] for row in values["pairs"]))
    means = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "|"]
    assert means == sorted(means) and len(means) == 3, "the best painting first"


class Painter:
    """A network that paints the mean colour of its signal."""

    kind, device, reading = "serial-image", torch.device("cpu"), Pictures()

    def encode(self, style: torch.Tensor) -> Affine:
        return Affine((style.mean((2, 3)),), (torch.zeros(1, 3),), (Norm("colour", 3, 1),))

    def stylize(self, content: torch.Tensor, affine: Affine) -> torch.Tensor:
        return (content - content.mean((2, 3), True) + affine.gamma[0][:, :, None, None]).clamp(0, 1)


class Deaf(Painter):
    def encode(self, style: torch.Tensor) -> Affine:
        return super().encode(torch.full_like(style, 0.5))


def colour(outputs, photo, painting):
    return [(output.mean((2, 3)) - painting.mean((2, 3))).norm().item() + 0.01 for output in outputs]


def test_the_signal_test_tells_a_listener_from_a_deaf_network(pairs: list[Pair]) -> None:
    shelf = evidence_signals.Shelf.read(pairs, SIZE)
    found = evidence_signals.on_pairs(Painter(), pairs, colour, shelf)
    assert found["rate"]["share"] == 1 and found["mean_over_right"]["ratio"] > 1.1
    assert (found["pairs"], found["styles"], found["rate"]["photos"], found["rate"]["styles"]) == (5, 3, 5, 3)
    deaf = evidence_signals.on_pairs(Deaf(), pairs, colour, shelf)
    assert deaf["rate"]["share"] == 0 and deaf["mean_over_right"]["ratio"] == 1


def test_more_pairs_keep_what_the_listed_ones_alone_give(pairs: list[Pair]) -> None:
    more, shelf = evidence_signals.crossed(pairs, 3), evidence_signals.Shelf.read(pairs, SIZE)
    found = evidence_signals.on_pairs(Painter(), more, colour, shelf, listed=len(pairs))
    alone = evidence_signals.on_pairs(Painter(), pairs, colour, shelf)
    assert found["pairs"] == len(more) == 9 and found["rate"]["n"] == 9
    assert found["before"] == alone["before"] == {key: one for key, one in alone.items() if key != "before"}
    assert found["distance"]["median"] != found["before"]["distance"]["median"]


def test_the_list_that_ships_becomes_thirty_paintings_on_five_photos_each() -> None:
    lines = (Path(__file__).parents[2] / "book" / "pairs.tsv").read_text(encoding="utf-8").splitlines()[1:]
    listed = [Pair(*names, *map(Path, names)) for names in (line.split("\t") for line in lines)]
    more = evidence_signals.crossed(listed, 5)
    assert len(listed) == 60 and more[:60] == listed and len(more) == 150
    assert len({(pair.photo_name, pair.painting_name) for pair in more}) == 150, "none twice"
    assert set(Counter(pair.painting_name for pair in more).values()) == {5}
    assert set(Counter(pair.photo_name for pair in more).values()) == {2, 3}
    own = dict.fromkeys((pair.photo_name, pair.photo) for pair in listed)
    assert all((pair.photo_name, pair.photo) in own and str(pair.painting) == pair.painting_name for pair in more)
    assert more == evidence_signals.crossed(listed, 5), "nothing is left to chance"


def test_there_are_no_more_pairs_than_photos_for_each_painting(pairs: list[Pair]) -> None:
    assert evidence_signals.crossed(pairs, 1) == pairs and evidence_signals.crossed(pairs[:1], 5) == pairs[:1]
    every = {(pair.photo_name, pair.painting_name) for pair in evidence_signals.crossed(pairs, 99)}
    assert every == {(f"p{i}", f"s{k}") for i in range(5) for k in range(3)}


def test_the_judge_looks_once_at_each_picture(pairs, judges, tiny_model, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, measure = [], judges[0].network.measure
    monkeypatch.setattr(judges[0].network, "measure", lambda x: seen.append(x) or measure(x))
    far, shelf = evidence_signals.by_judge(judges[0]), evidence_signals.Shelf.read(pairs, SIZE)
    more = evidence_signals.crossed(pairs, 3)
    for _ in range(2):
        evidence_signals.on_pairs(tiny_model, more, far, shelf)
    kept = [*shelf.photos.values(), *shelf.paintings.values()]
    assert sum(any(one is picture for picture in kept) for one in seen) == len(kept) == 8
    assert len(seen) == len(kept) + 2 * 3 * len(more)


def test_pictures_and_histograms_are_judged_by_their_own_measure(pairs, judges, tiny_model) -> None:
    colours = network("serial-vector", seed=1, inputs=HISTOGRAM, hidden=4)
    colours.card = {"reads": "colours"}
    nets = {"styles": tiny_model, "colours": colours, "cin-10": network("table", styles=2)}
    takes = {name: one for name, one in nets.items() if evidence_signals.kind(one)}
    found = evidence_signals.measure(takes, pairs, judges, SIZE)
    assert "cin-10" not in takes and found["styles"]["kind"] == "images"
    net, each = nets["styles"], []
    for pair in pairs:
        photo, painting = read_batch([pair], SIZE)
        with torch.no_grad():
            output = net.stylize(photo, net.encode(read_square(pair.painting, SIZE)))
            each.append(judges[0](output, photo, painting).item())
    assert found["styles"]["distance"]["median"] == pytest.approx(np.median(each), rel=1e-3)
    assert evidence_signals.by_histogram([painting, 1 - painting], photo, painting)[0] == 0
    assert evidence_signals.by_histogram([painting, 1 - painting], photo, painting)[1] > 0.5


class Word(Painter):
    """A network of words, each of which is a grey."""

    GREYS = {"noon": 0.9, "afternoon": 0.6, "morning": 0.4, "night": 0.1}

    def __init__(self, deaf: bool = False) -> None:
        self.deaf = deaf

    def encode(self, word: str) -> Affine:
        return super().encode(torch.full((1, 3, 4, 4), 0.9 if self.deaf else self.GREYS[word]))


def word_photos() -> tuple[Held, list[torch.Tensor], LossNetwork]:
    loss, photos = random_network(), list(smooth(4).split(1))
    sets = {word: torch.cat([Word().stylize(x, Word().encode(word)) for x in photos]) for word in Word.GREYS}
    return Held({word: TagSet.of(loss, own.split(1)) for word, own in sets.items()}, sets), photos, loss


def test_words_are_asked_for_on_every_photo() -> None:
    held, photos, loss = word_photos()
    cameras = ["a", "a", "a", "b"]
    found = evidence_signals.words(Word(), loss, held, photos, cameras)
    assert found["pairs"] == 8 and found["styles"] == 2, "two unseen words on four photos"
    assert found["rate"]["share"] == 1 and found["rate"]["n"] == 16 and found["mean_over_right"]["ratio"] > 1
    assert found["trained"]["pairs"] == 8 and found["trained"]["rate"]["share"] == 1
    deaf = evidence_signals.words(Word(deaf=True), loss, held, photos, cameras)
    assert deaf["rate"]["share"] == 0 and deaf["mean_over_right"]["ratio"] == pytest.approx(1)


def test_the_intervals_of_words_draw_cameras_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    held, photos, loss = word_photos()
    apart = torch.tensor([0.1, 0.2, 0.3, 0.9])  # with the right word; the fourth frame is another camera's
    monkeypatch.setattr(
        evidence_signals, "distances", lambda network, pictures, sets: dict.fromkeys(sets, apart * next(scales))
    )
    scales = iter([1.5, 1.2, 1.0, 1.0, 1.3])  # noon, night, afternoon, morning, the mean
    found = evidence_signals.words(Word(), loss, held, photos, ["7", "7", "7", "8"])
    assert (found["rate"]["photos"], found["distance"]["photos"], found["distance"]["styles"]) == (2, 2, 2)
    low, high = found["distance"]["low"], found["distance"]["high"]
    assert low == pytest.approx(0.2) and high == pytest.approx(0.9), "one camera alone, or the other"
    assert found["before"]["mean_over_right"]["photos"] == 4 and found["before"]["rate"]["styles"] == 4
    assert found["before"]["rate"]["share"] == found["rate"]["share"] == 1
    assert found["mean_over_right"]["ratio"] == pytest.approx(1.3)


def test_the_rate_of_words_draws_the_word_that_another_is_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    held, photos, loss = word_photos()
    scales = iter([1.5, 0.9, 1.0, 1.0, 1.3])  # noon, night, afternoon, morning, the mean: both win against noon alone
    monkeypatch.setattr(
        evidence_signals, "distances", lambda network, pictures, sets: dict.fromkeys(sets, torch.ones(4) * next(scales))
    )
    found = evidence_signals.words(Word(), loss, held, photos, ["7", "7", "8", "8"])
    rate = found["rate"]
    assert (rate["share"], rate["photos"], rate["styles"], rate["n"]) == (0.5, 2, 4, 16)
    assert (rate["low"], rate["high"]) == (0, 1), "a draw of the two asked words would give no width"
    assert found["mean_over_right"]["styles"] == found["styles"] == 2
    assert found["trained"]["rate"]["styles"] == 2, "each trained word is compared with the other alone"


def test_each_number_of_a_table_of_words_has_its_own_camera_and_word() -> None:
    cameras, rows = places(["356-a.jpg", "333-b.jpg", "356-c.jpg"]), ["afternoon", "morning"]
    found = list(zip(*evidence_signals._named(rows, cameras), strict=True))
    assert found[:3] == [("356", "afternoon"), ("333", "afternoon"), ("356", "afternoon")]
    assert found[3:] == [("356", "morning"), ("333", "morning"), ("356", "morning")]


def test_the_table_of_signals_gives_intervals() -> None:
    rate = {"share": 0.9667, "low": 0.9, "high": 1.0, "n": 60}
    ratio = {"ratio": 1.654, "low": None, "high": None, "n": 1}
    one = {"rate": rate, "mean_over_right": ratio, "pairs": 60, "styles": 30, "kind": "images"}
    (row,) = evidence_signals.table({"styles": one})
    assert list(row.values()) == ["`styles`", "images", "97 % [90, 100]", "1.65", "60, 30", ""]
    (row,) = evidence_signals.table({"styles": one | {"before": one | {"rate": rate | {"low": 0.8}}}})
    assert row["both as first tested"] == "97 % [80, 100]; 1.65"


def test_a_curve_counts_only_for_the_training_that_it_is_of() -> None:
    nets = {name: network() for name in ("styles", "fst-rhone", "concat", "parallel", "adain")}
    for net, steps in zip(nets.values(), (40_000, 40_000, 400, 400, None), strict=True):
        net.card = {"steps": steps}
    curve = {"steps": [100, 300, 400], "test_loss": [3.0, 2.0, 1.9]}
    found = evidence_curves.measure(nets, {"concat": curve, "parallel": curve | {"steps": [100, 300, 500]}})
    known = {"steps": 400, "own_steps": 400, "paper_steps": False}
    lost = {"share": pytest.approx(0.05), "low": None, "high": None, "n": 1}
    assert found["concat"] == known | {"fall": lost, "known": True, "by": "its steps"}
    assert found["parallel"] == known | {"fall": None, "known": False, "by": None}
    assert found["fst-rhone"]["paper_steps"] and not found["styles"]["paper_steps"], "160,000 for many styles"
    assert found["adain"]["steps"] == 0 and not found["adain"]["known"]
    rows = {row["network"]: list(row.values())[-2:] for row in evidence_curves.table(found)}
    assert rows["`concat`"] == ["5.0%", "by its steps"] and rows["`adain`"] == ["not known", ""]
    nets["concat"].card = {"steps": 39_400, "steps_before": 39_000}  # of other weights, which it started from
    again = evidence_curves.measure(nets, {"concat": curve})["concat"]
    assert again["known"] and again["own_steps"] == 400
    nets["concat"].card = {"steps": 400}
    late = {"concat": {"steps": [350, 400], "test_loss": [2.0, 1.0]}}
    assert not evidence_curves.measure(nets, late)["concat"]["known"], "nothing was measured at three quarters"


def test_a_curve_with_a_hash_counts_only_for_the_weights_of_that_hash() -> None:
    nets = {"concat": network(seed=1)}
    nets["concat"].card = {"steps": 400}
    fall = {"share": 0.04, "low": 0.01, "high": 0.06, "n": 12}
    curve = {"steps": [100, 300, 400], "test_loss": [3.0, 2.0, 1.9], "fall": fall}
    own = curve | {"weights": weights_hash(nets["concat"])}
    (found,) = evidence_curves.measure(nets, {"concat": own}).values()
    assert found["fall"] == fall and found["by"] == "its weights", "the interval that was kept"
    (row,) = evidence_curves.table({"concat": found})
    assert list(row.values())[-2:] == ["4.0% [1.0%, 6.0%]", "by its weights"]
    other = curve | {"weights": weights_hash(network(seed=2))}
    (found,) = evidence_curves.measure(nets, {"concat": other}).values()
    assert not found["known"] and found["fall"] is None, "of as many steps, but of other weights"
    (found,) = evidence_curves.measure(nets, {"concat": own | {"fall": None}}).values()
    assert not found["known"], "kept without a fall: no snapshot was early enough"


def test_the_fall_of_a_curve_without_an_interval_is_that_of_its_last_quarter() -> None:
    for steps, loss, share in (
        ([100, 200, 300, 400], [9.0, 4.0, 2.0, 1.0], 0.5),
        ([0, 200, 400], [9.0, 3.0, 1.0], 0.5),  # half-way from 3 to 1
        ([0, 400], [1.0, 1.0], 0),
    ):
        found = evidence_fall.lost_of({"steps": steps, "test_loss": loss})
        assert found is not None and found["share"] == pytest.approx(share) and found["low"] is None
    assert evidence_fall.lost_of({"steps": [350, 400], "test_loss": [2.0, 1.0]}) is None


def test_curves_are_read_from_the_kept_result(clone: Path) -> None:
    run = start("evidence", COMMON | OWN, **KINDS)
    assert evidence_curves.curves(run) == {}
    kept = {"networks": {"concat": {"steps": [1, 2], "test_loss": [2.0, 1.0]}}}
    result = Result("networks", "curves", kept, {}, run.provenance(), {})
    write_result(result, None, clone / "figures" / "networks")
    assert evidence_curves.curves(run) == kept["networks"]
