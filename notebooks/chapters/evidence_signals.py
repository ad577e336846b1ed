"""Whether each network that ships uses its signal: one test, on signals that it never saw, for every kind of signal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from chapters.colours import histogram_distance
from chapters.fig10 import BETWEEN, Held, places, read_held
from chapters.show import counted
from chapters.tagged import distances
from zmlib.baselines.objective import Reference
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import Pair, read_square
from zmlib.evaluate.signal_test import average, next_names
from zmlib.evaluate.statistics import Names, paired, share, summary
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


def crossed(pairs: Sequence[Pair], photos: int) -> list[Pair]:
    """More pairs of the same pictures: each painting on at least so many photos, as far as there are enough of them.

    The given pairs come first. Then each of them in turn gives its painting the photo of the next pair, then that of
    the pair after the next, and so on, round the end of the list, until the painting has enough; a photo that it has
    already is passed over. So every photo is used about equally often, and nothing is left to chance.

    >>> some = [Pair(photo, painting, Path(photo), Path(painting)) for photo, painting in ("ax", "by", "cx", "dy")]
    >>> [pair.photo_name + pair.painting_name for pair in crossed(some, 3)]
    ['ax', 'by', 'cx', 'dy', 'bx', 'cy']
    """
    found = list(pairs)
    known = {(pair.photo_name, pair.painting_name) for pair in pairs}
    count = Counter(pair.painting_name for pair in pairs)
    for further in range(1, len(pairs)):
        for i, pair in enumerate(pairs):
            other, name = pairs[(i + further) % len(pairs)], pair.painting_name
            if count[name] < photos and (other.photo_name, name) not in known:
                found.append(Pair(other.photo_name, name, other.photo, pair.painting))
                known.add((other.photo_name, name))
                count[name] += 1
    return found


def measure(
    nets: Mapping[str, ZMNet],
    pairs: Sequence[Pair],
    judges: Sequence[Judge],
    size: int,
    tagged: str = "",
    seed: int = 0,
    read: Callable[[Path], Path] = Path,
    listed: int | None = None,
) -> dict[str, Any]:
    """The signal test of every network, by name.

    Style pictures and histograms are those of the pairs' paintings; a picture counts by J, a histogram by the Hellinger
    distance of the histograms. Words need a folder of photos of the four words and are left out where tagged is empty.

    Args:
        judges: J is the first one's; the distance to photos of a word is by the last one's network.
        size: of the pictures, in pixels.
        tagged: a folder that holds a folder of photos for each word.
        read: called with the path of each of these, such as `run.read`, which records it.
        listed: see `on_pairs`.

    Returns:
        name -> "rate", "mean_over_right", "distance" (to the right signal), "pairs", "styles", "kind", "before".
    """
    network = judges[-1].network
    held = read_held(tagged, size, network, read=read) if tagged else None
    shelf = Shelf.read(pairs, size, judges[0].device)
    ways = {"images": by_judge(judges[0]), "histograms": by_histogram}
    found = {}
    for name in counted(list(nets), "networks"):
        net, what = nets[name], kind(nets[name])
        if what in ways:
            found[name] = on_pairs(net, pairs, ways[what], shelf, seed, listed) | {"kind": what}
        elif what == "words" and held is not None:
            cameras = places(held.day_names(PHOTOS))
            found[name] = words(net, network, held, held.day(PHOTOS), cameras, seed) | {"kind": what}
    return found


@dataclass(frozen=True, repr=False)
class Shelf:
    """The pictures of pairs, each once: name -> (1, 3, size, size) in [0, 1]."""

    photos: dict[str, Tensor]
    paintings: dict[str, Tensor]

    @classmethod
    def read(cls, pairs: Sequence[Pair], size: int, device: torch.device | str = "cpu") -> Shelf:
        """Their square centre crops at size px. UserError: one cannot be read."""
        photos = {pair.photo_name: pair.photo for pair in pairs}
        paintings = {pair.painting_name: pair.painting for pair in pairs}
        both = [{name: read_square(one, size).to(device) for name, one in some.items()} for some in (photos, paintings)]
        return cls(*both)


def by_judge(judge: Judge) -> Far:
    """J by this judge, which looks once at each photo and painting, however many pairs and networks they are for."""
    look = cache(judge.network.measure)  # by the tensor itself, of which a shelf has one for each picture

    def far(outputs: Sequence[Tensor], photo: Tensor, painting: Tensor) -> list[float]:
        reference = Reference(look(photo), look(painting))
        return [float(sum(judge.measure(output, reference))) for output in outputs]

    return far


def by_histogram(outputs: Sequence[Tensor], photo: Tensor, painting: Tensor) -> list[float]:
    """The Hellinger distance of each output's histogram to the painting's."""
    return [histogram_distance(histogram(output), histogram(painting)).item() for output in outputs]


@torch.no_grad()
def on_pairs(
    net: ZMNet, pairs: Sequence[Pair], far: Far, shelf: Shelf, seed: int = 0, listed: int | None = None
) -> dict[str, Any]:
    """The signal test on pairs: with the right painting, with the next one in order, with the mean of all.

    listed: how many pairs, the first ones, were the whole test before there were more; None: all of them. "before" has
    what the test gives on these alone.
    """
    affines = {name: net.encode(painting) for name, painting in shelf.paintings.items()}
    following, mean = next_names(affines), average(list(affines.values()))
    found: list[list[float]] = []
    for pair in pairs:
        photo, painting = shelf.photos[pair.photo_name], shelf.paintings[pair.painting_name]
        right, other = affines[pair.painting_name], affines[following[pair.painting_name]]
        found.append(far([net.stylize(photo, affine) for affine in (right, other, mean)], photo, painting))

    def test(most: int | None) -> dict[str, Any]:
        own, others, means = zip(*found[:most], strict=True)
        of = [pair.photo_name for pair in pairs[:most]], [pair.painting_name for pair in pairs[:most]]
        return {
            "rate": share([a < b for a, b in zip(own, others, strict=True)], seed, of),
            "mean_over_right": paired(means, own, seed, of=of),
            "distance": summary(own, seed, of=of),
            "pairs": len(own),
            "styles": len(set(of[1])),
        }

    return test(None) | {"before": test(listed)}


@torch.no_grad()
def words(
    net: ZMNet, network: LossNetwork, held: Held, photos: Sequence[Tensor], cameras: Sequence[str], seed: int = 0
) -> dict[str, Any]:
    """The signal test on the two words that were in no training, and as "trained" on the two that were.

    A word's output is compared with that of each trained word (but itself), and with that under the mean of all four
    words' gamma and beta, by the distance to photos of that word. Means, not medians, are compared: the distances of
    one word are twice those of another, and a median over both would lie in the gap between them.

    The intervals draw cameras, since frames of one camera are not independent: "photos" counts cameras. With them, that
    of the rate draws pairs of a word and the one that it is compared with, that of the ratio draws words. "before" has
    what a draw of single frames gives.

    photos: (1, 3, H, W) each, in [0, 1]. cameras: the place of each of them, see `chapters.fig10.places`.
    """
    affines = {word: net.encode(word) for word in (*TRAINED, *BETWEEN)}
    affines["the mean"] = average(list(affines.values()))
    made = {word: [net.stylize(photo, affine) for photo in photos] for word, affine in affines.items()}
    apart = {word: distances(network, pictures, held.sets) for word, pictures in made.items()}

    def test(asked: Sequence[str]) -> dict[str, Any]:
        against = [(word, other) for word in asked for other in TRAINED if other != word]
        wins = torch.stack([apart[word][word] < apart[other][word] for word, other in against])
        own = torch.stack([apart[word][word] for word in asked])
        means = torch.stack([apart["the mean"][word] for word in asked])
        both, of = _named([f"{word}/{other}" for word, other in against], cameras), _named(asked, cameras)
        return {
            "rate": share(wins.flatten(), seed, both),
            "mean_over_right": paired(means.flatten(), own.flatten(), seed, "mean", of),
            "distance": summary(own.flatten(), seed, "mean", of),
            "pairs": own.numel(),
            "styles": len(asked),
            "before": {"rate": share(wins, seed), "mean_over_right": paired(means, own, seed, "mean")},
        }

    return test(BETWEEN) | {"trained": test(TRAINED)}


def _named(rows: Sequence[str], columns: Sequence[str]) -> Names:
    """Of a table, flat: the name of each one's column, and that of its row."""
    return list(columns) * len(rows), [row for row in rows for _ in columns]


def table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """What `measure` found, a row for each network, as `common.table` takes it."""
    return [
        {
            "network": f"`{name}`",
            "signal": one["kind"],
            "right beats another": cell(one["rate"], "share"),
            "mean over right": cell(one["mean_over_right"], "ratio"),
            "pairs, signals": f"{one['pairs']}, {one['styles']}",
            "both as first tested": _before(one.get("before")),
        }
        for name, one in found.items()
    ]


def _before(found: Mapping[str, Any] | None) -> str:
    """Both numbers as the first version of the test gives them; nothing of a result that is itself of that version."""
    return "" if found is None else f"{cell(found['rate'], 'share')}; {cell(found['mean_over_right'], 'ratio')}"


def cell(found: Mapping[str, Any], what: str) -> str:
    """A statistic with its interval in as many digits as it deserves: "97 % [93, 100]" for a share."""
    ends = [found[key] for key in (what, "low", "high")]
    if what == "share":
        ends = [None if end is None else 100 * end for end in ends]
    digits, unit = (0, " %") if what == "share" else (2, "")
    interval = "" if ends[1] is None else f" [{ends[1]:.{digits}f}, {ends[2]:.{digits}f}]"
    return f"{ends[0]:.{digits}f}{unit}{interval}"
