"""The known measures against their own formulas, and what is handed to the packages of others."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import structural_similarity
from stand_in import random_network

from zmlib.data.images import to_image
from zmlib.errors import UserError
from zmlib.evaluate import metrics
from zmlib.evaluate.evaluation import Settings, evaluate
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import Pair, read_batch
from zmlib.evaluate.report import known, report
from zmlib.perceptual.terms import halo_share

OUTSIDE = {"lpips", "artfid"}


@pytest.fixture
def shown(pictures):
    names = ["a", "b", "c", "a", "b"]  # five pairs, three paintings; more than one chunk
    styles = pictures(3, seed=9, size=48)[[0, 1, 2, 0, 1]]
    return metrics.Shown(pictures(5, seed=2, size=48), pictures(5, size=48), styles, names, random_network())


def test_ssim_is_one_for_the_photo_and_that_of_wang_for_others(shown):
    assert metrics.ssim(shown._replace(outputs=shown.photos))["ssim"] == pytest.approx([1] * 5)
    y, p = (x[3].permute(1, 2, 0).numpy() for x in (shown.outputs, shown.photos))
    own = structural_similarity(
        y, p, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert metrics.ssim(shown)["ssim"][3] == pytest.approx(own, rel=1e-5) and own < 0.9


def test_gatys_as_written(shown):
    """L_content = 1/2 sum (F - P)^2; E_l = 1 / (4 N_l^2 M_l^2) sum (G_l - A_l)^2, L_style = sum_l w_l E_l."""
    found, network = metrics.gatys(shown), shown.network
    f, p, a = (network(x[4:5]) for x in (shown.outputs, shown.photos, shown.styles))
    content = 0.5 * (f["relu2_1"] - p["relu2_1"]).square().sum()
    assert found["gatys_content"][4] == pytest.approx(content.item(), rel=1e-4)
    style = 0.0
    for layer in network.style_layers:
        n, m = f[layer].shape[1], f[layer][0, 0].numel()
        g, h = (x[layer].reshape(n, m) @ x[layer].reshape(n, m).T for x in (f, a))
        style += 0.5 * (g - h).square().sum() / (4 * n**2 * m**2)  # two layers, w = 1/2 each
    assert found["gatys_style"][4] == pytest.approx(style.item(), rel=1e-4)
    network.scale = dict.fromkeys(network.scale, 10.0)  # the units of the published network
    assert metrics.gatys(shown)["gatys_content"][4] == pytest.approx(100 * content.item(), rel=1e-4)
    assert metrics.gatys(shown)["gatys_style"][4] == pytest.approx(1e4 * style.item(), rel=1e-4)


def test_the_right_painting_is_the_nearest_where_it_was_painted(shown):
    itself = metrics.retrieval(shown._replace(outputs=shown.styles))
    assert itself == {"retrieved": [True] * 5, "rank": [1] * 5}
    others = metrics.retrieval(shown._replace(outputs=shown.styles[[1, 2, 0, 1, 1]]))
    assert others["retrieved"] == [False, False, False, False, True] and min(others["rank"][:4]) > 1
    grams = [shown.network.measure(x).grams for x in (shown.outputs[2:3], *shown.styles[:3].split(1))]
    apart = [
        np.mean([((g[k] - a[k]) ** 2).sum() / ((g[k] ** 2).sum() + (a[k] ** 2).sum()) for k in g])
        for g, a in ((grams[0], one) for one in grams[1:])
    ]
    assert metrics.retrieval(shown)["rank"][2] == 1 + sum(one < apart[2] for one in apart)


def test_halo_is_that_of_the_loss_term(shown):
    assert metrics.halo(shown)["halo"] == pytest.approx(halo_share(shown.outputs, shown.photos).tolist(), rel=1e-4)


def module(monkeypatch: pytest.MonkeyPatch, name: str, **names: object) -> None:
    made = ModuleType(name)
    made.__dict__.update(names)
    made.__spec__ = ModuleSpec(name, None)
    monkeypatch.setitem(sys.modules, name, made)


def test_lpips_gets_output_and_photo_in_its_own_range(shown, monkeypatch):
    asked: list[tuple[torch.Tensor, torch.Tensor]] = []

    class LPIPS(torch.nn.Module):
        def __init__(self, net: str, verbose: bool) -> None:
            super().__init__()
            assert net == "alex" and not verbose

        def forward(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
            asked.append((first, second))
            return (first - second).abs().mean((1, 2, 3), keepdim=True)

    module(monkeypatch, "lpips", LPIPS=LPIPS)
    metrics.check(["lpips"])
    found, rows = metrics.measure(["lpips"], shown)
    first, second = (torch.cat(some) for some in zip(*asked, strict=True))
    torch.testing.assert_close(first, 2 * shown.outputs - 1)
    torch.testing.assert_close(second, 2 * shown.photos - 1)
    own = 2 * (shown.outputs - shown.photos).abs().mean((1, 2, 3))
    assert [row["lpips"] for row in rows] == pytest.approx(own.tolist(), rel=1e-4)
    assert found["lpips"]["median"] == pytest.approx(own.median().item(), rel=1e-4)


def test_artfid_gets_three_folders_whose_names_pair_up(shown, monkeypatch):
    seen: dict[str, list[Path]] = {}

    def compute_art_fid(path_to_stylized, path_to_style, path_to_content, batch_size, device, mode, num_workers):
        folders = {"outputs": path_to_stylized, "styles": path_to_style, "photos": path_to_content}
        for what, folder in folders.items():
            assert isinstance(folder, str)
            seen[what] = sorted(Path(folder).iterdir())
            for file, picture in zip(seen[what], getattr(shown, what), strict=True):
                assert np.abs(np.asarray(Image.open(file)) - np.asarray(to_image(picture))).max() == 0
        assert device == "cpu" and mode == "art_fid", "the extrapolated one needs thousands of pictures"
        return 31.5

    module(monkeypatch, "art_fid")
    module(monkeypatch, "art_fid.art_fid", compute_art_fid=compute_art_fid)
    metrics.check(["artfid"])
    assert metrics.measure(["artfid"], shown) == ({"artfid": 31.5}, [{}] * 5)
    names = {what: [file.name for file in files] for what, files in seen.items()}
    assert names["outputs"] == names["styles"] == names["photos"] == [f"{i:05d}.png" for i in range(5)]
    assert not seen["outputs"][0].exists(), "the pictures are gone afterwards"


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_a_package_that_is_not_there_is_named_with_its_weights(name, monkeypatch):
    _, package, host = metrics.METRICS[name]
    monkeypatch.setitem(sys.modules, package.replace("-", "_"), None)
    with pytest.raises(UserError, match=f"{name} .*pip install {package}.*{host}"):
        metrics.check([name])


def test_what_ships_needs_no_other_package():
    metrics.check([name for name in metrics.METRICS if name not in OUTSIDE])
    with pytest.raises(UserError, match="no metric fid: choose from ssim, gatys"):
        metrics.check(["ssim", "fid"])


def test_evaluate_measures_the_right_outputs_by_the_last_judge(tiny_model, pictures):
    photos, paintings = pictures(4, size=48), pictures(2, seed=9, size=48)
    pairs = [Pair(f"p{i}", f"s{i % 2}", to_image(photos[i]), to_image(paintings[i % 2])) for i in range(4)]
    judges = [Judge(random_network()), Judge(random_network("other", seed=1))]
    how = {"judges": judges, "settings": Settings(48, 48, batch=3), "progress": False}
    found = evaluate(tiny_model, pairs, known=["gatys", "retrieval"], **how)
    assert set(found["metrics"]) == {"gatys_content", "gatys_style", "retrieved", "rank"}
    assert found["metrics"]["retrieved"]["photos"] == 4 and found["metrics"]["retrieved"]["styles"] == 2
    content, style = read_batch(pairs, 48)
    with torch.no_grad():
        outputs = tiny_model.stylize(content, tiny_model.encode(style))
    shown = metrics.Shown(outputs, content, style, [p.painting_name for p in pairs], judges[1].network)
    own = metrics.gatys(shown)["gatys_style"]
    assert [row["gatys_style"] for row in found["pairs"]] == pytest.approx(own, rel=1e-3)
    (line,) = known(found)
    assert line in report(found) and line.startswith("gatys_content ") and "; retrieved " in line and " % [" in line
    million = {
        "metrics": {"gatys_content": {"median": 1440079.4, "low": 1103295.0, "high": 1989737.9}, "artfid": 31.52}
    }
    assert known(million) == ["gatys_content 1.44e+06 [1.1e+06, 1.99e+06]; artfid 31.52"]
    without = evaluate(tiny_model, pairs, **how)
    assert without["metrics"] == {} and known(without) == [] and "rank" not in without["pairs"][0]
