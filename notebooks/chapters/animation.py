"""Animation (section 4.2): one photo along a path of signals, how fast and how steadily; and video, held steady."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from chapters.show import counted
from chapters.timing import interleaved
from zmlib.affine import Affine
from zmlib.data.images import centre_square, to_tensor
from zmlib.video.animate import Flicker, frames, path
from zmlib.video.steady import keep_of
from zmlib.video.stylize_video import SECONDS, FramePainter
from zmlib.zmnet import ZMNet

NETS = ("styles", "styles-expanded")  # the paper's width, and half of it, which is a quarter of the work
LIMIT_MS = 38.0  # the paper's time with a new style
SIDES = (256, 512)
STEP = 32  # of the search for the largest side within the limit
REACH = 60  # pixels: how far one pixel of a photo reaches in TNet's output, statistics apart
NOISE = 2.5  # grey levels of 255, of a camera by day
#: how a clip is painted -> seconds for which statistics are held, and whether its noise is averaged away
WAYS = {
    "each frame by itself": (0.0, False),
    f"statistics held for {SECONDS:g} s": (SECONDS, False),
    "and noise averaged away": (SECONDS, True),
    "statistics of the first frame for good": (float("inf"), False),
}


def walk(net: ZMNet, content: Tensor, keys: Sequence[Affine], number: int) -> tuple[list[Image.Image], float]:
    """So many frames from key to key, with a line that counts them, and their flicker (`zmlib.video.animate.Flicker`).

    content: (1, 3, H, W) in [0, 1]. keys: any values of this network, of words as of pictures. number: 3 or more.
    """
    pictures, flicker, found = frames(net, content, path(keys, number)), Flicker(), []
    for _ in counted(range(number), "frames painted"):
        found.append(next(pictures))
        flicker.add(found[-1])
    assert flicker.value is not None
    return found, flicker.value


def between(net: ZMNet, content: Tensor, keys: Sequence[Affine]) -> list[Image.Image]:
    """Stills of the same path: each key, and the middle between it and the next."""
    return list(frames(net, content, path(keys, 2 * len(keys) - 1)))


def times(
    net: ZMNet, photo: Image.Image, style: Tensor, number: int, keys: int, repeats: int, sides: Sequence[int] = SIDES
) -> dict[str, Any]:
    """What a frame costs along a path of so many keys and frames: medians of `repeats` measurements taken in turns.

    A frame is the step along the path, TNet, and the finished picture; encoding a video is not counted.

    Args:
        style: (1, 3, h, w), what PNet reads once a key; its share of a frame is counted.
        sides: of square frames, in pixels.

    Returns:
        "pnet_ms" of one key; by side "tnet_ms", "frame_ms" (with PNet's share), "fps" and "pnet_share";
        "size_within_38_ms": the largest side such that it and all smaller ones keep the limit, 0 where none does.
    """
    affine = net.encode(style)
    key = interleaved({"key": partial(_read, net, style)}, repeats)["key"]
    pnet = 1000 * float(np.median(key))
    jobs = {f"{side}": _one_frame(net, photo, affine, side) for side in sides}
    tnet = {side: 1000 * float(np.median(seconds)) for side, seconds in interleaved(jobs, repeats).items()}
    share = pnet * keys / number
    return {
        "pnet_ms": pnet,
        "tnet_ms": tnet,
        "frame_ms": {side: ms + share for side, ms in tnet.items()},
        "fps": {side: 1000 / (ms + share) for side, ms in tnet.items()},
        "pnet_share": {side: share / (ms + share) for side, ms in tnet.items()},
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
    """A still clip with a white ball that rolls through along its lower edge, there for the middle two thirds.

    background: a square RGB picture. noise: its deviation in grey levels of 255, new in each frame.
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
    """Where the ball of `passing` reaches no pixel of TNet's output but by the statistics: (side, side) bool.

    side: above 4 / 3 of `REACH`.
    """
    rows = np.arange(side) < side - 2 * (side // 8) - 1 - REACH
    return np.repeat(rows[:, None], side, 1)


def steadiness(net: ZMNet, affine: Affine, clip: Sequence[Image.Image], fps: float, way: str) -> dict[str, Any]:
    """A clip of `passing` painted in one of `WAYS`, and what changes in its `untouched` part, in grey levels of 255.

    Returns:
        "flicker" (mean second difference), "change" (from frame to frame), "excursion" (the largest distance of a
        frame from the first one), and "pictures".
    """
    seconds, denoise = WAYS[way]
    keep = 1.0 if seconds == float("inf") else keep_of(seconds, fps)
    paint = FramePainter(net, affine, keep, denoise=denoise)
    return changes([paint(frame) for frame in clip])


def changes(pictures: Sequence[Image.Image]) -> dict[str, Any]:
    """The numbers of `steadiness`, of any pictures of one square size."""
    still = untouched(pictures[0].width)
    flicker = Flicker(still)
    for picture in pictures:
        flicker.add(picture)
    parts = [np.asarray(picture, np.float32)[still] for picture in pictures]
    steps = [float(np.abs(b - a).mean()) for a, b in zip(parts, parts[1:], strict=False)]
    away = [float(np.abs(part - parts[0]).mean()) for part in parts]
    return {
        "flicker": flicker.value,
        "change": float(np.mean(steps)),
        "excursion": max(away),
        "pictures": list(pictures),
    }


def numbers(found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """What `steadiness` found by way, without the pictures: for a result."""
    return {way: {name: one[name] for name in ("flicker", "change", "excursion")} for way, one in found.items()}


def steady_table(clean: Mapping[str, Mapping[str, float]], noisy: Mapping[str, Mapping[str, float]]) -> list[dict]:
    """`numbers` of the clip without and with noise, a row a way."""
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
    """What `times` measured, a row a network and size."""
    return [
        {
            "network": name,
            "frame": f"{side} x {side}",
            "ms a frame": f"{taken[name]['frame_ms'][side]:.0f}",
            "frames a second": f"{taken[name]['fps'][side]:.1f}",
            "of it TNet, ms": f"{taken[name]['tnet_ms'][side]:.0f}",
            "PNet's share": f"{taken[name]['pnet_share'][side]:.1%}",
            "largest side within 38 ms": f"{taken[name]['size_within_38_ms']} px",
        }
        for name in net_names
        for side in taken[name]["tnet_ms"]
    ]
