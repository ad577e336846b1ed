"""The loss networks by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from zmlib.errors import UserError
from zmlib.perceptual import download as files
from zmlib.perceptual.network import LossNetwork
from zmlib.perceptual.slim import load_slim
from zmlib.perceptual.vgg import Chain, vgg_plan

_CAFFE_NAMES = ["vgg16_conv3_3.safetensors", "vgg16_conv3_3_fp16.safetensors"]
_VGG16_KEYS = [f"features.{index}" for index in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21)]
_VGG19_KEYS = [str(index) for index in (2, 5, 9, 12, 16, 19, 22, 25)]
_DISTILLED_KEYS = ["conv11", "conv12", "conv21", "conv22", "conv31", "conv32", "conv33", "conv34", "conv41"]
_DISTILLED_NAMES = ["cd_vgg19_16x_encoder_5SE.safetensors", "cd_vgg19_16x_encoder_4SE.safetensors"]

# Means in 0-1 of the Caffe network, whose input is 0-255 RGB minus (123.68, 116.779, 103.939), and torchvision's.
_CAFFE_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
_TORCHVISION_MEAN, _TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# torchvision's network reads pixels divided by 255 std, so its features are that much smaller than those of a network
# that reads 0-255, in whose units eq. 2 and its weights are meant.
_TORCHVISION_UNIT = 255 * sum(_TORCHVISION_STD) / 3


def _fill(chain: Chain, path: Path) -> dict[str, torch.Tensor]:
    """Copy a file's weights into the chain; returns the file's tensors."""
    tensors = files.read(path)
    with torch.no_grad():
        for step in chain.plan:
            if step:
                conv = chain.conv(step.key)
                assert conv.bias is not None
                conv.weight.copy_(files.pick(tensors, f"{step.key}.weight", conv.weight.shape, path))
                conv.bias.copy_(files.pick(tensors, f"{step.key}.bias", conv.bias.shape, path))
    return tensors


def _pixel_map(chain: Chain, tensors: dict[str, torch.Tensor], key: str, path: Path) -> None:
    """Fold the 1x1 convolution in front of an AdaIN-family encoder into its first 3x3 convolution."""
    matrix = files.pick(tensors, f"{key}.weight", (3, 3, 1, 1), path)[:, :, 0, 0]
    chain.fold_input(matrix, files.pick(tensors, f"{key}.bias", (3,), path))


def distilled_chain(path: Path) -> Chain:
    """VGG-19 distilled to a sixteenth (Wang et al., CVPR 2020), to relu4_1: 16-32-64-128 channels, input in [0, 1]."""
    chain = Chain(vgg_plan(_DISTILLED_KEYS, (16, 32, 64, 128), (2, 2, 4, 1)), padding="reflect", ceil=True)
    _pixel_map(chain, _fill(chain, path), "conv0", path)
    return chain


def _caffe_files(given: Path | None) -> tuple[Path, Path]:
    path = files.find(_CAFFE_NAMES, given, "VGG-16, Caffe weights")
    beside = path.parent if given is not None else None
    return path, files.find(_DISTILLED_NAMES, beside, "the distilled VGG-19 encoder")


def _vgg16_caffe(given: Path | None) -> LossNetwork:
    """The original VGG-16 to relu3_3; its conv4 is not available, so the distilled VGG-19's relu4_1 stands for it."""
    path, distilled = _caffe_files(given)
    chain = Chain(vgg_plan(_VGG16_KEYS[:7], (64, 128, 256), (2, 2, 3)))
    _fill(chain, path)
    chain.rescale(255.0)
    with torch.no_grad():
        first = chain.convs[0]
        assert isinstance(first, torch.nn.Conv2d)
        first.weight *= 255.0  # the input is now 0-1 minus the mean, which is what the published one is divided by 255
    return LossNetwork(
        "vgg16-caffe",
        {"": chain, "distilled_": distilled_chain(distilled)},
        style_layers=("relu1_2", "relu2_2", "relu3_3", "distilled_relu4_1"),
        content_layer="relu3_3",
        mean=_CAFFE_MEAN,
        scale=dict.fromkeys(chain.taps, 255.0),
        weights_hash=files.digest(path, distilled),
    )


