"""Figure 4: one ZM-Net of ten styles beside OST, FST and CIN, on the styles that it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

import zmlib
from chapters.common import Bench
from chapters.measures import FST, alike, fst_own, losses, median, text
from chapters.ost_reference import Reference, origin
from zmlib.evaluate.statistics import paired
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MANY, CIN = "styles", "cin-10"
LABELS = {"ost": "OST", "fst": "FST", "cin": "CIN", "zmnet": "ZM-Net, 10 styles", "many": "ZM-Net, many styles"}


def ten_styles() -> str:
    """The ten-style ZM-Net that ships: that of CIN's width, crops and pictures, or else the narrow one."""
    return "styles-10-wide" if "styles-10-wide" in zmlib.available() else "styles-10"


def trained(nets: Mapping[str, ZMNet]) -> dict[str, Any]:
    """Whether the ten-style ZM-Net, CIN and FST were trained alike: see `chapters.measures.alike`."""
    return alike([nets[name] for name in (ten_styles(), CIN, *FST)])


def measure(bench: Bench, reference: Reference | None = None) -> dict[str, Any]:
    """J of the four methods on held-out photographs, in styles that they were trained on.

    FST has two of the ten styles, so that there are two comparisons: on these two with FST and CIN, on all ten with
    CIN alone. OST is there on fewer photographs.

    Args:
        reference: what `chapters.ost_reference.read` found.

    Returns:
        "loss": medians over the pairs of two styles; "content_part": of each method; "ten": medians over all ten styles
        of the methods that know them; "ratio": the ten-style ZM-Net over the mean of FST and CIN, two styles;
        "ratio_cin": over CIN, ten styles; both also of the ZM-Net of many styles, as "ratio_many" and
        "ratio_many_cin"; "over_ost": each method over OST on the pairs that OST was run on; "by_style": style ->
        method -> median; "same": whether the networks were trained alike, "differ": in what not.
    """
    assert bench.ten is not None
    two, seed = list(FST.values()), bench.seed
    know = {"cin": CIN, "zmnet": ten_styles(), "many": MANY}  # all ten styles
    ten = {key: losses(bench.nets[name], bench.judge, bench.photos, bench.ten)["J"] for key, name in know.items()}
    parts = {"fst": fst_own(bench)} | {key: one[:, two] for key, one in ten.items()}
    columns: list[int] = []
    if reference is not None:
        floor, columns = reference.on(bench.names["ten"], bench.names["photos"])
    if columns:
        ten["ost"], parts["ost"] = floor["J"], floor["J"][:, two]
    parts = {key: parts[key] for key in LABELS if key in parts}
    j, j_ten = ({key: one.sum(0) for key, one in some.items()} for some in (parts, ten))
    return {
        "network": know["zmnet"],
        "loss": {key: median(one, seed) for key, one in j.items()},
        "ratio": paired([j["zmnet"]], [j["fst"], j["cin"]], seed),
        "ratio_cin": paired(j_ten["zmnet"], j_ten["cin"], seed),
        "ratio_many": paired([j["many"]], [j["fst"], j["cin"]], seed),
        "ratio_many_cin": paired(j_ten["many"], j_ten["cin"], seed),
        "over_ost": {key: paired(j_ten[key][:, columns], j_ten["ost"], seed) for key in know} if columns else {},
        "content_part": {key: median(one[1], seed) for key, one in parts.items()},
        "by_style": {
            bench.names["ten"][row]: {key: float(np.median(one[i].numpy())) for key, one in j.items()}
            for i, row in enumerate(two)
        },
        "ten": {key: median(one, seed) for key, one in j_ten.items()},
        "styles": bench.nets[know["zmnet"]].card.get("styles"),
        **trained(bench.nets),
        "pairs": int(j["fst"].numel()),
        "judge": bench.judge.name,
        "ost_from": origin(reference),
    }


def distances(rows: Sequence[Sequence[Tensor]]) -> dict[str, float]:
    """How far CIN's pictures are from those of the two FST networks.

    Args:
        rows: one for each photograph: the photograph, then FST and CIN for the first painting, then both for the
            second, (1, 3, H, W) each.

    Returns:
        "own", the distance from FST's picture of the same painting, and "other", from that of the other painting: root
        mean squares over pixels, medians over photographs and paintings.
    """
    found: dict[str, list[float]] = {"own": [], "other": []}
    for _, *pictures in rows:
        fst, cin = pictures[::2], pictures[1::2]
        for i, painted in enumerate(cin):
            found["own"].append(float((painted - fst[i]).square().mean().sqrt()))
            found["other"].append(float((painted - fst[i - 1]).square().mean().sqrt()))
    return {key: float(np.median(one)) for key, one in found.items()}


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each method, from what `measure` returned or a kept run's values; no row for no values."""
    return [
        {
            "method": label,
            "J, two styles": text(found["loss"][key]),
            "content part": found["content_part"][key]["median"],
            **{f"J, {style}": one[key] for style, one in found["by_style"].items()},
            "J, ten styles": text(found["ten"][key]) if key in found["ten"] else None,
            "J over OST's": text(found["over_ost"][key], "ratio") if key in found["over_ost"] else None,
        }
        for key, label in LABELS.items()
        if found and key in found["loss"]
    ]


def ratios_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The ratios that the claim is judged by, and the same of the network of many styles."""
    return [
        {
            "network": f"`{name}`",
            "over the mean of FST and CIN, two styles": text(found[f"ratio{which}"], "ratio"),
            "over CIN, ten styles": text(found[f"ratio{which}_cin"], "ratio"),
        }
        for which, name in (("", found.get("network")), ("_many", MANY))
        if found
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """J of each method with its interval, from what `measure` returned; a line at 1.15 times FST and CIN."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.4), layout="constrained")
    there = [key for key in LABELS if key in found["loss"]]
    for row, key in enumerate(there):
        one = found["loss"][key]
        colour = "#D55E00" if key in ("zmnet", "many") else "0.4"
        if one["low"] is not None:
            axes.plot([one["low"], one["high"]], [row, row], color=colour, linewidth=2)
        axes.plot(one["median"], row, "o", color=colour, markersize=7)
    beside = np.mean([found["loss"][key]["median"] for key in ("fst", "cin")])
    axes.axvline(float(1.15 * beside), color="0.7", linestyle="--", linewidth=1)
    axes.set(yticks=range(len(there)), yticklabels=[LABELS[key] for key in there], xlabel="J, median over pairs")
    axes.set_xlim(left=0)
    axes.set_ylim(len(there) - 0.5, -0.5)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
