"""AdaIN's encoder and decoder, small: one normalisation, whose gamma and beta are the style's own statistics.

After Huang and Belongie, "Arbitrary style transfer in real-time with adaptive instance normalization" (ICCV 2017),
re-implemented from the paper to stand beside ZM-Net: a fixed encoder reads content and style; the content's features
are normalised and take the style's deviation and mean, which is eq. 3 with gamma = sigma(style) and beta = mu(style);
a trained decoder makes a picture of them. Smaller than theirs: the encoder is `slim` (16 to 128 channels) and not
VGG-19, and the decoder mirrors it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.affine import Affine, Norm, Spec
from zmlib.layers import conv, din, keep_variance, pool, upsample
from zmlib.signals.reading import Pictures
from zmlib.sources import source
from zmlib.tnet import TNetConfig, to_image

if TYPE_CHECKING:
    from zmlib.perceptual.slim import Slim

LAYER = "relu4_1"  # as in their paper
WIDTHS = (16, 32, 64, 128)  # of slim; written out, because its module is loaded only where it is used
SPEC: Spec = (Norm(LAYER, WIDTHS[-1], 5),)
STRIDE = 8  # of that layer


class Encoder(nn.Module):
    """`slim`'s chain up to relu4_1, its weights the shipped ones."""

    def __init__(self) -> None:
        super().__init__()
        from zmlib.perceptual.slim import load_slim

        self.slim: Slim = load_slim()
        self.slim.maps.clear()  # to a teacher's features, which nobody asks for here

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) in [0, 1] to (N, 128, H / 8, W / 8), rounded down."""
        return self.slim.raw(x, (LAYER,))[LAYER]


class AdaINNet(nn.Module):
    """Encoder, one DIN, decoder: content and affine parameters in, image out, as `zmlib.tnet.TNet`.

    config: gives the way to up-sample; the widths are the encoder's.
    """

    def __init__(self, config: TNetConfig) -> None:
        super().__init__()
        self.config, self.spec = config, SPEC
        self.encoder = Encoder()
        a, b, c, d = WIDTHS
        self.stages = nn.ModuleList(
            nn.ModuleList(conv(i, o, 3) for i, o in pairs)
            for pairs in (((d, c),), ((c, c), (c, c), (c, b)), ((b, b), (b, a)), ((a, a),))
        )
        keep_variance(self.stages)
        self.out = conv(a, 3, 3)

    def forward(self, content: Tensor, affine: Affine) -> Tensor:
        """content: (N, 3, H, W) in [0, 1], any size from 32 px up; affine of N signals or one. As `TNet.forward`."""
        if affine.spec != SPEC:
            raise ValueError("gamma and beta belong to a network of another structure")
        height, width = content.shape[-2:]
        x = self.encoder(F.pad(content, (0, -width % STRIDE, 0, -height % STRIDE), mode="reflect"))
        if len(affine) == 1 and len(x) > 1:
            affine = affine.expand(len(x))
        x = din(x, *affine.at(0, (x.shape[-2], x.shape[-1])))
        for i, stage in enumerate(self.stages):
            if i:
                x = upsample(x, self.config.upsampling)
            assert isinstance(stage, nn.ModuleList)
            for convolution in stage:
                x = F.relu(convolution(x))
        return to_image(self.out(x))[..., :height, :width]


@source("adain-image", reads=Pictures(), tnet=AdaINNet)
class Statistics(nn.Module):
    """The source of gamma and beta: the deviation and the mean of the style's features. Nothing in it is learned."""

    def __init__(self, config: TNetConfig) -> None:
        super().__init__()
        self.spec = SPEC
        self.encoder = Encoder()

    def forward(self, signal: Tensor) -> Affine:
        """signal: (N, 3, h, w) in [0, 1], 32 px or more a side."""
        mean, deviation = pool(self.encoder(signal)).chunk(2, dim=1)
        return Affine((deviation,), (mean,), SPEC)
