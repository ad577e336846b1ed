"""Section 3.2.1, part 2: the readings of the paper's sentence on concatenation, each compared with joined maps."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from chapters.section321 import SAME, away, watched
from zmlib.layers import EPS
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: N is eq. 3 at gamma = 1, beta = 0; x = conv_c(phi), b = conv_s(psi)
READINGS = {
    "corrected": "N(x + b)",
    "as_written": "N(x) + b",
    "beta_normalised": "N(x) + N(b)",
    "normalised_again": "N(N(x) + b)",
}


def halves(convolution: nn.Conv2d, channels: int) -> tuple[nn.Conv2d, nn.Conv2d]:
    """The two convolutions that one over joined maps is: conv([phi, psi]) = conv_c(phi) + conv_s(psi).

    Args:
        convolution: of phi's and psi's channels together.
        channels: of phi.

    Returns:
        conv_c, which keeps the bias, and conv_s, which has none; copies.
    """
    parts = []
    for at, end in ((0, channels), (channels, convolution.in_channels)):
        part = copy.deepcopy(convolution)
        part.in_channels, part.weight = (
            end - at,
            nn.Parameter(convolution.weight.detach()[:, at:end].clone(), convolution.weight.requires_grad),
        )
        parts.append(part)
    parts[1].bias = None
    return parts[0], parts[1]


def beta_before_and_after(convolution: nn.Conv2d, phi: Tensor, psi: Tensor) -> tuple[Tensor, Tensor]:
    """Section 3.2.1's beta_ijk = conv_s(psi), a number for every pixel, added before and after the normalisation.

    With N eq. 3 at gamma = 1 and beta = 0: N(conv_c(phi) + beta), which is the concatenating network exactly, and
    N(conv_c(phi)) + beta, which is eq. 3 with that beta. phi, psi: (N, C, H, W), of one size.
    """
    conv_c, conv_s = halves(convolution, phi.shape[1])
    x, beta = conv_c(phi), conv_s(psi)
    return F.instance_norm(x + beta, eps=EPS), F.instance_norm(x, eps=EPS) + beta


@torch.no_grad()
def joined_maps(net: ZMNet, content: Tensor, signal: Tensor) -> list[tuple[nn.Conv2d, Tensor, Tensor]]:
    """Each convolution of a network that joins maps, with the maps phi and psi that it reads, in float64.

    content, signal: (1, 3, H, W) in [0, 1]. The convolutions are copies; the maps are (1, C, h, w) each.
    """
    found = []
    for step in watched(net.tnet.trunk, partial(net.stylize, content, net.encode(signal))):
        phi, psi = step.input.cpu().double().chunk(2, 1)
        found.append((copy.deepcopy(step.convolution).cpu().double(), phi, psi))
    return found


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


def identity(steps: Sequence[tuple[nn.Conv2d, Tensor, Tensor]]) -> dict[str, list[float]]:
    """`readings` of each convolution and its maps, as `joined_maps` returns them: reading -> a number for each."""
    found: dict[str, list[float]] = {name: [] for name in (*READINGS, "vector")}
    for step in steps:
        for name, number in readings(*step).items():
            found[name].append(number)
    return found


def plot_identity(found: Mapping[str, Sequence[float]], layers: Sequence[str]) -> Figure:
    """What `identity` found, a column for each convolution, on a logarithmic axis; the dashed line is `SAME`."""
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
