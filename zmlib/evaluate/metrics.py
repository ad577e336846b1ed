"""Measures that this field knows, beside J; each has its own faults.

To add one, write a function of a `Shown` that returns columns, a number for every pair or one for all of them, and
enter it in `METRICS`. A measure by another package names it there, and imports it when it is asked for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from zmlib.data.images import save_image
from zmlib.errors import UserError
from zmlib.evaluate.statistics import Names, share, summary
from zmlib.perceptual import LossNetwork, Measured, paper_content_loss, paper_style_loss
from zmlib.perceptual.terms import halo_share

CHUNK = 4  # pairs at a time
WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}  # the window of Wang et al. (2004)
Columns = dict[str, Sequence[float] | float]


class Shown(NamedTuple):
    """N pairs with their outputs, (N, 3, S, S) in [0, 1] each, on the network's device.

    names: of the style pictures; equal names are one picture. network: best one that nothing was trained on.
    """

    outputs: Tensor
    photos: Tensor
    styles: Tensor
    names: Sequence[Hashable]
    network: LossNetwork

    def seen(self, pictures: Tensor) -> list[Measured]:
        """What the network sees, a chunk at a time."""
        return [self.network.measure(some) for some in pictures.split(CHUNK)]

    def each(self, distance: Callable[[Tensor, Tensor], Tensor]) -> list[float]:
        """A distance of output and photo for each pair."""
        both = zip(self.outputs.split(CHUNK), self.photos.split(CHUNK), strict=True)
        return [float(one) for y, p in both for one in distance(y, p).flatten()]


def ssim(shown: Shown) -> Columns:
    """Structural similarity of output and photo in RGB, at most 1."""
    pairs = zip(shown.outputs.cpu().numpy(), shown.photos.cpu().numpy(), strict=True)
    return {"ssim": [float(structural_similarity(y, p, channel_axis=0, data_range=1, **WANG)) for y, p in pairs]}


def gatys(shown: Shown) -> Columns:
    """The two losses of Gatys et al. (CVPR 2016), in the units of the network's features F, P and Grams G, A.

    Content: 1/2 sum (F - P)^2. Style: sum over layers of w / (4 N^2 M^2) sum (G - A)^2, with G not normalised, N
    channels, M = H W, and w one over the number of layers, which are the network's own.
    """
    network, content, style = shown.network, [], []
    for y, p, a in zip(*map(shown.seen, shown[:3]), strict=True):
        scale = network.scale[network.content_layer]
        content += (paper_content_loss(y, p, scale) * y.content[0].numel() / 2).tolist()
        style += (paper_style_loss(y, a, network.scale) / (4 * len(network.style_layers))).tolist()
    return {"gatys_content": content, "gatys_style": style}


def retrieval(shown: Shown) -> Columns:
    """Is the right style picture the nearest of all, by the mean over layers of |G - A|^2 / (|G|^2 + |A|^2)?

    "retrieved" says so for each pair, which chance does once in as many as there are pictures; "rank" 1 is the nearest.
    """
    names = list(dict.fromkeys(shown.names))
    shelf = shown.seen(shown.styles[[list(shown.names).index(name) for name in names]])
    ranks: list[int] = []
    for seen in shown.seen(shown.outputs):
        alike = []  # 1 less the distance
        for layer, grams in seen.grams.items():
            g, a = grams.flatten(1), torch.cat([one.grams[layer] for one in shelf]).flatten(1)
            alike.append(2 * g @ a.T / (g.square().sum(1)[:, None] + a.square().sum(1)).clamp_min(1e-30))
        for one in torch.stack(alike).mean(0):
            ranks.append(1 + int((one > one[names.index(shown.names[len(ranks)])]).sum()))
    return {"retrieved": [rank == 1 for rank in ranks], "rank": ranks}


def halo(shown: Shown) -> Columns:
    """See `zmlib.perceptual.terms.halo_share`."""
    return {"halo": shown.each(halo_share)}


def lpips(shown: Shown) -> Columns:
    """LPIPS of output and photo (Zhang et al., CVPR 2018) by its own package, with AlexNet; it wants [-1, 1]."""
    from lpips import LPIPS  # type: ignore[import-not-found]

    net = LPIPS(net="alex", verbose=False).to(shown.outputs.device)
    return {"lpips": shown.each(lambda y, p: net(2 * y - 1, 2 * p - 1))}


def artfid(shown: Shown) -> Columns:
    """ArtFID (Wright and Ommer, GCPR 2022) by its own package: one number, which compares on equal pairs alone."""
    from art_fid.art_fid import compute_art_fid  # type: ignore[import-not-found]

    how = {"batch_size": CHUNK, "device": shown.outputs.device.type, "mode": "art_fid", "num_workers": 0}
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / what for what in ("outputs", "styles", "photos")]  # as the package takes them
        for folder in folders:
            folder.mkdir()
            for i, picture in enumerate(getattr(shown, folder.name).cpu()):
                save_image(picture, folder / f"{i:05d}.png")  # the package pairs by the order of names
        return {"artfid": float(compute_art_fid(*map(str, folders), **how))}


#: name -> (function, and where it needs another package: what `pip install` calls it, and who has its weights)
METRICS: dict[str, tuple[Callable[[Shown], Columns], str, str]] = {
    **{one.__name__: (one, "", "") for one in (ssim, gatys, retrieval, halo)},
    "lpips": (lpips, "lpips", "download.pytorch.org"),
    "artfid": (artfid, "art-fid", "huggingface.co"),
}


def check(names: Sequence[str]) -> None:
    """UserError for a name that is not in `METRICS`, or whose package is not installed."""
    for name in names:
        if name not in METRICS:
            raise UserError(f"There is no metric {name}: choose from {', '.join(METRICS)}.")
        _, package, host = METRICS[name]
        if package and find_spec(package.replace("-", "_")) is None:
            raise UserError(
                f"The metric {name} needs a package that is not installed: `pip install {package}`; its weights are "
                f"downloaded from {host} when it is first used."
            )


@torch.no_grad()
def measure(
    names: Sequence[str], shown: Shown, seed: int = 0, of: Names | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Column -> a median (a share for what holds or not; the one number), and for each pair a row of columns.

    seed, of: of the intervals, see `zmlib.evaluate.statistics.summary`.
    """
    found: dict[str, Any] = {}
    rows: list[dict[str, Any]] = [{} for _ in shown.names]
    for column, numbers in (pair for name in dict.fromkeys(names) for pair in METRICS[name][0](shown).items()):
        if isinstance(numbers, float):
            found[column] = numbers
            continue
        found[column] = (share if isinstance(numbers[0], bool) else summary)(numbers, seed, of=of)
        for row, number in zip(rows, numbers, strict=True):
            row[column] = number
    return found, rows
