"""Figure 7: what DIN does in which layers, measured as well as shown.

Three properties of a picture, one for each of the paper's words: edges ("content details (e.g., edges)", layers 1-3),
colour ("roughly adjusting colors", 4-6) and texture ("texture-related features", 7-9). For each, how far one group
of layers alone moves the picture from all layers off, as a share of how far all layers on move it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from chapters.distances import MEASURES, Seen, see
from chapters.frames import Shelf, credited, framed, keep_frames
from chapters.measures import text
from chapters.show import counted
from zmlib.affine import Affine
from zmlib.evaluate.statistics import paired, summary
from zmlib.experiments.run import Run
from zmlib.perceptual.network import LossNetwork
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NETWORKS = ("styles-expanded", "styles-seeds")  # beside the chapter's own: the serial PNet, on other training sets
GROUPS = {"1-3": (1, 2, 3), "4-6": (4, 5, 6), "7-9": (7, 8, 9)}
ENDS = ("ratio", "low", "high")
OWN = {"edges": "1-3", "colour": "4-6", "texture": "7-9"}  # the paper's finding
READINGS = {"on": "what it makes alone", "off": "what is lost without it"}
STRENGTHS = (0.25, 0.5, 0.75, 1.0)  # from gamma = 1, beta = 0 to the style's, on the page that a reader moves
Table = Mapping[str, Mapping[str, np.ndarray]]  # property -> group -> shares, (styles, photographs)


def shares(pictures: Mapping[str, Tensor], base: Seen, end: Seen, network: LossNetwork) -> dict[str, dict[str, float]]:
    """How far some pictures are from the base, over how far the end is from it: property -> picture -> share.

    pictures: by name, (1, 3, H, W) each. base, end: of the same photograph. network: for the texture.
    """
    seen = {name: see(picture, network) for name, picture in pictures.items()}
    found = {}
    for what, distance in MEASURES.items():
        whole = max(distance(end, base), 1e-9)
        found[what] = {name: distance(one, base) / whole for name, one in seen.items()}
    return found


def two_readings(
    net: ZMNet, photo: Tensor, affine: Affine, off: Seen, network: LossNetwork
) -> dict[str, dict[str, dict[str, float]]]:
    """The `shares` of the groups in both of `READINGS`: what each makes alone ("on"), what is lost without it ("off").

    photo: (1, 3, H, W). off: the photograph with all layers off.
    """
    on = see(net.stylize(photo, affine), network)
    alone = {group: net.stylize(photo, affine.only(layers)) for group, layers in GROUPS.items()}
    without = {group: net.stylize(photo, affine.off(layers)) for group, layers in GROUPS.items()}
    return {"on": shares(alone, off, on, network), "off": shares(without, on, off, network)}


@torch.no_grad()
def measure(
    net: ZMNet, network: LossNetwork, photos: Sequence[Tensor], paintings: Sequence[Tensor]
) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    """`two_readings` of every style on every photograph: reading -> property -> group -> shares (S, C).

    photos, paintings: (1, 3, H, W) each, in [0, 1].
    """
    shape = (len(paintings), len(photos))
    found = {way: {what: {group: np.zeros(shape) for group in GROUPS} for what in OWN} for way in READINGS}
    plain = Affine.identity(net.tnet.spec, device=net.device)
    off = [see(net.stylize(photo, plain), network) for photo in photos]  # the same for every style
    for s, painting in enumerate(counted(paintings, "styles, layer by layer")):
        affine = net.encode(painting)
        for c, photo in enumerate(photos):
            for way, table in two_readings(net, photo, affine, off[c], network).items():
                for what, row in table.items():
                    for group, share in row.items():
                        found[way][what][group][s, c] = share
    return found


def summarise(tables: Sequence[Table], seed: int = 0) -> dict[str, Any]:
    """Which group does what: of each pair the median over the networks, then the median over the pairs.

    Args:
        tables: of each network, what `measure` returned for one reading.
        seed: of the bootstrap over photographs and styles.

    Returns:
        "share": property -> "layers_1_3", ... -> `zmlib.evaluate.statistics.summary`. "lead": property -> the share of
        the group that the paper names over the largest other one, as a ratio with its interval: above 1 it leads.
        "leading": property -> the group with the largest share. "groups_leading": in how many of the three properties
        that is the paper's. "networks", "pairs": how many.
    """
    middle = {what: {g: np.median([one[what][g] for one in tables], 0) for g in GROUPS} for what in OWN}
    share = {what: {g: summary(values, seed) for g, values in row.items()} for what, row in middle.items()}
    leads = {
        what: [paired(row[OWN[what]], other, seed) for group, other in row.items() if group != OWN[what]]
        for what, row in middle.items()
    }
    leading = {what: max(row, key=lambda group: row[group]["median"]) for what, row in share.items()}
    return {
        "share": {what: {key(group): one for group, one in row.items()} for what, row in share.items()},
        # over both other groups at once, so each end is the lower one of the two
        "lead": {what: row[0] | {end: min(one[end] for one in row) for end in ENDS} for what, row in leads.items()},
        "leading": leading,
        "groups_leading": sum(leading[what] == OWN[what] for what in OWN),
        "networks": len(tables),
        "pairs": int(middle["edges"]["1-3"].size),
    }


def key(group: str) -> str:
    """A group's name in results: "1-3" is layers_1_3."""
    return "layers_" + group.replace("-", "_")


def leads_table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """A row for each property, from what `summarise` returned."""
    return [
        {
            "property": what,
            **{f"layers {group}": text(found["share"][what][key(group)]) for group in GROUPS},
            "the paper says": OWN[what],
            "its share over the largest other": text(found["lead"][what], "ratio"),
        }
        for what in OWN
    ]


def readings_table(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The leading group and its share, a row for each network and reading.

    found: network -> reading -> what `summarise` returned.
    """
    rows = []
    for name, both in found.items():
        for reading, one in both.items():
            row = {"network": f"`{name}`", "a group's share is": READINGS[reading]}
            for what, group in one["leading"].items():
                agrees = ", as the paper" if group == OWN[what] else ""
                row[what] = f"{group} ({one['share'][what][key(group)]['median']:.2f}){agrees}"
            rows.append(row)
    return rows


def plot(found: Mapping[str, Any]) -> Figure:
    """A panel for each property and a bar for each group, with intervals, from what `summarise` returned."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True, layout="constrained")
    for axes, what in zip(panels, OWN, strict=True):
        for x, group in enumerate(GROUPS):
            one = found["share"][what][key(group)]
            axes.bar(x, one["median"], color="#D55E00" if group == OWN[what] else "0.7")
            if one["low"] is not None:
                axes.plot([x, x], [one["low"], one["high"]], color="black", linewidth=2)
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
    table = shares(named, see(found["000"][0], network), see(found["111"][-1], network), network)
    return {
        way: {what: [row[f"{way} {i}"] for i in range(len(found[way]))] for what, row in table.items()} for way in found
    }
