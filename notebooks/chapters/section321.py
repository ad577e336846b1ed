"""Section 3.2.1, made checkable: what DIN degenerates to, and why neither maps are joined nor filters generated."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chapters.networks import measure
from zmlib.affine import Affine
from zmlib.baselines.concat import beta_before_and_after, halves
from zmlib.evaluate.judge import Judge, judged
from zmlib.evaluate.signal_test import uses_signal
from zmlib.layers import EPS, din
from zmlib.sources import make_source
from zmlib.tnet import TNet, TNetConfig
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAME = 1e-5  # relative: two results that are nearer count as equal
SIZE = 256  # pixels: the side of the paper's pictures, for counting
PAPER = {"entries": 128 * 80 * 80, "parameters": 128 * 128 * 3 * 3}
#: the readings of the sentence on concatenation, N being eq. 3 at gamma = 1, beta = 0, x = conv_c(phi), b = conv_s(psi)
READINGS = {
    "corrected": "N(x + b)",
    "as_written": "N(x) + b",
    "beta_normalised": "N(x) + N(b)",
    "normalised_again": "N(N(x) + b)",
}


class Step(NamedTuple):
    """A convolution that has run: what it read and what it gave, (N, C, H, W) each, the latter before normalisation."""

    convolution: nn.Conv2d
    input: Tensor
    output: Tensor


@torch.no_grad()
def watched(trunk: nn.Module, go: Callable[[], object]) -> list[Step]:
    """Call `go`, and return the trunk's convolutions as they ran, in order."""
    steps: list[Step] = []

    def note(module: Any, read: tuple[Tensor, ...], gave: Tensor) -> None:
        steps.append(Step(module, read[0], gave))

    handles = [m.register_forward_hook(note) for m in trunk.modules() if isinstance(m, nn.Conv2d)]
    try:
        go()
    finally:
        for handle in handles:
            handle.remove()
    return steps


def away(a: Tensor, b: Tensor) -> float:
    """Relative difference |a - b| / |b|, the norm over all entries."""
    return float((a - b).norm() / b.norm())


# 1. Degenerate cases


def from_torch(
    x: Tensor, gamma: Tensor, beta: Tensor, weight: Tensor | None = None, bias: Tensor | None = None
) -> float:
    """How far eq. 3 is from PyTorch's own instance norm with `weight` and `bias`, or with none. x: (N, C, H, W).

    With a style's row as weight and bias, PyTorch's is the layer of CIN. The four are (C,).
    """
    ours = din(x, gamma[None, :, None, None], beta[None, :, None, None])
    return away(ours, F.instance_norm(x, weight=weight, bias=bias, eps=EPS))


@torch.no_grad()
def degenerate(cin: ZMNet, content: Tensor) -> dict[str, float]:
    """`from_torch` on every map that the normalisations of a CIN network meet, in every style it has: the worst of all.

    content: (1, 3, H, W) in [0, 1]. Returns {"instance_norm": with gamma 1 and beta 0, "cin": with the table's rows}.
    """
    found = {"instance_norm": 0.0, "cin": 0.0}
    table: Any = cin.source
    for style in range(cin.options["styles"]):
        affine = cin.encode(torch.tensor([style]))
        for i, step in enumerate(watched(cin.tnet.trunk, partial(cin.stylize, content, affine))):
            x, gamma, beta = step.output, affine.gamma[i][0], affine.beta[i][0]
            plain = from_torch(x, torch.ones_like(gamma), torch.zeros_like(beta))
            row = from_torch(x, gamma, beta, table.gamma[i][style], table.beta[i][style])
            found = {"instance_norm": max(found["instance_norm"], plain), "cin": max(found["cin"], row)}
    return found


def without_signal(net: ZMNet) -> ZMNet:
    """The same TNet with gamma = 1 and beta = 0, whatever the signal."""
    plain = ZMNet(net.config, "fixed").eval()
    plain.tnet = net.tnet
    return plain


@torch.no_grad()
def effect(net: ZMNet, content: Tensor, signals: Sequence[Tensor]) -> float:
    """The largest difference that another of the signals makes to any pixel of the output, in units of [0, 1]."""
    first, *others = [net.stylize(content, net.encode(signal)) for signal in signals]
    return max(float((other - first).abs().max()) for other in others)