def _vgg16(given: Path | None) -> LossNetwork:
    """torchvision's VGG-16 to relu4_3: the paper's four layers, other weights than the paper's."""
    path = files.torchvision_file(given)
    chain = Chain(vgg_plan(_VGG16_KEYS, (64, 128, 256, 512), (2, 2, 3, 3)))
    _fill(chain, path)
    chain.rescale(4.0)
    return LossNetwork(
        "vgg16",
        {"": chain},
        style_layers=("relu1_2", "relu2_2", "relu3_3", "relu4_3"),
        content_layer="relu3_3",
        mean=_TORCHVISION_MEAN,
        std=_TORCHVISION_STD,
        scale=dict.fromkeys(chain.taps, 4.0 * _TORCHVISION_UNIT),
        weights_hash=files.digest(path),
    )


def _vgg19(given: Path | None) -> LossNetwork:
    """VGG-19 normalised to a mean activation of 1, to relu3_4: the independent judge."""
    path = files.find(["vgg19_normalised_conv3_4_fp16.safetensors"], given, "VGG-19, normalised")
    chain = Chain(vgg_plan(_VGG19_KEYS, (64, 128, 256), (2, 2, 4)), padding="reflect", ceil=True)
    _pixel_map(chain, _fill(chain, path), "0", path)
    return LossNetwork(
        "vgg19-normalised",
        {"": chain},
        style_layers=("relu1_1", "relu2_1", "relu3_1"),
        content_layer="relu3_1",
        weights_hash=files.digest(path),
    )


_MAKERS: dict[str, Callable[[Path | None], LossNetwork]] = {
    "vgg16": _vgg16,
    "vgg16-caffe": _vgg16_caffe,
    "slim": load_slim,
    "vgg19-normalised": _vgg19,
}
NAMES = tuple(_MAKERS)
AUTO = "auto"


def best_available() -> str:
    """The name of the best loss network that this machine has, without a download.

    "vgg16-caffe" where its weights are found, else "vgg16" where torchvision's are in ``$ZMLIB_DATA/weights`` or in
    torch's cache, else "slim", which ships with the package.
    """
    try:
        _caffe_files(None)
        return "vgg16-caffe"
    except UserError:
        return "vgg16" if files.torchvision_cached() else "slim"


def loss_network(name: str, *, weights: Path | None = None) -> LossNetwork:
    """A loss network by name, ready to use: evaluation mode, no gradients for its parameters.

    Args:
        name: one of `NAMES`, or "auto" for `best_available`; the network's own ``name`` says which that is.
        weights: a file, or a folder that holds it; by default ``$ZMLIB_DATA/weights`` ("slim" ships with the package,
            "vgg16" is also taken from torchvision's cache, or downloaded).

    Raises:
        UserError: an unknown name; weights that are missing or damaged.

    Example:
        >>> import torch
        >>> from zmlib.perceptual import loss_network
        >>> network = loss_network("slim")
        >>> seen = network.measure(torch.rand(2, 3, 64, 64))
        >>> [(name, tuple(gram.shape)) for name, gram in seen.grams.items()][:3]
        [('relu1_2', (2, 64, 64)), ('relu2_2', (2, 128, 128)), ('relu3_3', (2, 256, 256))]
        >>> seen.content.shape  # of relu3_3, at a quarter of the size
        torch.Size([2, 256, 16, 16])
    """
    name = best_available() if name == AUTO else name
    if name not in _MAKERS:
        raise UserError(f"there is no loss network '{name}'; choose one of {', '.join((*NAMES, AUTO))}.")
    return _MAKERS[name](Path(weights) if weights is not None else None).freeze()
