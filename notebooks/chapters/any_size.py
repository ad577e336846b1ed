"""Large photos, four ways to paint them from the same affine parameters, and what the chapter shows of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from chapters.any_size_measured import SEEN, parts_seen
from chapters.frames import Shelf, keep_frames
from chapters.timing import interleaved
from zmlib.affine import Affine
from zmlib.data.folders import list_images
from zmlib.data.images import open_image, resize_short, to_bytes
from zmlib.evaluate.judge import Judge
from zmlib.experiments.results import Result
from zmlib.experiments.run import Run, kept_result, show_kept
from zmlib.passes import paint
from zmlib.passes.levels import levels, returned, shrink, stroke_pixels
from zmlib.stylize import encode_style
from zmlib.tnet import MIN_SIDE
from zmlib.zmnet import ZMNet

#: Of a folder of large photos these are measured, one of each kind, where it has them; otherwise all
KINDS = (
    *("colosseum", "dandelion", "dragonfly", "flowers-in-glass", "forest-road", "kingfisher", "rooftops-sunset"),
    *("seashore", "shanghai-night", "snowy-peak", "spices", "tea-gardens"),
)
#: Those that may be shown, with their credits: they are dedicated to the public domain
SHOWN = {
    "tea-gardens": "Tea gardens, Budgie Desktop Developers, CC0 (in Debian's budgie-backgrounds)",
    "colosseum": "Roman Colosseum, Budgie Desktop Developers, CC0 (in Debian's budgie-backgrounds)",
    "rooftops-sunset": "Beacon street at sunset, Budgie Desktop Developers, CC0 (in Debian's budgie-backgrounds)",
    "spices": "The spices of life, Budgie Desktop Developers, CC0 (in Debian's budgie-backgrounds)",
    "dandelion": "Seeding, Clemens Engelhardt, CC0 (in Debian's lomiri-wallpapers-16.04)",
}
STYLE = "harvest"  # the sample style in which it is shown
#: The detail that is shown at 100 %, as shares of width and height; of others the middle
AT = {"tea-gardens": (0.3, 0.75)}
MOST = 10  # large photos, however many others the preset has
LARGE = 4  # times the medium stroke size: from here on a photo is large
SHARE = 5  # the stroke size of a smaller one is this part of its short side
STROKES = (None, "fine", "medium", "broad")  # None: one pass
READ = (128, 256, 512, 1024)  # px: the short side at which a style is read
FRAME, DETAIL = (480, 320), 320  # px, of the page's frames: the whole picture fits into the first
PART = 4  # a detail of a small photo is at most this part of its short side
QUALITY = 80  # of them, as JPEG

Way = Callable[[ZMNet, Tensor, Affine, int], Tensor]  # of a photo (1, 3, H, W), uint8 on the CPU, and a stroke size


def one_pass(net: ZMNet, photo: Tensor, affine: Affine, stroke: int) -> Tensor:
    """The network at full size, whatever the stroke size."""
    return net.stylize(photo, affine).cpu()


def at_stroke(net: ZMNet, photo: Tensor, affine: Affine, stroke: int) -> Tensor:
    """The photo painted at the stroke size in one pass: (1, 3, h, w)."""
    return one_pass(net, shrink(photo, levels(photo.shape[2], photo.shape[3], stroke)[0]), affine, stroke)


def enlarged(net: ZMNet, photo: Tensor, affine: Affine, stroke: int) -> Tensor:
    """Painted at the stroke size, and enlarged."""
    return F.interpolate(at_stroke(net, photo, affine, stroke), photo.shape[2:], mode="bilinear")


def bands(net: ZMNet, photo: Tensor, affine: Affine, stroke: int) -> Tensor:
    """The pass at full size, with what survives shrinking taken from the picture painted at the stroke size."""
    return returned(one_pass(net, photo, affine, stroke), at_stroke(net, photo, affine, stroke))


WAYS: dict[str, Way] = {"one pass": one_pass, "enlarged": enlarged, "bands": bands, "coarse to fine": paint}


def large_photos(run: Run, folder: str) -> dict[str, Image.Image]:
    """Large photos by name: `KINDS` of a folder, or all where it has none of these; the run's photos without a folder.

    At most `MOST`, and at most as many as the setting `contents`.

    Raises:
        UserError: a folder or a picture that cannot be read.
    """
    most = min(MOST, run.contents)
    if not folder:
        return run.photos(most)
    files = list_images(Path(folder))
    chosen = [file for file in files if file.stem in KINDS] or files
    return {file.stem: open_image(run.read(file)) for file in chosen[:most]}


def shown_photo(run: Run, folder: str, photos: Mapping[str, Image.Image]) -> tuple[str, Image.Image]:
    """Name and picture of the photo that the chapter shows: one of `SHOWN` in the folder, or else the first of photos.

    Raises:
        UserError: a picture that cannot be read.
    """
    files = {file.stem: file for file in list_images(Path(folder))} if folder else {}
    for name in SHOWN:
        if name in files:
            return name, open_image(run.read(files[name]))
    return next(iter(photos.items()))


def stroke_of(photo: Image.Image, name: str | None = "medium") -> int | None:
    """A named stroke size in pixels for this photo: as it is for a large one, scaled down for one of the samples.

    None stays None: one pass.

    >>> stroke_of(Image.new("RGB", (3840, 2160))), stroke_of(Image.new("RGB", (640, 427)))
    (448, 85)
    """
    medium, named = stroke_pixels("medium"), stroke_pixels(name)
    if medium is None or named is None:
        return None
    short = min(photo.size)
    return named if short >= LARGE * medium else round(short / SHARE * named / medium)


def in_all_ways(net: ZMNet, photo: Image.Image, style: Image.Image) -> dict[str, Tensor]:
    """The photo in each of `WAYS`, (1, 3, H, W), uint8."""
    content, affine, stroke = to_bytes(photo), encode_style(net, style), stroke_of(photo)
    assert stroke is not None
    return {way: painted(net, content, affine, stroke) for way, painted in WAYS.items()}


def seconds(net: ZMNet, photo: Image.Image, style: Image.Image, repeats: int) -> dict[str, list[float]]:
    """Seconds of each of `WAYS` on one photo, as a user has them, the ways taking turns."""
    content, affine, stroke = to_bytes(photo), encode_style(net, style), stroke_of(photo)
    assert stroke is not None
    return interleaved({way: partial(job, net, content, affine, stroke) for way, job in WAYS.items()}, repeats)


def by_stroke(net: ZMNet, photo: Image.Image, style: Image.Image, judge: Judge) -> list[list[float]]:
    """Style and content part of J seen at 256 pixels for each of `STROKES`: (4, 2)."""
    content, affine = to_bytes(photo), encode_style(net, style)
    pictures = {str(name): paint(net, content, affine, stroke_of(photo, name)) for name in STROKES}
    return list(parts_seen(pictures, content, style, judge, SEEN[0]).values())


def by_reading(net: ZMNet, photo: Image.Image, style: Image.Image, judge: Judge) -> list[list[float]]:
    """For each size of `READ` that size, capped at the style's own, and the style part at both of `SEEN`: (4, 3)."""
    content, capped = to_bytes(photo), [min(size, *style.size) for size in READ]
    pictures = {
        str(size): paint(net, content, encode_style(net, style, size), stroke_of(photo)) for size in sorted({*capped})
    }
    found = [parts_seen(pictures, content, style, judge, short) for short in SEEN]
    return [[size, *(parts[str(size)][0] for parts in found)] for size in capped]


