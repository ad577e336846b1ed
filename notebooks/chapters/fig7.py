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
from scipy.linalg import sqrtm
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2lab
from skimage.filters import sobel
from torch import Tensor

from chapters.frames import Shelf, credited
from chapters.show import counted
from zmlib.affine import Affine
from zmlib.data.images import resize_short, to_image
from zmlib.evaluate.statistics import summary
from zmlib.perceptual.gram import gram
from zmlib.perceptual.network import LossNetwork
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

GROUPS = {"1-3": (1, 2, 3), "4-6": (4, 5, 6), "7-9": (7, 8, 9)}
OWN = {"edges": "1-3", "colour": "4-6", "texture": "7-9"}  # the paper's finding
FINE = 3.0  # pixels: the standard deviation of the blur whose remainder counts as fine
STRENGTHS = (0.25, 0.5, 0.75, 1.0)  # of what is on, for the page that a reader moves
FRAME = 224  # pixels: the short side of its pictures


def settings() -> dict[str, tuple[int, ...]]:
    """Layers that are on, in the order of the figure's columns 3 to 7."""
    return {"all off": (), **GROUPS, "all on": tuple(range(1, 10))}


@torch.no_grad()
def pictures(net: ZMNet, content: Tensor, affine: Affine) -> dict[str, Tensor]:
    """The five outputs for one photo (1, 3, H, W) and one value: name of the setting -> (1, 3, H, W)."""
    return {name: net.stylize(content, affine.only(layers)) for name, layers in settings().items()}


@torch.no_grad()
def without(net: ZMNet, content: Tensor, affine: Affine) -> dict[str, Tensor]:
    """The outputs with one group off and the others on, by the name of the group that is off."""
    return {name: net.stylize(content, affine.off(layers)) for name, layers in GROUPS.items()}


def switches() -> dict[str, tuple[int, ...]]:
    """The layers that are on for each way to set three switches: "000" is all off, "100" layers 1 to 3 alone."""
    ways = product((False, True), repeat=len(GROUPS))
    return {
        "".join("01"[on] for on in way): sum((group for group, on in zip(GROUPS.values(), way, strict=True) if on), ())
        for way in ways
    }


@torch.no_grad()
def sweep(net: ZMNet, content: Tensor, affine: Affine) -> dict[str, list[Tensor]]:
    """The outputs for every setting of the switches, on the path from gamma = 1, beta = 0 to the value in these layers.

    content: (1, 3, H, W). Returns setting -> a picture a strength, see `STRENGTHS`; one alone where all are off.
    """
    off = Affine.identity(net.tnet.spec, device=net.device)
    return {
        name: [net.stylize(content, off.lerp(affine.only(layers), t)) for t in (STRENGTHS if layers else (0.0,))]
        for name, layers in switches().items()
    }


def distances(found: Mapping[str, Sequence[Tensor]], network: LossNetwork) -> dict[str, dict[str, list[float]]]:
    """How far each picture of a `sweep` is from all off, by property, over how far all on is: setting -> property."""
    off, on = found["000"][0], found["111"][-1]
    named = {f"{name} {i}": one for name, row in found.items() for i, one in enumerate(row)}
    table = shares(named | {"all off": off, "all on": on}, network, of=list(named))
    return {
        name: {what: [row[f"{name} {i}"] for i in range(len(found[name]))] for what, row in table.items()}
        for name in found
    }


def shelve(
    shelf: Shelf, net: ZMNet, network: LossNetwork, pairs: Sequence[tuple[str, str]], given: Mapping[str, Any]
) -> None:
    """For the page: the `sweep` of each pair of a photo and a style, its `distances`, and whose the pictures are.

    pairs: names of a photo and a style. given: "photos", "paintings" and "values" by these names.
    """
    shelf.data |= {"groups": list(GROUPS), "strengths": [0.0, *STRENGTHS], "pairs": []}
    shelf.data["credits"] = credited((photo for photo, _ in pairs), (style for _, style in pairs))
    for i, (photo, style) in enumerate(counted(pairs, "pairs swept")):
        found = sweep(net, given["photos"][photo], given["values"][style])
        shelf.data["pairs"].append(
            {
                "photo": {"name": photo} | shelf.picture(f"photo-{i}", _framed(given["photos"][photo])),
                "style": {"name": style} | shelf.picture(f"style-{i}", _framed(given["paintings"][style])),
                "frames": {name: shelf.strip(f"{i}-{name}", list(map(_framed, row))) for name, row in found.items()},
                "distances": distances(found, network),
            }
        )


def _framed(picture: Tensor) -> Image.Image:
    return resize_short(to_image(picture.cpu()), FRAME)


def colour_distance(a: Tensor, b: Tensor) -> float:
    """How far apart two pictures' colours are: the Frechet distance of Gaussians fitted to their Lab pixels.

    a, b: (1, 3, H, W) in [0, 1]. In units of Lab. Where a colour is in the picture does not count.
    """
    (m, s), (n, t) = (_gaussian(x) for x in (a, b))
    cross = np.real(sqrtm(s @ t))
    return float(np.sqrt(max(0.0, np.square(m - n).sum() + np.trace(s + t - 2 * cross))))


