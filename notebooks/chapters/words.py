"""Many words on one photo: which words, the map of their pictures, and whether the brightness fits their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from torch import Tensor

from chapters.daylight import brightness
from zmlib.data.images import to_image
from zmlib.data.sheet import Sheet
from zmlib.signals.words import TRAINED, network_signal
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOURS = "noon morning dawn sunrise day early today afternoon evening late sunset night midnight overnight".split()
SEASONS = "spring summer autumn fall winter january april july august october december weekend hour minute".split()
WEATHER = "storm rain snow fog wind cloud thunder lightning hurricane ice heat cold warm hot cool dry flood".split()
SKY = "sun moon star stars sky light dark shadow lamp candle fire flame".split()
PLACES = (
    "city street village mountain beach forest sea ocean river desert island garden field castle church palace tower "
    "house window bridge harbor"
).split()
COLOURS = "red blue green yellow orange black white gold silver gray brown".split()
LIFE = (
    "breakfast lunch dinner supper coffee tea wine sleep bed dream party dance music concert happy calm quiet fear "
    "love war peace death life birth hope"
).split()
NONSENSE = "banana computer dog cat horse guitar football president bank".split()
KINDS: dict[str, Sequence[str]] = {
    "hours": HOURS,
    "seasons": SEASONS,
    "weather": WEATHER,
    "sky and light": SKY,
    "places": PLACES,
    "colours": COLOURS,
    "life": LIFE,
    "anything": NONSENSE,
}
WORDS = tuple(word for kind in KINDS.values() for word in kind)
# Words whose hour nobody would doubt: `right_order` compares it with the brightness of their pictures
DARK = ("night", "midnight", "evening", "overnight", "dark", "moon", "stars", "candle", "shadow", "sleep")
LIGHT = ("noon", "day", "morning", "afternoon", "sun", "sunrise", "light", "summer", "lunch", "beach")


def places(net: ZMNet, words: Sequence[str]) -> np.ndarray:
    """Where the words lie in the plane, (N, 2)."""
    return network_signal(list(words), net.card["words"]).numpy()


def spread_out(points: np.ndarray, width: float, height: float, rounds: int = 400) -> np.ndarray:
    """Move boxes of one size apart until none lies over another.

    In each round every overlapping pair moves apart, each box by half of the overlap, along the axis where it is less.

    Args:
        points: the centres of the boxes, (N, 2).
        width, height: of a box, in the units of the points.
        rounds: at most.

    Returns:
        The new centres, (N, 2).
    """
    places = points.astype(float).copy()
    size = np.array([width, height])
    for _ in range(rounds):
        apart = places[:, None] - places[None]
        lacking = size - np.abs(apart)
        over = (lacking > 1e-9).all(-1) & ~np.eye(len(places), dtype=bool)
        if not over.any():
            break
        axis = lacking.argmin(-1)
        for i, j in zip(*np.nonzero(np.triu(over)), strict=True):
            k = axis[i, j]
            way = np.sign(apart[i, j, k]) or (1.0 if i < j else -1.0)
            places[i, k] += way * lacking[i, j, k] / 2
            places[j, k] -= way * lacking[i, j, k] / 2
    return places


def mosaic(net: ZMNet, painted: Mapping[str, Tensor], thumb: int = 86, width: int = 1800) -> Sheet:
    """Every word's output as a thumbnail at the word's place, moved aside where two would cover each other.

    Args:
        net: the network, whose plane the places are in.
        painted: word -> the output for one photo, (1, 3, H, W) in [0, 1].
        thumb: the width of a thumbnail in pixels.
        width: of the map without its margin, in pixels.
    """
    from PIL import ImageDraw, ImageFont

    words = list(painted)
    x, y = places(net, words).T
    height = thumb * painted[words[0]].shape[-2] // painted[words[0]].shape[-1]
    label = 17
    scale = (width - thumb) / (x.max() - x.min())
    points = np.stack([(x - x.min()) * scale, (y.max() - y) * scale], 1)
    at = spread_out(points, thumb + 4, height + label + 3)
    at -= at.min(0) - np.array([thumb, height + label])
    extent = at.max(0) + np.array([thumb, height + label])
    page = Image.new("RGB", (int(extent[0]), int(extent[1])), "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(14)
    for word, (cx, cy) in zip(words, at, strict=True):
        left, top = int(cx - thumb / 2), int(cy - (height + label) / 2)
        page.paste(to_image(painted[word].cpu()).resize((thumb, height), Image.Resampling.LANCZOS), (left, top))
        if word in TRAINED:
            draw.rectangle((left - 2, top - 2, left + thumb + 1, top + height + 1), outline="#c02020", width=3)
        draw.text((cx, top + height + 1), word, fill="#1f2328", font=font, anchor="ma")
    return Sheet(page)


def plot_brightness(net: ZMNet, painted: Mapping[str, Tensor]) -> Figure:
    """The exact places of the words; the colour of each dot is the brightness of the word's output."""
    import matplotlib.pyplot as plt

    words = list(painted)
    where = places(net, words)
    figure, axes = plt.subplots(figsize=(10, 6.4), dpi=110, layout="constrained")
    light = [brightness(painted[word]) for word in words]
    dots = axes.scatter(
        where[:, 0], where[:, 1], c=light, cmap="cividis", s=34, edgecolors="0.3", linewidths=0.4, zorder=2
    )
    named = {*HOURS, *SKY, *NONSENSE, *DARK, *LIGHT}
    for word, (x, y) in zip(words, where, strict=True):
        if word in named:
            axes.annotate(word, (x, y), (3, 3), textcoords="offset points", fontsize=8, zorder=3)
    figure.colorbar(dots, label="brightness of the output, mean L*")
    axes.set_aspect("equal")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def right_order(painted: Mapping[str, Tensor]) -> dict[str, Any]:
    """How well the brightness agrees with what the words mean, for those in `DARK` and `LIGHT`.

    Returns:
        "right": the share of pairs of a dark and a light word in which the dark word gives the darker picture; 0.5 is
        chance. "brightness": word -> mean L*. "wrong": the dark words that are brighter than the median of the light
        ones, and the light words that are darker than the median of the dark ones.
    """
    light = {word: brightness(picture) for word, picture in painted.items()}
    dark, bright = (np.array([light[word] for word in group]) for group in (DARK, LIGHT))
    wrong = [word for word in DARK if light[word] > np.median(bright)]
    wrong += [word for word in LIGHT if light[word] < np.median(dark)]
    return {"right": float((dark[:, None] < bright[None]).mean()), "wrong": wrong, "brightness": light}
