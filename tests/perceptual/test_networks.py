"""The loss networks against torch.nn.functional, and what they say of bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from zmlib.errors import UserError
from zmlib.perceptual import NAMES, LossNetwork, loss_network
from zmlib.perceptual.vgg import Chain, vgg_plan


@pytest.fixture(scope="module")
def picture() -> Tensor:
    """Odd sizes: rows and columns that floor pooling drops and ceil pooling keeps."""
    return torch.rand(2, 3, 53, 70, generator=torch.Generator().manual_seed(5))


def reflected(x: Tensor, weights: dict[str, Tensor], key: str) -> Tensor:
    return F.relu(
        F.conv2d(
            F.pad(x, (1, 1, 1, 1), mode="reflect"), weights[f"{key}.weight"].float(), weights[f"{key}.bias"].float()
        )
    )


def close(found: Tensor, expected: Tensor) -> None:
    assert found.shape == expected.shape
    assert (found - expected).abs().max() < 1e-5 * expected.abs().max()


def test_vgg16_caffe_against_functional(data_dir: Path, picture: Tensor) -> None:
    net = loss_network("vgg16-caffe")
    weights = load_file(data_dir / "weights" / "vgg16_conv3_3.safetensors")
    found = net(picture)
    x = picture * 255 - torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1)
    for index in (0, 2, 5, 7, 10, 12, 14):
        if index in (5, 10):
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(x, weights[f"features.{index}.weight"], weights[f"features.{index}.bias"], padding=1))
        name = {2: "relu1_2", 7: "relu2_2", 14: "relu3_3"}.get(index)
        if name:
            close(found[name] * net.scale[name], x)
    assert net.style_layers == ("relu1_2", "relu2_2", "relu3_3", "distilled_relu4_1") and net.content_layer == "relu3_3"


def test_distilled_layer_against_functional(data_dir: Path, picture: Tensor) -> None:
    weights = load_file(data_dir / "weights" / "cd_vgg19_16x_encoder_5SE.safetensors")
    x = F.conv2d(picture, weights["conv0.weight"], weights["conv0.bias"])
    for key in ("11", "12", "", "21", "22", "", "31", "32", "33", "34", "", "41"):
        x = reflected(x, weights, f"conv{key}") if key else F.max_pool2d(x, 2, ceil_mode=True)
    net = loss_network("vgg16-caffe")
    assert net.scale["distilled_relu4_1"] == 1 and x.shape[1] == 128
    close(net(picture, ["distilled_relu4_1"])["distilled_relu4_1"], x)


def test_vgg19_normalised_against_functional(data_dir: Path, picture: Tensor) -> None:
    weights = load_file(data_dir / "weights" / "vgg19_normalised_conv3_4_fp16.safetensors")
    found = loss_network("vgg19-normalised")(picture)
    x = F.conv2d(picture, weights["0.weight"].float(), weights["0.bias"].float())
    for key in ("2", "5", "", "9", "12", "", "16"):
        x = reflected(x, weights, key) if key else F.max_pool2d(x, 2, ceil_mode=True)
        name = {"2": "relu1_1", "9": "relu2_1", "16": "relu3_1"}.get(key)
        if name:
            close(found[name], x)


def test_the_half_precision_file_serves_too(data_dir: Path, picture: Tensor) -> None:
    half = loss_network("vgg16-caffe", weights=data_dir / "weights" / "vgg16_conv3_3_fp16.safetensors")
    full = loss_network("vgg16-caffe")
    assert half.weights_hash != full.weights_hash and len(full.weights_hash) == 64
    for name, value in half(picture).items():
        torch.testing.assert_close(value, full(picture)[name], rtol=1e-2, atol=1e-2)


def test_bfloat16_channels_last_stays_near(data_dir: Path, picture: Tensor) -> None:
    net = loss_network("vgg16-caffe")
    with torch.autocast("cpu", torch.bfloat16):
        rough = net.measure(picture.contiguous(memory_format=torch.channels_last))
    for name, exact in net.measure(picture).grams.items():
        assert (rough.grams[name] - exact).norm() < 0.03 * exact.norm()
        assert 0.01 < exact.diagonal(dim1=1, dim2=2).mean() < 1000  # the rescaling keeps features near 1


class Counting(torch.nn.Module):
    """Stands in for a convolution and counts its calls."""

    def __init__(self, conv: torch.nn.Module) -> None:
        super().__init__()
        self.conv, self.calls = conv, 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.conv(x)


def small() -> LossNetwork:
    chains = {
        "": Chain(vgg_plan("abcd", (4, 4), (2, 2))),
        "deep_": Chain(vgg_plan("ab", (4, 4), (1, 1)), padding="reflect"),
    }
    return LossNetwork("small", chains, style_layers=("relu1_2", "deep_relu2_1"), content_layer="relu2_1").freeze()


def test_nothing_is_computed_twice_or_beyond_the_deepest_layer(picture: Tensor) -> None:
    net = small()
    counters: list[Counting] = []
    for chain in net.chains.values():
        for index, conv in enumerate(chain.convs):
            chain.convs[index] = Counting(conv)
            counters.append(chain.convs[index])
    found = net(picture, ["relu1_1", "relu2_1", "relu1_1"])
    assert list(found) == ["relu1_1", "relu2_1"]
    assert [counter.calls for counter in counters] == [1, 1, 1, 0, 0, 0]  # not relu2_2, not the second chain
    net.measure(picture)
    assert [counter.calls for counter in counters] == [2, 2, 2, 0, 1, 1]


def test_measure_is_forward_and_gram(picture: Tensor) -> None:
    net = small()
    features, measured = net(picture), net.measure(picture)
    for name in net.style_layers:
        torch.testing.assert_close(
            measured.grams[name], torch.einsum("nahw,nbhw->nab", *[features[name]] * 2) / features[name][0, 0].numel()
        )
    torch.testing.assert_close(measured.content, features["relu2_1"])
    assert measured[1:].content.shape[0] == 1 and measured[1:].grams["relu1_2"].shape[0] == 1


def test_folding_is_refused_under_zero_padding() -> None:
    with pytest.raises(ValueError, match="reflection"):
        Chain(vgg_plan("a", (4,), (1,))).fold_input(torch.eye(3), torch.zeros(3))


def test_rescaling_divides_every_layer_alike(picture: Tensor) -> None:
    torch.manual_seed(2)
    chain = Chain(vgg_plan("abcd", (4, 8), (2, 2)))
    before = chain(picture, chain.taps)
    chain.rescale(255.0)
    for name, value in chain(picture, chain.taps).items():
        torch.testing.assert_close(value * 255, before[name], rtol=1e-4, atol=1e-5)


def test_unknown_names_are_refused(picture: Tensor) -> None:
    with pytest.raises(UserError, match=r"'vgg11'.*vgg16.*slim"):
        loss_network("vgg11")
    with pytest.raises(UserError, match=r"no layer 'relu9_9'.*relu1_2"):
        small()(picture, ["relu9_9"])
    assert NAMES == ("vgg16", "vgg16-caffe", "slim", "vgg19-normalised")


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (torch.rand(3, 32, 32), r"\(3, 32, 32\)"),
        (torch.rand(1, 1, 32, 32), r"\(1, 1, 32, 32\)"),
        (torch.rand(1, 3, 8, 32), "at least 16"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "uint8"),
        (torch.rand(1, 3, 32, 32) * 255, r"\[0, 1\]"),
    ],
)
def test_bad_pictures_are_refused(x: Tensor, said: str) -> None:
    with pytest.raises(UserError, match=said):
        small()(x)


def test_torchvision_vgg16_has_the_papers_layers(tmp_path: Path, picture: Tensor) -> None:
    widths = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512]
    keys = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21]
    tensors = {}
    for key, inputs, outputs in zip(keys, widths[:-1], widths[1:], strict=True):
        tensors[f"features.{key}.weight"] = torch.randn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
        tensors[f"features.{key}.bias"] = torch.randn(outputs) * 0.1
    torch.save(tensors, tmp_path / "vgg16-397923af.pth")
    net = loss_network("vgg16", weights=tmp_path)
    assert net.style_layers == ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    x = (picture - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        1, 3, 1, 1
    )
    for key in keys:
        if key in (5, 10, 17):
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(x, tensors[f"features.{key}.weight"], tensors[f"features.{key}.bias"], padding=1))
    # In the units of a network that reads 0-255, where torchvision's reads pixels divided by 255 std.
    close(net(picture)["relu4_3"] * net.scale["relu4_3"] / (255 * (0.229 + 0.224 + 0.225) / 3), x)


def test_missing_and_wrong_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZMLIB_DATA", raising=False)
    for name in ("vgg16-caffe", "vgg19-normalised"):
        with pytest.raises(UserError, match="ZMLIB_DATA.*slim"):
            loss_network(name)
        with pytest.raises(UserError, match="no such file"):
            loss_network(name, weights=tmp_path / "nowhere.safetensors")
    broken = tmp_path / "vgg19_normalised_conv3_4_fp16.safetensors"
    broken.write_bytes(b"not weights at all")
    with pytest.raises(UserError, match="not a readable weights file"):
        loss_network("vgg19-normalised", weights=broken)
    save_file({"something.else": torch.zeros(1)}, broken)
    with pytest.raises(UserError, match="no tensor '2.weight'"):
        loss_network("vgg19-normalised", weights=broken)
    save_file({"2.weight": torch.zeros(1), "2.bias": torch.zeros(1)}, broken)
    with pytest.raises(UserError, match=r"shape \(1,\) where \(64, 3, 3, 3\)"):
        loss_network("vgg19-normalised", weights=broken)
    monkeypatch.setenv("ZMLIB_DATA", str(tmp_path))
    with pytest.raises(UserError, match=str(tmp_path)):
        loss_network("vgg16-caffe")
    broken.with_suffix(".pth").write_bytes(b"")
    with pytest.raises(UserError, match="not a readable weights file"):
        loss_network("vgg16", weights=broken.with_suffix(".pth"))
