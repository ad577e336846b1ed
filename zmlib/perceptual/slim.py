"""``slim``: the package's own small loss network, trained to predict its teachers' features of a picture.

A VGG of 16-32-64-128 channels. Each of its four layers has an affine 1x1 map to the teacher's features: VGG-16's
(Caffe) relu1_2, relu2_2, relu3_3 and the distilled VGG-19's relu4_1. Where it is safe to use:
``zmlib/assets/slim.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.perceptual import download as files
from zmlib.perceptual.gram import gram
from zmlib.perceptual.network import LossNetwork, Measured, check
from zmlib.perceptual.vgg import Chain, vgg_plan

ASSETS = ("assets/slim.safetensors",)  # read by zmlib.experiments.dependencies
SLIM_FILE = Path(__file__).parent.parent / ASSETS[0]
LAYERS = {"relu1_2": 64, "relu2_2": 128, "relu3_3": 256, "relu4_1": 128}  # the teacher's channels
TEACHERS = {"relu1_2": "relu1_2", "relu2_2": "relu2_2", "relu3_3": "relu3_3", "relu4_1": "distilled_relu4_1"}
WIDTHS, COUNTS = (16, 32, 64, 128), (2, 2, 3, 1)
MEAN, STD = (0.485, 0.456, 0.406), (0.25, 0.25, 0.25)


class Slim(LossNetwork):
    """The small chain and its maps. ``forward`` gives predicted teacher features, in the teacher's own scale.

    relu1_2 (N, 64, H, W), relu2_2 (N, 128, H/2, W/2), relu3_3 (N, 256, H/4, W/4), relu4_1 (N, 128, H/8, W/8), where
    the teacher's scale is that of ``loss_network("vgg16-caffe")``. The maps are affine: a prediction may be below 0.
    """

    def __init__(self, weights_hash: str = "") -> None:
        chain = Chain(vgg_plan([f"conv{i}" for i in range(sum(COUNTS))], WIDTHS, COUNTS))
        super().__init__(
            "slim",
            {"": chain},
            style_layers=tuple(LAYERS),
            content_layer="relu3_3",
            mean=MEAN,
            std=STD,
            scale={name: 1.0 if name == "relu4_1" else 255.0 for name in LAYERS},
            weights_hash=weights_hash,
        )
        self.layers = tuple(LAYERS)
        self.scale = {name: self.scale[name] for name in LAYERS}
        for module in self.chains["main"].modules():  # a start that keeps the variance from layer to layer
            if isinstance(module, nn.Conv2d) and module.bias is not None:
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        self.maps = nn.ModuleDict(
            {name: nn.Conv2d(width, LAYERS[name], 1) for name, width in zip(LAYERS, WIDTHS, strict=True)}
        )

    def raw(self, x: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The small chain's own features, before the maps: layer -> (N, 16 ... 128, H_l, W_l)."""
        return self.chains["main"](((x - self.mean) / self.std).contiguous(memory_format=torch.channels_last), layers)

    def forward(self, x: Tensor, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Predicted teacher features; see :meth:`LossNetwork.forward`."""
        wanted = self._wanted(layers)
        check(x)
        return {name: self.maps[name](value) for name, value in self.raw(x, wanted).items()}

    def mapped_gram(self, layer: str, raw: Tensor) -> Tensor:
        """gram(A s + b) from the few channels of s: B [[G(s), m], [m^T, 1]] B^T with B = [A b], m = mean of s.

        raw: (N, c, h, w). Returns (N, C_l, C_l), float32, equal to ``gram`` of the mapped features, for a fraction.
        """
        conv = self.maps[layer]
        assert isinstance(conv, nn.Conv2d) and conv.bias is not None
        with torch.autocast(raw.device.type, enabled=False):
            raw = raw.float()
            small, mean = gram(raw), raw.mean((2, 3)).unsqueeze(2)
            a, b = conv.weight.flatten(1).float(), conv.bias.float().unsqueeze(1)
            cross = (a @ mean) @ b.t()
            return a @ small @ a.t() + cross + cross.transpose(1, 2) + b @ b.t()

    def measure(
        self, x: Tensor, style_layers: Sequence[str] | None = None, content_layer: str | None = None
    ) -> Measured:
        """Grams and content features as :meth:`LossNetwork.measure`, the Grams by :meth:`mapped_gram`."""
        styles = self._wanted(style_layers if style_layers is not None else self.style_layers)
        (content,) = self._wanted((content_layer or self.content_layer,))
        check(x)
        raw = self.raw(x, (*styles, content))
        grams = {name: self.mapped_gram(name, raw[name]) for name in styles}
        return Measured(grams, self.maps[content](raw[content]))


def load_slim(given: Path | None = None) -> Slim:
    """Slim with its shipped weights, or those of the file ``given``; UserError where it is missing or damaged."""
    path = SLIM_FILE if given is None else given
    if not path.is_file():
        raise UserError(f"{path}: slim's weights are not there; install the package again, or train them again.")
    tensors = files.read(path)
    network = Slim(files.digest(path))
    try:
        network.load_state_dict(tensors)
    except RuntimeError:
        raise UserError(f"{path}: these are not slim's weights; install the package again.") from None
    network.freeze()
    return network
