"""Figure 10, words as guiding signals: the six columns, the plane of words, and what the chapter measures with."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from chapters.common import load_judge, squares
from chapters.tagged import TagSet
from zmlib.data.folders import at_most, list_images
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.experiments.run import Run
from zmlib.perceptual import LossNetwork
from zmlib.signals.words import CHOSEN, TRAINED, network_signal
from zmlib.weights import load, registry
from zmlib.zmnet import ZMNet

# The six columns of the figure, each a mixture of words with their weights
COLUMNS: dict[str, dict[str, float]] = {
    "noon": {"noon": 1.0},
    "0.5 noon +\n0.5 afternoon": {"noon": 0.5, "afternoon": 0.5},
    "afternoon": {"afternoon": 1.0},
    "morning": {"morning": 1.0},
    "0.5 morning +\n0.5 night": {"morning": 0.5, "night": 0.5},
    "night": {"night": 1.0},
}
BETWEEN = ("afternoon", "morning")  # the words that no network was trained on


def signals(net: ZMNet) -> dict[str, Tensor]:
    """Column -> the guiding signal: the weighted mean of its words' places in the network's plane, (1, 2)."""
    found = {}
    for name, words in COLUMNS.items():
        places = network_signal(list(words), net.card["words"])
        found[name] = (places * torch.tensor(list(words.values()))[:, None]).sum(0, keepdim=True)
    return found


@torch.no_grad()
def outputs(net: ZMNet, photos: Sequence[Tensor]) -> dict[str, list[Tensor]]:
    """Column -> the output for each photo, (1, 3, H, W) in [0, 1]. PNet reads the mixed word, as in the paper."""
    found = {}
    for name, signal in signals(net).items():
        affine = net.encode(signal)
        found[name] = [net.stylize(photo, affine) for photo in photos]
    return found


def map_of_words(net: ZMNet, side: float = 3.2) -> Image.Image:
    """The plane of words with the path of the six columns; filled dots are the words of the training.

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
    """Photos that are tagged with a word and were not trained on, and what a loss network sees in them.

    Attributes:
        sets: word -> set. photos: word -> (N, 3, size, size) in [0, 1]. names: word -> their names, where known.
    """

    sets: dict[str, TagSet]
    photos: dict[str, Tensor]
    names: dict[str, list[str]] = field(default_factory=dict)

    def day(self, most: int) -> list[Tensor]:
        """Content photos: those of noon, (1, 3, size, size) each, evenly spread, at most `most`."""
        return at_most(self.photos["noon"].split(1), most)

    def day_names(self, most: int) -> list[str]:
        """The names of the photos of `day`."""
        return at_most(self.names["noon"], most)


def read_held(
    folder: str, size: int, network: LossNetwork, most: int = 60, read: Callable[[Path], Path] = Path
) -> Held:
    """Read a folder that holds a folder of photos for each of noon, afternoon, morning and night.

    Args:
        folder: its path.
        size: of the square photos, in pixels.
        network: the loss network, on its device.
        most: photos for each word, evenly spread through its folder.
        read: called with each photo's path, such as `zmlib.experiments.Run.read`, which records it.

    Raises:
        UserError: one of the four folders is missing, or a picture cannot be read.
    """
    photos, names, device = {}, {}, next(network.parameters()).device
    for word in CHOSEN:
        if not (Path(folder) / word).is_dir():
            raise UserError(f"{folder} has no folder {word}: it needs photos of {', '.join(CHOSEN)}.")
        files = [read(file) for file in at_most(list_images(Path(folder) / word), most)]
        photos[word] = squares([open_image(file) for file in files], size).to(device)
        names[word] = [file.name for file in files]
    return Held({word: TagSet.of(network, own.split(1)) for word, own in photos.items()}, photos, names)


def places(names: Sequence[str]) -> list[str]:
    """What each photo shows, for the bootstrap: frames of one camera begin with its number and a dash.

    >>> places(["356-noon_1.jpg", "356-noon_2.jpg", "square.jpg"])
    ['356', '356', 'square.jpg']
    """
    cameras = [re.match(r"(\d+)-", name) for name in names]
    return [found[1] if found else name for found, name in zip(cameras, names, strict=True)]


@dataclass(repr=False)
class WordBench:
    """What the chapter measures with, all on one device.

    Attributes:
        nets: "serial", "parallel" and "twin" (trained on one photo for each word).
        more: further networks like "serial", trained with other seeds.
        images: a network that reads pictures, with the same TNet.
        network: the loss network that measures distances.
        photos: content photos, (1, 3, size, size) each, in [0, 1]. names: theirs.
        held: tagged photos that were not trained on; None where no folder of them is given.
        fit: tagged photos on which the tone curve is fitted, none of those in `held`; None where they are not given.
    """

    nets: dict[str, ZMNet]
    images: ZMNet
    network: LossNetwork
    photos: list[Tensor]
    names: list[str]
    held: Held | None
    fit: Held | None = None
    more: list[ZMNet] = field(default_factory=list)

    def pairs(self, words: int = 1) -> tuple[list[str], list[str]]:
        """Of each photo, so many times over, its name and its place: frames of one camera are not independent."""
        return self.names * words, places(self.names) * words


def other_seeds(run: Run) -> dict[str, ZMNet]:
    """Networks like the parameter `serial`'s, by name: those in the folder `others`, or those that ship.

    What ships as "words-seed1", "words-seed2", ... belongs to "words".

    Raises:
        UserError: a file of the folder holds no weights.
    """
    serial = run.parameters["serial"]
    if run.parameters["others"]:
        files = sorted(Path(run.parameters["others"]).expanduser().glob("*.safetensors"))
        found = {file.stem: str(file) for file in files}
    else:
        found = {name: name for name in registry() if re.fullmatch(re.escape(serial) + r"-seed\d+", name)}
    return {name: run.used(load(file, run.device), name) for name, file in found.items()}


def prepare(run: Run, nets: dict[str, ZMNet]) -> WordBench:
    """Collect what the chapter measures with, as the parameters of the notebook say.

    They are `images`, `judge`, `tagged`, `tagged_train` and `others`. The content photos are the user's; else the
    tagged ones of noon; else those that ship.

    nets: "serial", "parallel" and "twin", loaded by the parameters of these names.

    Raises:
        UserError: a network that reads no words or does not ship, or a folder or picture that cannot be read.
    """
    for key, net in nets.items():
        name = run.parameters[key]
        if "words" not in run.used(net, name).card:
            raise UserError(f"{name} reads no words: give weights by one of the recipes whose names begin with words.")
    images = run.used(load(run.parameters["images"], run.device), run.parameters["images"])
    network = load_judge(run).network
    tagged = {
        key: read_held(run.parameters[key], run.size, network, read=run.read) if run.parameters[key] else None
        for key in ("tagged", "tagged_train")
    }
    held = tagged["tagged"]
    if held and not run.folders["contents"]:
        photos, names = held.day(run.contents), held.day_names(run.contents)
    else:
        shelf = run.photos()
        photos, names = list(squares(list(shelf.values()), run.size).to(run.device).split(1)), list(shelf)
    more = list(other_seeds(run).values())
    return WordBench(nets, images, network, photos, names, held, tagged["tagged_train"], more)
