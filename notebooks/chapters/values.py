"""The values of styles: which layers tell styles apart, which move the picture, and what lies between two values.

One measure is used throughout. A normalisation makes gamma x + beta of a map x with mean 0 and variance 1, so two
values differ there by sqrt(mean((gamma - gamma')^2 + (beta - beta')^2)) over the channels: the root mean square by
which they set its maps apart. Distances of whole values are root mean squares over the normalisations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor

from chapters.frames import Shelf
from chapters.show import counted
from zmlib.affine import Affine
from zmlib.data.images import centre_square, resize_short, to_image, to_tensor
from zmlib.errors import UserError
from zmlib.tnet import DYNAMIC_LAYERS
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BETWEEN = 5  # pictures between two styles; the page fades from each to the next
HEIGHT = 168  # pixels, of the frames of a path
THUMB = 128  # pixels, of a painting
DIGITS = 3  # of gamma and beta on the page
PATH_QUALITY = 78  # of JPEG: there are hundreds, and they are looked at in motion


def blocks(affines: Sequence[Affine]) -> list[np.ndarray]:
    """By normalisation (N, 2 C): gamma and beta of N values, such that Euclid's distance is this module's."""
    pairs = zip(
        *(zip(v.gamma, v.beta, strict=True) for v in affines),
        strict=True,
    )
    return [
        np.stack([torch.cat([g[0], b[0]]).float().cpu().numpy().astype(float) for g, b in one])
        / np.sqrt(one[0][0].shape[1])
        for one in pairs
    ]


def distances(rows: np.ndarray) -> np.ndarray:
    """Euclid's distance of each pair of N rows, (N, N)."""
    return np.sqrt(np.maximum(((rows[:, None] - rows[None]) ** 2).sum(-1), 0))


def quarters(net: ZMNet, paintings: Sequence[Image.Image], size: int) -> list[Affine]:
    """The values of the four quarters of each painting's centre square, each read at `size` pixels a side.

    Raises:
        UserError: fewer than two paintings.
    """
    if len(paintings) < 2:
        raise UserError("Give two style pictures or more: the chapter compares them.")
    found = []
    for painting in counted(paintings, "paintings read by quarters"):
        whole = centre_square(painting, 2 * size)
        for top, left in ((0, 0), (0, size), (size, 0), (size, size)):
            found.append(net.encode(to_tensor(whole.crop((left, top, left + size, top + size))).to(net.device)))
    return found


def apart(parts: Sequence[Affine], each: int = 4) -> dict[str, Any]:
    """How well the value of each normalisation tells styles apart.

    parts: of every style so many values, one style after the other, such as `quarters`.

    Returns:
        "between" and "within": name of the normalisation -> root mean square distance of two parts of different styles,
        and of the same one. "found": name -> the share of parts whose nearest other part is of the same style.
        "chance": that share by chance.
    """
    style = np.arange(len(parts)) // each
    same, other = style[:, None] == style[None], ~np.eye(len(parts), dtype=bool)
    found: dict[str, Any] = {"between": {}, "within": {}, "found": {}, "chance": (each - 1) / (len(parts) - 1)}
    for norm, rows in zip(parts[0].spec, blocks(parts), strict=True):
        d = distances(rows)
        found["between"][norm.name] = float(np.sqrt(np.mean(d[~same] ** 2)))
        found["within"][norm.name] = float(np.sqrt(np.mean(d[same & other] ** 2)))
        nearest = np.argmin(np.where(other, d, np.inf), axis=1)
        found["found"][norm.name] = float(np.mean(style[nearest] == style))
    return found


def exchanged(affine: Affine, other: Affine, layers: Sequence[int]) -> Affine:
    """`value`, with gamma and beta of `other` in these of the paper's layers."""
    take = [norm.layer in layers for norm in affine.spec]
    return replace(
        affine,
        gamma=tuple(b if t else a for a, b, t in zip(affine.gamma, other.gamma, take, strict=True)),
        beta=tuple(b if t else a for a, b, t in zip(affine.beta, other.beta, take, strict=True)),
    )


def rms(a: Tensor, b: Tensor) -> float:
    """Root mean square difference of two pictures in [0, 1]."""
    return float((a - b).square().mean().sqrt())