def stroke_rows(parts: Sequence[Sequence[float]], photo: Image.Image) -> list[dict[str, Any]]:
    """A row for each of `STROKES`; parts: (4, 2), medians of what `by_stroke` returned. photo: one of those painted."""
    return [
        {
            "stroke size": "none, one pass" if name is None else f"`{name}`, {stroke_of(photo, name)} px",
            "style part seen at 256 px": style,
            "content part seen at 256 px": content,
        }
        for name, (style, content) in zip(STROKES, parts, strict=True)
    ]


def reading_rows(parts: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """A row for each of `READ`; parts: (4, 3), medians of what `by_reading` returned."""
    heads = ["style read at, px", *(f"style part seen at {short} px" for short in SEEN)]
    rows = [dict(zip(heads, (round(row[0]), *row[1:]), strict=True)) for row in parts]
    return [{"style size": size} | row for size, row in zip(READ, rows, strict=True)]


def cut(picture: Tensor | Image.Image, at: Sequence[float], side: int) -> Image.Image:
    """A square of a picture at 100 %, of `side` pixels, or fewer of a small one.

    at: its centre, as shares of width and height.
    """
    image = open_image(picture)
    side = min(side, max(min(image.size) // PART, MIN_SIDE))
    places = zip(at, image.size, strict=True)
    left, top = (min(max(round(share * most - side / 2), 0), most - side) for share, most in places)
    return image.crop((left, top, left + side, top + side))


def detail(name: str, picture: Tensor | Image.Image, side: int) -> Image.Image:
    """The detail that is shown of the photo of this name, see `cut`."""
    return cut(picture, AT.get(name, (0.5, 0.5)), side)


def keep_or_show(
    run: Run, large: str, figure: str, picture: Any, values: Mapping[str, Any], timings: Mapping[str, Any] | None = None
) -> Result:
    """Keep a figure of large photos; a build that was not given any shows the kept one. Returns what is shown.

    large: the folder of large photos, or empty. The other arguments are those of `Run.keep`. Where nothing is kept yet,
    the build keeps its own.
    """
    result = None if large else kept_result(run, figure)
    if result is None:
        run.keep(figure, picture, values, timings)
        return run.kept[figure]
    show_kept(run, figure, values)
    return result


def keep_strokes(run: Run, name: str, photo: Image.Image, pictures: Mapping[int | None, Tensor]) -> Shelf:
    """Keep the frames of the page's slider: the whole picture and a square at 100 %, for each stroke size.

    They are kept beside the results too, since large photos do not ship.

    Args:
        name: of the photo. pictures: stroke size in pixels (None: one pass) -> (1, 3, H, W).

    Raises:
        UserError: the frames cannot be written.
    """
    images = {stroke: open_image(picture) for stroke, picture in pictures.items()}
    factor = min(wanted / own for wanted, own in zip(FRAME, photo.size, strict=True))
    short = round(min(photo.size) * factor)
    with keep_frames(run, always=True) as shelf:
        shelf.data["whole"] = shelf.strip("whole", [resize_short(one, short) for one in images.values()], QUALITY)
        shelf.data["detail"] = shelf.strip("detail", [detail(name, one, DETAIL) for one in images.values()], QUALITY)
        shelf.data["strokes"] = list(images)
        shelf.data["photo"] = {"name": name, "credit": SHOWN.get(name, ""), "size": photo.size}
    return shelf
