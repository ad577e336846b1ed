"""Whether each network that ships uses its signal: one test, on signals that it never saw, for every kind of signal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chapters.colours import histogram_distance
from chapters.fig10 import BETWEEN, Held, read_held
from chapters.show import counted
from chapters.tagged import distances
from zmlib.evaluate.judge import Judge, judged
from zmlib.evaluate.pairs import Pair, read_batch, read_square
from zmlib.evaluate.signal_test import average, next_names
from zmlib.evaluate.statistics import paired, share, summary
from zmlib.perceptual import LossNetwork
from zmlib.signals.histogram import histogram
from zmlib.signals.reading import Colours, Words
from zmlib.signals.words import TRAINED
from zmlib.zmnet import ZMNet

#: (the outputs of one pair, photo, painting), all (1, 3, S, S), -> how far each output is from what the signal asks
Far = Callable[[Sequence[Tensor], Tensor, Tensor], list[float]]
PHOTOS = 30  # with the two unseen words: sixty pairs


def kind(net: ZMNet) -> str | None:
    """ "images", "words" or "histograms"; None for a network that takes no signal that it has not seen."""
    if net.reading.is_picture:
        return "images"
    return {Words: "words", Colours: "histograms"}.get(type(net.reading))


def measure(
    nets: Mapping[str, ZMNet],
    pairs: Sequence[Pair],
    judges: Sequence[Judge],
    size: int,
    tagged: str = "",
    seed: int = 0,
    read: Callable[[Path], Path] = Path,
) -> dict[str, Any]:
    """The signal test of every network, by name.

    Style pictures and histograms are those of the pairs' paintings; a picture counts by J, a histogram by the Hellinger
    distance of the histograms. Words need a folder of photos of the four words and are left out where tagged is empty.

    Args:
        judges: J is the first one's; the distance to photos of a word is by the last one's network.
        size: of the pictures, in pixels.
        tagged: a folder that holds a folder of photos for each word.
        read: called with the path of each of these, such as `run.read`, which records it.

    Returns:
        name -> "rate", "mean_over_right", "distance" (to the right signal), "pairs", "styles", "kind".
    """
    judge, network = judges[0], judges[-1].network
    held = read_held(tagged, size, network, read=read) if tagged else None
    ways: dict[str, Far] = {
        "images": lambda outputs, photo, painting: judged(outputs, photo, painting, judge),
        "histograms": by_histogram,
    }
    found = {}
    for name in counted(list(nets), "networks"):
        net, what = nets[name], kind(nets[name])
        if what in ways:
            found[name] = on_pairs(net, pairs, ways[what], size, seed) | {"kind": what}
        elif what == "words" and held is not None:
            found[name] = words(net, network, held, held.day(PHOTOS), seed) | {"kind": what}
    return found


def by_histogram(outputs: Sequence[Tensor], photo: Tensor, painting: Tensor) -> list[float]:
    """The Hellinger distance of each output's histogram to the painting's."""
    return [histogram_distance(histogram(output), histogram(painting)).item() for output in outputs]


@torch.no_grad()
def on_pairs(net: ZMNet, pairs: Sequence[Pair], far: Far, size: int, seed: int = 0) -> dict[str, Any]:
    """The signal test on pairs: with the right painting, with the next one in order, with the mean of all."""
    sources = {pair.painting_name: pair.painting for pair in pairs}
    affines = {name: net.encode(read_square(source, size)) for name, source in sources.items()}
    following, mean = next_names(affines), average(list(affines.values()))
    found: list[list[float]] = []
    for pair in pairs:
        photo, painting = (picture.to(net.device) for picture in read_batch([pair], size))
        right, other = affines[pair.painting_name], affines[following[pair.painting_name]]
        found.append(far([net.stylize(photo, affine) for affine in (right, other, mean)], photo, painting))
    own, others, means = zip(*found, strict=True)
    of = [pair.photo_name for pair in pairs], [pair.painting_name for pair in pairs]
    return {
        "rate": share([a < b for a, b in zip(own, others, strict=True)], seed, of),
        "mean_over_right": paired(means, own, seed, of=of),
        "distance": summary(own, seed, of=of),
        "pairs": len(pairs),
        "styles": len(affines),
    }


@torch.no_grad()
def words(net: ZMNet, network: LossNetwork, held: Held, photos: Sequence[Tensor], seed: int = 0) -> dict[str, Any]:
    """The signal test on the two words that were in no training, and as "trained" on the two that were.

    A word's output is compared with that of each trained word (but itself), and with that under the mean of all four
    words' gamma and beta, by the distance to photos of that word. Means, not medians, are compared: the distances of
    one word are twice those of another, and a median over both would lie in the gap between them.

    photos: (1, 3, H, W) each, in [0, 1].
    """
    affines = {word: net.encode(word) for word in (*TRAINED, *BETWEEN)}
    affines["the mean"] = average(list(affines.values()))
    made = {word: [net.stylize(photo, affine) for photo in photos] for word, affine in affines.items()}
    apart = {word: distances(network, pictures, held.sets) for word, pictures in made.items()}

    def test(asked: Sequence[str]) -> dict[str, Any]:
        wins = [apart[word][word] < apart[other][word] for word in asked for other in TRAINED if other != word]
        own = torch.stack([apart[word][word] for word in asked])
        means = torch.stack([apart["the mean"][word] for word in asked])
        return {
            "rate": share(torch.stack(wins), seed),
            "mean_over_right": paired(means, own, seed, "mean"),
            "distance": summary(own, seed, "mean"),
            "pairs": own.numel(),
            "styles": len(asked),
        }

    return test(BETWEEN) | {"trained": test(TRAINED)}


def table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """What `measure` found, a row for each network, as `common.table` takes it."""
    return [
        {
            "network": f"`{name}`",
            "signal": one["kind"],
            "right beats another": cell(one["rate"], "share"),
            "mean over right": cell(one["mean_over_right"], "ratio"),
            "pairs, signals": f"{one['pairs']}, {one['styles']}",
        }
        for name, one in found.items()
    ]


def cell(found: Mapping[str, Any], what: str) -> str:
    """A statistic with its interval in as many digits as it deserves: "97 % [93, 100]" for a share."""
    ends = [found[key] for key in (what, "low", "high")]
    if what == "share":
        ends = [None if end is None else 100 * end for end in ends]
    digits, unit = (0, " %") if what == "share" else (2, "")
    interval = "" if ends[1] is None else f" [{ends[1]:.{digits}f}, {ends[2]:.{digits}f}]"
    return f"{ends[0]:.{digits}f}{unit}{interval}"
