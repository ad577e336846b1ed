"""Photos that are mostly blank: the border of one colour, and the glow around an object on white."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from chapters.common import text
from zmlib.data.images import as_float
from zmlib.evaluate.statistics import summary

COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255), "red": (200, 30, 30)}
JUG = "a jug on white"
RIM = 16  # px from an edge that count as the border
NEAR, FAR = (16, 24), 96  # px from the object: where the glow is measured, and from where on the background is far


def blank_photos(side: int) -> dict[str, Image.Image]:
    """Square photos of one colour, and a shaded jug on exact white in the middle of one, by name."""
    photos = {name: Image.new("RGB", (side, side), colour) for name, colour in COLOURS.items()}
    x = np.linspace(-1, 1, side, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, side, dtype=np.float32)[:, None]
    light = 1 - 0.6 * np.clip((x + 0.25) ** 2 / 0.16 + y**2 / 2, 0, 1)
    stripes = 1 - 0.25 * (np.sin(40 * y + 3 * x) > 0.6)
    glaze = (light * stripes)[..., None] * np.array([70, 110, 190], np.float32)
    jug = Image.fromarray(np.uint8(glaze.clip(0, 255)))
    photos[JUG] = Image.composite(jug, photos["white"], _silhouette(side))
    return photos


def _silhouette(side: int) -> Image.Image:
    """A body, a neck and a handle, about a twelfth of the picture."""
    mask = Image.new("L", (side, side))
    draw, s = ImageDraw.Draw(mask), side / 100
    draw.ellipse((36 * s, 42 * s, 62 * s, 72 * s), fill=255)
    draw.rectangle((43 * s, 30 * s, 55 * s, 46 * s), fill=255)
    draw.arc((52 * s, 36 * s, 70 * s, 60 * s), 250, 110, fill=255, width=max(1, round(3 * s)))
    return mask


def spread(picture: Tensor) -> dict[str, float]:
    """The standard deviation, over places, within `RIM` pixels of an edge and inside, in grey levels of 255.

    picture: (1, 3, H, W), float or uint8. The mean over the three channels.
    """
    rgb = _array(picture)
    rim = np.ones(rgb.shape[:2], bool)
    rim[RIM:-RIM, RIM:-RIM] = False
    return {"rim": float(rgb[rim].std(0).mean()), "inside": float(rgb[~rim].std(0).mean())}


def glow(picture: Tensor, photo: Image.Image) -> float:
    """How much the background near an object differs in colour from that far away, in grey levels of 255.

    The mean over the places at `NEAR` pixels from the object, and over channels, of the absolute difference from the
    median colour of what is farther than `FAR`, or than half the largest distance.

    picture: (1, 3, H, W), float or uint8. photo: an object on exact white, of the same size.
    """
    distance = distance_transform_edt((np.asarray(photo) == 255).all(2))
    rgb = _array(picture)
    far = np.median(rgb[distance > min(FAR, distance.max() / 2)], 0)
    near = (distance >= NEAR[0]) & (distance < NEAR[1])
    return float(np.abs(rgb[near] - far).mean())


def _array(picture: Tensor) -> NDArray[Any]:
    return 255 * as_float(picture)[0].permute(1, 2, 0).cpu().numpy()


def describe(pictures: Mapping[str, Mapping[str, list[Tensor]]], photos: Mapping[str, Image.Image]) -> dict[str, Any]:
    """Means over styles of what is measured of blank photos: photo -> way -> "rim" and "inside", or "glow".

    pictures: photo -> way -> (1, 3, H, W) for each style. photos: see `blank_photos`.
    """
    found: dict[str, Any] = {}
    for name, ways in pictures.items():
        found[name] = {}
        for way, each in ways.items():
            if name == JUG:
                rows = [{"glow": glow(one, photos[name])} for one in each]
            else:
                rows = [spread(one) for one in each]
            found[name][way] = {what: summary([row[what] for row in rows], 0, "mean") for what in rows[0]}
    return found


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each blank photo and measure; found: what `describe` returned."""
    rows = []
    for name, ways in found.items():
        for what in next(iter(ways.values())):
            said = {"rim": f"spread within {RIM} px of an edge", "inside": "spread inside"}
            row = {"photo": name, "grey levels of 255": said.get(what, f"glow, {NEAR[0]} to {NEAR[1]} px away")}
            rows.append(row | {way: text(one[what], "mean", 1) for way, one in ways.items()})
    return rows
