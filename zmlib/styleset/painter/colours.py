"""A picture's main colours."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from sklearn.cluster import KMeans

from zmlib.styleset.painter.oklab import to_oklab

_WEIGHTS = np.array([1.0, 1.7, 1.7], np.float32)  # hue before lightness: a small bright flower gets its own block


def clusters(rng: Generator, picture: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` main colours of ``picture`` (H, W, 3): Oklab (count, 3), light to dark, and labels (H, W)."""
    lab = to_oklab(picture)
    step = max(1, min(picture.shape[:2]) // 96)
    sample = (lab[step // 2 :: step, step // 2 :: step] * _WEIGHTS).reshape(-1, 3)
    # rare colours count for more: one of each kind of pixel, so to say
    kinds, index, often = np.unique((sample * 40).round(), axis=0, return_inverse=True, return_counts=True)
    weight = often[index.ravel()] ** -0.5
    seed = int(rng.integers(2**31))
    means = (
        KMeans(min(count, len(kinds)), n_init=2, random_state=seed).fit(sample, sample_weight=weight).cluster_centers_
    )
    means = means[np.argsort(-means[:, 0])].astype(np.float32)
    flat = (lab * _WEIGHTS).reshape(-1, 3)
    labels = ((flat**2).sum(1, keepdims=True) - 2 * flat @ means.T + (means**2).sum(1)).argmin(1)
    return means / _WEIGHTS, labels.reshape(picture.shape[:2])
