"""What is measured of a large picture: *seen*, brought to a short side as on a screen, and in its middle at 100 %."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from chapters.common import squares, text
from zmlib.data.images import as_float
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.statistics import Names, paired, summary
from zmlib.passes.levels import shrink
from zmlib.perceptual.speckle import octaves, opponent, speckle_ratio
from zmlib.perceptual.terms import halo_share

SEEN = (256, 1024)  # px: the short side on a screen
MIDDLE = 768  # px: the side of what is looked at at 100 %
CELL = 8  # px: local contrast is taken in windows of this many pixels of the coarser octave
BASE, FIRST, OURS = "enlarged", "one pass", "coarse to fine"  # of chapters.any_size.WAYS
PARTS = tuple(f"{part}_{short}" for short in SEEN for part in ("style", "content"))
MOST, SLOWEST = 1.15, 1.6  # targets: of both parts seen at 256 px over the base's; of the seconds over one pass's

Found = Mapping[str, Mapping[str, float]]  # way -> measure -> number


def seen(picture: Tensor, short: int) -> Tensor:
    """A picture brought to a short side, its middle square: (1, 3, side, side), float in [0, 1].

    picture: (1, 3, H, W), float or uint8. short: px; a smaller picture keeps its own.
    """
    height, width = picture.shape[2:]
    side = min(short, height, width)
    factor = side / min(height, width)
    return middle(shrink(as_float(picture), (round(height * factor), round(width * factor))), side)


def middle(picture: Tensor, side: int = MIDDLE) -> Tensor:
    """The square in the middle at 100 %, (1, 3, side, side) or smaller where the picture is, float in [0, 1]."""
    height, width = picture.shape[2:]
    side = min(side, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return as_float(picture[..., top : top + side, left : left + side])


def seam(picture: Tensor, short: int) -> float:
    """How well the detail of each octave stands where that of the next one does, up to 1: in the same places.

    An edge has detail in all octaves. Two contours side by side, one of the large strokes and one of the small ones, do
    not, nor has grain that belongs to nothing. This is the correlation, over the picture, of the local contrast of two
    neighbouring octaves of lightness, and of these the least over the octaves between the size at which the largest
    strokes are painted and the picture's own.

    Args:
        picture: (1, 3, H, W), float in [0, 1] or uint8.
        short: the stroke size, in pixels.
    """
    light = opponent(as_float(picture))[:, :1]
    height, width = light.shape[2:]
    count = max(1, round(math.log2(min(height, width) / short)))
    bands = [octaves(shrink(light, (height >> k, width >> k)))[0].square() for k in range(count + 1)]
    found = []
    for fine, coarse in zip(bands, bands[1:], strict=False):
        grid = (max(2, coarse.shape[2] // CELL), max(2, coarse.shape[3] // CELL))
        contrasts = [F.adaptive_avg_pool2d(band, grid).sqrt().flatten() for band in (fine, coarse)]
        found.append(float(torch.corrcoef(torch.stack(contrasts))[0, 1]))
    return min(found)


def sharpness(picture: Tensor) -> float:
    """Root mean square of the finest octave of lightness in the middle at 100 %, in grey levels of 255."""
    return 255 * float(octaves(opponent(middle(picture))[:, :1])[0].square().mean().sqrt())


@torch.no_grad()
def parts_seen(
    pictures: Mapping[str, Tensor], photo: Tensor, style: Image.Image, judge: Judge, short: int
) -> dict[str, list[float]]:
    """The style and the content part of J of pictures seen at a short side, by name.

    pictures, photo: (1, 3, H, W), float or uint8. The style is seen at that size as well, or at its own if smaller.
    """
    painting = squares([style], min(short, *style.size))
    reference = judge.reference(seen(photo, short).to(judge.device), painting.to(judge.device))
    return {
        name: [float(part) for part in judge.measure(seen(picture, short).to(judge.device), reference)]
        for name, picture in pictures.items()
    }


def measured(
    pictures: Mapping[str, Tensor], photo: Tensor, style: Image.Image, judge: Judge, stroke: int
) -> dict[str, dict[str, float]]:
    """What is measured of one pair painted in several ways, by way.

    `PARTS`; the share of "halo", seen at 256 pixels; and of the picture at 100 % the "speckle" of the finest octave
    against the style at 256 pixels, "sharpness", and "seam", beside which stands the photo's own, "seam_photo".

    pictures, photo: (1, 3, H, W), float or uint8. stroke: the stroke size, in pixels.
    """
    seen_at = [parts_seen(pictures, photo, style, judge, short) for short in SEEN]
    small, read, own = seen(photo, SEEN[0]), squares([style], SEEN[0]), seam(photo, stroke)
    return {
        way: dict(zip(PARTS, [part for parts in seen_at for part in parts[way]], strict=True))
        | {
            "halo": float(halo_share(seen(picture, SEEN[0]), small)),
            "speckle": float(speckle_ratio(middle(picture), read)[0, 0]),
            "sharpness": sharpness(picture),
            "seam": seam(picture, stroke),
            "seam_photo": own,
        }
        for way, picture in pictures.items()
    }


def describe(found: Sequence[Found], of: Names, seed: int = 0) -> dict[str, Any]:
    """Medians over pairs with their intervals, by way and measure; and ratios over the same pairs.

    Of each of `PARTS` its ratio over that of the photo painted at the stroke size, "style_256_ratio" and so on; of
    "sharpness" over one pass. found: of each pair what `measured` returned. of: names of its photo and style.
    """

    def column(way: str, what: str) -> list[float]:
        return [pair[way][what] for pair in found]

    over = {part: BASE for part in PARTS} | {"sharpness": FIRST}
    return {
        way: {what: summary(column(way, what), seed, of=of) for what in found[0][way]}
        | {f"{what}_ratio": paired(column(way, what), column(base, what), seed, of=of) for what, base in over.items()}
        for way in found[0]
    }


def slower(taken: Mapping[str, Sequence[float]], seed: int = 0) -> dict[str, Any]:
    """Seconds of each way over those of one pass in the same rounds, with the interval over the rounds."""
    return {way: paired(times, taken[FIRST], seed) for way, times in taken.items()}


def seen_table(ways: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each way and size on the screen; ways: what `describe` returned."""
    return [
        {
            "seen at": f"{short} px",
            "way": way,
            "style part": text(one[f"style_{short}"]),
            "over the base": text(one[f"style_{short}_ratio"], "ratio", 2),
            "content part": text(one[f"content_{short}"]),
            "over the base ": text(one[f"content_{short}_ratio"], "ratio", 2),
        }
        for short in SEEN
        for way, one in ways.items()
    ]


