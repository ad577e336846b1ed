"""Recolouring beside histogram matching, on a tiny random network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from chapters import colours
from chapters.colours import histogram_distance
from claims.conditions import look_up
from test_known import network, pictures

from zmlib.evaluate.judge import Judge
from zmlib.perceptual import loss_network
from zmlib.signals.histogram import SIZE, histogram, palette
from zmlib.zmnet import ZMNet


@pytest.fixture(scope="module")
def net() -> ZMNet:
    made = network("serial-vector", seed=1, inputs=SIZE, hidden=4)
    made.card = {"reads": "colours"}
    torch.nn.init.normal_(made.source.first.weight, std=0.05)  # else its psi is beyond the limit for every signal
    return made


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(loss_network("slim"))


def test_the_plain_method_gives_each_channel_the_guide_s_distribution() -> None:
    photo, guide = pictures(1, 1), 0.2 + 0.5 * pictures(1, 2)
    made = colours.matched(photo, guide)
    assert made.shape == photo.shape
    assert colours.nearness(made, guide)["channels"] < 2
    assert colours.nearness(photo, guide)["channels"] > 20


def test_the_distances_of_the_photo_and_of_the_guide(judge: Judge) -> None:
    photo, guide = pictures(1, 1), 0.5 * pictures(1, 2)
    same, other = (colours.nearness(x, guide) | colours.forms(x, photo, judge) for x in (photo, guide))
    assert same["structure"] == pytest.approx(1) and same["content"] == 0 and same["grain"] < other["grain"]
    assert other["structure"] < 0.5 and other["content"] > 0.01
    assert other["foreign"] < 0.1 < 0.5 < same["foreign"], "of the guide itself what is rare in it"
    for key in ("histogram", "palette", "channels"):
        assert other[key] < 2e-3 < 0.05 < same[key]


def test_the_table_of_the_pairs_is_that_of_their_outputs(net: ZMNet, judge: Judge) -> None:
    photos, guides = pictures(2, 1), torch.cat([pictures(2, 2), pictures(2, 1)[:1]])
    found = colours.measure(net, judge, photos, guides)
    assert found["pairs"] == 5, "a photo is not asked for its own colours"
    nearest, plain = [], []
    with torch.no_grad():
        for i, photo in enumerate(photos.split(1)):
            for j, guide in enumerate(guides.split(1)):
                if (i, j) != (0, 2):
                    wanted = histogram(guide)
                    output = net.stylize(photo, net.encode(guide))
                    nearest.append(histogram_distance(histogram(output), wanted).item())
                    plain.append(histogram_distance(histogram(colours.matched(photo, guide)), wanted).item())
    assert found["zmnet"]["histogram"]["median"] == pytest.approx(np.median(nearest), rel=1e-4)
    assert found["plain"]["histogram"]["median"] == pytest.approx(np.median(plain), rel=1e-4)
    assert found["nearer"]["histogram"]["share"] == np.mean(np.less(nearest, plain))
    assert found["photo"]["structure"]["median"] == pytest.approx(1)
    assert all(look_up({"values": found}, path) is not None for path in colours.ALSO)
    rows = colours.table(found, {"plain": 1, "known": 2, "new": 3})
    assert [row["method"] for row in rows] == [*colours.LABELS.values()]
    assert found["over"]["histogram"]["ratio"] == pytest.approx(np.median(nearest) / np.median(plain), rel=1e-4)
    assert (found["over"]["histogram"]["photos"], found["nearer"]["palette"]["styles"]) == (2, 3)
    (first, *others) = colours.rivalry(found)
    assert first["measured by"] == "histograms, 5 pairs" and len(others) == 1
    assert first["ZM-Net nearer than match_histograms"].startswith(f"{np.mean(np.less(nearest, plain)):.0%} of")


def test_the_distances_to_the_palettes(net: ZMNet) -> None:
    photos = [*pictures(2, 1).split(1)]
    with torch.no_grad():
        affines = [net.encode(palette(shares)) for shares in colours.PALETTES.values()]
        outputs = [[net.stylize(photo, affine) for photo in photos] for affine in affines]
    distances = colours.to_palettes(photos, outputs)
    assert len(distances["before"]) == len(distances["after"]) == 2 * len(colours.PALETTES)
    dusk = palette(colours.PALETTES["dusk"])
    assert distances["before"][1] == histogram_distance(histogram(photos[1]), dusk).item()
    assert distances["after"][0] == histogram_distance(histogram(outputs[0][0]), dusk).item()


def test_all_three_are_timed(net: ZMNet) -> None:
    photo, guide = pictures(2, 1).split(1)
    assert all(seconds > 0 for seconds in colours.times(net, photo, guide, 2).values())


def test_a_swatch_has_the_shares() -> None:
    stripes = colours.swatch({"red": 3, "blue": 1}, size=32)
    assert stripes.shape == (1, 3, 32, 32)
    assert stripes[0].mean((1, 2)).tolist() == pytest.approx([0.75, 0, 0.25])
