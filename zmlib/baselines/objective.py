"""What OST minimises: the relative objective that J is made of, or the paper's eq. 2.

Both have a style part and a content part for each picture, and measure photo and style once. They compute in float32
even inside an autocast region, so that their numbers do not depend on where they were computed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.data.images import check_images
from zmlib.errors import UserError
from zmlib.perceptual import LossNetwork, Measured, paper_content_loss, paper_style_loss, relative_parts
from zmlib.tnet import MIN_SIDE


@dataclass(frozen=True)
class Reference:
    """N pairs of a photo and a style, measured once for every iteration."""

    photo: Measured
    style: Measured

    def __getitem__(self, index: slice) -> Reference:
        return Reference(self.photo[index], self.style[index])


class Objective(ABC):
    """A weighted style part and content part for each picture of a batch; their sum is minimised.

    smooth_weight: of `roughness`, counted to the content part; the paper mentions no such term, and the default is 0.
    """

    def __init__(
        self, network: LossNetwork, style_weight: float, content_weight: float, smooth_weight: float = 0.0
    ) -> None:
        if min(style_weight, content_weight, smooth_weight) < 0 or style_weight + content_weight == 0:
            raise UserError(
                f"style_weight, content_weight and smooth_weight must be at least 0 and the first two not both 0, got "
                f"{style_weight}, {content_weight} and {smooth_weight}."
            )
        self.smooth_weight = smooth_weight
        self.network = network
        self.style_weight = style_weight
        self.content_weight = content_weight

    @torch.no_grad()
    def reference(self, content: Tensor, style: Tensor) -> Reference:
        """Measure N pairs: content (N, 3, H, W), and style (N, 3, h, w) or (1, 3, h, w) for all, in [0, 1]."""
        style = matching(content, style)
        return Reference(self._look(content), self._look(style))

    def measure(self, output: Tensor, reference: Reference) -> tuple[Tensor, Tensor]:
        """The weighted style and content parts, (N,) each, of output (N, 3, H, W) in [0, 1].

        A gradient flows to output.

        Raises:
            UserError: another number of pictures than the photos', or another size.
        """
        seen = self._look(output)
        if seen.content.shape != reference.photo.content.shape:
            raise UserError(
                f"Outputs must be as many as the photos ({len(reference.photo.content)}) and of their size, "
                f"got {tuple(output.shape)}."
            )
        with torch.autocast(output.device.type, enabled=False):
            style, content = self._parts(seen, reference)
            content = self.content_weight * content
            if self.smooth_weight:
                content = content + self.smooth_weight * roughness(output.float())
        return self.style_weight * style, content

    def _look(self, pictures: Tensor) -> Measured:
        with torch.autocast(pictures.device.type, enabled=False):
            return self.network.measure(pictures.float())

    @abstractmethod
    def _parts(self, output: Measured, reference: Reference) -> tuple[Tensor, Tensor]:
        """Style and content term, (N,) each, before their weights."""


class Relative(Objective):
    """The objective of J, free of scale: the photo itself has style part 1 (times its weight) and content part 0.

    `style = style_weight * mean over layers of |G(Y) - G(S)|^2 / |G(C) - G(S)|^2`
    `content = content_weight * |phi(Y) - phi(C)|^2 / |phi(C)|^2`

    with Y the output, C the photo, S the style, G the Gram matrix (eq. 1) divided by H W, and |.|^2 the sum over all
    entries. Every style layer counts alike.
    """

    def __init__(
        self,
        network: LossNetwork,
        style_weight: float = 1.0,
        content_weight: float = 0.2,
        smooth_weight: float = 0.0,
    ) -> None:
        super().__init__(network, style_weight, content_weight, smooth_weight)

    def _parts(self, output: Measured, reference: Reference) -> tuple[Tensor, Tensor]:
        return relative_parts(output, reference.style, reference.photo)


class Paper(Objective):
    """Eq. 2, `lambda_s L_s + lambda_c L_c`, in the units of the published network (VGG-16 on a 0-255 picture).

    The paper states neither lambda. Johnson et al.'s 5 : 1 cannot be taken over as it stands: their code
    (fast-neural-style, StyleLoss.lua) takes the mean over the C_l^2 entries of the Gram difference, which divides once
    more, so their 5 is 1.2e-3, 3e-4 and 8e-5 here at relu1_2, relu2_2 and relu3_3. The default is the middle one. On a
    few pairs its style and content terms end alike, about 1e5 each, the order of the losses that the paper prints;
    with lambda_s = 5 the style term is 10,000 times the other.

    In these units every layer counts as much as its features happen to be large: the distilled relu4_1 of
    `vgg16-caffe`, made for pictures in 0-1, counts for next to nothing beside VGG-16's own layers.
    """

    def __init__(
        self,
        network: LossNetwork,
        style_weight: float = 3e-4,
        content_weight: float = 1.0,
        smooth_weight: float = 0.0,
    ) -> None:
        super().__init__(network, style_weight, content_weight, smooth_weight)

    def _parts(self, output: Measured, reference: Reference) -> tuple[Tensor, Tensor]:
        scale = self.network.scale
        style = paper_style_loss(output, reference.style, scale=scale)
        return style, paper_content_loss(output, reference.photo, scale=scale[self.network.content_layer])


def roughness(picture: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, down and across: (N, 3, H, W) to (N,)."""
    down, across = picture[..., 1:, :] - picture[..., :-1, :], picture[..., 1:] - picture[..., :-1]
    return down.square().mean((1, 2, 3)) + across.square().mean((1, 2, 3))


def matching(content: Tensor, style: Tensor) -> Tensor:
    """Check two batches of pictures; returns the style, a batch of one repeated to the photos' number.

    Raises:
        UserError: not (N, 3, H, W) in [0, 1], smaller than 32 px, or two numbers of pictures that do not match.
    """
    check_images("content", content, MIN_SIDE)
    check_images("style", style, MIN_SIDE)
    if len(style) not in (1, len(content)):
        raise UserError(f"{len(content)} photos need one style or {len(content)} of them, got {len(style)}.")
    return style.expand(len(content), -1, -1, -1)
