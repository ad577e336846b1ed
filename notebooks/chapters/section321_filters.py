"""Section 3.2.1, part 4: how large a linear map from PNet's feature maps to TNet's filters would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from chapters.section321 import watched
from zmlib.affine import Affine
from zmlib.sources import make_source
from zmlib.tnet import TNet, TNetConfig

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = 256  # pixels: the side of the paper's pictures
PAPER = {"entries": 128 * 80 * 80, "parameters": 128 * 128 * 3 * 3}  # the paper's two examples


def counts(config: TNetConfig, size: int = SIZE, pnet: bool = True) -> list[dict[str, Any]]:
    """For each layer the entries of a feature map before any pooling, and the weights of TNet's convolution there.

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
    """The most entries, parameters and bytes of any layer; the three may be of different layers."""
    return {what: max(row[what] for row in rows) for what in ("entries", "parameters", "bytes")}


def filters(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The largest of what `counts` returned, and the paper's example layer in our network and at the paper's sizes."""
    example = "res1b"
    paper = counts(TNetConfig(padding="valid"), pnet=False)
    return {
        **largest(rows),
        "same_layer": next(row for row in rows if row["layer"] == example),
        "at_paper_sizes": next(row for row in paper if row["layer"] == example),
    }


def describe(found: Mapping[str, Any]) -> str:
    """What `filters` returned, in four lines."""
    lines = [f"most entries {found['entries']:,}, most parameters {found['parameters']:,}"]
    for row in (found["same_layer"], found["at_paper_sizes"]):
        shape = " x ".join(map(str, row["shape"]))
        numbers = f"{row['entries']:,} entries, {row['parameters']:,} parameters"
        lines.append(f"{row['layer']}, {shape}: {numbers}; a linear map of {row['bytes'] / 1e9:,.0f} GB")
    head = 4 * found["same_layer"]["head"] / 1e6
    return "\n".join([*lines, f"the linear map of equations 4 and 5 there: {head:.2f} MB"])


def plot_counts(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Entries and parameters, a column for each layer, on a logarithmic axis; the paper's examples are dashed lines."""
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
