"""What Table 1 and Figure 7 compute, on cases with known answers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from chapters import distances, failures, fig7, table1
from chapters.storage import storage, storage_table
from notebook_cells import run_cell
from PIL import Image

from zmlib.affine import Affine
from zmlib.baselines.objective import Paper, Relative
from zmlib.baselines.ost import Optimisation
from zmlib.data.images import to_tensor
from zmlib.experiments import start
from zmlib.perceptual import LossNetwork, loss_network
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

SMALL = TNetConfig(width=(4, 8, 8), blocks=5)


@pytest.fixture(scope="module")
def slim() -> LossNetwork:
    return loss_network("slim")


def picture(seed: int = 0, size: int = 64) -> torch.Tensor:
    """A smooth colour field with some noise on it, (1, 3, size, size) in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 8, 8, generator=generator)
    field = torch.nn.functional.interpolate(coarse, size=size, mode="bicubic")
    return (0.8 * field + 0.2 * torch.rand(1, 3, size, size, generator=generator)).clamp(0, 1)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [([8, 4, 2, 1, 1, 1], 5), ([8, 4, 2, 1], None), ([1, 1, 1], 2), ([5, 4], None), ([1, 1, 2, 2], 2)],
)
def test_a_plateau_is_where_the_loss_stops_falling(losses: list[float], expected: int | None) -> None:
    assert table1.plateau(losses, window=2) == expected


def test_ost_is_followed_to_its_plateau_or_to_the_limit(slim: LossNetwork) -> None:
    content, style = picture(0), picture(1)
    assert table1.ost_iterations(content, style, slim, 5) == (5, False)
    count, arrived = table1.ost_iterations(content, content * 0.98, slim, 400)
    assert arrived and table1.WINDOW < count < 400
    assert Relative(slim).style_weight == 1  # the objective that it minimises


def test_the_ratios_of_table_1_follow_from_its_seconds() -> None:
    seconds = {"FST": [1.0], "CIN": [3.0], "ZM-Net, known style": [2.0], "ZM-Net, new style": [5.0]}
    ratios = table1.timings({**seconds, "OST, one iteration": [10.0]}, iterations=100)
    assert (ratios["ratio_known"], ratios["ratio_new"], ratios["ratio_ost"]) == (1.0, 2.5, 500.0)


def test_every_row_of_table_1_runs() -> None:
    net, run = ZMNet(SMALL).eval().requires_grad_(False), SimpleNamespace(device="cpu", repeats=1)
    given = {"net": net, "run": run, "content": picture(0, 32), "style": picture(1, 32), "table1": table1}
    given |= {"torch": torch, "Optimisation": Optimisation, "Paper": Paper}
    outputs: dict[str, object] = {}

    def interleaved(jobs: dict, repeats: int) -> None:
        outputs.update({name: job() for name, job in jobs.items()})

    run_cell("table1", "table1-timed", **given, interleaved=interleaved)
    pictures = [one for name, one in outputs.items() if not name.startswith("OST")]
    assert len(outputs) == 5 and len(pictures) == 4
    for one in pictures:
        assert isinstance(one, torch.Tensor) and one.shape == (1, 3, 32, 32) and not one.requires_grad
    assert set(table1.timings({name: [1.0] for name in outputs}, 3)["seconds"]) == set(outputs)


def test_the_layout_of_table_1_is_the_paper_s() -> None:
    seconds = {"FST": [1.0], "CIN": [3.0], "ZM-Net, known style": [2.0], "ZM-Net, new style": [5.0]}
    rows = table1.layout(table1.timings({**seconds, "OST, one iteration": [10.0]}, 100), 100)
    assert [list(row) for row in rows] == [["", "OST", "FST, CIN", "ZM-Net"]] * 5
    assert list(rows[1].values()) == ["Speed, here", "1e+03 s (100 iterations)", "2.000 s", "2.000 s ~ 5.000 s"]
    assert list(rows[3].values()) == ["ZM-Net known = 1, here", "500", "1.00", "1 ~ 2.50"]


