"""The concatenating twin: any size, maps in place of affine parameters, and the identity of section 3.2.1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from chapters.section321_identity import beta_before_and_after, halves
from PIL import Image

import zmlib
from zmlib import TNetConfig, UserError, ZMNet
from zmlib.baselines.concat import ConcatPNet, ConcatTNet, Maps
from zmlib.layers import conv, din
from zmlib.stylize import encode_style, stylize
from zmlib.tnet import pad

SMALL = TNetConfig(width=(4, 6, 8), blocks=2, upsampling="bilinear")


@pytest.fixture
def twin() -> ZMNet:
    return ZMNet(SMALL, "concat-image").eval().requires_grad_(False)


def test_maps_are_what_each_convolution_reads(twin: ZMNet) -> None:
    affine = twin.source(torch.rand(2, 3, 48, 32))
    channels = [3, 4, 6, 8, 8, 8, 8, 8, 6]
    sides = [(48, 32), (48, 32), (24, 16), *[(12, 8)] * 4, (24, 16), (48, 32)]
    assert [p.shape for p in affine.psi] == [(2, c, *side) for c, side in zip(channels, sides, strict=True)]
    assert len(affine) == 2 and len(affine.psi) == len(SMALL.norms)


@pytest.mark.parametrize("content", [(32, 32), (33, 47), (50, 38)])
@pytest.mark.parametrize("style", [(32, 32), (35, 61), (96, 40)])
def test_any_size_from_32_up(twin: ZMNet, content: tuple[int, int], style: tuple[int, int]) -> None:
    out = twin.stylize(torch.rand(2, 3, *content), twin.encode(torch.rand(1, 3, *style)))
    assert out.shape == (2, 3, *content) and out.isfinite().all()


def test_a_size_that_is_no_multiple_of_four_is_padded_by_reflection(twin: ZMNet) -> None:
    content, style = torch.rand(1, 3, 33, 46), torch.rand(1, 3, 39, 34)
    out = twin.stylize(content, twin.encode(style))
    whole = twin.stylize(pad(content), twin.encode(pad(style)))
    assert whole.shape == (1, 3, 36, 48)
    torch.testing.assert_close(out, whole[..., :33, :46])
    with pytest.raises(UserError, match="at least 32"):
        twin.encode(torch.rand(1, 3, 31, 64))


@pytest.mark.parametrize("style", [32, 44])
def test_bfloat16_as_in_training(style: int) -> None:
    model = ZMNet(SMALL, "concat-image")
    content, signal = torch.rand(2, 3, 40, 40), torch.rand(2, 3, style, style)
    plain = model(content, signal)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = model(content, signal)
    assert half.dtype == torch.float32 and (half - plain).abs().mean() < 0.05
    half.square().mean().backward()


def test_maps_as_a_batch(twin: ZMNet) -> None:
    affines = twin.encode(torch.rand(3, 3, 32, 40))
    a, b = affines[0], affines[-1]
    assert len(a) == len(b) == 1 and torch.equal(b.psi[2], affines.psi[2][2:]) and len(affines[1:]) == 2
    assert torch.equal(affines[torch.tensor([2, 0])].psi[4][1], affines.psi[4][0])
    assert all(torch.equal(p, q) for p, q in zip(Maps.cat([affines[0], affines[1:]]).psi, affines.psi, strict=True))
    mixed = Maps.mix([a, b], [3, 1])
    torch.testing.assert_close(mixed.psi[3], 0.75 * a.psi[3] + 0.25 * b.psi[3])
    wide = a.expand(4)
    assert len(wide) == 4 and wide.psi[0].data_ptr() == a.psi[0].data_ptr()
    assert affines.to(torch.float64).psi[5].dtype == torch.float64
    content = torch.rand(3, 3, 36, 36)
    each = torch.cat([twin.stylize(content[i : i + 1], affines[i]) for i in range(3)])
    torch.testing.assert_close(twin.stylize(content, affines), each, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(twin.stylize(content, a)[1:2], twin.stylize(content[1:2], a), rtol=1e-4, atol=1e-5)


def test_maps_of_different_sizes_are_not_joined(twin: ZMNet) -> None:
    a, b = twin.encode(torch.rand(1, 3, 32, 40)), twin.encode(torch.rand(1, 3, 40, 32))
    for join in (lambda: Maps.cat([a, b]), lambda: Maps.mix([a, b], [1, 1])):
        with pytest.raises(ValueError, match=r"one size, not \[\(32, 40\), \(40, 32\)\]"):
            join()
    for weights in ([1.0], [1.0, -1.0]):
        with pytest.raises(ValueError, match="a mix of 2 signals"):
            Maps.mix([a, a], weights)


def test_round_trip(twin: ZMNet, tmp_path: Path) -> None:
    again = zmlib.load(zmlib.save(twin, tmp_path / "w.safetensors", {"steps": 3}))
    content, style = torch.rand(1, 3, 40, 40), torch.rand(1, 3, 48, 32)
    assert again.kind == "concat-image" and again.config == SMALL and again.card == {"steps": 3}
    a, b = twin.stylize(content, twin.encode(style)), again.stylize(content, again.encode(style))
    assert (a - b).abs().max() < 0.02  # float16 weights


def test_the_style_changes_the_output_and_without_psis_weights_it_does_not(twin: ZMNet) -> None:
    content, styles = torch.rand(1, 3, 40, 40), torch.rand(2, 3, 32, 32)

    def difference() -> float:
        first, second = (twin.stylize(content, twin.encode(style)) for style in styles.split(1))
        return float((first - second).abs().mean())

    assert difference() > 0.01
    for module in twin.tnet.trunk.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight[:, module.in_channels // 2 :] = 0
    assert difference() == 0


def test_gradients_reach_all_of_both_trunks() -> None:
    """And nothing that wants a gradient goes without, on which two processes would wait for one another."""
    model = ZMNet(SMALL, "concat-image")
    model(torch.rand(2, 3, 32, 32), torch.rand(2, 3, 36, 32)).square().mean().backward()
    wanting = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert all(p.grad is not None for p in wanting.values())
    for trunk in ("tnet.trunk", "source.trunk"):
        weights = [p for name, p in wanting.items() if name.startswith(trunk) and name.endswith("weight")]
        assert len(weights) == 9 - (trunk == "source.trunk") and all(p.grad.abs().max() > 0 for p in weights)


def test_other_structures_are_refused() -> None:
    for config in (TNetConfig(padding="valid"), TNetConfig(reading="static-last")):
        with pytest.raises(ValueError, match="knows the padding 'reflect'"):
            ConcatTNet(config)


def test_pnet_and_tnet_have_the_serial_networks_structure() -> None:
    serial = ZMNet(SMALL)
    assert {name for name, _ in ConcatPNet(SMALL).named_parameters()} == {
        name for name, _ in serial.source.named_parameters() if name.startswith("trunk")
    }


def test_stylize_takes_it_and_says_what_it_cannot(twin: ZMNet) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2, 40, 52, 3), dtype=np.uint8)
    photo, painting = (Image.fromarray(picture) for picture in noise)
    out = stylize(photo, painting, model=twin, style_size=32)
    assert out.size == photo.size and out.tobytes() != photo.tobytes()
    kept = encode_style(twin, painting, 32)
    assert stylize(photo, kept, model=twin).tobytes() == out.tobytes()
    mask = np.ones((40, 52), np.float32)
    for words, more in (([painting] * 2, {}), ([painting], {"strength": 0.5}), ([painting], {"masks": [mask]})):
        with pytest.raises(
            UserError, match=r'^A network of the kind "concat-image" gives no gamma and beta.* such as "styles"'
        ):
            stylize(photo, words, model=twin, **more)


@pytest.fixture
def joined() -> tuple[torch.nn.Conv2d, torch.Tensor, torch.Tensor]:
    """A convolution over joined maps and two such maps, in float64."""
    phi, psi = torch.randn(2, 8, 20, 24, dtype=torch.float64).split([5, 3], 1)
    return conv(5 + 3, 7, 3).double().requires_grad_(False), phi, psi


def test_a_convolution_of_joined_maps_is_a_sum_of_two(joined) -> None:
    convolution, phi, psi = joined
    conv_c, conv_s = halves(convolution, 5)
    assert conv_c.weight.shape == (7, 5, 3, 3) and conv_s.weight.shape == (7, 3, 3, 3) and conv_s.bias is None
    together, apart = convolution(torch.cat([phi, psi], 1)), conv_c(phi) + conv_s(psi)
    assert ((together - apart).norm() / together.norm()) < 1e-5
    assert convolution.weight.shape == (7, 8, 3, 3), "it is left as it was"


def test_joining_adds_a_beta_for_every_pixel_before_the_normalisation_and_not_after_it(joined) -> None:
    """Section 3.2.1 says that concatenation is DIN with gamma 1 and a beta_ijk; eq. 3 adds beta after the norm."""
    convolution, phi, psi = joined
    twin = F.instance_norm(convolution(torch.cat([phi, psi], 1)))
    before, after = beta_before_and_after(convolution, phi, psi)

    def away(other: torch.Tensor) -> float:
        return float((other - twin).norm() / twin.norm())

    assert away(before) < 1e-5
    assert away(after) > 0.2
    # "After" is eq. 3 itself at gamma = 1 with a beta for every pixel:
    conv_c, conv_s = halves(convolution, 5)
    equation3 = din(conv_c(phi).float(), torch.ones(2, 7, 1, 1), conv_s(psi).float())
    torch.testing.assert_close(equation3, after.float(), rtol=1e-4, atol=1e-5)


def test_a_vector_spread_over_the_map_would_do_nothing(joined) -> None:
    convolution, phi, psi = joined
    alone = F.instance_norm(halves(convolution, 5)[0](phi))
    flat = psi.mean((2, 3), keepdim=True).expand_as(psi)
    torch.testing.assert_close(beta_before_and_after(convolution, phi, flat)[0], alone)
