"""What Table 1 and Figure 7 compute, on cases with known answers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from chapters import distances, failures, fig7, table1
from chapters.storage import storage, storage_table
from notebook_cells import run_cell
from PIL import Image

from zmlib.affine import Affine
from zmlib.baselines.ost import Optimisation
from zmlib.data.images import to_tensor
from zmlib.evaluate.judge import Judge
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


SECONDS = {
    "FST": [1.0, 2.0, 1.0],
    "CIN": [3.0, 6.0, 3.0],
    "ZM-Net, known style": [2.0, 4.0, 2.0],
    "ZM-Net, new style": [5.0, 10.0, 5.0],
    "ZM-Net, known style, eager": [4.0, 4.0, 4.0],
    "OST, one iteration": [12.0, 12.0, 12.0],
    "OST, one iteration in bfloat16": [10.0, 10.0, 10.0],
}


def test_the_ratios_of_table_1_follow_from_its_seconds() -> None:
    """A slow round is slow for all, so that the ratios do not move with it."""
    found = table1.timings(SECONDS, torch.tensor([[90.0], [100.0], [130.0]]))
    for name, expected in (("ratio_known", 1.0), ("ratio_new", 2.5)):
        assert (found[name]["ratio"], found[name]["low"], found[name]["high"]) == (expected,) * 3
    ost = found["ratio_ost"]
    assert (ost["eager"]["ratio"], ost["eager"]["low"], ost["eager"]["high"]) == (300, 270, 390), "of the iterations"
    assert ost["best"]["ratio"] == 500 and found["ost_best"] == "OST, one iteration in bfloat16"
    assert (ost["best"]["n"], ost["best"]["photos"], ost["best"]["styles"]) == (3, 1, 3)
    assert found["ost_seconds"] == 1000 and found["pnet_seconds"] == 3


def test_a_photograph_more_of_ost_is_no_round_more() -> None:
    found = table1.timings(SECONDS, torch.tensor([[90.0, 90.0], [130.0, 130.0]]))["ratio_ost"]["eager"]
    assert (found["ratio"], found["n"], found["photos"], found["styles"]) == (330, 4, 2, 2)


def test_every_row_of_table_1_runs(slim: LossNetwork) -> None:
    net, run = ZMNet(SMALL).eval().requires_grad_(False), SimpleNamespace(device="cpu", repeats=1)
    given = {"net": net, "run": run, "content": picture(0, 32), "style": picture(1, 32), "table1": table1}
    given |= {"torch": torch, "Optimisation": Optimisation, "Judge": Judge, "judge_j": Judge(slim)}
    outputs: dict[str, object] = {}

    def interleaved(jobs: dict, repeats: int) -> None:
        outputs.update({name: job() for name, job in jobs.items()})

    names = run_cell("table1", "table1-timed", **given, interleaved=interleaved)
    pictures = {name: one for name, one in outputs.items() if not name.startswith("OST")}
    assert set(outputs) == set(SECONDS) and names["timed"].name == "vgg16-random"
    for one in pictures.values():
        assert isinstance(one, torch.Tensor) and one.shape == (1, 3, 32, 32) and not one.requires_grad
    fast, eager = (pictures[f"ZM-Net, known style{how}"] for how in ("", ", eager"))
    torch.testing.assert_close(fast, eager, atol=0.05, rtol=0)
    assert table1.plot(table1.timings({name: [1.0, 2.0] for name in outputs}, torch.ones(1, 1))).axes


def test_bfloat16_s_objective_is_nearly_j(slim: LossNetwork) -> None:
    photo, style, output = (picture(i) for i in range(3))
    exact, halved = Judge(slim), table1.InBfloat16(slim)
    expected = float(exact(output, photo, style))
    found = sum(float(part) for part in halved.measure(output, halved.reference(photo, style)))
    assert found != expected and found == pytest.approx(expected, rel=0.05)
    assert table1.full_size(slim).name == "vgg16-random" and table1.full_size(table1.full_size(slim)).name != "slim"


def test_the_layout_of_table_1_is_the_paper_s() -> None:
    rows = table1.layout(table1.timings(SECONDS, torch.full((1, 1), 100.0)), {"iterations": {"median": 100.0}})
    assert [list(row) for row in rows] == [["", "OST", "FST, CIN", "ZM-Net"]] * 5
    assert list(rows[1].values()) == ["Speed, here", "1e+03 s (100 iterations)", "2.000 s", "2.000 s ~ 5.000 s"]
    ours = list(rows[3].values())
    assert ours == ["ZM-Net known = 1, here", "500 (best), 300 (eager)", "1.00", "1 ~ 2.50"]


def painted(net: ZMNet) -> tuple[dict, dict]:
    """Figure 7's outputs for one photograph and style, as its page makes them; and the names of its cell."""
    names = run_cell("fig7", "fig7-switch")
    return names["switched"](net, picture(0), picture(1)), names


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
    grain = 0.15 * torch.randn(base.shape, generator=torch.Generator().manual_seed(3))
    changed = {
        "base": base,
        "tinted": (base * torch.tensor([0.7, 1.0, 0.9]).view(1, 3, 1, 1)).clamp(0, 1),
        "shifted": base.roll(8, 3),
        "rough": (base + grain).clamp(0, 1),
    }
    seen = {name: distances.see(one, slim) for name, one in changed.items()}
    far = {what: {name: of(one, seen["base"]) for name, one in seen.items()} for what, of in distances.MEASURES.items()}
    assert [row["base"] for row in far.values()] == pytest.approx([0, 0, 0], abs=1e-2)
    assert far["colour"]["tinted"] > 10 * far["colour"]["shifted"]
    assert far["edges"]["shifted"] > 3 * far["edges"]["tinted"]
    assert far["texture"]["rough"] > 3 * far["texture"]["tinted"]