def edge_distance(a: Tensor, b: Tensor) -> float:
    """Root mean square difference of the gradient magnitudes of two pictures' lightness, each scaled to unit spread.

    The scale is taken out, for contrast is colour's affair.
    """
    return float(np.sqrt(np.mean((sobel(_lightness(a)) - sobel(_lightness(b))) ** 2)))


def texture_distance(a: Tensor, b: Tensor, network: LossNetwork) -> float:
    """Distance of the Gram matrices of the fine detail of two pictures' lightness, colours and contrast matched.

    network: its first two blocks are used (relu1_2 and relu2_2), each layer's distance as a share of b's own norm.
    """
    x, y = (_fine(p).to(network.mean) for p in (a, b))
    layers = ("relu1_2", "relu2_2")
    with torch.no_grad():
        p, q = network(x, layers), network(y, layers)
    each = [(gram(p[k]) - gram(q[k])).norm() / gram(q[k]).norm() for k in layers]
    return float(torch.stack(each).mean())


def shares(
    outputs: Mapping[str, Tensor],
    network: LossNetwork,
    base: str = "all off",
    end: str = "all on",
    of: Sequence[str] = tuple(GROUPS),
) -> dict[str, dict[str, float]]:
    """For each property and group, d(group alone, all off) / d(all on, all off); or from, to and of other outputs."""
    off, on = outputs[base], outputs[end]
    measures = {
        "edges": edge_distance,
        "colour": colour_distance,
        "texture": lambda a, b: texture_distance(a, b, network),
    }
    whole = {what: max(d(on, off), 1e-9) for what, d in measures.items()}
    return {what: {name: d(outputs[name], off) / whole[what] for name in of} for what, d in measures.items()}


def summarise(found: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, Any]:
    """Medians over the pairs with bootstrap intervals, which group has the most of what, and whether the paper's does.

    Returns {"share": {property: {"layers_1_3": median, ...}}, "interval": {property: {"layers_1_3": [low, high], ...}},
    "leading": {property: group}, "groups_leading": in how many of the three properties the paper's group leads}. The
    bounds are None for a single pair.
    """
    table = {what: {g: summary([one[what][g] for one in found]) for g in GROUPS} for what in OWN}
    leading = {what: max(row, key=lambda g: row[g]["median"]) for what, row in table.items()}
    return {
        "share": {what: {key(g): one["median"] for g, one in row.items()} for what, row in table.items()},
        "interval": {
            what: {key(g): [one["low"], one["high"]] for g, one in row.items()} for what, row in table.items()
        },
        "leading": leading,
        "groups_leading": sum(leading[what] == OWN[what] for what in OWN),
    }


def elsewhere(
    nets: Mapping[str, ZMNet], photos: Sequence[Tensor], styles: Sequence[Tensor], network: LossNetwork
) -> dict[str, dict[str, Any]]:
    """The same of several networks, read in two ways.

    Args:
        nets: by name. photos, styles: (1, 3, H, W) each; every style on every photo.

    Returns:
        name -> "on" and "off" -> what `summarise` returns. "on" is the chapter's own reading: what a group makes alone.
        "off" is what is lost without it: d(group off, all on) / d(all off, all on).
    """
    found: dict[str, dict[str, Any]] = {}
    for name, net in nets.items():
        with torch.no_grad():
            affines = [net.encode(style) for style in styles]
        alone, lost = [], []
        for pair in [(photo, affine) for affine in affines for photo in photos]:
            outputs = pictures(net, *pair)
            alone.append(shares(outputs, network))
            lost.append(shares(outputs | without(net, *pair), network, "all on", "all off"))
        found[name] = {"on": summarise(alone), "off": summarise(lost)}
    return found


def elsewhere_table(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What `elsewhere` returned: the leading group and its share, a row a network and reading."""
    readings = {"on": "what it makes alone", "off": "what is lost without it"}
    return [
        {"network": f"`{name}`", "a group's share is": readings[reading]}
        | {
            what: f"{group} ({one['share'][what][key(group)]:.2f})" + ("" if group != OWN[what] else ", as the paper")
            for what, group in one["leading"].items()
        }
        for name, both in found.items()
        for reading, one in both.items()
    ]


def key(group: str) -> str:
    """A group's name in results: "1-3" is layers_1_3."""
    return "layers_" + group.replace("-", "_")


def _pixels(x: Tensor) -> np.ndarray:
    return rgb2lab(x[0].permute(1, 2, 0).cpu().numpy())


def _gaussian(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    lab = _pixels(x).reshape(-1, 3)
    return lab.mean(0), np.cov(lab, rowvar=False) + 1e-6 * np.eye(3)


def _lightness(x: Tensor) -> np.ndarray:
    light = _pixels(x)[..., 0]
    return (light - light.mean()) / max(light.std(), 1e-6)


def _fine(x: Tensor) -> Tensor:
    light = _lightness(x)
    fine = (light - gaussian_filter(light, FINE)) * 0.15 + 0.5
    return torch.from_numpy(fine).float().clamp(0, 1).expand(1, 3, -1, -1)


def plot(found: Mapping[str, Any]) -> Figure:
    """A panel a property and a bar a group, with bootstrap intervals, from what `summarise` returned."""
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
