"""Animation (section 4.2): what a frame costs, how a film flickers, and a clip in which one knows what stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from chapters.measures import text
from chapters.timing import interleaved
from zmlib.affine import Affine
from zmlib.data.images import centre_square, to_tensor
from zmlib.evaluate.statistics import summary
from zmlib.video.animate import frames, path
from zmlib.video.flicker import Flicker
from zmlib.zmnet import ZMNet

NETS = ("styles", "styles-expanded")  # the paper's width, and half of it, which is a quarter of the work
LIMIT_MS = 38.0  # the paper's time with a new style
SIDES = (256, 512)
STEP = 32  # of the search for the largest side within the limit
REACH = 60  # pixels: how far one pixel of a photo reaches in TNet's output, statistics apart
NOISE = 2.5  # grey levels of 255, of a camera by day


def flicker(pictures: Sequence[Image.Image], still: np.ndarray | None = None) -> float:
    """The mean absolute second difference between frames, in grey levels of 255 (`zmlib.video.flicker.Flicker`).

    pictures: three or more of one size. still: (H, W) bool, the pixels that count; None for all.
    """
    found = Flicker(still)
    for picture in pictures:
        found.add(picture)
    assert found.value is not None
    return found.value


def times(
    net: ZMNet, photo: Image.Image, style: Tensor, number: int, keys: int, repeats: int, sides: Sequence[int] = SIDES
) -> dict[str, Any]:
    """What a frame costs: medians of measurements taken in turns, with an interval where a claim reads it.

    A frame is the step along the path, TNet, and the finished picture; encoding a video is not counted.

    Args:
        photo: what is animated.
        style: (1, 3, h, w) in [0, 1], what PNet reads once for each key; its time is shared out over the frames.
        number: of frames. keys: of styles on the path.
        repeats: measurements.
        sides: of square frames, in pixels.

    Returns:
        "pnet_ms": of one key. "frame_ms": by side, such as "256", that of a frame with PNet's share, with the bootstrap
        95 % interval over the repeats (`zmlib.evaluate.statistics.summary`). "tnet_ms", "fps" and "pnet_share": by
        side. "size_within_38_ms": the largest side such that it and all smaller ones keep the limit; 0 where none does.
    """
    affine = net.encode(style)
    key = interleaved({"key": partial(_read, net, style)}, repeats)["key"]
    pnet = 1000 * float(np.median(key))
    jobs = {f"{side}": _one_frame(net, photo, affine, side) for side in sides}
    taken = interleaved(jobs, repeats)
    tnet = {side: 1000 * float(np.median(seconds)) for side, seconds in taken.items()}
    share = pnet * keys / number
    whole = {side: summary([1000 * one + share for one in seconds]) for side, seconds in taken.items()}
    return {
        "pnet_ms": pnet,
        "tnet_ms": tnet,
        "frame_ms": whole,
        "fps": {side: 1000 / ms["median"] for side, ms in whole.items()},
        "pnet_share": {side: share / ms["median"] for side, ms in whole.items()},
        "size_within_38_ms": _largest(net, photo, affine, share, repeats),
    }


def _largest(net: ZMNet, photo: Image.Image, affine: Affine, share: float, repeats: int) -> int:
    best = 0
    for side in count(STEP, STEP):
        seconds = interleaved({"frame": _one_frame(net, photo, affine, side)}, repeats)["frame"]
        if 1000 * float(np.median(seconds)) + share > LIMIT_MS:
            return best
        best = side
    raise AssertionError("unreachable: a larger frame takes longer in the end")


def _one_frame(net: ZMNet, photo: Image.Image, affine: Affine, side: int) -> Callable[[], object]:
    content = to_tensor(centre_square(photo, side)).to(net.device)
    return lambda: next(frames(net, content, path([affine, affine], 2)))


@torch.inference_mode()
def _read(net: ZMNet, style: Tensor) -> Affine:
    return net.encode(style)


def passing(background: Image.Image, number: int, noise: float = 0.0, seed: int = 0) -> list[Image.Image]:
    """A still clip through which a white ball rolls along the lower edge; it is there for the middle two thirds.

    Args:
        background: a square RGB picture.
        number: of frames.
        noise: its standard deviation in grey levels of 255; each frame has noise of its own.
        seed: of the noise.
    """
    side, chance, found = background.width, np.random.default_rng(seed), []
    radius = side // 8
    for t in np.linspace(-0.25, 1.25, number):
        picture, x = background.copy(), -radius + (side + 2 * radius) * t
        ImageDraw.Draw(picture).ellipse((x - radius, side - 2 * radius - 1, x + radius, side - 1), fill="white")
        pixels = np.asarray(picture, np.float32) + noise * chance.standard_normal((side, side, 3), np.float32)
        found.append(Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8)))
    return found


def untouched(side: int) -> np.ndarray:
    """Where the ball of `passing` reaches TNet's output through the statistics alone: (side, side) bool.

    side: above 4 / 3 of `REACH`.
    """
    rows = np.arange(side) < side - 2 * (side // 8) - 1 - REACH
    return np.repeat(rows[:, None], side, 1)


def steadiness(clips: Mapping[str, Sequence[Image.Image]]) -> dict[str, dict[str, float]]:
    """What changes in the `untouched` part of clips of `passing`, or of what was made of them, in grey levels of 255.

    clips: by name; their pictures are squares of one size.

    Returns:
        By name "flicker" (see `flicker`), "change" (the mean from frame to frame), and "excursion" (the largest mean
        distance of a frame from the first one).
    """
    return {name: _changes(pictures) for name, pictures in clips.items()}


def _changes(pictures: Sequence[Image.Image]) -> dict[str, float]:
    still = untouched(pictures[0].width)
    parts = [np.asarray(picture, np.float32)[still] for picture in pictures]
    steps = [float(np.abs(b - a).mean()) for a, b in zip(parts, parts[1:], strict=False)]
    away = [float(np.abs(part - parts[0]).mean()) for part in parts]
    return {"flicker": flicker(pictures, still), "change": float(np.mean(steps)), "excursion": max(away)}


def steady_table(clean: Mapping[str, Mapping[str, float]], noisy: Mapping[str, Mapping[str, float]]) -> list[dict]:
    """What `steadiness` found without and with noise, a row for each way to paint, as `common.table` takes it."""
    return [
        {
            "grey levels of 255": way,
            "flicker": _two(clean, way, "flicker"),
            "change a frame": _two(clean, way, "change"),
            "furthest from the first frame": _two(clean, way, "excursion"),
            "flicker, noisy clip": _two(noisy, way, "flicker"),
            "change a frame, noisy clip": _two(noisy, way, "change"),
        }
        for way in dict.fromkeys([*noisy, *clean])
    ]


def _two(found: Mapping[str, Mapping[str, float]], way: str, name: str) -> str:
    return f"{found[way][name]:.2f}" if way in found else ""


def speed_table(taken: Mapping[str, Mapping[str, Any]], net_names: Sequence[str] = NETS) -> list[dict[str, Any]]:
    """What `times` measured, a row for each network and size, as `common.table` takes it."""
    return [
        {
            "network": name,
            "frame": f"{side} x {side}",
            "ms a frame": text(taken[name]["frame_ms"][side], digits=1),
            "frames a second": f"{taken[name]['fps'][side]:.1f}",
            "of it TNet, ms": f"{taken[name]['tnet_ms'][side]:.0f}",
            "PNet's share": f"{taken[name]['pnet_share'][side]:.1%}",
            "largest side within 38 ms": f"{taken[name]['size_within_38_ms']} px",
        }
        for name in net_names
        for side in taken[name]["tnet_ms"]
    ]


def timings(taken: Mapping[str, Mapping[str, Any]], size: int) -> dict[str, Any]:
    """What the chapter keeps of `times`: the numbers of `styles` at `size` pixels a side, and those of each network."""
    own = taken["styles"]
    return {
        "frame_ms": own["frame_ms"][f"{size}"],
        "size_within_38_ms": own["size_within_38_ms"],
        "networks": dict(taken),
    }


def also(sides: Sequence[int]) -> dict[str, str]:
    """What the chapter's last table shows beside the numbers of the claim: path in the result -> its name."""
    rates = {f"timings.networks.{n}.fps.{s}": f"frames a second at {s} px, {n}" for n in NETS for s in sides}
    largest = {f"timings.networks.{n}.size_within_38_ms": f"largest side within 38 ms, {n}" for n in NETS}
    return rates | largest
