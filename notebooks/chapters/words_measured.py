"""The numbers of Figure 10: what can be measured on any photos, and what needs photos that are tagged with a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.daylight import blurred, brightness, lights_gained, nearest_tone_curve, yellow_gained
from chapters.fig10 import BETWEEN, COLUMNS, Held, WordBench, monotone, outputs
from chapters.tagged import best_tone_curves, distances
from zmlib.evaluate.signal_test import average
from zmlib.evaluate.statistics import share, summary
from zmlib.perceptual import LossNetwork
from zmlib.signals.words import TRAINED
from zmlib.zmnet import ZMNet

DAYTIME = ("noon", "0.5 noon +\n0.5 afternoon", "afternoon", "morning")
#: what the chapter's last table shows beside the numbers of the claims: path in the result -> its name
ALSO = {
    f"values.between.by_word.{word}.{key}": f"{word}, {label}"
    for word in ("noon", "afternoon", "morning", "night")
    for key, label in (("zmnet", "ZM-Net"), ("tone_curve", "the best tone curve"))
} | {
    "values.untouched.noon": "distance of the untouched photographs to noon",
    "values.untouched.night": "distance of the untouched photographs to night",
    "values.parallel.mean_over_right": "parallel, the distance with the mean signal over that with the right word",
    "values.photos": "photographs",
    "values.judge": "loss network",
}
Pictures = Mapping[str, Sequence[Tensor]]  # column -> the output for each photo


def brightnesses(made: Pictures) -> dict[str, float]:
    """Column -> the mean L* of its pictures over all photos."""
    return {name: float(np.mean([brightness(one) for one in own])) for name, own in made.items()}


def lights(net: ZMNet, made: Pictures, photos: Sequence[Tensor], seed: int = 0) -> dict[str, Any]:
    """Lights that come on at night, by the network and by the tone curve that comes nearest to the same output.

    Returns:
        "share": of the photos on which the network has more lights than the curve, with its "interval". "zmnet" and
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
    won = share(np.greater(ours, curve).tolist(), seed)
    return {
        "share": won["share"],
        "interval": [won["low"], won["high"]],
        "zmnet": float(np.mean(ours)),
        "tone_curve": float(np.mean(curve)),
        "blurred": float(np.mean(noise)),
    }


def yellow(made: Pictures, photos: Sequence[Tensor]) -> float:
    """The mean share of pixels that turn yellow at the four signals of daytime."""
    gained = [yellow_gained(o, p) for name in DAYTIME for o, p in zip(made[name], photos, strict=True)]
    return float(np.mean(gained))


def with_tags(
    nets: Mapping[str, ZMNet], made: Mapping[str, Pictures], network: LossNetwork, held: Held, photos: Sequence[Tensor]
) -> dict[str, dict[str, Tensor]]:
    """The distance of each output to the photos of each word, (N,) for N photos: network -> "column|word" -> distances.

    "noon|night" are the distances of the pictures of noon to the photos of night; "mean|noon" those of the pictures
    with the mean of the two trained words' gamma and beta to the photos of noon.
    """
    found: dict[str, dict[str, Tensor]] = {}
    for key, net in nets.items():
        own: dict[str, Tensor] = {}
        for column in (*TRAINED, *BETWEEN):
            for word, d in distances(network, made[key][column], held.sets).items():
                own[f"{column}|{word}"] = d
        with torch.no_grad():
            mean = average([net.encode(word) for word in TRAINED])
            pictures = [net.stylize(photo, mean) for photo in photos]
        found[key] = own | {f"mean|{word}": d for word, d in distances(network, pictures, held.sets).items()}
    return found


