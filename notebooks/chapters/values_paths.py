"""The straight line between the affine parameters of two styles: its pictures, how straight they are, their page.

The page that a reader can play with (`book/explore.md`) shows the frames of every path between two styles. They are
kept beside the chapter's results, with gamma and beta of the styles (`chapters.frames`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from chapters.frames import Shelf, credited, keep_frames
from chapters.given import PALACE, one_photo
from chapters.show import counted
from chapters.values import rms
from zmlib.affine import Affine
from zmlib.data.images import centre_square, resize_short, to_image, to_tensor
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet

BETWEEN = 5  # pictures between two styles; the page fades from each to the next
HEIGHT = 168  # pixels, of the frames of a path
THUMB = 128  # pixels, of a painting
DIGITS = 3  # of gamma and beta on the page
PATH_QUALITY = 78  # of JPEG: there are hundreds of pictures, and they are seen in motion


def photo_of(run: Run) -> Tensor:
    """The chapter's one photo at the size of the page's frames, whose short side has `HEIGHT` pixels.

    Returns (1, 3, H, W) in [0, 1], on the run's device.
    """
    _, photo = one_photo(run)
    return to_tensor(resize_short(photo, HEIGHT)).to(run.device)


def keep_paths(
    run: Run,
    net: ZMNet,
    photo: Tensor,
    paintings: Mapping[str, Image.Image],
    affines: Sequence[Affine],
    pictures: Sequence[Tensor],
    layers: Mapping[str, Any],
) -> dict[str, Any]:
    """Paint the path between each two styles, keep all that the page shows, and return what `walks` measured.

    Args:
        photo: (1, 3, H, W) in [0, 1].
        paintings, affines, pictures: of each style its picture, its gamma and beta, and the photo painted with them.
        layers: what `chapters.values.apart` returned, with what `chapters.values.reach` returned as "moved".

    Raises:
        UserError: the frames cannot be written.
    """
    with keep_frames(run) as shelf:
        shelve(shelf, photo, paintings, affines, pictures, layers)
        shelf.data["credits"] = credited([] if run.folders["contents"] else [PALACE], paintings)
        found = walks(net, photo, affines, pictures, shelf)
    print(f"For the page: {shelf}")
    return found


@torch.no_grad()
def way(net: ZMNet, photo: Tensor, a: Affine, b: Affine, between: int = BETWEEN) -> list[Tensor]:
    """The photo on the straight line from a to b, without the ends: `between` pictures, (1, 3, H, W) each."""
    return [net.stylize(photo, a.lerp(b, i / (between + 1))) for i in range(1, between + 1)]


def straightness(frames: Sequence[Tensor]) -> dict[str, float]:
    """How straight a path is in its pictures. frames: with both ends, (1, 3, H, W) each.

    Returns:
        "detour": the sum of the steps from frame to frame over the distance of the ends. "uneven": the longest step
        over the mean one. "off_fade": how far the middle frame is from the cross-fade of the ends, over that
        distance.
    """
    steps = [rms(x, y) for x, y in zip(frames, frames[1:], strict=False)]
    straight = max(rms(frames[0], frames[-1]), 1e-9)
    middle = frames[len(frames) // 2]
    return {
        "detour": sum(steps) / straight,
        "uneven": max(steps) / max(float(np.mean(steps)), 1e-9),
        "off_fade": rms(middle, (frames[0] + frames[-1]) / 2) / straight,
    }


@torch.no_grad()
def fading(net: ZMNet, photo: Tensor, a: Affine, b: Affine, between: int = BETWEEN) -> float:
    """The error of a fade between two neighbouring frames in its middle, at the path's centre: grey levels of 255."""
    n = 2 * (between + 1)
    near = [net.stylize(photo, a.lerp(b, i / n)) for i in (between, between + 1, between + 2)]
    return 255 * rms(near[1], (near[0] + near[2]) / 2)


@torch.no_grad()
def walks(
    net: ZMNet, photo: Tensor, affines: Sequence[Affine], pictures: Sequence[Tensor], shelf: Shelf
) -> dict[str, Any]:
    """Put the frames of every pair's path onto the shelf, and measure them.

    photo: (1, 3, H, W) in [0, 1]. pictures: the photo in each style.

    Returns:
        "pairs": how many; "detour", "uneven" and "off_fade": medians of what `straightness` returns; "fading": the
        median of `fading`, over the pairs of each style with the next.
    """
    pairs = list(combinations(range(len(affines)), 2))
    found, files = [], []
    for i, j in counted(pairs, "paths between two styles"):
        frames = way(net, photo, affines[i], affines[j])
        images = [to_image(one.cpu()) for one in frames]
        files.append({"from": i, "to": j} | shelf.strip(f"path-{i:02}-{j:02}", images, PATH_QUALITY))
        found.append(straightness([pictures[i], *frames, pictures[j]]))
    shelf.data["paths"] = {"between": BETWEEN, "pairs": files}
    following = [(affines[i], affines[(i + 1) % len(affines)]) for i in range(len(affines))]
    medians = {name: float(np.median([one[name] for one in found])) for name in ("detour", "uneven", "off_fade")}
    fade = float(np.median([fading(net, photo, a, b) for a, b in following]))
    return {"pairs": len(pairs), "fading": fade, **medians}


def shelve(
    shelf: Shelf,
    photo: Tensor,
    paintings: Mapping[str, Image.Image],
    affines: Sequence[Affine],
    pictures: Sequence[Tensor],
    layers: Mapping[str, Any],
) -> None:
    """What the page shows beside the paths: gamma and beta, paintings, the photo and its pictures.

    The arguments are those of `keep_paths`.
    """
    spec = affines[0].spec
    shelf.data["norms"] = [norm._asdict() | {"found": layers["found"][norm.name]} for norm in spec]
    shelf.data |= {"chance": layers["chance"], "moved": dict(layers["moved"])}
    shelf.data["photo"] = shelf.picture("photo", to_image(photo.cpu()))
    thumbs = [centre_square(one, THUMB) for one in paintings.values()]
    shelf.data["thumbs"] = shelf.strip("styles", thumbs)
    shelf.data["pictures"] = shelf.strip("pictures", [to_image(one.cpu()) for one in pictures])
    shelf.data["styles"] = [
        {"name": name} | {part: [_short(one) for one in getattr(affine, part)] for part in ("gamma", "beta")}
        for name, affine in zip(paintings, affines, strict=True)
    ]


def _short(row: Tensor) -> list[float]:
    return np.round(row[0].double().cpu().numpy(), DIGITS).tolist()
