"""How a picture goes through a network: at several sizes one after another, with its own statistics, or with
those of other pictures.

`paint` is what everything that makes a picture calls; a chapter that measures the network itself calls
`ZMNet.stylize`, which is one pass.
"""

from __future__ import annotations

import torch
from torch import Tensor

from zmlib.affine import Affine
from zmlib.passes.blank import keep_of, reference
from zmlib.passes.levels import MEDIUM, Progress, Stroke, at_levels
from zmlib.passes.steady import Steady
from zmlib.sources import find_source
from zmlib.zmnet import ZMNet


@torch.no_grad()
def paint(
    net: ZMNet,
    content: Tensor,
    affine: Affine,
    stroke_size: Stroke = MEDIUM,
    finest: int | None = None,
    progress: Progress = lambda size, share: None,
    keep: float | None = None,
) -> Tensor:
    """A picture of any size in a style, its strokes of a size that does not depend on its own.

    Args:
        net: any network.
        content: (1, 3, H, W) in [0, 1], or uint8.
        affine: of one signal, with or without regions.
        stroke_size, finest, progress: see `zmlib.passes.levels.at_levels`.
        keep: what `keep_for` gives for these, to ask it once for many paintings of one photo; None: asked here.

    Returns:
        (1, 3, H, W), float32 in [0, 1], or uint8 if content is; where content is.

    Raises:
        UserError: no stroke size, or a picture that `ZMNet.stylize` refuses.

    Example:
        >>> import torch, zmlib
        >>> from zmlib.passes import paint
        >>> net = zmlib.load("styles")
        >>> photo = torch.rand(1, 3, 96, 144)
        >>> affine = net.encode(torch.rand(1, 3, 64, 64))
        >>> paint(net, photo, affine, stroke_size=48).shape  # painted at 48 and then at 96 pixels
        torch.Size([1, 3, 96, 144])
        >>> torch.equal(paint(net, photo, affine), net.stylize(photo, affine))  # a small photo is one pass
        True
    """
    keep = keep_for(net, content) if keep is None else keep
    if not keep:
        return at_levels(lambda x: net.stylize(x, affine), content, stroke_size, finest, progress)
    steady = Steady(net, 0)
    steady.lean(keep, reference(), affine)
    return at_levels(lambda x: steady.stylize(x, affine), content, stroke_size, finest, progress)


def keep_for(net: ZMNet, content: Tensor) -> float:
    """The share of a photo's statistics that come from the reference, see `blank.keep_of`; 0 where `net` holds none."""
    return keep_of(content) if find_source(net.kind).holds else 0.0
