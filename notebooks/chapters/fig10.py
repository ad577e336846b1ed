"""Figure 10: words as guiding signals, with what its four claims look at."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from chapters.common import squares
from chapters.daylight import brightness, gain_to
from chapters.tagged import TagSet
from zmlib.affine import Affine
from zmlib.data.folders import at_most, list_images
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.experiments.run import Run
from zmlib.perceptual import LossNetwork, loss_network
from zmlib.signals.words import CHOSEN, TRAINED, network_signal
from zmlib.weights import load
from zmlib.zmnet import ZMNet

# The six columns, each a list of words with their weights
COLUMNS: dict[str, dict[str, float]] = {
    "noon": {"noon": 1.0},
    "0.5 noon +\n0.5 afternoon": {"noon": 0.5, "afternoon": 0.5},
    "afternoon": {"afternoon": 1.0},
    "morning": {"morning": 1.0},
    "0.5 morning +\n0.5 night": {"morning": 0.5, "night": 0.5},
    "night": {"night": 1.0},
}
BETWEEN = ("afternoon", "morning")  # the words that no network was trained on


def signals(net: ZMNet, columns: Mapping[str, Mapping[str, float]] = COLUMNS) -> dict[str, Tensor]:
    """What PNet reads for each column: the weighted mean of its words' places, (1, 2)."""
    found = {}
    for name, words in columns.items():
        places = network_signal(list(words), net.card["words"])
        found[name] = (places * torch.tensor(list(words.values()))[:, None]).sum(0, keepdim=True)
    return found


def affines(net: ZMNet, columns: Mapping[str, Mapping[str, float]] = COLUMNS) -> dict[str, Affine]:
    """The network's value for each column: PNet reads the mixed word, as in the paper."""
    with torch.no_grad():
        return {name: net.encode(signal) for name, signal in signals(net, columns).items()}


@torch.no_grad()
def outputs(net: ZMNet, photos: Sequence[Tensor]) -> dict[str, list[Tensor]]:
    """Column -> the output for each photo, (1, 3, H, W) in [0, 1]."""
    return {name: [net.stylize(photo, affine) for photo in photos] for name, affine in affines(net).items()}


def figure_rows(photo: Tensor, nets: Sequence[ZMNet], places: Any) -> list[list[Any]]:
    """The rows of Figure 10: illumination, then a row a network; in the first column the photo and the map of words.

    "Simply changing image illumination" is one gain, which gives the photo the brightness of the first network's output
    in the same column. photo: (1, 3, H, W) in [0, 1]. places: the map, as a PIL picture.
    """
    painted = [[one[0] for one in outputs(net, [photo]).values()] for net in nets]
    lit = [gain_to(photo, brightness(one)) for one in painted[0]]
    return [[photo, *lit], [places, *painted[0]], *([None, *row] for row in painted[1:])]


def map_of_words(net: ZMNet, side: float = 3.2) -> Image.Image:
    """The plane of words: where the columns of the figure lie; filled are the words that the network was trained on.

    side: of the square picture, in inches at 150 dots each.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(side, side), dpi=150, layout="constrained")
    where = {name.replace("\n", " "): signal[0].tolist() for name, signal in signals(net).items()}
    axes.plot(*zip(*where.values(), strict=True), color="0.7", linewidth=1, zorder=1)
    for name, (x, y) in where.items():
        pure = name in CHOSEN
        face = "C0" if name in TRAINED else "white"
        axes.plot(x, y, "o" if pure else "s", color="C0", markerfacecolor=face, markersize=8 if pure else 4, zorder=2)
        if pure:
            below = y < 0 or name == "morning"
            axes.annotate(name, (x, y), (0, -9 if below else 7), textcoords="offset points", ha="center",
                          va="top" if below else "bottom", fontsize=10)  # fmt: skip
    axes.margins(0.22)
    axes.set_aspect("equal")
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return Image.open(buffer).convert("RGB")


@dataclass(frozen=True, repr=False)
class Held:
    """Photos that carry a word and were not trained on: their sets as a loss network sees them, and the photos.

    Attributes:
        sets: word -> set. photos: word -> (N, 3, size, size) in [0, 1].
    """

    sets: dict[str, TagSet]
    photos: dict[str, Tensor]

    def day(self, most: int) -> list[Tensor]:
        """Content photos: those of noon, (1, 3, size, size) each, at most so many, evenly spread."""
        return at_most(self.photos["noon"].split(1), most)


def read_held(folder: str, size: int, network: LossNetwork, most: int = 60) -> Held:
    """Read `folder`, which has a folder of photos for each of noon, afternoon, morning and night.

    Raises:
        UserError: one of the four is missing, or a picture cannot be read.
    """
    photos, device = {}, next(network.parameters()).device
    for word in CHOSEN:
        if not (Path(folder) / word).is_dir():
            raise UserError(f"{folder} has no folder {word}: it needs photos of {', '.join(CHOSEN)}.")
        files = at_most(list_images(Path(folder) / word), most)
        photos[word] = squares([open_image(file) for file in files], size).to(device)
    return Held({word: TagSet.of(network, own.split(1)) for word, own in photos.items()}, photos)


def monotone(means: Sequence[float], tie: float = 0.5) -> bool:
    """Whether brightness falls along the path, up to ties of `tie` units of L*."""
    return bool(np.all(np.diff(means) <= tie))


@dataclass(repr=False)
class WordBench:
    """What the chapter measures with, all on one device.

    Attributes:
        nets: "serial", "parallel" and "twin" (trained on one photo for each word). images: one that reads pictures.
        network: the loss network.
        photos: (1, 3, size, size) each, in [0, 1]. held: None where no folder of them is given.
    """

    nets: dict[str, ZMNet]
    images: ZMNet
    network: LossNetwork
    photos: list[Tensor]
    held: Held | None


def prepare(run: Run) -> WordBench:
    """Load what the notebook's parameters `serial`, `parallel`, `twin`, `images`, `judge` and `tagged` name.

    Raises:
        UserError: a network that does not ship or reads no words, or a folder or picture that cannot be read.
    """
    nets = {}
    for key in ("serial", "parallel", "twin"):
        name = run.parameters[key]
        nets[key] = run.used(load(name, run.device), name)
        if "words" not in nets[key].card:
            raise UserError(f"{name} reads no words: give weights by one of the recipes whose names begin with words.")
    images = run.used(load(run.parameters["images"], run.device), run.parameters["images"])
    network = run.used(loss_network(run.parameters["judge"] or run.loss_network).to(run.device))
    held = read_held(run.parameters["tagged"], run.size, network) if run.parameters["tagged"] else None
    if held and not run.folders["contents"]:
        photos = held.day(run.contents)
    else:
        photos = list(squares(list(run.photos().values()), run.size).to(run.device).split(1))
    return WordBench(nets, images, network, photos, held)