def painted(net: ZMNet) -> tuple[dict, dict]:
    """Figure 7's outputs for one photograph and style, as its page makes them; and the names of its cell."""
    one = {"photos": {"p": picture(0)}, "paintings": {"s": picture(1)}}
    names = run_cell("fig7", "fig7-switch", net=net, **one)
    return names["outputs"]["p", "s"], names


def signalling() -> ZMNet:
    """A network whose gamma and beta are not 1 and 0, as those of a new one nearly are."""
    torch.manual_seed(5)
    net = ZMNet(SMALL).eval()
    for p in net.source.parameters():
        torch.nn.init.normal_(p, 0.5, 0.5)
    return net.requires_grad_(False)


def test_figure_7_s_outputs_are_the_layer_groups() -> None:
    net = signalling()
    affine = net.encode(picture(1))
    outputs, names = painted(net)
    assert list(outputs) == ["all off", "1-3", "4-6", "7-9", "all on"]
    assert {name: tuple(layers) for name, layers in names["groups"].items()} == fig7.GROUPS
    torch.testing.assert_close(outputs["all off"], net.stylize(picture(0), Affine.identity(net.tnet.spec)))
    torch.testing.assert_close(outputs["4-6"], net.stylize(picture(0), affine.off((1, 2, 3, 7, 8, 9))))
    torch.testing.assert_close(outputs["all on"], net.stylize(picture(0), affine))


def test_each_distance_sees_its_own_property(slim: LossNetwork) -> None:
    """Another tint is colour alone; a shift of the picture is edges alone; finer grain is texture most of all."""
    base = picture()
    tinted = (base * torch.tensor([0.7, 1.0, 0.9]).view(1, 3, 1, 1)).clamp(0, 1)
    shifted = base.roll(8, 3)
    rough = (base + 0.15 * torch.randn(base.shape, generator=torch.Generator().manual_seed(3))).clamp(0, 1)
    for distance in (distances.colour_distance, distances.edge_distance):
        assert distance(base, base) == pytest.approx(0, abs=1e-2)
    assert distances.texture_distance(base, base, slim) == 0
    assert distances.colour_distance(tinted, base) > 10 * distances.colour_distance(shifted, base)
    assert distances.edge_distance(shifted, base) > 3 * distances.edge_distance(tinted, base)
    assert distances.texture_distance(rough, base, slim) > 3 * distances.texture_distance(tinted, base, slim)


def test_the_group_that_does_all_has_the_whole_share(slim: LossNetwork) -> None:
    off, on = picture(0), picture(1)
    outputs = {"all off": off, "1-3": off, "4-6": on, "7-9": 0.95 * off + 0.05 * on, "all on": on}
    found = fig7.shares(outputs, slim)
    for what, row in found.items():
        assert row["1-3"] == pytest.approx(0, abs=0.01) and row["4-6"] == pytest.approx(1), what
    summary = fig7.summarise([found, found])
    assert summary["leading"] == {"edges": "4-6", "colour": "4-6", "texture": "4-6"}
    assert summary["groups_leading"] == 1, "colour is theirs, the others are not"
    assert summary["share"]["edges"]["layers_4_6"] == pytest.approx(1)
    assert summary["interval"]["edges"]["layers_1_3"] == pytest.approx([0, 0], abs=0.01)


def test_figure_7_read_the_other_way_round(slim: LossNetwork) -> None:
    """What is lost without a group: its own is off and all others are on."""
    net = signalling()
    affine = net.encode(picture(1))
    outputs, names = painted(net)
    read = run_cell("fig7", "fig7-two-readings", **(names | {"slim": slim, "fig7": fig7}))["two_readings"]
    made, lost = read(net, picture(0), affine)
    assert made == fig7.shares(outputs, slim)
    without = {group: net.stylize(picture(0), affine.off(layers)) for group, layers in fig7.GROUPS.items()}
    assert lost == fig7.shares(outputs | without, slim, "all on", "all off")
    rows = fig7.readings_table({"one": {"on": fig7.summarise([made]), "off": fig7.summarise([lost])}})
    assert [list(row)[2:] for row in rows] == [["edges", "colour", "texture"]] * 2
    assert [row["a group's share is"] for row in rows] == ["what it makes alone", "what is lost without it"]


