"""The affine parameters of styles: which layers tell styles apart, which move the picture, what lies between two.

One distance is used throughout. A normalisation makes gamma x + beta of a map x with mean 0 and variance 1, so the
affine parameters of two styles differ there by sqrt(mean((gamma - gamma')^2 + (beta - beta')^2)) over the channels: the
root mean square by which they set its maps apart. Over several normalisations it is the root mean square of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor

from chapters.show import counted
from zmlib.affine import Affine
from zmlib.data.images import centre_square, to_tensor
from zmlib.errors import UserError
from zmlib.tnet import DYNAMIC_LAYERS
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")


def blocks(affines: Sequence[Affine]) -> list[np.ndarray]:
    """gamma and beta of N styles, (N, 2 C) for each normalisation, scaled: Euclid's distance is that of this module."""
    found = []
    for i, norm in enumerate(affines[0].spec):
        rows = [torch.cat([affine.gamma[i][0], affine.beta[i][0]]).float().cpu().numpy() for affine in affines]
        found.append(np.stack(rows).astype(float) / np.sqrt(norm.channels))
    return found


def distances(rows: np.ndarray) -> np.ndarray:
    """Euclid's distance between each two of N rows (N, D): (N, N)."""
    return np.sqrt(np.maximum(((rows[:, None] - rows[None]) ** 2).sum(-1), 0))


def quarters(net: ZMNet, paintings: Sequence[Image.Image], size: int) -> list[Affine]:
    """gamma and beta of the four quarters of each painting's centre square, each read at size x size pixels.

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
    """How well gamma and beta of each single normalisation tell styles apart.

    Args:
        parts: those of several parts of each style, one style after the other, such as `quarters` returns.
        each: how many parts a style has.

    Returns:
        "between" and "within": name of the normalisation -> root mean square distance between two parts of different
        styles, and of the same style. "found": name -> the share of parts whose nearest other part is of the same
        style. "chance": what this share is by chance.
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
    """`affine` with gamma and beta of `other` in these of the paper's layers (1 to 9)."""
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
    """How far one layer alone moves the picture on the way from each style to the next.

    Args:
        photo: (1, 3, H, W) in [0, 1].
        affines: of the styles. pictures: the photo in each of them.

    Returns:
        Layer ("1" to "9") -> how far the picture moves when that layer alone takes gamma and beta of the next style, as
        a share of the whole way to it: the median over the styles.
    """
    whole = [rms(one, following) for one, following in _with_next(pictures)]
    found: dict[str, float] = {}
    for layer in counted(list(DYNAMIC_LAYERS), "layers exchanged"):
        shares = []
        for picture, (affine, following), way in zip(pictures, _with_next(affines), whole, strict=True):
            moved = rms(net.stylize(photo, exchanged(affine, following, [layer])), picture)
            shares.append(moved / max(way, 1e-9))
        found[str(layer)] = float(np.median(shares))
    return found


def _with_next(items: Sequence[T]) -> list[tuple[T, T]]:
    """Each item with the one after it, the last with the first."""
    return list(zip(items, [*items[1:], items[0]], strict=True))


def chart(affines: Sequence[Affine], pictures: Sequence[Tensor]) -> dict[str, Any]:
    """The map of N styles, and whether styles whose gamma and beta are near give pictures that are.

    pictures: one photo in each style, (1, 3, H, W) each.

    Returns:
        "at": the first two principal components of each style. "share": of the variance, for each of the two.
        "agreement": name of a normalisation, or "all" -> the rank correlation, over all pairs of styles, between the
        distance of their gamma and beta and that of their pictures; None where all distances are equal.
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
    """What `chart` returned under "agreement", in two lines."""
    agree = {name: rank for name, rank in found["agreement"].items() if rank is not None}
    whole = agree.pop("all", None)
    if whole is None:
        return "Too few styles: their distances have no order."
    near, far = max(agree, key=agree.__getitem__), min(agree, key=agree.__getitem__)
    return (
        f"Rank correlation of the distances with those of the pictures: {whole:.2f} for all normalisations,\n"
        f"{agree[near]:.2f} for {near} alone and {agree[far]:.2f} for {far} alone."
    )


def plot_layers(told: Mapping[str, Any], moved: Mapping[str, float], spec: Any) -> Figure:
    """Left: how surely each normalisation finds a style again. Right: how far each layer alone moves the picture.

    told, moved: what `apart` and `reach` returned. spec: the normalisations.
    """
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
    """The styles at their places in the plane of the first two components, each shown by its painting.

    found: what `chart` returned.
    """
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
