"""The numbers of Figure 10: what can be measured on any photos, and what needs photos that are tagged with a word.

Every comparison is one ratio or difference of means with a bootstrap interval over the content photos and over the
places that they show: frames of one webcam are no independent photos. Where two words count together, both are of the
same photos, which are drawn once for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.daylight import blurred, brightness, lights_gained, nearest_tone_curve, yellow_gained
from chapters.fig10 import BETWEEN, COLUMNS, WordBench, outputs
from chapters.measures import alike, text
from chapters.tagged import best_tone_curves, distances, tone
from zmlib.evaluate.statistics import Names, paired, paired_difference, share
from zmlib.perceptual import LossNetwork
from zmlib.signals.words import TRAINED
from zmlib.zmnet import ZMNet

DAYTIME = ("noon", "0.5 noon +\n0.5 afternoon", "afternoon", "morning")
FITTED = 10  # photos on which the tone curves are fitted
#: what the chapter's last table shows beside the numbers of the claims: path in the result -> its name
ALSO = {
    f"values.between.by_word.{word}.{key}": f"{word}, {label}"
    for word in ("noon", "afternoon", "morning", "night")
    for key, label in (("zmnet", "ZM-Net"), ("tone_curve", "the best tone curve"))
} | {
    "values.untouched.noon": "distance of the untouched photographs to noon",
    "values.untouched.night": "distance of the untouched photographs to night",
    "values.photos": "photographs",
    "values.judge": "loss network",
}
#: the comparisons of the claims: path in the values -> what it compares
RATIOS = {
    "between.ratio": "afternoon and morning: distance of ZM-Net over the best tone curve's",
    "between.ends.noon": "pictures of noon: distance to noon over that to night",
    "between.ends.night": "pictures of night: distance to night over that to noon",
    "semantics.ratio": "distance over that of the twin of one photograph a word",
    "lights.share": "share of photographs with more lights than by the tone curve",
    "parallel.ratio": "distance of the serial PNet over the parallel one's",
    "parallel.yellow": "yellow of the serial PNet less the parallel one's",
}
Pictures = Mapping[str, Sequence[Tensor]]  # column -> the output for each photo
Apart = Mapping[str, np.ndarray]  # "column|word" -> the distance of each photo's output of the column to the word's set


def brightnesses(made: Pictures) -> dict[str, np.ndarray]:
    """Column -> the mean L* of each photo's picture."""
    return {name: np.array([brightness(one) for one in own]) for name, own in made.items()}


def falls(bright: Mapping[str, np.ndarray], of: Names, seed: int = 0) -> dict[str, Any]:
    """How the brightness changes from column to column of the path, and whether it falls.

    Returns:
        "steps": "noon to ..." -> the difference of the means with its interval. "monotone": no step is a rise; a rise
        whose interval holds 0 counts as a tie.
    """
    steps = {}
    for before, after in pairwise(bright):
        name = f"{before} to {after}".replace("\n", " ")
        steps[name] = paired_difference(bright[after], bright[before], seed, "mean", of)
    rises = [one["difference"] if one["low"] is None else one["low"] for one in steps.values()]
    return {"steps": steps, "monotone": all(rise <= 0 for rise in rises)}


def lights(net: ZMNet, made: Pictures, photos: Sequence[Tensor], of: Names, seed: int = 0) -> dict[str, Any]:
    """Lights that come on at night, by the network and by the tone curve that comes nearest to the same output.

    Returns:
        "share": of the photos on which the network has more lights than the curve, with its interval. "zmnet" and
        "tone_curve": mean lights for each photo. "blurred": the network's on a blurred copy, which has no windows.
    """
    night = made["night"]
    ours = [lights_gained(output, photo) for output, photo in zip(night, photos, strict=True)]
    curve = [
        lights_gained(nearest_tone_curve(photo, output), photo) for output, photo in zip(night, photos, strict=True)
    ]
    with torch.no_grad():
        affine = net.encode("night")
        noise = [lights_gained(net.stylize(copy, affine), copy) for copy in map(blurred, photos)]
    return {
        "share": share(np.greater(ours, curve), seed, of),
        "zmnet": float(np.mean(ours)),
        "tone_curve": float(np.mean(curve)),
        "blurred": float(np.mean(noise)),
    }


def yellow(made: Pictures, photos: Sequence[Tensor]) -> np.ndarray:
    """For each photo the share of pixels that turn yellow, the mean over the four signals of daytime."""
    gained = [[yellow_gained(o, p) for o, p in zip(made[name], photos, strict=True)] for name in DAYTIME]
    return np.mean(gained, 0)