@torch.no_grad()
def reach(net: ZMNet, photo: Tensor, affines: Sequence[Affine], pictures: Sequence[Tensor]) -> dict[str, float]:
    """How far one layer moves the picture: from each style to the next, with that layer's value exchanged alone.

    photo: (1, 3, H, W). pictures: the same in each style. Returns layer -> the median, over the pairs, of that distance
    over the whole way's.
    """
    pairs = [(affines[i], affines[(i + 1) % len(affines)]) for i in range(len(affines))]
    whole = [rms(pictures[i], pictures[(i + 1) % len(pictures)]) for i in range(len(pictures))]
    found: dict[str, float] = {}
    for layer in counted(list(DYNAMIC_LAYERS), "layers exchanged"):
        moved = [
            rms(net.stylize(photo, exchanged(a, b, [layer])), one) for one, (a, b) in zip(pictures, pairs, strict=True)
        ]
        found[str(layer)] = float(np.median([m / max(w, 1e-9) for m, w in zip(moved, whole, strict=True)]))
    return found


def chart(affines: Sequence[Affine], pictures: Sequence[Tensor]) -> dict[str, Any]:
    """The map of N styles, and whether values that are near make pictures that are.

    pictures: one photo in each style. Returns "at", the first two principal components of each; "share" of the variance
    that each of the two has; "agreement": the rank correlation, over all pairs, of the distance of two values with that
    of their pictures, by normalisation and of "all" of them. It is None where all distances are the same.
    """
    each = blocks(affines)
    rows = np.concatenate(each, 1) / np.sqrt(len(each))
    u, s, _ = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    at = (u * s)[:, :2] * np.sign(u[0, :2] + 1e-12)  # the sign of a component is free: the first style's are positive
    upper = np.triu_indices(len(affines), 1)
    seen = [rms(pictures[i], pictures[j]) for i, j in combinations(range(len(pictures)), 2)]
    names = [*(norm.name for norm in affines[0].spec), "all"]
    agreement: dict[str, float | None] = dict.fromkeys(names)
    for name, one in zip(names, [*each, rows], strict=True):
        apart_by = distances(one)[upper]
        if len(affines) > 2 and np.ptp(apart_by) > 0 < np.ptp(seen):
            agreement[name] = float(spearmanr(apart_by, seen).statistic)
    return {"at": at.tolist(), "share": (s[:2] ** 2 / (s**2).sum()).tolist(), "agreement": agreement}


def ranked(found: Mapping[str, Any]) -> str:
    """What `chart` returned under "agreement", as a sentence."""
    agree = {name: rank for name, rank in found["agreement"].items() if rank is not None}
    whole = agree.pop("all", None)
    if whole is None:
        return "So few styles have no order of distances."
    near, far = max(agree, key=agree.__getitem__), min(agree, key=agree.__getitem__)
    return (
        f"Distance of values and of pictures, rank correlation: {whole:.2f} of the whole value,\n"
        f"{agree[near]:.2f} of {near} alone and {agree[far]:.2f} of {far} alone."
    )


@torch.no_grad()
def way(net: ZMNet, photo: Tensor, a: Affine, b: Affine, between: int = BETWEEN) -> list[Tensor]:
    """The photo on the straight path from one value to another, without the ends: (1, 3, H, W) each."""
    return [net.stylize(photo, a.lerp(b, i / (between + 1))) for i in range(1, between + 1)]


