"""What three readings change: padding, how psi_l becomes a vector, and the content layer. No training: shipped weights.

Of three sentences that the paper leaves out, each can be read in two ways or more. Here both are computed, and what
they change is measured.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from chapters.common import median
from chapters.section321 import watched
from chapters.timing import interleaved
from zmlib.affine import Affine
from zmlib.baselines.ost import Optimisation
from zmlib.evaluate.judge import Judge
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BORDER = 16  # pixels from an edge: what counts as border
POOLS = {"mean and deviation": (True, True), "mean": (True, False), "deviation": (False, True), "neither": (False,) * 2}
MAPS = {"the map": "o", "normalised": "s", "normalised, ReLU": "^"}
LAYERS = ("relu3_3", "relu2_2")  # the first is ours


def unpadded(net: ZMNet) -> ZMNet:
    """The same weights under the figure's padding: reflection by 40 pixels at the start, residual blocks unpadded."""
    twin = ZMNet(replace(net.config, padding="valid"), net.kind, **net.options).to(net.device).eval()
    twin.load_state_dict(net.state_dict())
    return twin


@torch.no_grad()
def padding(nets: Mapping[str, ZMNet], judge: Judge, contents: Tensor, styles: Tensor, seed: int = 0) -> dict[str, Any]:
    """The outputs of two networks with the same weights, every style (S, 3, h, w) on every photo (C, 3, H, W).

    nets: two, by the name of their padding. Returns "J" summaries by padding, and "difference" -> "border" and
    "centre": the mean absolute difference of the two outputs within `BORDER` pixels of an edge, and elsewhere.
    """
    found: dict[str, list[Tensor]] = {name: [] for name in nets}
    apart, edge = [], torch.ones(contents.shape[-2:], dtype=torch.bool)
    edge[BORDER:-BORDER, BORDER:-BORDER] = False
    affines = {name: net.encode(styles) for name, net in nets.items()}
    for i, style in enumerate(styles):
        for photo in contents[:, None]:
            made = {name: net.stylize(photo, affines[name][i : i + 1]) for name, net in nets.items()}
            for name, output in made.items():
                found[name].append(judge(output, photo, style[None]))
            one, other = made.values()
            difference = (one - other).abs().mean((0, 1)).cpu()
            apart.append([float(difference[edge].mean()), float(difference[~edge].mean())])
    border, centre = np.mean(apart, 0)
    return {
        "J": {name: median(torch.cat(j), seed) for name, j in found.items()},
        "difference": {"border": float(border), "centre": float(centre)},
    }


def padding_times(nets: Mapping[str, ZMNet], content: Tensor, style: Tensor, repeats: int) -> dict[str, float]:
    """Median seconds of TNet by padding, measured in turns. content, style: (1, 3, H, W)."""
    affines = {name: net.encode(style) for name, net in nets.items()}
    jobs = {name: partial(net.stylize, content, affines[name]) for name, net in nets.items()}
    with torch.no_grad():
        return {name: float(np.median(seconds)) for name, seconds in interleaved(jobs, repeats).items()}


@torch.no_grad()
def pooled(net: ZMNet, styles: Tensor, mean: bool, deviation: bool) -> Affine:
    """A serial or parallel image ZM-Net's value of styles (S, 3, h, w) from a part of each psi_l.

    A half that is left out is what it is on average over the styles of the training, for every style.
    """
    source: Any = net.source
    pairs = []
    for head, psi in zip(source.heads, source.psi(styles), strict=True):
        half = psi.shape[1] // 2
        keep = torch.tensor([mean] * half + [deviation] * half, device=psi.device)
        pairs.append(head(torch.where(keep, psi, head.norm.mean)))
    gamma, beta = zip(*pairs, strict=True)
    return Affine(gamma, beta, net.tnet.spec)


@torch.no_grad()
def pooling(net: ZMNet, judge: Judge, contents: Tensor, styles: Tensor, seed: int = 0) -> dict[str, Any]:
    """J by what is left of psi_l (a name of `POOLS`), and `spread`; every style on every photo."""
    found = {}
    for name, (mean, deviation) in POOLS.items():
        affine, j = pooled(net, styles, mean, deviation), []
        for i, style in enumerate(styles):
            for photo in contents[:, None]:
                j.append(judge(net.stylize(photo, affine[i : i + 1]), photo, style[None]))
        found[name] = median(torch.cat(j), seed)
    return {"J": found, "spread": spread(net, styles)}


@torch.no_grad()
def spread(net: ZMNet, styles: Tensor) -> dict[str, list[float]]:
    """How much the mean over space of PNet's maps differs between styles, a number a convolution, by name of `MAPS`.

    It is the standard deviation over the styles, root mean square over the channels, in units of the map's own
    deviation over space.
    """
    source: Any = net.source
    found: dict[str, list[float]] = {name: [] for name in MAPS}
    for step in watched(source.trunk, lambda: source.psi(styles)):
        x = step.output.double()
        normal = F.instance_norm(x)
        unit = x.var((2, 3)).mean().sqrt()
        for name, each in zip(MAPS, (x / unit, normal, F.relu(normal)), strict=True):
            found[name].append(float(each.mean((2, 3)).var(0).mean().sqrt()))
    return found


def content_layers(
    judge: Judge, photos: Sequence[Tensor], styles: Tensor, steps: int
) -> tuple[dict[str, Any], list[list[Tensor]]]:
    """OST that minimises J with the one or the other content layer (`LAYERS`), a row a style (S, 3, h, w).

    photos: (1, 3, H, W) each, taken in turn. Returns the mean parts of J by layer ("style", and "content" by each of
    the two layers), and rows of photo, style and outputs.
    """
    judges = {layer: Judge(copy.deepcopy(judge.network)) for layer in LAYERS}
    for layer, one in judges.items():
        one.network.content_layer = layer
    rows, found = [], {layer: [] for layer in LAYERS}  # type: ignore[var-annotated]
    for i in range(len(styles)):
        photo, style = photos[i % len(photos)], styles[i : i + 1]
        row = [photo, style]
        for layer, one in judges.items():
            run = Optimisation(photo, style, one)
            for _ in range(steps):
                run.step()
            row.append(run.images)
            with torch.no_grad():
                parts = [other.parts(run.images, photo, style) for other in judges.values()]
            found[layer].append([float(parts[0][0]), *(float(part[1]) for part in parts)])
        rows.append(row)
    keys = ("style", *(f"content_{layer}" for layer in LAYERS))
    means = {layer: dict(zip(keys, np.mean(each, 0).tolist(), strict=True)) for layer, each in found.items()}
    return {"parts": means, "steps": steps}, rows


def plot(found: Mapping[str, Any]) -> Figure:
    """From what `pooling` returned: spread by convolution, logarithmic, and J by pooling with intervals."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
    for (name, mark), colour in zip(MAPS.items(), ("#0072B2", "#D55E00", "#009E73"), strict=True):
        left.plot(found["spread"][name], mark, color=colour, label=name)
    left.set(yscale="log", xlabel="convolution of PNet", ylabel="spread of the mean over styles")
    left.legend(frameon=False, fontsize="small")
    for row, one in enumerate(found["J"].values()):
        right.plot(one["median"], row, "o", color="#0072B2", markersize=7)
        if one["low"] is not None:
            right.plot([one["low"], one["high"]], [row, row], color="#0072B2", linewidth=2)
    right.set(yticks=range(len(found["J"])), yticklabels=list(found["J"]), xlabel="J")
    right.set_ylim(len(found["J"]) - 0.5, -0.5)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
