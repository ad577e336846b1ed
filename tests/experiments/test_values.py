"""What the chapter on affine parameters computes, on gamma, beta and pictures with known answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from chapters import values, values_paths
from chapters.frames import Shelf
from PIL import Image

from zmlib.affine import Affine, Norm
from zmlib.data.images import to_tensor
from zmlib.errors import UserError
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

SPEC = (Norm("conv1", 2, 1), Norm("up2", 4, 9))


@pytest.fixture(autouse=True)
def _no_plot_stays_open() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def net() -> ZMNet:
    torch.manual_seed(4)
    made = ZMNet(TNetConfig(width=(4, 8, 8), blocks=5)).eval()
    for p in made.source.parameters():  # a new PNet gives nearly gamma = 1 and beta = 0
        torch.nn.init.normal_(p, 0, 0.3)
    return made.requires_grad_(False)


def affine(*of: tuple[float, float]) -> Affine:
    """The same gamma and beta in all channels of each normalisation of SPEC."""
    gamma = tuple(torch.full((1, norm.channels), float(g)) for norm, (g, _) in zip(SPEC, of, strict=True))
    return Affine(gamma, tuple(torch.full_like(g, b) for g, (_, b) in zip(gamma, of, strict=True)), SPEC)


def painting(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 255, (96, 96, 3), dtype=np.uint8))


def test_distance_is_how_far_a_standard_map_is_set_apart() -> None:
    a, b = affine((1, 0), (2, 0.5)), affine((1.3, 0.4), (2, 0.5))
    near, same = (values.distances(rows) for rows in values.blocks([a, b]))
    assert near[0, 1] == pytest.approx(0.5) and near[0, 0] == 0 and same[0, 1] == 0
    x = torch.randn(200_000)
    apart = (a.gamma[0][0, 0] * x + a.beta[0][0, 0]) - (b.gamma[0][0, 0] * x + b.beta[0][0, 0])
    assert float(apart.square().mean().sqrt()) == pytest.approx(0.5, abs=0.01)


def test_a_normalisation_tells_styles_apart_where_parts_of_one_are_near() -> None:
    # by conv1 the parts of a style are alike; by up2 each part is nearest to one of the other style
    styles = [[(1, 0), (1, 0.1)], [(2, 0), (2, 0.1)]]
    parts = [affine(first, (1, 10.0 * k + s)) for s, row in enumerate(styles) for k, first in enumerate(row)]
    found = values.apart(parts, each=2)
    assert found["found"] == {"conv1": 1.0, "up2": 0.0} and found["chance"] == pytest.approx(1 / 3)
    assert found["within"]["conv1"] == pytest.approx(0.1) and found["within"]["up2"] == pytest.approx(10)
    assert found["between"]["conv1"] == pytest.approx(np.sqrt(np.mean([1, 1, 1.01, 1.01])))


def test_quarters_are_read_each_by_itself(net: ZMNet) -> None:
    whole = painting(1).crop((0, 0, 64, 64))
    read = values.quarters(net, [whole, painting(2)], 32)
    for i, corner in enumerate([(0, 0), (32, 0), (0, 32), (32, 32)]):
        alone = net.encode(to_tensor(whole.crop((*corner, corner[0] + 32, corner[1] + 32))))
        torch.testing.assert_close(read[i].gamma[3], alone.gamma[3])
    assert len(read) == 8 and not torch.allclose(read[0].gamma[3], read[1].gamma[3], rtol=1e-3)


def test_one_layer_is_exchanged_and_no_other() -> None:
    a, b = affine((1, 0), (1, 0)), affine((2, 3), (4, 5))
    mixed = values.exchanged(a, b, [9])
    assert mixed.gamma[0].equal(a.gamma[0]) and mixed.gamma[1].equal(b.gamma[1]) and mixed.beta[1].equal(b.beta[1])
    assert values.exchanged(a, b, range(1, 10)).beta[0].equal(b.beta[0])


def test_reach_is_the_share_of_the_way(net: ZMNet) -> None:
    photo = torch.rand(1, 3, 40, 48)
    first = net.encode(torch.rand(1, 3, 32, 32))
    # two styles that differ in layer 9 alone: it goes all the way, the others none of it
    moved = Affine(
        tuple(g + 0.7 * (n.layer == 9) for n, g in zip(first.spec, first.gamma, strict=True)), first.beta, first.spec
    )
    pictures = [net.stylize(photo, one) for one in (first, moved)]
    found = values.reach(net, photo, [first, moved], pictures)
    assert list(found) == [str(layer) for layer in range(1, 10)]
    assert found["9"] == pytest.approx(1, abs=1e-3) and max(found[str(i)] for i in range(1, 9)) < 1e-3


def test_the_map_keeps_distances_and_ranks_them_against_pictures() -> None:
    line = [affine((1, 0), (x, 0)) for x in (0.0, 1.0, 3.0, 7.0)]
    pictures = [torch.full((1, 3, 4, 4), x / 7) for x in (0.0, 1.0, 3.0, 7.0)]
    found = values.chart(line, pictures)
    assert found["share"][0] == pytest.approx(1) and found["agreement"]["all"] == pytest.approx(1)
    at = np.array(found["at"])
    assert abs(at[3, 0] - at[0, 0]) == pytest.approx(7 / np.sqrt(2)) and np.allclose(at[:, 1], 0, atol=1e-6)
    backwards = values.chart(line, [pictures[i] for i in (1, 3, 0, 2)])
    assert backwards["agreement"]["up2"] < 0.5
    assert values.ranked(found).endswith("1.00 for all normalisations,\n1.00 for up2 alone and 1.00 for up2 alone.")
    two = values.chart(line[:2], pictures[:2])
    assert set(two["agreement"].values()) == {None} and "no order" in values.ranked(two)


def test_one_painting_is_too_few(net: ZMNet) -> None:
    with pytest.raises(UserError, match="two style pictures"):
        values.quarters(net, [painting(1)], 32)


def test_straightness_of_paths_whose_shape_is_known() -> None:
    grey = [torch.full((1, 3, 2, 2), x) for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert values_paths.straightness(grey) == pytest.approx({"detour": 1, "uneven": 1, "off_fade": 0})
    bent = [grey[0], grey[4], grey[2]]
    assert values_paths.straightness(bent) == pytest.approx({"detour": 3, "uneven": 4 / 3, "off_fade": 1.5})


def test_the_page_gets_every_path_and_all_affine_parameters(net: ZMNet, tmp_path: Path) -> None:
    paintings = {name: painting(i) for i, name in enumerate(("one", "two", "three"))}
    x = torch.nn.functional.interpolate(torch.rand(1, 3, 3, 4), size=(40, 60), mode="bicubic").clamp(0, 1)
    read = [net.encode(torch.rand(1, 3, 32, 32)) for _ in paintings]
    pictures = [net.stylize(x, one) for one in read]
    shelf = Shelf(tmp_path)
    told = values.apart(values.quarters(net, list(paintings.values()), 32))
    values_paths.shelve(shelf, x, paintings, read, pictures, {**told, "moved": {"9": 0.5}})
    found = values_paths.walks(net, x, read, pictures, shelf)
    data = json.loads(json.dumps(shelf.data))  # as the page reads it
    assert found["pairs"] == 3 and found["detour"] >= 1 and found["off_fade"] > 0 and found["fading"] < 20
    assert [(one["from"], one["to"]) for one in data["paths"]["pairs"]] == [(0, 1), (0, 2), (1, 2)]
    assert all(one["frames"] == values_paths.BETWEEN == data["paths"]["between"] for one in data["paths"]["pairs"])
    assert {file.name for file in tmp_path.iterdir()} == set(shelf.sizes) and len(shelf.sizes) == 6
    assert data["photo"] == {"file": "photo.jpg", "frames": 1, "width": 60, "height": 40}
    assert [len(row) for row in data["styles"][1]["gamma"]] == [norm["channels"] for norm in data["norms"]]
    assert data["styles"][2]["beta"][4] == pytest.approx(read[2].beta[4][0].tolist(), abs=0.0006)
    # frame after frame is the photo at its place between the two styles: nearest to it of all places
    strip = np.asarray(Image.open(tmp_path / "path-00-02.jpg"), np.float32) / 255
    ways = values_paths.way(net, x, read[0], read[2])
    for i in range(values_paths.BETWEEN):
        frame = strip[:, 60 * i : 60 * (i + 1)]
        far = [np.abs(frame - one[0].permute(1, 2, 0).numpy()).mean() for one in ways]
        assert int(np.argmin(far)) == i


def test_the_figures_show_what_was_measured() -> None:
    told = {"found": {"conv1": 0.25, "up2": 0.75}, "chance": 0.1}
    left, right = values.plot_layers(told, {"1": 0.2, "9": 0.9}, SPEC).axes
    assert [bar.get_height() for bar in left.patches] == [25, 75] and left.lines[0].get_ydata()[0] == 10
    assert [round(bar.get_height()) for bar in right.patches] == [20, 90]
    found = {"at": [[0.0, 0.0], [1.0, 2.0]], "share": [0.7, 0.2]}
    (axes,) = values.plot_map(found, {"one": painting(1), "two": painting(2)}).axes
    assert {text.get_text() for text in axes.texts} == {"one", "two"}
    assert axes.get_xlabel() == "component 1: 70% of the variance"