def test_the_group_that_does_all_has_the_whole_share(slim: LossNetwork) -> None:
    off, on = picture(0), picture(1)
    outputs = {"1-3": off, "4-6": on, "7-9": 0.95 * off + 0.05 * on}
    found = fig7.shares(outputs, distances.see(off, slim), distances.see(on, slim), slim)
    for what, row in found.items():
        assert row["1-3"] == pytest.approx(0, abs=0.01) and row["4-6"] == pytest.approx(1), what


def of_networks(*edges: dict[str, float]) -> list[fig7.Table]:
    """Tables (2, 3) of networks: the shares of edges as given; of colour and texture the paper's group has all."""
    rest = {what: {g: float(g == fig7.OWN[what]) + 0.1 for g in fig7.GROUPS} for what in ("colour", "texture")}
    return [
        {what: {g: np.full((2, 3), share) for g, share in row.items()} for what, row in ({"edges": one} | rest).items()}
        for one in edges
    ]


def test_the_median_network_leads() -> None:
    """Of three networks each share is the middle one, pair by pair, and the lead is over the largest other group."""
    found = fig7.summarise(
        of_networks(
            {"1-3": 0.9, "4-6": 0.3, "7-9": 0.1},
            {"1-3": 0.6, "4-6": 0.2, "7-9": 0.8},
            {"1-3": 0.5, "4-6": 0.4, "7-9": 0.9},
        )
    )
    assert found["share"]["edges"]["layers_1_3"]["median"] == pytest.approx(0.6)
    assert found["lead"]["edges"]["ratio"] == pytest.approx(0.6 / 0.8), "over 7-9, not over 4-6"
    assert found["lead"]["edges"]["low"] == pytest.approx(0.75) and found["lead"]["edges"]["styles"] == 2
    assert found["lead"]["colour"]["ratio"] == pytest.approx(11)
    assert found["leading"] == {"edges": "7-9", "colour": "4-6", "texture": "7-9"} and found["groups_leading"] == 2
    assert (found["networks"], found["pairs"]) == (3, 6)
    rows = fig7.leads_table(found)
    assert [row["the paper says"] for row in rows] == ["1-3", "4-6", "7-9"]
    assert len(fig7.plot(found).axes) == 3


def test_figure_7_by_both_readings(slim: LossNetwork) -> None:
    """What a group makes alone, and what is lost where its own layers are off and all others on."""
    net = signalling()
    affine = net.encode(picture(1))
    outputs, _ = painted(net)
    off, on = (distances.see(outputs[name], slim) for name in ("all off", "all on"))
    read = fig7.two_readings(net, picture(0), affine, off, slim)
    assert read["on"] == fig7.shares({group: outputs[group] for group in fig7.GROUPS}, off, on, slim)
    without = {group: net.stylize(picture(0), affine.off(layers)) for group, layers in fig7.GROUPS.items()}
    assert read["off"] == fig7.shares(without, on, off, slim)
    table = fig7.measure(net, slim, [picture(2), picture(0)], [picture(1)])
    assert table["off"]["colour"]["7-9"].shape == (1, 2)
    assert table["on"]["colour"]["7-9"][0, 1] == pytest.approx(read["on"]["colour"]["7-9"], rel=1e-4)
    rows = fig7.readings_table({"one": {way: fig7.summarise([one]) for way, one in table.items()}})
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
    ends = [distances.see(outputs[name], slim) for name in ("all off", "all on")]
    alone = fig7.shares({"7-9": outputs["7-9"]}, ends[0], ends[1], slim)
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
    assert list(found) == ["32", "96"] and all(one["ratio"] > 0 and one["n"] == 2 for one in found.values())
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