def responds(found: Mapping[str, Tensor]) -> dict[str, float]:
    """The signal test: the right word against the other one, and against the mean of the two.

    found: what `with_tags` returned for one network. Errors are means over photos and words: the distances of one word
    are twice those of the other, and a median over both would lie in the gap between them.
    """
    right = torch.cat([found[f"{word}|{word}"] for word in TRAINED])
    other = torch.cat([found[f"{a}|{b}"] for a, b in (TRAINED[::-1], TRAINED)])
    mean = torch.cat([found[f"mean|{word}"] for word in TRAINED])
    return {"rate": float((right < other).float().mean()), "mean_over_right": float(mean.mean() / right.mean())}


def judged(
    found: Mapping[str, Mapping[str, Tensor]],
    network: LossNetwork,
    held: Held,
    photos: Sequence[Tensor],
    seed: int = 0,
) -> dict[str, Any]:
    """What the claims read, from what `with_tags` found for the networks "serial", "parallel" and "twin".

    Distances are means over photos and words; "intervals" are those of the means over photos.
    """
    serial, heard = found["serial"], {key: responds(found[key]) for key in ("serial", "parallel")}
    curves = best_tone_curves(network, photos, held.sets)
    near = {word: torch.stack([serial[f"{word}|{word}"], curves[word][2]]) for word in held.sets}
    between = torch.stack([near[word] for word in BETWEEN]).mean(0)
    trained = {key: torch.stack([own[f"{w}|{w}"] for w in TRAINED]).mean(0) for key, own in found.items()}
    ends = all(serial[f"{a}|{a}"].mean() < serial[f"{a}|{b}"].mean() for a, b in (TRAINED, TRAINED[::-1]))
    return {
        "between": {
            "own_ends": ends,
            "distance": {"zmnet": float(between[0].mean()), "tone_curve": float(between[1].mean())},
            "by_word": {
                word: {"zmnet": float(d[0].mean()), "tone_curve": float(d[1].mean())} for word, d in near.items()
            },
            "curves": {word: {"gain": gain, "power": power} for word, (gain, power, _) in curves.items()},
        },
        "semantics": {"distance": {"zmnet": float(trained["serial"].mean()), "twin": float(trained["twin"].mean())}},
        "intervals": {key: summary(d.tolist(), seed, "mean") for key, d in trained.items()},
        "serial": {"distance": float(trained["serial"].mean()), **heard["serial"]},
        "parallel": {"distance": float(trained["parallel"].mean()), **heard["parallel"]},
        "signal": heard["serial"],
        "untouched": {w: float(d.mean()) for w, d in distances(network, photos, held.sets).items()},
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
    made = {key: outputs(net, bench.photos) for key, net in bench.nets.items()}
    bright = {key: brightnesses(own) for key, own in made.items()}
    lit = lights(bench.nets["serial"], made["serial"], bench.photos, seed)
    found: dict[str, Any] = {
        "between": {"monotone": monotone(list(bright["serial"].values())), "brightness": bright},
        "lights": lit,
        "serial": {"yellow": yellow(made["serial"], bench.photos)},
        "parallel": {"yellow": yellow(made["parallel"], bench.photos)},
        "photos": len(bench.photos),
    }
    if bench.held is None:
        return found
    apart = with_tags(bench.nets, made, bench.network, bench.held, bench.photos)
    more = judged(apart, bench.network, bench.held, bench.photos, seed)
    for key, own in more.items():
        found[key] = {**found[key], **own} if key in found else own
    spread = [variance(bench.images, bench.photos, bench.held.photos[word]) for word in TRAINED]
    found["semantics"]["variance"] = float(np.mean(spread))
    bounds = more["intervals"]["serial"]
    return found | {
        "interval": [bounds["low"], bounds["high"]],
        "held": {word: len(own) for word, own in bench.held.photos.items()},
    }


def brightness_table(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The mean L* of each column, of what `measure` found: a row for each network, as `common.table` takes it."""
    rows = []
    for key in ("serial", "parallel"):
        row = {"mean L*": key}
        for name in COLUMNS:
            row[name.replace("\n", " ")] = f"{found['between']['brightness'][key][name]:.0f}"
        rows.append(row)
    return rows
