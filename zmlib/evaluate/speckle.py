"""Speckle and noise gain of a network: the coloured grain that J does not see, as numbers beside J.

Both are ratios: lower is better, and 1 is as much as the style, or the photo's own noise, has.
`zmlib.perceptual.speckle` measures a picture; here its numbers are summarised over pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from zmlib import fast
from zmlib.affine import Affine
from zmlib.evaluate.statistics import Names, summary
from zmlib.perceptual.speckle import CHANNELS, FLOOR, OCTAVES, fine_colour, noise_gain, speckle_ratio
from zmlib.zmnet import ZMNet

COLUMNS = (*OCTAVES, *CHANNELS[1:])  # of `ratios`
MEDIAN, TENTH, GAIN = 1.2, 2.0, 1.2  # targets: of speckle's median and largest tenth, and of gain in both colours
LEAST = 64  # side in pixels of a photo that can hold a flat patch
STYLES = 12  # at most, for the gain: six outputs each


@torch.no_grad()
def ratios(outputs: Tensor, styles: Tensor) -> Tensor:
    """Fine colour of each output over its style's, (N, 5) on the CPU; see `COLUMNS`.

    The first three are those of `speckle_ratio`, one for each octave; the last two are red-green and blue-yellow in the
    finest octave. outputs: (N, 3, H, W), styles: (N or 1, 3, h, w), in [0, 1], on one device.
    """
    output, style = (fine_colour(pictures)[..., 0].square() for pictures in (outputs, styles))
    return torch.cat([speckle_ratio(outputs, styles), (output / (style + FLOOR**2)).sqrt()], 1).cpu()


def summarise(values: Tensor, seed: int = 0, of: Names | None = None) -> dict[str, Any]:
    """Medians of `ratios` over pairs, (N, 5), with their intervals (of: names of the pairs), and the largest tenths.

    Returns `{"median", "low", "high", "n", "largest_tenth", "octaves", "channels"}`: the numbers of the finest octave,
    and the same five for each octave and for each colour. The largest tenth is the 90th percentile.
    """
    tenths = values.double().quantile(0.9, 0)
    each = {
        name: summary(values[:, i].tolist(), seed, of=of) | {"largest_tenth": float(tenths[i])}
        for i, name in enumerate(COLUMNS)
    }
    kinds = {"octaves": OCTAVES, "channels": CHANNELS[1:]}
    return each[OCTAVES[0]] | {kind: {name: each[name] for name in names} for kind, names in kinds.items()}


def gain(net: ZMNet, affines: Sequence[Affine], photos: Sequence[Tensor], seed: int = 0) -> dict[str, Any] | None:
    """How much louder flat patches make a photo's noise, one style at a time: see `noise_gain`.

    Args:
        net: any network.
        affines: of one style each, from its `encode`.
        photos: one for each style, (1, 3, S, S) in [0, 1].

    Returns:
        For lightness, red-green and blue-yellow `{"mean", "low", "high", "n", "largest"}`: the mean over patches and
        styles with its interval over styles, and the largest of any patch; None where S is less than 64.
    """
    if photos[0].shape[-1] < LEAST:
        return None
    with fast.using(torch.float32):  # bfloat16's rounding is as large as faint noise
        found = [
            noise_gain(partial(net.stylize, affine=affine), photo.to(net.device), seed).cpu()
            for affine, photo in zip(affines, photos, strict=True)
        ]
    each = torch.stack(found)  # styles, patches, channels
    return {
        name: summary(each[..., i].mean(1).tolist(), seed, "mean") | {"largest": float(each[..., i].max())}
        for i, name in enumerate(CHANNELS)
    }


def lines(results: dict[str, Any]) -> list[str]:
    """The speckle and the gain in what `evaluate` returned, one line each, with the targets."""
    speckle, noise = results["speckle"], results["gain"]
    interval = "" if speckle["low"] is None else f" [{speckle['low']:.2f}, {speckle['high']:.2f}]"
    parts = (speckle["octaves"] | speckle["channels"]).items()
    others = ", ".join(f"{name} {part['median']:.2f}" for name, part in parts if name != OCTAVES[0])
    text = (
        f"speckle {speckle['median']:.2f}{interval}, largest tenth {speckle['largest_tenth']:.2f} "
        f"(aim for {MEDIAN:g} and {TENTH:g}); {others}"
    )
    if noise is None:
        return [text, f"noise gain: not measured, since it needs pictures of {LEAST} pixels or more"]
    means = ", ".join(f"{name} {part['mean']:.2f} (up to {part['largest']:.2f})" for name, part in noise.items())
    return [text, f"noise gain {means}; aim for {GAIN:g} in both colours"]
