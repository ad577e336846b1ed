"""J: one scale-free number for a stylized picture, and its two parts, which must be read beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
from torch import Tensor

from zmlib.baselines.objective import Relative
from zmlib.perceptual import LossNetwork, loss_network

CONTENT_WEIGHT = 0.2
NAMES = {"vgg16-caffe": "J", "vgg19-normalised": "J_vgg19"}  # any other network's number is J_<its name>, never J


class Judge(Relative):
    """J and its parts, in float32.

    `J = mean over style layers of |G(Y) - G(S)|^2 / |G(C) - G(S)|^2  +  0.2 |phi(Y) - phi(C)|^2 / |phi(C)|^2`

    with Y the output, C the photo and S the style (square centre crops at 256 px where numbers are compared), G the
    Gram matrix of a layer divided by H W. The untouched photo scores 1, lower is better. The content part (its 0.2
    included) should stay under 0.15: the style picture itself, without the photo, scores about a third.

    Attributes:
        name: "J" for the network `vgg16-caffe` (VGG-16's relu1_2, relu2_2, relu3_3 and the distilled relu4_1, a
            quarter each; content relu3_3), "J_vgg19" for `vgg19-normalised`, "J_slim" for `slim`.

    Example:
        >>> import torch
        >>> from zmlib.evaluate.judge import Judge
        >>> from zmlib.perceptual import loss_network
        >>> judge = Judge(loss_network("slim"))
        >>> photo, style = torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64)
        >>> judge(photo, photo, style)  # the untouched photos
        tensor([1., 1.])
        >>> judge(style, photo, style).shape  # the style pictures themselves
        torch.Size([2])
    """

    def __init__(self, network: LossNetwork) -> None:
        super().__init__(network, style_weight=1.0, content_weight=CONTENT_WEIGHT)
        self.name = NAMES.get(network.name, f"J_{network.name}")

    def parts(self, output: Tensor, content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """The style part and the content part (already times 0.2), (N,) each; J is their sum.

        output and content: (N, 3, H, W) in [0, 1], of one size; style: (N, 3, h, w) or (1, 3, h, w) in [0, 1]. A
        gradient flows to output. With several outputs of one pair, `reference` once and `measure` each is cheaper.

        Example:
            >>> import torch
            >>> from zmlib.evaluate.judge import Judge
            >>> from zmlib.perceptual import loss_network
            >>> judge = Judge(loss_network("slim"))
            >>> photo, style = torch.rand(2, 3, 64, 64), torch.rand(1, 3, 64, 64)
            >>> style_part, content_part = judge.parts(photo, photo, style)
            >>> style_part, content_part
            (tensor([1., 1.]), tensor([0., 0.]))
        """
        return self.measure(output, self.reference(content, style))

    def __call__(self, output: Tensor, content: Tensor, style: Tensor) -> Tensor:
        """J, (N,); arguments as for `parts`."""
        style_part, content_part = self.parts(output, content, style)
        return style_part + content_part

    @property
    def device(self) -> torch.device:
        """Where the network is, and pictures must be."""
        return next(self.network.parameters()).device

    def to(self, device: torch.device | str) -> Judge:
        """Move the network; returns the judge itself."""
        self.network.to(device)
        return self

    def describe(self) -> dict[str, object]:
        """What a result must state: network, weights, layers, weight of the content part."""
        return {
            "network": self.network.name,
            "weights_hash": self.network.weights_hash,
            "style_layers": list(self.network.style_layers),
            "content_layer": self.network.content_layer,
            "content_weight": self.content_weight,
        }


def default_judges() -> list[Judge]:
    """The judges to report: J and J_vgg19 where `ZMLIB_DATA` is set; otherwise J_slim alone.

    Nothing is trained on VGG-19, so J_vgg19 shows whether a low J only games the layers of J.

    Raises:
        UserError: `ZMLIB_DATA` is set, and its weights are missing or damaged.
    """
    names = ("vgg16-caffe", "vgg19-normalised") if os.environ.get("ZMLIB_DATA") else ("slim",)
    return [Judge(loss_network(name)) for name in names]


@torch.no_grad()
def judged(outputs: Sequence[Tensor], content: Tensor, style: Tensor, judge: Judge) -> list[float]:
    """J by ``judge`` of several outputs, (1, 3, H, W) each, of one photo and style, (1, 3, H, W)."""
    reference = judge.reference(content, style)
    return [float(sum(judge.measure(output, reference))) for output in outputs]