# 2. The concatenation identity


@torch.no_grad()
def readings(convolution: nn.Conv2d, phi: Tensor, psi: Tensor) -> dict[str, float]:
    """How far each of `READINGS` is from normalising the convolution of the joined maps; and what a vector does.

    phi, psi: (N, C, H, W), of one size, best in float64. "vector" is the change when psi is a vector spread over the
    map, against no psi at all.
    """
    joined = F.instance_norm(convolution(torch.cat([phi, psi], 1)), eps=EPS)
    conv_c, conv_s = halves(convolution, phi.shape[1])
    alone, beta = F.instance_norm(conv_c(phi), eps=EPS), F.instance_norm(conv_s(psi), eps=EPS)
    before, after = beta_before_and_after(convolution, phi, psi)
    flat = psi.mean((2, 3), keepdim=True).expand_as(psi)
    return {
        "corrected": away(before, joined),
        "as_written": away(after, joined),
        "beta_normalised": away(alone + beta, joined),
        "normalised_again": away(F.instance_norm(after, eps=EPS), joined),
        "vector": away(beta_before_and_after(convolution, phi, flat)[0], alone),
    }


@torch.no_grad()
def identity(twin: ZMNet, content: Tensor, signal: Tensor) -> dict[str, list[float]]:
    """`readings` at each convolution of a concatenating network, in float64, on the maps that it really reads.

    content, signal: (1, 3, H, W) in [0, 1]. Returns reading -> a number for each convolution, in order.
    """
    found: dict[str, list[float]] = {name: [] for name in (*READINGS, "vector")}
    for step in watched(twin.tnet.trunk, partial(twin.stylize, content, twin.encode(signal))):
        phi, psi = step.input.cpu().double().chunk(2, 1)
        for name, number in readings(copy.deepcopy(step.convolution).cpu().double(), phi, psi).items():
            found[name].append(number)
    return found


def plot_identity(found: Mapping[str, Sequence[float]], layers: Sequence[str]) -> Figure:
    """The readings' differences, a column a convolution, on a logarithmic axis; the dashed line is `SAME`."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
    looks = {"as_written": ("s", "#D55E00"), "beta_normalised": ("^", "#E69F00"), "normalised_again": ("v", "#999999")}
    for shift, (name, (mark, colour)) in enumerate({**looks, "corrected": ("o", "#0072B2")}.items()):
        x = [layer + 0.15 * (shift % 3 - 1) * (shift < 3) for layer in range(len(layers))]
        axes.plot(x, [max(number, 1e-17) for number in found[name]], mark, color=colour, label=READINGS[name])
    axes.axhline(SAME, color="black", linestyle="--", linewidth=1)
    axes.set(yscale="log", ylim=(3e-18, 30), ylabel="relative difference")
    axes.set_xticks(range(len(layers)), layers, rotation=45)
    axes.legend(frameon=False, ncols=4, loc="center", bbox_to_anchor=(0.5, 0.45))
    axes.spines[["top", "right"]].set_visible(False)
    return figure


# 3. Joining generalises poorly


@torch.no_grad()
def right_wins(net: ZMNet, judge: Judge, contents: Tensor, styles: Tensor) -> float:
    """Share of pairs on which the right style's output is judged better than another style's. All (N, 3, H, W)."""
    affines = [net.encode(style[None]) for style in styles]
    wins = []
    for i, style in enumerate(styles):
        for content in contents[:, None]:
            outputs = [net.stylize(content, affine) for affine in (affines[i], affines[(i + 1) % len(affines)])]
            right, wrong = judged(outputs, content, style[None], judge)
            wins.append(right < wrong)
    return sum(wins) / len(wins)


def generalisation(
    nets: Mapping[str, ZMNet],
    judge: Judge,
    contents: Tensor,
    unseen: Tensor,
    seen: Tensor | None,
    iterations: int,
    seed: int = 0,
) -> dict[str, Any]:
    """What the claim `concat` looks at; without seen styles only the training losses, and None for the rest.

    Args:
        nets: "concat" and "din", trained alike.
        contents, unseen, seen: (N, 3, H, W) in [0, 1], on the judge's device.
        iterations: of OST, by whose J each style's is divided.

    Returns:
        {"concat": {"train", "ratio", "unseen", "seen", "right": each by network}, "interval": of the ratios, "signal":
        of "din" on unseen styles}.
    """
    train = {name: net.card.get("final_loss") for name, net in nets.items()}
    if seen is None:
        nothing = dict.fromkeys(nets)
        concat: dict[str, Any] = {part: nothing for part in ("ratio", "unseen", "seen", "right")}
        return {"concat": {"train": train, **concat}, "interval": None, "signal": None}
    found = measure(nets, judge, contents, unseen, seen, iterations, seed)
    concat = {"train": train, "ratio": {name: found[name]["ratio"]["ratio"] for name in nets}}
    concat |= {kind: {name: found[name][kind]["median"] for name in nets} for kind in ("unseen", "seen")}
    concat["right"] = {name: right_wins(net, judge, contents, seen) for name, net in nets.items()}
    interval = {name: [found[name]["ratio"][end] for end in ("low", "high")] for name in nets}
    signal = uses_signal(nets["din"], judge, list(contents.split(1)), list(unseen.split(1)))
    return {"concat": concat, "interval": interval, "signal": signal}


def comparison(found: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What `generalisation` found as rows for `common.table`; names: "concat" and "din" -> the network's name."""
    heads = {"train": "training loss", "seen": "J, seen styles", "unseen": "J, unseen styles", "ratio": "unseen / seen"}
    heads["right"] = "right style wins, seen styles"
    return [
        {"network": name} | {head: _or_not(found["concat"][part][key]) for part, head in heads.items()}
        for key, name in names.items()
    ]


