"""How near pictures come to a set of photos that share a word, such as "night".

The distance is between the Gram matrices of a loss network, as in eq. 2, and their means over the set: what the photos
have in common, not any single one. It does not depend on scale, since a dark photo's Gram matrix is small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.perceptual import LossNetwork

GAINS = (0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.2)
POWERS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class TagSet:
    """What a loss network sees in a set of photos: layer -> the mean Gram matrix, (C_l, C_l)."""

    grams: dict[str, Tensor]

    @classmethod
    @torch.no_grad()
    def of(cls, network: LossNetwork, photos: Iterable[Tensor]) -> TagSet:
        """The set of these photos: at least one batch of (N, 3, H, W) in [0, 1], on the network's device."""
        sums: dict[str, Tensor] = {}
        count = 0
        for photo in photos:
            for name, gram in network.measure(photo).grams.items():
                sums[name] = sums.get(name, 0) + gram.sum(0)
            count += len(photo)
        return cls({name: total / count for name, total in sums.items()})

    def distance(self, grams: Mapping[str, Tensor]) -> Tensor:
        """The mean over the layers of |G - M|^2 / (|G|^2 + |M|^2), with M the set's mean.

        grams: layer -> (N, C_l, C_l), as `LossNetwork.measure` gives them. Returns (N,): 0 where G equals M, 1 where
        the two are orthogonal.
        """
        terms = []
        for name, mean in self.grams.items():
            gram = grams[name]
            whole = gram.square().sum((1, 2)) + mean.square().sum()
            terms.append((gram - mean).square().sum((1, 2)) / whole.clamp_min(1e-30))
        return torch.stack(terms).mean(0)


@torch.no_grad()
def distances(network: LossNetwork, pictures: Sequence[Tensor], sets: Mapping[str, TagSet]) -> dict[str, Tensor]:
    """The distance of each picture to each set: name of the set -> (N,) on the CPU.

    pictures: N of them, (1, 3, H, W) each, in [0, 1].
    """
    grams = [network.measure(picture).grams for picture in pictures]
    return {word: torch.cat([own.distance(one) for one in grams]).cpu() for word, own in sets.items()}


def tone(photo: Tensor, gain: float, power: float) -> Tensor:
    """A photo under the tone curve gain * x^power, the same for the three channels. photo: any shape, in [0, 1]."""
    return (gain * photo**power).clamp(0, 1)


def best_tone_curves(
    network: LossNetwork, photos: Sequence[Tensor], sets: Mapping[str, TagSet]
) -> dict[str, tuple[float, float, Tensor]]:
    """For each set the tone curve that brings the photos nearest to it on average, out of `GAINS` times `POWERS`.

    It is chosen on the very photos and the very set that then judge it, which no network is: a strong baseline.

    photos: (1, 3, H, W) each, in [0, 1].

    Returns:
        Set -> (gain, power, distances of the photos under it, (N,)).
    """
    best: dict[str, tuple[float, float, Tensor]] = {}
    for gain in GAINS:
        for power in POWERS:
            found = distances(network, [tone(photo, gain, power) for photo in photos], sets)
            for word, d in found.items():
                if word not in best or d.mean() < best[word][2].mean():
                    best[word] = (gain, power, d)
    return best
