"""Three kinds of guiding signal through one interface, each by the signal test on signals that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from chapters.fig10 import BETWEEN, Held
from chapters.tagged import distances
from zmlib.errors import UserError
from zmlib.evaluate.signal_test import average
from zmlib.evaluate.statistics import share
from zmlib.perceptual import LossNetwork
from zmlib.signals.words import TRAINED
from zmlib.zmnet import ZMNet

NETS = {"images": "styles", "words": "words", "histograms": "colours"}
LABELS = {"images": "style pictures", "words": "words", "histograms": "colour histograms"}


@torch.no_grad()
def interface(nets: Mapping[str, ZMNet], photo: Tensor, given: Mapping[str, Any]) -> dict[str, Tensor]:
    """The same two calls for each kind, `stylize(photo, encode(signal))`; outputs (1, 3, H, W) in [0, 1].

    nets, given: by the same keys; a signal is whatever its network was trained on.
    """
    return {key: net.stylize(photo, net.encode(given[key])) for key, net in nets.items()}


def refusals(nets: Mapping[str, ZMNet], given: Mapping[str, Any]) -> list[dict[str, str]]:
    """What each network says of the other kinds of signal, a row a pair; "taken" where it has a use for it."""
    found = []
    for key, net in nets.items():
        for other, signal in given.items():
            if other != key:
                try:
                    net.encode(signal)
                    says = "taken"
                except UserError as error:
                    says = str(error)
                found.append({"the network of": LABELS[key], "given": LABELS[other], "says": says})
    return found


@torch.no_grad()
def words(net: ZMNet, network: LossNetwork, held: Held, photos: Sequence[Tensor], seed: int = 0) -> dict[str, Any]:
    """The signal test on the two words that were never trained on.

    The right word's output is compared with that of each trained word, and with the mean value of all four, in the
    distance to held-out photos of the right word; errors are means. photos: (1, 3, H, W) each.

    Returns:
        "rate", "mean_over_right", and the "interval" of the rate.
    """
    affines = {word: net.encode(word) for word in (*TRAINED, *BETWEEN)}
    made = {word: [net.stylize(photo, affine) for photo in photos] for word, affine in affines.items()}
    mean = average(list(affines.values()))
    blurred = distances(network, [net.stylize(photo, mean) for photo in photos], held.sets)
    apart = {word: distances(network, pictures, held.sets) for word, pictures in made.items()}
    wins = [apart[word][word] < apart[other][word] for word in BETWEEN for other in TRAINED]
    won = share(torch.cat(wins).tolist(), seed)
    right = torch.cat([apart[word][word] for word in BETWEEN])
    indifferent = torch.cat([blurred[word] for word in BETWEEN])
    return {
        "rate": won["share"],
        "mean_over_right": float(indifferent.mean() / right.mean()),
        "interval": [won["low"], won["high"]],
    }


@torch.no_grad()
def path(first: ZMNet, last: ZMNet, photo: Tensor, begin: Any, end: Any, steps: int = 5) -> list[Tensor]:
    """From one network's signal to another's, for two that guide the same TNet: `steps` pictures (1, 3, H, W).

    Raises:
        ValueError: their TNets differ, so that a value of one says nothing to the other.
    """
    pairs = zip(first.tnet.state_dict().values(), last.tnet.state_dict().values(), strict=True)
    if first.config != last.config or not all(torch.equal(a, b) for a, b in pairs):
        raise ValueError("a path between two networks needs one TNet for both")
    here, there = first.encode(begin), last.encode(end)
    return [first.stylize(photo, here.lerp(there, i / (steps - 1))) for i in range(steps)]