def _or_not(number: float | None) -> float | str:
    return "not measured" if number is None else number


# 4. Generating filters


def counts(config: TNetConfig, size: int = SIZE, pnet: bool = True) -> list[dict[str, Any]]:
    """Layer by layer the entries of a feature map before any pooling, and the weights of TNet's convolution there.

    Nothing is computed: the networks are on torch's meta device.

    Args:
        config: of both networks; which layers are dynamic makes no difference.
        size: side of the picture in pixels.
        pnet: maps of the serial PNet, which pads by reflection; False: TNet's, whose sizes depend on the padding.

    Returns:
        Rows of {"layer", "shape": (C, H, W), "entries", "parameters", "bytes": of a float32 linear map from one to the
        other, "head": weights of the linear map of equations 4 and 5}.
    """
    config = replace(config, reading="grouped")
    with torch.device("meta"):
        source: Any = make_source("serial-image", config)
        tnet, picture = TNet(config), torch.zeros(1, 3, size, size)
        own = watched(tnet.trunk, partial(tnet, picture, Affine.identity(config.spec)))
        maps = watched(source.trunk, partial(source, picture)) if pnet else own
    rows = []
    for norm, step, layer, head in zip(config.norms, maps, own, source.heads, strict=True):
        entries, parameters = step.output.numel(), layer.convolution.weight.numel()
        row = {"layer": norm.name, "shape": tuple(step.output.shape[1:]), "entries": entries, "parameters": parameters}
        rows.append(row | {"bytes": 4 * entries * parameters, "head": head.linear.weight.numel()})
    return rows


def largest(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The most entries, parameters and bytes of any layer: not of one and the same."""
    return {what: max(row[what] for row in rows) for what in ("entries", "parameters", "bytes")}


def plot_counts(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Entries and parameters, a column a layer, on a logarithmic axis; the paper's examples are dashed lines."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 3.4), layout="constrained")
    looks = {"entries": ("o", "#0072B2", "entries of PNet's map"), "parameters": ("s", "#D55E00", "filter weights")}
    for what, (mark, colour, label) in looks.items():
        axes.plot(range(len(rows)), [row[what] for row in rows], mark, color=colour, label=label)
        axes.axhline(PAPER[what], color=colour, linestyle="--", linewidth=1, label=f"the paper's {PAPER[what]:,}")
    axes.set(yscale="log", ylim=(3e3, 1e7), ylabel="count")
    axes.set_xticks(range(len(rows)), [row["layer"] for row in rows], rotation=45)
    axes.legend(frameon=False, ncols=2, loc="lower center")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
