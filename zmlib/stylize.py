"""The one-call form: a picture and a style in, a picture out.

A style is its affine parameters, and everything is an operation on them (`zmlib.affine`): several styles are a mix, a
mask for each style is a blend by region, strength is a path from the photo's own parameters to the style's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import open_image, resize_short, to_bytes, to_image, to_tensor
from zmlib.device import choose_device, memory_errors, require_memory
from zmlib.errors import UserError
from zmlib.sources import find_source, require_affine
from zmlib.tnet import MIN_SIDE
from zmlib.weights import load
from zmlib.zmnet import ZMNet

# What `zmlib.data.images.open_image` takes: a path, a PIL picture, a numpy array or a tensor in [0, 1].
Picture: TypeAlias = Any

STYLE_SIZE = 256  # the short side at which styles are read
LONGEST = 4  # of a style longer than so many short sides the middle is read; a panorama would need memory without limit


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
    device: str | torch.device = "cpu",
) -> Image.Image:
    """Stylize one picture of any size from 32 pixels up.

    With own = encode(content) and affine = (1 - t) own + t style, where t is the strength, the output is

        y = TNet(content, affine) + (1 - t) (content - TNet(content, own)),

    clamped to [0, 1]: exactly the photo at t = 0, one pass of the TNet at t = 1. The picture is processed whole, since
    instance normalisation uses statistics of all of it; `ZMNet.memory_needed` says how much memory that takes.

    Args:
        content: a path, a PIL picture, a numpy array, or a tensor (1, 3, H, W) in [0, 1].
        style: the same, or affine parameters that `encode_style` gave, or a list of these.
        model: the name of shipped weights, a .safetensors file, or a ZMNet.
        strength: t, 0 (the photo) to 1 (the style).
        keep_colour: take only the lightness of the stylized picture, and the photo's colours, see `zmlib.data.colour`.
        weights: a number >= 0 a style, equal if not given; only their ratios count.
        masks: a picture a style, white where the style goes, stretched to the content's size. Where several are white
            the styles mix; where all are black the photo's own pixels stay; grey is a lower strength.
        size: resize the content first so that its short side has so many pixels; the output has that size. If not
            given, the output has exactly the content's size.
        style_size: the short side to which a style is resized before it is read; None reads it as it is.
        device: "cpu", "cuda", "mps", or "auto" for the best that is there. A ZMNet stays where it is.

    Returns:
        An RGB picture.

    Raises:
        UserError: a picture cannot be read or is too small, an option is out of range, or memory is too short.
    """
    styles = list(style) if isinstance(style, (list, tuple)) else [style]
    weights = check_options(len(styles), strength, weights, masks, size, style_size)
    photo = open_image(content)
    large_enough(content, photo, size, "size=256 (--size 256)")
    net = model if isinstance(model, ZMNet) else load(model, device=str(choose_device(device)))
    if len(styles) > 1 or strength not in (0, 1) or masks is not None:
        require_affine(net.kind)
    if strength > 0:
        require_memory(_scaled(photo, size), partial(net.memory_needed, regions=masks is not None), net.device)
    photo = photo if size is None else resize_short(photo, size)
    affines = [read_style(net, style, style_size) for style in styles]
    coverage = None if masks is None else torch.stack([read_mask(m, photo.size) for m in masks])
    if strength == 0:
        return photo  # what the formula gives, without its rounding
    with torch.inference_mode(), memory_errors(photo.size):
        if coverage is None:
            affine = affines[0] if len(affines) == 1 else Affine.mix(affines, weights)
            y = _along_path(net, photo, affine, strength, style_size)
        else:
            x = to_tensor(photo).to(net.device)
            y = _by_region(net, x, photo, affines, weights, coverage.to(net.device), strength, style_size)
        out = to_image((y.clamp(0, 1) if y.is_floating_point() else y).cpu())
    if keep_colour:
        from zmlib.data import colour  # here, because scikit-image takes half a second to import

        out = colour.keep_colour(out, photo)
    return out


def read_style(model: ZMNet, style: Picture | Affine, size: int | None = STYLE_SIZE) -> Affine:
    """A style's affine parameters, on the network's device: those that are given, or `encode_style` of a picture."""
    if isinstance(style, find_source(model.kind).gives):
        return cast(Affine, style).to(model.device)
    return encode_style(model, style, size)


def encode_style(model: ZMNet, style: Picture, size: int | None = STYLE_SIZE) -> Affine:
    """Read a style picture: its gamma and beta, a batch of one, to keep and use for any number of photos.

    Args:
        model: the network that reads it, and that alone can use the result.
        style: a path, a PIL picture, a numpy array or a tensor (1, 3, H, W) in [0, 1].
        size: the short side to which it is resized first; None for as it is. The middle of very long pictures is read.

    Raises:
        UserError: the picture cannot be read, or has a side under 32 pixels when `size` is None.
    """
    if not model.reading.takes_pictures:
        raise UserError(f"This network is guided by {model.wants}, and not by pictures: call model.encode in Python.")
    picture = open_image(style)
    limit = LONGEST * min(picture.size)
    if max(picture.size) > limit:
        width, height = min(picture.width, limit), min(picture.height, limit)
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        picture = picture.crop((left, top, left + width, top + height))
    large_enough(style, picture, size, "style_size=256 (--style-size 256)")
    require_memory(_scaled(picture, size), model.memory_needed, model.device)
    picture = picture if size is None else resize_short(picture, size)
    with torch.inference_mode(), memory_errors(picture.size):
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
) -> list[float]:
    """Check what does not need a picture, so that a long run fails at its start. Returns the weights.

    Raises:
        UserError: an option is out of range, or there are not as many weights or masks as styles.
    """
    if styles == 0:
        raise UserError("Give at least one style picture.")
    if not 0 <= strength <= 1:
        raise UserError(f"The strength must lie between 0 (the photo) and 1 (the style), not {strength:g}.")
    for name, side in (("size", size), ("style size", style_size)):
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


def _along_path(net: ZMNet, photo: Image.Image, style: Affine, t: float, style_size: int | None) -> Tensor:
    """y of `stylize`, one strength for the whole picture: (1, 3, H, W) in [0, 1], or uint8."""
    if t == 1:
        return net.stylize(to_bytes(photo), style)
    x = to_tensor(photo).to(net.device)
    own = encode_style(net, photo, style_size)
    return net.stylize(x, own.lerp(style, t)) + (1 - t) * (x - net.stylize(x, own))


def _by_region(
    net: ZMNet,
    x: Tensor,
    photo: Image.Image,
    affines: Sequence[Affine],
    weights: Sequence[float],
    masks: Tensor,
    strength: float,
    style_size: int | None,
) -> Tensor:
    """y of `stylize` where masks (K, H, W) in [0, 1] give each pixel its own strength t and mix; (1, 3, H, W)."""
    factors = masks.new_tensor(weights)[:, None, None]
    covered = (masks * (factors > 0)).amax(0)  # (H, W)
    t = strength * covered
    shares = masks * factors / (masks * factors).sum(0).clamp_min(1e-12)  # of the styles; sum 1 where a mask is
    if bool((t == 1).all()):
        return net.stylize(x, Affine.blend(affines, shares))
    own = encode_style(net, photo, style_size)
    affine = Affine.blend([own, *affines], torch.cat([(1 - t)[None], t * shares]))
    y = net.stylize(x, affine) + (1 - t) * (x - net.stylize(x, own))
    # Statistics of the whole picture carry a little of the styles into what no mask covers; there the photo is put
    # back, over a ramp so that a soft mask leaves no edge.
    return x + (4 * covered).clamp(max=1) * (y - x)


def _scaled(picture: Image.Image, size: int | None) -> tuple[int, int]:
    """(width, height) that `resize_short` would give, known before memory is taken for it."""
    scale = 1.0 if size is None else size / min(picture.size)
    return round(picture.width * scale), round(picture.height * scale)


def large_enough(source: Picture, picture: Image.Image, size: int | None, cure: str) -> None:
    """Raise a UserError, with its cure, where a picture has a side under `MIN_SIDE` and no size is asked for.

    source: what it was read from, for its name. size: to which it will be resized; None: it is taken as it is.
    """
    if size is None and min(picture.size) < MIN_SIDE:
        name = f"{source}" if isinstance(source, (str, Path)) else "The picture"
        raise UserError(
            f"{name} is {picture.width} x {picture.height} pixels and both sides must have at least {MIN_SIDE}: "
            f"enlarge it with {cure}."
        )
