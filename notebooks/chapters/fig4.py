"""Figure 4: one ZM-Net of ten styles beside OST, FST and CIN, on the styles that it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from chapters.common import (
    FST,
    Bench,
    bounds,
    fst_own,
    fst_own_j,
    losses,
    median,
    paired,
    signal,
    text,
)
from zmlib.baselines.ost import ost
from zmlib.evaluate.matrix import ost_all

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEN, MANY, CIN = "styles-10", "styles", "cin-10"
NETS = (TEN, MANY, CIN, *FST)
KNOW = {"cin": CIN, "zmnet": TEN, "many": MANY}  # all ten styles
LABELS = {"ost": "OST", "fst": "FST", "cin": "CIN", "zmnet": "ZM-Net, 10 styles", "many": "ZM-Net, many styles"}


def rows(bench: Bench, photos: Sequence[Tensor], many: bool = False) -> list[list[Tensor]]:
    """The figure's rows, two styles (those of the FST networks) for each photo (1, 3, H, W).

    Content, style, OST, FST, CIN, ten-style ZM-Net; with `many` also the ZM-Net of many styles.
    """
    assert bench.ten is not None
    found = []
    for photo in photos:
        for name, row in FST.items():
            style = bench.ten[row : row + 1]
            made = [ost(photo, style, bench.judge.network, steps=bench.steps)]
            with torch.no_grad():
                made += [paint(bench, name, photo, style), paint(bench, CIN, photo, torch.tensor([row]))]
                made += [paint(bench, zmnet, photo, style) for zmnet in (TEN, MANY)[: 1 + many]]
            found.append([photo, style, *made])
    return found


def paint(bench: Bench, name: str, photo: Tensor, guide: Tensor) -> Tensor:
    """One network's output, (1, 3, H, W). guide: a style picture, or for a table the number of a row, (1,)."""
    return bench.nets[name].stylize(photo, bench.nets[name].encode(guide))


def measure(bench: Bench) -> dict[str, Any]:
    """The four methods' J; the claim is judged on the two styles that all of them know.

    Returns:
        "loss": medians over the pairs of two styles and all photos; "content_part" of each; "summary" the same with
        intervals; "by_style": style -> method -> median; "ten": medians over all ten styles of those that know them;
        and what the claim and the standing rules read beside.
    """
    assert bench.ten is not None
    two = list(FST.values())
    all_ten = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten)["J"] for key, name in KNOW.items()}
    own = fst_own(bench)
    floor = ost_all(bench.judge, bench.photos, bench.ten[two], bench.steps)
    parts = {"ost": floor, "fst": torch.cat(list(own.values()), 1)} | {key: j[:, two] for key, j in all_ten.items()}
    j = {key: one.sum(0) for key, one in parts.items()}
    loss = {key: float(np.median(one.numpy())) for key, one in j.items()}
    ratio = paired([j["zmnet"]], [j["fst"], j["cin"]], bench.seed)
    return {
        "loss": loss | {"fst_and_cin": (loss["fst"] + loss["cin"]) / 2},
        "ratio": ratio,
        "ratio_many": paired([j["many"]], [j["fst"], j["cin"]], bench.seed),
        "interval": bounds(ratio),
        "content_part": {key: float(one[1].median()) for key, one in parts.items()},
        "summary": {key: median(one, bench.seed) for key, one in j.items()},
        "by_style": {
            bench.names["ten"][row]: {key: float(np.median(one[i].numpy())) for key, one in j.items()}
            for i, row in enumerate(two)
        },
        "ten": {key: median(one.sum(0), bench.seed) for key, one in all_ten.items()},
        "styles": bench.nets[TEN].card.get("styles"),
        "fst_own_j": fst_own_j(bench),
        "signal": signal(bench, TEN, bench.ten),
        "pairs": int(j["fst"].numel()),
        "judge": bench.judge.name,
        "ost_steps": bench.steps,
    }


def agreement(bench: Bench, photos: Sequence[Tensor]) -> tuple[dict[str, float], list[list[Tensor]]]:
    """What FST and CIN show without a painting, for they carry their styles in their weights.

    Args:
        photos: (1, 3, H, W) each.

    Returns:
        "own", how far CIN's picture is from FST's of the same painting, and "other", from FST's of the other painting,
        both root mean squares over pixels and medians over photos and paintings; and a row of pictures for each photo:
        the photo, then FST and CIN for each painting.
    """
    found: dict[str, list[float]] = {"own": [], "other": []}
    rows = []
    for photo in photos:
        with torch.no_grad():
            fst = [paint(bench, name, photo, photo) for name in FST]  # whatever the guide is
            cin = [paint(bench, CIN, photo, torch.tensor([row])) for row in FST.values()]
        for i in range(len(FST)):
            for key, other in (("own", fst[i]), ("other", fst[i - 1])):
                found[key].append(float((cin[i] - other).square().mean().sqrt()))
        rows.append([photo, *(picture for pair in zip(fst, cin, strict=True) for picture in pair)])
    return {key: float(np.median(one)) for key, one in found.items()}, rows


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `measure` returned, or a kept run's values, a row a method; none for none."""
    return [
        {
            "method": label,
            "J, two styles": text(found["summary"][key]),
            "content part": found["content_part"][key],
            **{f"J, {style}": one[key] for style, one in found["by_style"].items()},
            "J, ten styles": text(found["ten"][key]) if key in found["ten"] else None,
        }
        for key, label in LABELS.items()
        if found
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """J of each method with its interval, from what `measure` returned; a line at 1.15 times FST's and CIN's mean."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
    for row, key in enumerate(LABELS):
        one = found["summary"][key]
        colour = "#D55E00" if key in ("zmnet", "many") else "0.4"
        if one["low"] is not None:
            axes.plot([one["low"], one["high"]], [row, row], color=colour, linewidth=2)
        axes.plot(one["median"], row, "o", color=colour, markersize=7)
    axes.axvline(1.15 * found["loss"]["fst_and_cin"], color="0.7", linestyle="--", linewidth=1)
    axes.set(yticks=range(len(LABELS)), yticklabels=list(LABELS.values()), xlabel="J, median over pairs")
    axes.set_xlim(left=0)
    axes.set_ylim(len(LABELS) - 0.5, -0.5)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
