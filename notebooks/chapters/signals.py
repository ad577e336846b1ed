"""Three kinds of guiding signal through one interface, each by the signal test on signals that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from chapters import colours
from chapters.common import bounds
from chapters.fig10 import BETWEEN, Held, read_held
from chapters.tagged import distances
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.signal_test import average, uses_signal
from zmlib.evaluate.statistics import share
from zmlib.perceptual import LossNetwork
from zmlib.signals.histogram import histogram
from zmlib.signals.words import TRAINED
from zmlib.zmnet import ZMNet

NETS = {"images": "styles", "words": "words", "histograms": "colours"}  # kind of signal -> the network's name
LABELS = {"images": "style pictures", "words": "words", "histograms": "colour histograms"}


def refusals(nets: Mapping[str, ZMNet]) -> list[dict[str, str]]:
    """What each network says of the other kinds of signal, a row for each pair; "taken" where it can use it.

    nets: by the names of `NETS`.
    """
    grey = torch.full((1, 3, 64, 64), 0.5)
    given: dict[str, Any] = {"images": grey, "words": "night", "histograms": histogram(grey)}
    rows = []
    for key, net in nets.items():
        for other in given:
            if other == key:
                continue
            try:
                net.encode(given[other])
                says = "taken"
            except UserError as error:
                says = str(error)
            rows.append({"the network of": LABELS[key], "given": LABELS[other], "says": says})
    return rows


def measure(
    nets: Mapping[str, ZMNet], judge: Judge, photos: Tensor, paintings: Tensor, tagged: str = "", seed: int = 0
) -> dict[str, Any]:
    """The signal test of each kind of signal, on every photo with every painting.

    Args:
        nets: by the names of `NETS`.
        photos, paintings: (N, 3, size, size) in [0, 1], on the judge's device.
        tagged: a folder of photos of the four words; empty: no test of words.
        seed: of the bootstrap.

    Returns:
        For each kind "rate" and "mean_over_right", see `zmlib.evaluate.signal_test.uses_signal`; "pairs" of photo and
        palette; "interval" of the share of pairs on which `colours` is nearer to the palette than the plain method.
    """
    by_colour = colours.measure(nets["histograms"], judge, photos, paintings, seed)
    found: dict[str, Any] = {
        "images": uses_signal(nets["images"], judge, list(photos.split(1)), list(paintings.split(1))),
        "histograms": by_colour["signal"],
        "pairs": by_colour["pairs"],
        "interval": bounds(by_colour["nearer"]["histogram"]),
    }
    if tagged:
        held = read_held(tagged, photos.shape[-1], judge.network)
        found["words"] = words(nets["words"], judge.network, held, held.day(10), seed)
    return found


def table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """What `measure` found, a row for each kind of signal, as `common.table` takes it."""
    return [
        {
            "signal": label,
            "right beats another": f"{found[key]['rate']:.0%}",
            "mean over right": f"{found[key]['mean_over_right']:.2f}",
        }
        for key, label in LABELS.items()
        if key in found
    ]


@torch.no_grad()
def words(net: ZMNet, network: LossNetwork, held: Held, photos: Sequence[Tensor], seed: int = 0) -> dict[str, Any]:
    """The signal test on the two words that were not in the training.

    The right word's output is compared with that of each trained word, and with the output under the mean of all four
    words' gamma and beta, by the distance to held-out photos of the right word; errors are means.

    photos: (1, 3, H, W) each, in [0, 1].

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
