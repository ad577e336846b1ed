"""AdaIN and the style predictor: two published methods as a network and a source like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from zmlib import TNetConfig, ZMNet, load, save
from zmlib.baselines.adain import AdaINNet, Statistics
from zmlib.perceptual import loss_network

SMALL = TNetConfig(width=(4, 6, 8), blocks=2, upsampling="bilinear")
KINDS = ("adain-image", "predictor-image")


def pictures(n: int, height: int = 48, width: int = 40, seed: int = 1) -> torch.Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(32, 32), (33, 47), (50, 38)])
def test_any_size_one_value_for_many_and_a_file(kind: str, size: tuple[int, int], tmp_path: Path) -> None:
    net = ZMNet(SMALL, kind).eval()
    content, affine = pictures(2, *size), net.encode(pictures(1))
    with torch.no_grad():
        out = net.stylize(content, affine)
        assert out.shape == content.shape and out.isfinite().all()
        torch.testing.assert_close(net.stylize(content[1:], affine), out[1:], rtol=1e-4, atol=1e-5)
        again = load(save(net, tmp_path / "net.safetensors", {}, torch.float32))
        torch.testing.assert_close(again.stylize(content, again.encode(pictures(1))), out)


def test_adain_gives_the_content_the_style_s_mean_and_deviation() -> None:
    net, source = AdaINNet(SMALL), Statistics(SMALL)
    content, style = pictures(1, 64, 64), pictures(1, 96, 64, seed=2)
    seen: list[torch.Tensor] = []
    net.stages[0][0].register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    net(content, source(style))
    wanted = source.encoder(style)
    variance, mean = torch.var_mean(seen[0], dim=(2, 3), correction=0)
    torch.testing.assert_close(mean, wanted.mean((2, 3)), rtol=1e-3, atol=1e-4)
    alive = source.encoder(content).var((2, 3), correction=0) > 0.01  # a channel that is 0 everywhere has no scale
    assert alive.sum() > 32
    spread = wanted.std((2, 3), correction=0)
    torch.testing.assert_close(variance.sqrt()[alive], spread[alive], rtol=1e-2, atol=1e-3)
    with pytest.raises(ValueError, match="another structure"):
        net(content, ZMNet(SMALL).encode(style))


def test_adain_s_encoder_is_fixed_and_the_predictor_s_learns() -> None:
    def trained(kind: str) -> set[str]:
        return {name.split(".")[1] for name, p in ZMNet(SMALL, kind).named_parameters() if p.requires_grad}

    assert trained("adain-image") == {"stages", "out"}
    assert {"encoder", "narrow", "wide"} <= trained("predictor-image")


def test_loading_an_encoder_leaves_the_loss_network_whole() -> None:
    ZMNet(SMALL, "adain-image")
    assert loss_network("slim").measure(pictures(1)).grams


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_step_in_bfloat16(kind: str) -> None:
    net = ZMNet(SMALL, kind)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(2):
        optimiser.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = net(pictures(2), pictures(2, seed=3))
        (out - pictures(2, seed=4)).square().mean().backward()
        optimiser.step()
    wanting = {name for name, p in net.named_parameters() if p.requires_grad}
    moved = {name for name, p in net.named_parameters() if not torch.equal(p, before[name])}
    assert out.dtype == torch.float32 and moved <= wanting
    assert {name.split(".")[0] for name in moved} == {name.split(".")[0] for name in wanting}