def close_table(ways: Mapping[str, Any], times: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each way: what is measured at 100 %, and the time; times: what `slower` returned."""
    return [
        {
            "way": way,
            "sharpness over one pass": text(one["sharpness_ratio"], "ratio", 2),
            "speckle": text(one["speckle"], digits=2),
            "seam": text(one["seam"], digits=2),
            "the photo's": text(one["seam_photo"], digits=2),
            "halo": text(one["halo"]),
            "seconds over one pass": text(times[way], "ratio", 2),
        }
        for way, one in ways.items()
    ]


def targets(ways: Mapping[str, Any], times: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was aimed at, what was found of painting coarse to fine, and whether that is within; arguments as above."""
    found = {
        "style part seen at 256 px over the base's": (ways[OURS]["style_256_ratio"]["ratio"], MOST),
        "content part seen at 256 px over the base's": (ways[OURS]["content_256_ratio"]["ratio"], MOST),
        "seconds over one pass": (times[OURS]["ratio"], SLOWEST),
    }
    return [
        {"aim": name, "at most": f"{most:.2f}", "found": f"{value:.2f}", "": "✓" if value <= most else "✗"}
        for name, (value, most) in found.items()
    ]


def medians(tables: Sequence[Sequence[Sequence[float]]]) -> list[list[float]]:
    """The medians over pairs of tables of the same rows and columns."""
    return np.median(np.array(tables, dtype=float), 0).tolist()
