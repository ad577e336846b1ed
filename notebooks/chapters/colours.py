"""Recolouring a photo by a histogram (section 3.2), compared with `skimage.exposure.match_histograms`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from skimage.exposure import match_histograms
from skimage.metrics import structural_similarity
from torch import Tensor

from chapters.common import text
from chapters.show import counted
from chapters.timing import interleaved
from zmlib.evaluate.judge import CONTENT_WEIGHT, Judge
from zmlib.evaluate.statistics import paired, share, summary
from zmlib.perceptual import palette_distance
from zmlib.perceptual.losses import moved
from zmlib.perceptual.terms import grain_share
from zmlib.signals.histogram import colour, histogram, lab, palette
from zmlib.zmnet import ZMNet

LABELS = {"photo": "the untouched photo", "plain": "match_histograms", "zmnet": "ZM-Net"}
NEAR = ("histogram", "palette", "channels", "foreign")  # what `nearness` names
NOTHING = 1e-3  # share of a picture below which a colour counts as none of its own
#: what the chapter's last table shows: path in the result -> its name
ALSO = {
    f"values.{key}.{measure}.median": f"{name}, {method}"
    for measure, name in (("histogram", "histograms"), ("palette", "palettes"), ("structure", "SSIM"))
    for key, method in (("zmnet", "ZM-Net"), ("plain", "plain"))
}
PALETTES = {  # colours by their CSS names, with their shares
    "dusk": {"midnightblue": 4, "mediumpurple": 2, "orange": 1, "mistyrose": 1},
    "forest": {"darkgreen": 3, "olivedrab": 3, "khaki": 2, "black": 1},
    "sepia": {"saddlebrown": 2, "tan": 3, "linen": 2, "black": 1},
    "ice": {"white": 2, "lightblue": 3, "steelblue": 2, "navy": 1},
}


def matched(photo: Tensor, guide: Tensor) -> Tensor:
    """The plain method: each of R, G and B gets the guide's distribution.

    photo, guide: (1, 3, H, W) and (1, 3, h, w) in [0, 1]. Returns (1, 3, H, W) in [0, 1].
    """
    image, reference = (x[0].permute(1, 2, 0).cpu().numpy() for x in (photo, guide))
    made = match_histograms(image, reference, channel_axis=-1)
    return torch.from_numpy(made).float().permute(2, 0, 1)[None].clamp(0, 1).to(photo.device)


def swatch(colours: Mapping[str, float], size: int = 64) -> Tensor:
    """A palette as stripes whose widths are the shares: (1, 3, size, size) in [0, 1]."""
    ends = np.round(np.cumsum([0, *colours.values()]) / sum(colours.values()) * size).astype(int)
    stripes = [colour(name).expand(1, 3, size, b - a) for name, a, b in zip(colours, ends, ends[1:], strict=False)]
    return torch.cat(stripes, 3)


@torch.no_grad()
def to_palettes(photos: Sequence[Tensor], outputs: Sequence[Sequence[Tensor]]) -> dict[str, list[float]]:
    """The Hellinger distance of each photo's histogram to each of `PALETTES`, "before" and "after", palette by palette.

    photos: (1, 3, H, W) each, in [0, 1]. outputs: for each palette the outputs for these photos.
    """
    found: dict[str, list[float]] = {"before": [], "after": []}
    for shares, made in zip(PALETTES.values(), outputs, strict=True):
        signal = palette(shares)
        for when, pictures in (("before", photos), ("after", made)):
            found[when] += [histogram_distance(histogram(x.cpu()), signal).item() for x in pictures]
    return found


def nearness(output: Tensor, guide: Tensor) -> dict[str, float]:
    """How near one output is to the palette of one guide; both are (1, 3, S, S) in [0, 1].

    Returns:
        "histogram", the Hellinger distance, 0 to 1; "palette", the sliced Wasserstein distance; "channels", the mean
        Wasserstein distance of R, of G and of B, in grey levels of 255; "foreign", the share of the output's colours
        in cells of the histogram where the guide has less than `NOTHING`.
    """
    mine, theirs = histogram(output), histogram(guide)
    ordered = [x.flatten(2).sort(2).values for x in (output, guide)]
    return {
        "histogram": histogram_distance(mine, theirs).item(),
        "palette": palette_distance(output, guide).item(),
        "channels": 255 * (ordered[0] - ordered[1]).abs().mean().item(),
        "foreign": mine[theirs < NOTHING].sum().item(),
    }


def forms(output: Tensor, photo: Tensor, judge: Judge) -> dict[str, float]:
    """How much of the photo one output keeps; both are (1, 3, H, W) in [0, 1].

    Returns:
        "structure", the SSIM of the lightness, at most 1; "grain", the share of fine variation that is not the photo's;
        "content", J's content part.
    """
    light = [lab(x)[0, 0].cpu().numpy() for x in (output, photo)]
    content = [judge.network.measure(x, ()) for x in (output, photo)]
    return {
        "structure": float(structural_similarity(*light, data_range=100.0)),
        "grain": grain_share(output, photo).item(),
        "content": CONTENT_WEIGHT * moved(*content).item(),
    }


@torch.no_grad()
def measure(net: ZMNet, judge: Judge, photos: Tensor, guides: Tensor, seed: int = 0) -> dict[str, Any]:
    """Every photo in the colours of every guide; a photo is never its own guide.

    Whether the network hears its signal is measured in the chapter `evidence`.

    Args:
        photos: (C, 3, S, S) in [0, 1]. guides: (G, 3, S, S).
        seed: of the bootstrap over photos and guides.

    Returns:
        For each of `LABELS` what `nearness` and `forms` name, as `summary` over the pairs. "nearer": the share of pairs
        on which ZM-Net is nearer to the palette than the plain method. "over": ZM-Net's distance over the plain
        method's, by histogram and by palette, a ratio with its interval. "own": ZM-Net with the photo's own colours.
        "pairs": how many.
    """
    affines, names = [net.encode(guide) for guide in guides.split(1)], tuple(LABELS)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in (*names, "own")}
    of: tuple[list[int], list[int]] = ([], [])
    for p, photo in enumerate(counted(photos.split(1), "photos")):
        own = net.stylize(photo, net.encode(photo))
        found["own"].append(nearness(own, photo) | forms(own, photo, judge))
        for g, guide in enumerate(guides.split(1)):
            if torch.equal(photo, guide):
                continue
            of[0].append(p)
            of[1].append(g)
            outputs = (photo, matched(photo, guide), net.stylize(photo, affines[g]))
            for name, output in zip(names, outputs, strict=True):
                found[name].append(nearness(output, guide) | forms(output, photo, judge))
    column = {name: {key: [one[key] for one in rows] for key in rows[0]} for name, rows in found.items()}
    ours, plain = column["zmnet"], column["plain"]
    return {
        **{name: {key: summary(x, seed, of=of) for key, x in column[name].items()} for name in names},
        "own": {key: summary(x, seed) for key, x in column["own"].items()},
        "nearer": {key: share(np.less(ours[key], plain[key]), seed, of) for key in NEAR},
        "over": {key: paired(ours[key], plain[key], seed, of=of) for key in ("histogram", "palette")},
        "pairs": len(of[0]),
    }


def times(net: ZMNet, photo: Tensor, guide: Tensor, repeats: int) -> dict[str, float]:
    """Median seconds of one photo: "plain"; "known", with gamma and beta that are kept; "new", from the guide.

    photo, guide: (1, 3, H, W) and (1, 3, h, w) in [0, 1]. The three are measured in turns, `repeats` times.
    """
    with torch.no_grad():
        affine = net.encode(guide)
        jobs = {
            "plain": lambda: matched(photo, guide),
            "known": lambda: net.stylize(photo, affine),
            "new": lambda: net.stylize(photo, net.encode(guide)),
        }
        return {name: float(np.median(seconds)) for name, seconds in interleaved(jobs, repeats).items()}


def table(found: Mapping[str, Any], taken: Mapping[str, float]) -> list[dict[str, Any]]:
    """What `measure` and `times` returned, a row for each method."""
    ms = {"photo": "", "plain": f"{1000 * taken['plain']:.0f}"}
    ms["zmnet"] = f"{1000 * taken['new']:.0f}, then {1000 * taken['known']:.0f}"
    return [
        {
            "method": label,
            "histograms": text(found[name]["histogram"]),
            "palettes": text(found[name]["palette"]),
            "R, G, B alone": f"{found[name]['channels']['median']:.1f}",
            "foreign colours": f"{found[name]['foreign']['median']:.0%}",
            "SSIM": text(found[name]["structure"]),
            "grain": f"{found[name]['grain']['median']:.0%}",
            "content part of J": found[name]["content"]["median"],
            "ms": ms[name],
        }
        for name, label in LABELS.items()
    ]


def rivalry(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Of what `measure` returned: how ZM-Net compares with the plain method. A row for each distance."""
    names = {"histogram": "histograms", "palette": "palettes"}
    return [
        {
            "measured by": f"{label}, {found['pairs']} pairs",
            "ZM-Net nearer than match_histograms": f"{found['nearer'][key]['share']:.0%} of the pairs",
            "its distance over that of match_histograms": text(found["over"][key], "ratio"),
        }
        for key, label in names.items()
    ]


def histogram_distance(a: Tensor, b: Tensor) -> Tensor:
    """The Hellinger distance of histograms (N, B): sqrt(1 - sum sqrt(a b)), (N,) from 0 (alike) to 1 (nothing shared).

    Smooth everywhere but at 0; `1 - sum sqrt(a b)` itself, its square, is what to minimise.
    """
    return (1 - (a * b).clamp_min(0).sqrt().sum(1)).clamp_min(0).sqrt()
