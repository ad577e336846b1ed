"""The plot of a style's affine parameters for the chapter on the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from zmlib.affine import Affine

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_affines(affines: Mapping[str, Affine]) -> Figure:
    """Gamma and beta of each dynamic normalisation, for one or more styles of the same TNet, by name.

    For each style and normalisation: a dot at the median over the channels, a bar from the 10th to the 90th percentile.
    Only the first member of a batch is shown.
    """
    import matplotlib.pyplot as plt

    spec = next(iter(affines.values())).spec
    figure, panels = plt.subplots(2, 1, sharex=True, figsize=(10, 5.6), layout="constrained", dpi=110)
    for axes, part, neutral in zip(panels, ("gamma", "beta"), (1.0, 0.0), strict=True):
        axes.axhline(neutral, color="0.6", linewidth=1, linestyle="--")
        for k, (name, affine) in enumerate(affines.items()):
            low, middle, high = _spread(getattr(affine, part))
            x = torch.arange(len(spec)) + (k - (len(affines) - 1) / 2) * 0.22
            axes.vlines(x, low, high, color=f"C{k}", linewidth=3, alpha=0.55)
            axes.plot(x, middle, "o", color=f"C{k}", markersize=5, label=name)
        axes.set_ylabel(rf"$\{part}$", fontsize=14, rotation=0, labelpad=12)
        axes.spines[["top", "right"]].set_visible(False)
        for i in range(1, len(spec)):
            if spec[i].layer != spec[i - 1].layer:
                axes.axvline(i - 0.5, color="0.9", linewidth=1)
    panels[0].legend(loc="upper left", bbox_to_anchor=(0, 1.24), ncols=len(affines), frameon=False)
    panels[1].set_xticks(range(len(spec)), [f"{norm.name}\n{norm.layer}" for norm in spec])
    panels[1].set_xlabel("normalisation, and the number of its layer in the paper")
    return figure


def _spread(parts: Sequence[Tensor]) -> Tensor:
    """10th percentile, median and 90th percentile over the channels, (3, number of normalisations)."""
    levels = torch.tensor([0.1, 0.5, 0.9])
    return torch.stack([torch.quantile(part[0].detach().float().cpu(), levels) for part in parts], 1)
