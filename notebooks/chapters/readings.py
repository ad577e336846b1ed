"""What three readings change: the padding, how psi_l becomes a vector, and the content layer.

The paper leaves each of them open in two ways or more. Here the ways are computed with the weights that ship, with no
training, and what they change is measured.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from chapters.common import text
from chapters.section321 import watched
from chapters.timing import interleaved
from zmlib.affine import Affine
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.statistics import summary
from zmlib.perceptual import LossNetwork
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BORDER = 16  # pixels from an edge that count as the border
POOLS = {"mean and deviation": (True, True), "mean": (True, False), "deviation": (False, True), "neither": (False,) * 2}
MAPS = {"the map": "o", "normalised": "s", "normalised, ReLU": "^"}
LAYERS = ("relu3_3", "relu2_2")  # the first is ours


@torch.no_grad()
def padding(nets: Mapping[str, ZMNet], judge: Judge, contents: Tensor, styles: Tensor, seed: int = 0) -> dict[str, Any]:
    """The outputs of two networks with the same weights and different padding, every style on every photo.

    Args:
        nets: two, by the name of their padding.
        contents, styles: (C, 3, H, W) and (S, 3, h, w) in [0, 1], on the judge's device.
        seed: of the bootstrap.

    Returns:
        "J": summaries by padding. "difference": the mean absolute difference of the two outputs, in units of [0, 1],
        within `BORDER` pixels of an edge ("border") and elsewhere ("centre").
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
        "J": {name: _summary(j, len(styles), seed) for name, j in found.items()},
        "difference": {"border": float(border), "centre": float(centre)},
    }


def _summary(j: Sequence[Tensor], styles: int, seed: int) -> dict[str, Any]:
    """Of J of every style on every photo, style by style."""
    return summary(torch.cat(list(j)).cpu().view(styles, -1), seed)


def padding_times(nets: Mapping[str, ZMNet], content: Tensor, style: Tensor, repeats: int) -> dict[str, float]:
    """Median seconds of TNet by padding, measured in turns. content, style: (1, 3, H, W) in [0, 1]."""
    affines = {name: net.encode(style) for name, net in nets.items()}
    jobs = {name: partial(net.stylize, content, affines[name]) for name, net in nets.items()}
    with torch.no_grad():
        return {name: float(np.median(seconds)) for name, seconds in interleaved(jobs, repeats).items()}


def padding_table(found: Mapping[str, Any], seconds: Mapping[str, float]) -> list[dict[str, str]]:
    """What `padding` and `padding_times` returned, a row for each padding, as `common.table` takes it."""
    labels = {"reflect": "every convolution (ours)", "valid": "40 pixels at the start"}
    return [
        {"padding": label, "J": text(found["J"][name]), "ms": f"{1000 * seconds[name]:.0f}"}
        for name, label in labels.items()
    ]


@torch.no_grad()
def pooled(net: ZMNet, styles: Tensor, mean: bool, deviation: bool) -> Affine:
    """gamma and beta of styles from a part of each psi_l, the pooled map of PNet's layer l.

    A half that is left out is, for every style, what it is on average over the styles of the training.

    Args:
        net: a serial or parallel ZM-Net that reads pictures.
        styles: (S, 3, h, w) in [0, 1].
        mean, deviation: whether the means and the standard deviations over space are kept.
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
    """J of every style on every photo, by what is left of psi_l, and the spread of the pooled maps.

    Returns {"J": name of `POOLS` -> summary, "spread": see `spread`}; the arguments are those of `padding`.
    """
    found = {}
    for name, (mean, deviation) in POOLS.items():
        affine, j = pooled(net, styles, mean, deviation), []
        for i, style in enumerate(styles):
            for photo in contents[:, None]:
                j.append(judge(net.stylize(photo, affine[i : i + 1]), photo, style[None]))
        found[name] = _summary(j, len(styles), seed)
    return {"J": found, "spread": spread(net, styles)}


@torch.no_grad()
def spread(net: ZMNet, styles: Tensor) -> dict[str, list[float]]:
    """How much the mean over space of PNet's maps differs between styles: name of `MAPS` -> a number per convolution.

    It is the standard deviation over the styles (S, 3, h, w), root mean square over the channels, in units of the map's
    own deviation over space.
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


def content_at(network: LossNetwork, layer: str) -> LossNetwork:
    """A copy of a loss network whose content term is at this layer."""
    copied = copy.deepcopy(network)
    copied.content_layer = layer
    return copied


@torch.no_grad()
def content_parts(rows: Sequence[Sequence[Tensor]], networks: Mapping[str, LossNetwork]) -> dict[str, dict[str, float]]:
    """The parts of J of pictures that were optimised with either content layer, judged with both.

    Args:
        rows: photo, style, and the output for each of the networks, (1, 3, H, W) each in [0, 1].
        networks: layer -> the loss network with its content term there.

    Returns:
        Layer -> means over the rows: "style", and "content_<layer>" for each of the layers.
    """
    judges = {layer: Judge(network) for layer, network in networks.items()}
    found: dict[str, list[list[float]]] = {layer: [] for layer in networks}
    for photo, style, *outputs in rows:
        for layer, output in zip(networks, outputs, strict=True):
            parts = [judge.parts(output, photo, style) for judge in judges.values()]
            found[layer].append([float(parts[0][0]), *(float(part[1]) for part in parts)])
    keys = ("style", *(f"content_{layer}" for layer in networks))
    return {layer: dict(zip(keys, np.mean(each, 0).tolist(), strict=True)) for layer, each in found.items()}


def content_table(parts: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """What `content_parts` returned, a row for each layer, as `common.table` takes it."""
    rows: list[dict[str, Any]] = []
    for layer, own in parts.items():
        row: dict[str, Any] = {"content term at": layer, "style part": own["style"]}
        rows.append(row | {f"content part, by {other}": own[f"content_{other}"] for other in parts})
    return rows


def plot(found: Mapping[str, Any]) -> Figure:
    """What `pooling` returned. Left: spread by convolution, logarithmic. Right: J by pooling, with intervals."""
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
