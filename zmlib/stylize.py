"""The one-call form: a picture and a style in, a picture out.

A style is its affine parameters, and everything is an operation on them (`zmlib.affine`): several styles are a mix, a
mask for each style is a blend by region, strength is a path from the photo's own parameters to the style's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import open_image, resize_short, short_to, to_bytes, to_image, to_tensor
from zmlib.device import choose_device, in_words, memory_errors, require_memory
from zmlib.errors import UserError
from zmlib.passes import keep_for, paint
from zmlib.passes.levels import MEDIUM, Progress, Stroke, stroke_pixels
from zmlib.sources import find_source, require_affine
from zmlib.tnet import MIN_SIDE
from zmlib.weights import load
from zmlib.zmnet import ZMNet

# What `zmlib.data.images.open_image` takes: a path, a PIL picture, a numpy array or a tensor in [0, 1].
Picture: TypeAlias = Any

STYLE_SIZE = 256  # the short side at which styles are read
# Bytes for each pixel of a picture's own size, held beside the passes or taken to enlarge the result; for each mask.
# Of 12 megapixels with `finest` = 448, 27 were measured in all below strength 1, and 75 with a mask.
HELD, MASK = 24, 28
ROWS = 256  # combined at once: a large photo's pictures as floats would take more than the passes
LONGEST = 4  # of a style longer than four short sides the middle is read: a panorama would need memory without limit


def stylize(
    content: Picture,
    style: Picture | Affine | Sequence[Picture | Affine],
    *,
    model: str | Path | ZMNet = "styles",
    strength: float = 1.0,
    keep_colour: bool = False,
    weights: Sequence[float] | None = None,
    masks: Sequence[Picture] | None = None,
    size: int | None = None,
    style_size: int | None = STYLE_SIZE,
    stroke_size: Stroke = MEDIUM,
    finest: int | None = None,
    device: str | torch.device = "cpu",
    progress: Progress = lambda size, share: None,
) -> Image.Image:
    """Stylize one picture of any size from 32 pixels up.

    With own = encode(content) and affine = (1 - t) own + t style, where t is the strength, the output is

        y = TNet(content, affine) + (1 - t) (content - TNet(content, own)),

    clamped to [0, 1]: exactly the photo at t = 0, the TNet's painting at t = 1. The picture is processed whole, since
    instance normalisation uses statistics of all of it; `ZMNet.memory_needed` says how much memory that takes. A large
    picture is painted at several sizes, coarse to fine (`zmlib.passes.levels`), and one that is mostly blank with
    the statistics of an ordinary one for the most part (`zmlib.passes.blank`); any other is one pass of the TNet.

    Args:
        content: a path, a PIL picture, a numpy array, or a tensor (1, 3, H, W) in [0, 1].
        style: the same, or affine parameters that `encode_style` gave, or a list of these.
        model: the name of shipped weights, a .safetensors file, or a ZMNet.
        strength: t, 0 (the photo) to 1 (the style).
        keep_colour: take only the lightness of the stylized picture, and the photo's colours, see `zmlib.data.colour`.
        weights: a number >= 0 for each style, equal if not given; only their ratios count.
        masks: a picture for each style, white where the style goes, stretched to the content's size. Where several are
            white the styles mix; where all are black the photo's own pixels stay; grey is a lower strength.
        size: the short side in pixels to which the content is resized first; the output has that size. If not given,
            the output has exactly the content's size.
        style_size: the short side to which a style is resized before it is read; None reads it as it is.
        stroke_size: how large the strokes are: the short side, in pixels, at which the largest ones are painted, where
            the picture is larger than that; or "fine" (768), "medium" (448), "broad" (256). The smaller the number, the
            larger the strokes on the picture. None: one pass at full size, with strokes of some ten pixels.
        finest: the short side, in pixels, above which nothing is painted; a larger picture gets the photo's own finest
            detail in the painting's colours. For pictures that would take too much memory or time.
        device: "cpu", "cuda", "mps", or "auto" for the best that is there. A ZMNet stays where it is.
        progress: called before each pass with its (height, width) and the share of the work that is done, 0 to 1. Below
            strength 1, and where masks leave some of the photo, it is painted twice, and the share begins at 0 again.

    Returns:
        An RGB picture.

    Raises:
        UserError: a picture cannot be read or is too small, an option is out of range, or memory is too short.

    Example:
        >>> import zmlib
        >>> picture = zmlib.stylize("photo.jpg", "painting.jpg", strength=0.8)
        >>> picture.size, picture.mode  # the photo's own size
        ((96, 64), 'RGB')
        >>> mixed = zmlib.stylize("photo.jpg", ["painting.jpg", "other.jpg"], weights=[2, 1], size=48)
        >>> mixed.size  # the short side is 48 pixels
        (72, 48)
    """
    styles = list(style) if isinstance(style, (list, tuple)) else [style]
    weights = check_options(len(styles), strength, weights, masks, size, style_size, stroke_size, finest)
    net = model if isinstance(model, ZMNet) else load(model, device=str(choose_device(device)))
    if len(styles) > 1 or strength not in (0, 1) or masks is not None:
        require_affine(net.kind)
    photo = read_for(net, content, size, masks=len(masks or []), finest=finest)
    affines = [read_style(net, style, style_size) for style in styles]
    layers = None if masks is None else torch.stack([read_mask(mask, photo.size) for mask in masks])
    if strength == 0:
        return photo  # what the formula gives, without its rounding
    x = to_bytes(photo)
    with torch.inference_mode(), memory_errors(photo.size):
        options: Any = {"stroke_size": stroke_size, "finest": finest, "progress": progress}
        make: Make = partial(paint, net, x, keep=keep_for(net, x), **options)
        read_own = partial(encode_style, net, photo, style_size)  # called only where it counts
        if layers is not None:
            y = _by_region(make, x, read_own, affines, weights, layers, strength)
        elif strength == 1:
            y = make(Affine.mix(affines, weights) if len(affines) > 1 else affines[0])
        else:
            affine, own = affines[0] if len(affines) == 1 else Affine.mix(affines, weights), read_own()
            y = at_strength(make(own.lerp(affine, strength)), x, make(own), strength)
        out = to_image(y)
    if keep_colour:
        from zmlib.data import colour  # here, because scikit-image takes half a second to import

        out = colour.keep_colour(out, photo)
    return out


def read_for(
    net: ZMNet, source: Picture, size: int | None = None, *, longest: float = math.inf, **checks: Any
) -> Image.Image:
    """Open a picture, check that the network can take it on this machine, and resize it.

    Args:
        source: what `zmlib.data.images.open_image` takes.
        size: the short side in pixels; None for the picture's own.
        longest: where the long side exceeds this many short sides, the middle is read.
        checks: `option`, `masks` and `finest` of `check_fits`.

    Returns:
        An RGB picture.

    Raises:
        UserError: it cannot be read, or `check_fits` refuses it.
    """
    picture = open_image(source)
    limit = longest * min(picture.size)
    if max(picture.size) > limit:
        width, height = (int(min(side, limit)) for side in picture.size)
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        picture = picture.crop((left, top, left + width, top + height))
    check_fits(net, picture, size, name=source, **checks)
    return picture if size is None else resize_short(picture, size)


def check_fits(
    net: ZMNet,
    picture: Image.Image,
    size: int | None,
    *,
    name: Picture = None,
    option: str | None = "size",
    masks: int = 0,
    finest: int | None = None,
) -> None:
    """Check that a picture, resized to a short side of `size`, is large enough, and that its painting fits into memory.

    name: its file, for the sentence. option: what resizes it, see `zmlib.device.in_words`. masks: how many there are.
    finest: the short side above which nothing is painted.

    Raises:
        UserError: a side is under 32 pixels and `size` is None, or memory is too short.
    """
    if size is None and min(picture.size) < MIN_SIDE:
        called = f"{name}" if isinstance(name, (str, Path)) else "The picture"
        raise UserError(
            f"{called} is {picture.width} x {picture.height} pixels and both sides must have at least {MIN_SIDE}: "
            f"enlarge it with {in_words(option, 256)}."
        )

    def needed(whole: tuple[int, int], finest: int | None = finest) -> int:
        painted = whole if finest is None or finest >= min(whole) else short_to(whole, finest)
        return net.memory_needed(painted, regions=masks > 0) + (HELD + MASK * masks) * math.prod(whole)

    whole = short_to(picture.size, size)
    require_memory(whole, needed, net.device, option, partial(needed, whole) if option == "size" else None)


def read_style(model: ZMNet, style: Picture | Affine, size: int | None = STYLE_SIZE) -> Affine:
    """A style's affine parameters, on the network's device: those that are given, or `encode_style` of a picture."""
    if isinstance(style, find_source(model.kind).gives):
        return cast(Affine, style).to(model.device)
    return encode_style(model, style, size)


def encode_style(model: ZMNet, style: Picture, size: int | None = STYLE_SIZE) -> Affine:
    """Read a style picture: its gamma and beta, a batch of one, to keep and use for any number of photos.

    Args:
        model: the network that reads it; the result is for this network alone.
        style: a path, a PIL picture, a numpy array or a tensor (1, 3, H, W) in [0, 1].
        size: the short side to which it is resized first; None keeps its own. Of a very long picture the middle is
            read.

    Raises:
        UserError: the picture cannot be read, or has a side under 32 pixels when `size` is None.

    Example:
        >>> import zmlib
        >>> from zmlib.stylize import encode_style
        >>> net = zmlib.load("styles")
        >>> affine = encode_style(net, "painting.jpg")
        >>> len(affine), affine.gamma[0].shape
        (1, torch.Size([1, 32]))
        >>> zmlib.stylize("photo.jpg", affine, model=net).size  # the painting is not read again
        (96, 64)
    """
    if not model.reading.takes_pictures:
        raise UserError(f"This network is guided by {model.wants}, and not by pictures: call model.encode in Python.")
    picture = read_for(model, style, size, longest=LONGEST, option="style_size")
    with torch.inference_mode(), memory_errors(picture.size, "style_size"):
        return model.encode(to_tensor(picture).to(model.device)).detach()


def read_mask(mask: Picture, size: tuple[int, int]) -> Tensor:
    """A mask as weights in [0, 1], (H, W): the picture's grey value, stretched to `size` = (W, H).

    Besides what `open_image` takes, a tensor may be (H, W).

    Raises:
        UserError: it cannot be read.
    """
    if isinstance(mask, Tensor) and mask.dim() == 2:
        mask = mask.detach().cpu().numpy()
    grey = open_image(mask).convert("L").resize(size, Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(grey, dtype=np.float32) / 255)


def check_options(
    styles: int,
    strength: float = 1.0,
    weights: Sequence[float] | None = None,
    masks: Sequence[Picture] | None = None,
    size: int | None = None,
    style_size: int | None = STYLE_SIZE,
    stroke_size: Stroke = MEDIUM,
    finest: int | None = None,
) -> list[float]:
    """Check what needs no picture, so that a long run fails at its start. Returns the weights.

    Raises:
        UserError: an option is out of range, or there are not as many weights or masks as styles.
    """
    if styles == 0:
        raise UserError("Give at least one style picture.")
    if not 0 <= strength <= 1:
        raise UserError(f"The strength must lie between 0 (the photo) and 1 (the style), not {strength:g}.")
    stroke_pixels(stroke_size)
    for name, side in (("size", size), ("style size", style_size), ("finest size", finest)):
        if side is not None and side < MIN_SIDE:
            raise UserError(f"The {name} must be at least {MIN_SIDE} pixels, not {side}.")
    if masks is not None and len(masks) != styles:
        raise UserError(f"Give one mask for each style: {len(masks)} given, and the number of styles is {styles}.")
    if weights is None:
        return [1.0] * styles
    if len(weights) != styles:
        raise UserError(f"Give one weight for each style: {len(weights)} given, and the number of styles is {styles}.")
    if not all(math.isfinite(w) and w >= 0 for w in weights) or sum(weights) == 0:
        given = ", ".join(f"{w:g}" for w in weights)
        raise UserError(f"The weights must be 0 or more, and one of them above 0, not {given}.")
    return [float(w) for w in weights]


def at_strength(output: Tensor, content: Tensor, plain: Tensor, t: float | Tensor) -> Tensor:
    """Strength t: output + (1 - t) (content - plain), clamped to [0, 1].

    What TNet alone loses of the photo is given back: at t = 0 the result is the photo, at t = 1 the output.

    Args:
        output: TNet(content, (1 - t) own + t style), with own = encode(content). (N, 3, H, W) in [0, 1] or uint8.
        content: the photo. plain: TNet(content, own). Like `output`.
        t: 0 to 1, or (H, W) of such numbers.
    """
    out = torch.empty_like(output)
    for first in range(0, output.shape[2], ROWS):
        rows = slice(first, first + ROWS)
        y, x, own = (one[:, :, rows].float() for one in (output, content, plain))
        y = y + (1 - (t[rows] if isinstance(t, Tensor) else t)) * (x - own)
        out[:, :, rows] = y.clamp_(0, 1) if output.is_floating_point() else y.clamp_(0, 255).round_()
    return out


Make: TypeAlias = Callable[[Affine], Tensor]  # `zmlib.passes.paint` with all else given


def _by_region(
    make: Make,
    x: Tensor,
    read_own: Callable[[], Affine],
    affines: Sequence[Affine],
    weights: Sequence[float],
    masks: Tensor,
    strength: float,
) -> Tensor:
    """y of `stylize` where masks (K, H, W) in [0, 1] give each pixel its own strength t and mix; like the photo x."""
    factors = masks.new_tensor(weights)[:, None, None]
    covered = (masks * (factors > 0)).amax(0)  # (H, W)
    t = strength * covered
    shares = masks * factors / (masks * factors).sum(0).clamp_min(1e-12)  # of the styles; sum 1 where a mask is
    if bool((t == 1).all()):
        return make(Affine.blend(affines, shares.to(affines[0].gamma[0].device)))
    own = read_own()
    weights_of = torch.cat([(1 - t)[None], t * shares]).to(own.gamma[0].device)
    y = at_strength(make(Affine.blend([own, *affines], weights_of)), x, make(own), t)
    # Statistics of the whole picture carry a little of the styles into what no mask covers; there the photo is put
    # back, over a ramp so that a soft mask leaves no edge.
    return at_strength(y, x, y, (4 * covered).clamp(max=1))