def test_the_switches_of_figure_7_go_from_off_to_the_style(slim: LossNetwork, clone: Path) -> None:
    assert fig7.switches()["000"] == () and fig7.switches()["101"] == (1, 2, 3, 7, 8, 9) and len(fig7.switches()) == 8
    net = signalling()
    affine = net.encode(picture(1))
    found = fig7.sweep(net, picture(0), affine)
    assert [len(row) for row in found.values()] == [1] + [len(fig7.STRENGTHS)] * 7
    torch.testing.assert_close(found["010"][-1], net.stylize(picture(0), affine.only((4, 5, 6))))
    half = Affine.identity(net.tnet.spec).lerp(affine.only((1, 2, 3)), 0.5)
    torch.testing.assert_close(found["100"][1], net.stylize(picture(0), half))
    far = fig7.sweep_shares(found, slim)
    assert all(far["111"][what][-1] == pytest.approx(1) for what in fig7.OWN)
    assert far["000"] == {what: [pytest.approx(0, abs=0.02)] for what in fig7.OWN}
    outputs, _ = painted(net)
    alone = fig7.shares(outputs, slim)
    assert far["001"]["colour"][-1] == pytest.approx(alone["colour"]["7-9"], abs=1e-4)
    run = start("fig7", {"preset": "smoke", "seed": 0, "device": "cpu", "contents": "", "styles": ""})
    shelf = fig7.shelve(run, net, slim, [("p", "s")], {"p": picture(0)}, {"s": picture(1)})
    (one,) = shelf.data["pairs"]
    assert one["photo"]["name"] == "p" and one["frames"]["110"]["frames"] == 4 and one["distances"] == far
    written = {file.name for file in (run.place / "play").iterdir()}
    assert written == {*shelf.sizes, "frames.json"} and len(shelf.sizes) == 2 + 8


def test_a_larger_style_picture_takes_pnet_longer() -> None:
    """In convolutions, not by the clock: each size is read once a round, and the known style never."""
    net, sides = ZMNet(SMALL).eval(), []
    net.source.register_forward_pre_hook(lambda module, given: sides.append(given[0].shape[-1]))
    painting = Image.new("RGB", (90, 70), "red")
    found = table1.new_over_known(net, picture(0, 64), painting, repeats=2, shares=(0.5, 1.5))
    assert list(found) == ["32", "96"] and all(ratio > 0 for ratio in found.values())
    assert sides == [32] + [32, 96] * 3  # kept gamma and beta; a round to warm up and two that count


def test_hard_inputs_have_the_size_and_give_finite_pictures() -> None:
    net = ZMNet(SMALL).eval()
    photos, styles = failures.hard_photos(64), failures.hard_styles(64)
    assert {image.size for image in (*photos.values(), *styles.values())} == {(64, 64)}
    for style in styles.values():
        affine = net.encode(to_tensor(style))
        assert all(net.stylize(to_tensor(photo), affine).isfinite().all() for photo in photos.values())


def test_storage_counts_what_is_there() -> None:
    found = storage(SMALL, (1, 7))
    fst, cin = ZMNet(SMALL, "constant"), ZMNet(SMALL, "table", styles=7)
    count = {net: 4 * sum(p.numel() for p in net.parameters()) for net in (fst, cin)}
    assert found["bytes"]["fst"]["7"] == 7 * count[fst] and found["bytes"]["cin"]["7"] == count[cin]
    assert found["bytes"]["zmnet"]["1"] == found["bytes"]["zmnet"]["7"] > found["bytes"]["fst"]["1"]
    n = found["crossover"]["cin"]
    around = storage(SMALL, (n - 1, n))["bytes"]
    assert around["cin"][str(n - 1)] <= around["zmnet"][str(n)] < around["cin"][str(n)]
    table = storage_table(found["bytes"])
    assert [row["styles"] for row in table] == ["FST", "CIN", "ZM-Net", "ZM-Net and kept gamma, beta"]
    assert table[0]["7"] == f"{7 * count[fst] / 1e6:,.1f} MB"