def apart(made: Pictures, network: LossNetwork, sets: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """How far the pictures of the four words are from the photos of each word: "noon|night" -> (N,) for N photos."""
    return {
        f"{column}|{word}": d.numpy()
        for column in (*TRAINED, *BETWEEN)
        for word, d in distances(network, made[column], sets).items()
    }


def over(above: Apart, below: Apart, words: Sequence[str], bench: WordBench, seed: int) -> dict[str, Any]:
    """The ratio of two distances to their own words, over all photos and these words."""
    top, bottom = (np.concatenate([one[f"{word}|{word}"] for word in words]) for one in (above, below))
    return paired(top, bottom, seed, "mean", bench.pairs(len(words)))


def curves(bench: WordBench) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The best tone curve of each word, fitted on `bench.fit`: its distances as `apart` names them, and its numbers."""
    assert bench.fit is not None and bench.held is not None
    fitted = best_tone_curves(bench.network, bench.fit.day(FITTED), bench.fit.sets)
    found = {}
    for word, (gain, power) in fitted.items():
        pictures = [tone(photo, gain, power) for photo in bench.photos]
        (d,) = distances(bench.network, pictures, {word: bench.held.sets[word]}).values()
        found[f"{word}|{word}"] = d.numpy()
    return found, {word: {"gain": gain, "power": power} for word, (gain, power) in fitted.items()}


def judged(bench: WordBench, made: Mapping[str, Pictures], more: Sequence[Pictures], seed: int = 0) -> dict[str, Any]:
    """What the claims read of tagged photos. made: of "serial", "parallel" and "twin"; more: of the other seeds.

    What lies between two words is judged on the mean over the seeds of "serial"; the comparisons with "parallel" and
    "twin" are of networks of one seed. Distances are means over photos and words.
    """
    assert bench.held is not None
    sets, network = bench.held.sets, bench.network
    found = {key: apart(own, network, sets) for key, own in made.items()}
    seeds = [found["serial"], *(apart(own, network, sets) for own in more)]
    serial = {key: np.mean([one[key] for one in seeds], 0) for key in seeds[0]}
    between: dict[str, Any] = {
        "ends": {
            a: paired(serial[f"{a}|{a}"], serial[f"{a}|{b}"], seed, "mean", bench.pairs())
            for a, b in (TRAINED, TRAINED[::-1])
        },
        "by_word": {word: {"zmnet": float(serial[f"{word}|{word}"].mean())} for word in sets},
    }
    if bench.fit is not None:
        by_curve, between["curves"] = curves(bench)
        between["ratio"] = over(serial, by_curve, BETWEEN, bench, seed)
        for word in sets:
            between["by_word"][word]["tone_curve"] = float(by_curve[f"{word}|{word}"].mean())
    near = {key: float(np.mean([own[f"{w}|{w}"] for w in TRAINED])) for key, own in found.items()}
    spread = [variance(bench.images, bench.photos, bench.held.photos[word]) for word in TRAINED]
    return {
        "between": between,
        "semantics": {
            "ratio": over(found["serial"], found["twin"], TRAINED, bench, seed),
            "distance": {"zmnet": near["serial"], "twin": near["twin"]},
            "variance": float(np.mean(spread)),
        },
        "serial": {"distance": near["serial"]},
        "parallel": {
            "distance": near["parallel"],
            "ratio": over(found["serial"], found["parallel"], TRAINED, bench, seed),
        },
        "untouched": {word: float(d.mean()) for word, d in distances(network, bench.photos, sets).items()},
        "held": {word: len(own) for word, own in bench.held.photos.items()},
        "judge": network.name,
    }


@torch.no_grad()
def variance(net: ZMNet, photos: Sequence[Tensor], signals: Tensor, most: int = 4) -> float:
    """How much the output varies with the picture that guides it: variance over the signals, mean over the pixels.

    A network that reads the word has 0 here, since it never reads the pictures.

    Args:
        photos: (1, 3, H, W) each, in [0, 1]; the first `most` are taken.
        signals: pictures (N, 3, h, w) in [0, 1].
    """
    affines = [net.encode(signal) for signal in signals.split(1)]
    spread = [torch.cat([net.stylize(photo, affine) for affine in affines]).var(0) for photo in photos[:most]]
    return float(torch.stack([one.mean() for one in spread]).mean())


def measure(bench: WordBench, seed: int = 0) -> dict[str, Any]:
    """All numbers of the chapter; those that need tagged photos only where the bench has them."""
    of = bench.pairs()
    made = {key: outputs(net, bench.photos) for key, net in bench.nets.items()}
    more = [outputs(net, bench.photos) for net in bench.more]
    bright = {key: brightnesses(own) for key, own in made.items()}
    seeds = [bright["serial"], *(brightnesses(own) for own in more)]
    path = falls({name: np.mean([one[name] for one in seeds], 0) for name in COLUMNS}, of, seed)
    yellows = {key: yellow(made[key], bench.photos) for key in ("serial", "parallel")}
    nets = bench.nets
    found: dict[str, Any] = {
        "between": path
        | {
            "brightness": {key: {name: float(x.mean()) for name, x in one.items()} for key, one in bright.items()},
            "seeds": len(seeds),
        },
        "lights": lights(nets["serial"], made["serial"], bench.photos, of, seed),
        "semantics": alike([nets["serial"], nets["twin"]]),
        "serial": {"yellow": float(yellows["serial"].mean())},
        "parallel": {
            "yellow": paired_difference(yellows["serial"], yellows["parallel"], seed, "mean", of),
            "yellow_share": float(yellows["parallel"].mean()),
            **alike([nets["serial"], nets["parallel"]]),
        },
        "photos": len(bench.photos),
    }
    if bench.held is not None:
        for key, own in judged(bench, made, more, seed).items():
            found[key] = {**found[key], **own} if key in found else own
    return found


def brightness_table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The mean L* of each column, of what `measure` found: a row for each network, as `common.table` takes it."""
    rows = []
    for key in ("serial", "parallel"):
        row = {"mean L*": key}
        for name in COLUMNS:
            row[name.replace("\n", " ")] = f"{found['between']['brightness'][key][name]:.0f}"
        rows.append(row)
    return rows


def ratios_table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The comparisons of the claims with their intervals, as far as they were measured; then the steps of the path."""
    rows = {}
    for path, says in RATIOS.items():
        one: Any = found
        for part in path.split("."):
            one = one.get(part, {}) if isinstance(one, Mapping) else {}
        rows[says] = one
    rows |= {f"brightness, {name}": one for name, one in found.get("between", {}).get("steps", {}).items()}
    return [
        {"what": says, "measured": text(one, next(kind for kind in ("ratio", "share", "difference") if kind in one))}
        for says, one in rows.items()
        if isinstance(one, Mapping) and "low" in one
    ]
