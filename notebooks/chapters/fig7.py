"""Figure 7: what DIN does in which layers, measured as well as shown.

Three properties of a picture, one for each of the paper's words: edges ("content details (e.g., edges)", layers 1-3),
colour ("roughly adjusting colors", 4-6) and texture ("texture-related features", 7-9). For each, how far one group
of layers alone moves the picture from all layers off, as a share of how far all layers on move it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.distances import colour_distance, edge_distance, texture_distance
from chapters.frames import Shelf, credited, framed, keep_frames
from chapters.show import counted
from zmlib.affine import Affine
from zmlib.evaluate.statistics import summary
from zmlib.experiments.run import Run
from zmlib.perceptual.network import LossNetwork
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUPS = {"1-3": (1, 2, 3), "4-6": (4, 5, 6), "7-9": (7, 8, 9)}
OWN = {"edges": "1-3", "colour": "4-6", "texture": "7-9"}  # the paper's finding
STRENGTHS = (0.25, 0.5, 0.75, 1.0)  # from gamma = 1, beta = 0 to the style's, on the page that a reader moves


def shares(
    outputs: Mapping[str, Tensor],
    network: LossNetwork,
    base: str = "all off",
    end: str = "all on",
    of: Sequence[str] = tuple(GROUPS),
) -> dict[str, dict[str, float]]:
    """How far some outputs are from the base, over how far the end is from it: property -> output -> share.

    Args:
        outputs: by name, of one photograph and style, (1, 3, H, W) each.
        network: for the texture.
        base, end, of: names of outputs. As given, the share of a group is d(group alone, all off) / d(all on, all off).
    """
    measures = {
        "edges": edge_distance,
        "colour": colour_distance,
        "texture": lambda a, b: texture_distance(a, b, network),
    }
    found = {}
    for what, distance in measures.items():
        whole = max(distance(outputs[end], outputs[base]), 1e-9)
        found[what] = {name: distance(outputs[name], outputs[base]) / whole for name in of}
    return found


def summarise(found: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, Any]:
    """Medians over pairs of a photograph and a style, and which group leads; found: what `shares` returned of each.

    Returns:
        "share": property -> "layers_1_3", ... -> median. "interval": the same -> [low, high], None for a single pair.
        "leading": property -> the group with the largest median. "groups_leading": in how many of the three properties
        that is the group that the paper names.
    """
    table = {what: {group: summary([one[what][group] for one in found]) for group in GROUPS} for what in OWN}
    leading = {what: max(row, key=lambda group: row[group]["median"]) for what, row in table.items()}
    return {
        "share": {what: {key(group): one["median"] for group, one in row.items()} for what, row in table.items()},
        "interval": {
            what: {key(group): [one["low"], one["high"]] for group, one in row.items()} for what, row in table.items()
        },
        "leading": leading,
        "groups_leading": sum(leading[what] == OWN[what] for what in OWN),
    }


def key(group: str) -> str:
    """A group's name in results: "1-3" is layers_1_3."""
    return "layers_" + group.replace("-", "_")


def readings_table(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The leading group and its share, a row for each network and reading.

    found: network -> "on" (what a group makes alone) and "off" (what is lost without it) -> what `summarise` returned.
    """
    readings = {"on": "what it makes alone", "off": "what is lost without it"}
    rows = []
    for name, both in found.items():
        for reading, one in both.items():
            row = {"network": f"`{name}`", "a group's share is": readings[reading]}
            for what, group in one["leading"].items():
                agrees = ", as the paper" if group == OWN[what] else ""
                row[what] = f"{group} ({one['share'][what][key(group)]:.2f}){agrees}"
            rows.append(row)
    return rows


def plot(found: Mapping[str, Any]) -> Figure:
    """A panel for each property and a bar for each group, with intervals, from what `summarise` returned."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
    for axes, what in zip(panels, OWN, strict=True):
        for x, group in enumerate(GROUPS):
            axes.bar(x, found["share"][what][key(group)], color="#D55E00" if group == OWN[what] else "0.7")
            bounds = found["interval"][what][key(group)]
            if bounds[0] is not None:
                axes.plot([x, x], bounds, color="black", linewidth=2)
        axes.set(xticks=range(3), xticklabels=[f"layers {g}" for g in GROUPS], title=what)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("share of all on")
    return figure


def shelve(
    run: Run,
    net: ZMNet,
    network: LossNetwork,
    pairs: Sequence[tuple[str, str]],
    photos: Mapping[str, Tensor],
    paintings: Mapping[str, Tensor],
) -> Shelf:
    """Keep what the page with the switches shows: the `sweep` of each pair, its distances, and whose the pictures are.

    pairs: names of a photograph and a style. photos, paintings: (1, 3, H, W) in [0, 1], by name.
    """
    with keep_frames(run) as shelf:
        shelf.data |= {"groups": list(GROUPS), "strengths": [0.0, *STRENGTHS], "pairs": []}
        shelf.data["credits"] = credited((photo for photo, _ in pairs), (style for _, style in pairs))
        for i, (photo, style) in enumerate(counted(pairs, "pairs swept")):
            found = sweep(net, photos[photo], net.encode(paintings[style]))
            strips = {name: shelf.strip(f"{i}-{name}", [framed(one) for one in row]) for name, row in found.items()}
            shelf.data["pairs"].append(
                {
                    "photo": {"name": photo} | shelf.picture(f"photo-{i}", framed(photos[photo])),
                    "style": {"name": style} | shelf.picture(f"style-{i}", framed(paintings[style])),
                    "frames": strips,
                    "distances": sweep_shares(found, network),
                }
            )
    return shelf


def switches() -> dict[str, tuple[int, ...]]:
    """The layers that are on for each way to set three switches: "000" is all off, "100" layers 1 to 3 alone."""
    ways = product((False, True), repeat=len(GROUPS))
    return {
        "".join("01"[on] for on in way): sum((group for group, on in zip(GROUPS.values(), way, strict=True) if on), ())
        for way in ways
    }


@torch.no_grad()
def sweep(net: ZMNet, content: Tensor, affine: Affine) -> dict[str, list[Tensor]]:
    """The outputs for each way to set the switches, from gamma = 1, beta = 0 to the style's in the layers that are on.

    content: (1, 3, H, W). Returns the way -> a picture for each of `STRENGTHS`; one alone where all are off.
    """
    off = Affine.identity(net.tnet.spec, device=net.device)
    return {
        way: [net.stylize(content, off.lerp(affine.only(layers), t)) for t in (STRENGTHS if layers else (0.0,))]
        for way, layers in switches().items()
    }


def sweep_shares(found: Mapping[str, Sequence[Tensor]], network: LossNetwork) -> dict[str, dict[str, list[float]]]:
    """`shares` of each picture of a `sweep`: way -> property -> a share for each strength."""
    named = {f"{way} {i}": one for way, row in found.items() for i, one in enumerate(row)}
    ends = {"all off": found["000"][0], "all on": found["111"][-1]}
    table = shares(named | ends, network, of=list(named))
    return {
        way: {what: [row[f"{way} {i}"] for i in range(len(found[way]))] for what, row in table.items()} for way in found
    }