def straightness(frames: Sequence[Tensor]) -> dict[str, float]:
    """What a path looks like, of its frames.

    Returns:
        "detour": the sum of the steps from frame to frame over the distance of the ends. "uneven": the longest step
        over the mean one. "off_fade": how far the middle frame is from the cross-fade of the ends, over that
        distance.
    """
    steps = [rms(x, y) for x, y in zip(frames, frames[1:], strict=False)]
    straight = max(rms(frames[0], frames[-1]), 1e-9)
    middle = frames[len(frames) // 2]
    return {
        "detour": sum(steps) / straight,
        "uneven": max(steps) / max(float(np.mean(steps)), 1e-9),
        "off_fade": rms(middle, (frames[0] + frames[-1]) / 2) / straight,
    }


@torch.no_grad()
def fading(net: ZMNet, photo: Tensor, a: Affine, b: Affine, between: int = BETWEEN) -> float:
    """How wrong a fade between two neighbouring frames is at its middle, at the path's centre: grey levels of 255."""
    n = 2 * (between + 1)
    near = [net.stylize(photo, a.lerp(b, i / n)) for i in (between, between + 1, between + 2)]
    return 255 * rms(near[1], (near[0] + near[2]) / 2)


@torch.no_grad()
def walks(
    net: ZMNet, photo: Tensor, affines: Sequence[Affine], pictures: Sequence[Tensor], shelf: Shelf
) -> dict[str, Any]:
    """The frames of every pair's path onto the shelf, with what `straightness` says of them.

    photo: (1, 3, H, W). pictures: the same in each style. Returns {"pairs", "fading", "detour", "uneven", "off_fade"}:
    how many, and the medians; "fading" is of the pairs of each style with the next.
    """
    pairs = list(combinations(range(len(affines)), 2))
    found, files = [], []
    for i, j in counted(pairs, "paths between two styles"):
        frames = way(net, photo, affines[i], affines[j])
        images = [to_image(one.cpu()) for one in frames]
        files.append({"from": i, "to": j} | shelf.strip(f"path-{i:02}-{j:02}", images, PATH_QUALITY))
        found.append(straightness([pictures[i], *frames, pictures[j]]))
    shelf.data["paths"] = {"between": BETWEEN, "pairs": files}
    following = [(affines[i], affines[(i + 1) % len(affines)]) for i in range(len(affines))]
    medians = {name: float(np.median([one[name] for one in found])) for name in ("detour", "uneven", "off_fade")}
    fade = float(np.median([fading(net, photo, a, b) for a, b in following]))
    return {"pairs": len(pairs), "fading": fade, **medians}


def shelve(
    shelf: Shelf,
    photo: Image.Image,
    paintings: Mapping[str, Image.Image],
    affines: Sequence[Affine],
    pictures: Sequence[Tensor],
    told: Mapping[str, Any],
    moved: Mapping[str, float],
) -> None:
    """What the page shows beside the paths: values, paintings, the photo and its pictures.

    pictures: the photo in each style. told, moved: what `apart` and `reach` returned.
    """
    spec = affines[0].spec
    shelf.data["norms"] = [norm._asdict() | {"found": told["found"][norm.name]} for norm in spec]
    shelf.data |= {"chance": told["chance"], "moved": dict(moved)}
    shelf.data["photo"] = shelf.picture("photo", photo)
    thumbs = [centre_square(one, THUMB) for one in paintings.values()]
    shelf.data["thumbs"] = shelf.strip("styles", thumbs)
    shelf.data["pictures"] = shelf.strip("pictures", [to_image(one.cpu()) for one in pictures])
    shelf.data["styles"] = [
        {"name": name} | {part: [_short(one) for one in getattr(affine, part)] for part in ("gamma", "beta")}
        for name, affine in zip(paintings, affines, strict=True)
    ]


def frame_of(photo: Image.Image) -> Image.Image:
    """A photo at the size of the page's frames."""
    return resize_short(photo, HEIGHT)


def _short(row: Tensor) -> list[float]:
    return np.round(row[0].double().cpu().numpy(), DIGITS).tolist()


def plot_layers(told: Mapping[str, Any], moved: Mapping[str, float], spec: Any) -> Figure:
    """Left how surely each normalisation finds a style again, right how far each layer alone moves the picture."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.3), layout="constrained", width_ratios=(15, 9))
    names = list(told["found"])
    shades = {layer: "#0072B2" if layer % 2 else "#56B4E9" for layer in DYNAMIC_LAYERS}
    left.bar(names, [100 * told["found"][name] for name in names], color=[shades[norm.layer] for norm in spec])
    left.axhline(100 * told["chance"], color="0.4", linestyle="--", linewidth=1)
    left.set(ylabel="% of quarters", ylim=(0, 100), title="the nearest other quarter is of the same style")
    left.tick_params(axis="x", rotation=60)
    right.bar(list(moved), [100 * share for share in moved.values()], color=[shades[int(k)] for k in moved])
    right.set(xlabel="layer", ylabel="% of the way", title="moved by one layer alone")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def plot_map(found: Mapping[str, Any], paintings: Mapping[str, Image.Image]) -> Figure:
    """The styles at their place in the plane of the first two components, each as its painting."""
    import matplotlib.pyplot as plt
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage
    from matplotlib.patheffects import withStroke

    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    for (x, y), (name, painting) in zip(found["at"], paintings.items(), strict=True):
        picture = OffsetImage(np.asarray(centre_square(painting, 96)), zoom=0.36)
        axes.add_artist(AnnotationBbox(picture, (x, y), frameon=False))
        text = axes.annotate(name, (x, y), (0, -19), textcoords="offset points", ha="center", va="top", fontsize=9)
        text.set(path_effects=[withStroke(linewidth=2.5, foreground="white")], zorder=4)
        axes.plot(x, y, alpha=0)  # so that the axes reach as far
    axes.margins(0.12, 0.16)
    axes.set_aspect("equal")
    for axis, share in zip("xy", found["share"], strict=False):
        axes.set(**{f"{axis}label": f"component {'xy'.index(axis) + 1}: {share:.0%} of the variance"})
    axes.spines[["top", "right"]].set_visible(False)
    return figure
