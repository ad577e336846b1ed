"""What fills a hole without knowing anything of faces, and how a filling meets what is around it.

Holes are (N, 1, 64, 64) bool, True where the picture is cut out; see `zmlib.neighbours.gan.holes`.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import spsolve
from skimage.restoration import inpaint_biharmonic
from torch import Tensor

from zmlib.neighbours.gan.holes import check


def smooth(x: Tensor, hole: Tensor) -> Tensor:
    """Fill holes with the mean of what is known around, over as small a block as has some: where others begin.

    Args:
        x: (N, 3, S, S), S a power of two.
        hole: (N, 1, S, S) bool.
    """
    known = (~hole).to(x)
    if known.shape[-1] == 1:
        return x * known
    share = F.avg_pool2d(known, 2)
    mean = F.avg_pool2d(x * known, 2) / share.clamp_min(1e-6)
    coarse = smooth(mean, share == 0)
    return torch.where(hole, F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False), x)


def biharmonic(x: Tensor, hole: Tensor) -> Tensor:
    """Fill holes as smoothly as can be, by `skimage.restoration.inpaint_biharmonic`, which knows nothing of faces.

    Args:
        x: pictures, (N, 3, 64, 64) in [0, 1].
        hole: (N, 1, 64, 64) bool.

    Raises:
        UserError: see `zmlib.neighbours.gan.holes.check`.
    """
    check(x, hole)
    pairs = zip(x.cpu().numpy(), hole[:, 0].cpu().numpy(), strict=True)
    filled = np.stack([inpaint_biharmonic(picture, mask, channel_axis=0) for picture, mask in pairs])
    return torch.where(hole, torch.from_numpy(filled).to(x).clamp(0, 1), x)


def blended(x: Tensor, y: Tensor, hole: Tensor) -> Tensor:
    """Fill the holes of x with y so that no seam is left (Poisson blending; Perez et al., 2003).

    Within a hole the result has the gradient of y, and at the rim it meets x: it is y plus an offset that is x - y
    outside and harmonic, as smooth as can be, inside.

    Args:
        x, y: pictures, (N, 3, 64, 64) in [0, 1].
        hole: (N, 1, 64, 64) bool.

    Returns:
        (N, 3, 64, 64) in [0, 1], x itself outside of the holes.
    """
    pairs = zip((x - y).cpu().double().numpy(), hole[:, 0].cpu().numpy(), strict=True)
    offset = torch.from_numpy(np.stack([_harmonic(gap, mask) for gap, mask in pairs])).to(y)
    return torch.where(hole, (y + offset).clamp(0, 1), x)


def _harmonic(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Values (C, H, W) with those under the mask (H, W) replaced by the solution of Laplace's equation."""
    height, width = mask.shape
    index = np.full((height, width), -1)
    index[mask] = np.arange(mask.sum())
    rows, columns = np.nonzero(mask)
    degree, right = np.zeros(len(rows)), np.zeros((len(rows), len(values)))
    entries: list[tuple[np.ndarray, np.ndarray]] = []
    for down, along in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        r, c = rows + down, columns + along
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)  # beyond the picture's border the slope is zero
        here, r, c = np.arange(len(rows))[inside], r[inside], c[inside]
        degree[inside] += 1
        known = index[r, c] < 0
        np.add.at(right, here[known], values[:, r[known], c[known]].T)
        entries.append((here[~known], index[r, c][~known]))
    i, j = (np.concatenate([np.arange(len(rows)), *part]) for part in zip(*entries, strict=True))
    data = np.concatenate([degree, np.full(len(i) - len(rows), -1.0)])
    result = values.copy()
    result[:, mask] = spsolve(csr_matrix((data, (i, j))), right).reshape(len(rows), -1).T
    return result


def across(x: Tensor, hole: Tensor) -> Tensor:
    """How much pictures change across the rim of their holes, (N,): mean |difference| of neighbours on both sides."""
    total, count = x.new_zeros(len(x)), x.new_zeros(len(x))
    for axis in (2, 3):
        rim = hole.diff(dim=axis)  # of bool: where the two differ
        total += (x.diff(dim=axis).abs().mean(1, keepdim=True) * rim).flatten(1).sum(1)
        count += rim.flatten(1).sum(1)
    return total / count.clamp_min(1)
