"""One picture in, one picture out: everything that a picture file can be, as upright 8-bit sRGB.

Tensors are float32 RGB in [0, 1], shape (1, 3, H, W); PIL pictures are mode ``RGB``. :func:`open_image` settles what a
file may hold: EXIF orientation, colour profile, alpha, palette, 16 bits, several frames.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.atomic import atomic
from zmlib.data import decode
from zmlib.data.decode import ImageError as ImageError
from zmlib.errors import UserError

Source: TypeAlias = str | os.PathLike[str] | Image.Image | np.ndarray | Tensor

#: suffix -> (Pillow's name of the format, what is passed to its encoder)
FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 94, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 94, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 92}),
    ".tif": ("TIFF", {"compression": "tiff_lzw"}),
    ".tiff": ("TIFF", {"compression": "tiff_lzw"}),
    ".bmp": ("BMP", {}),
}

PHOTO_SCALES = (1.0, 2.4)  # of a photo's crop: short side over crop size, from the whole picture to a detail


def open_image(source: Source) -> Image.Image:
    """Any picture as a new PIL picture: mode ``RGB``, sRGB, upright, 8 bit.

    ``source`` is a path, a PIL picture, an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of bool, uint8, uint16 or
    float in [0, 1], or a tensor (3, H, W), (1, 3, H, W) (also with 1 channel) of uint8 or float in [0, 1].

    From a file: the EXIF orientation is applied, the colour profile is converted to sRGB, transparency is laid over
    white, 16-bit greys are scaled to 8 bit, and of an animation the first frame is taken (of a PIL picture, the frame
    at which it stands).

    Raises :class:`ImageError`, one sentence that names the file (or the array's shape and range) and what to do.

    Example:
        >>> import numpy as np
        >>> from zmlib.data.images import open_image
        >>> picture = open_image("photo.jpg")
        >>> picture.mode, picture.size
        ('RGB', (96, 64))
        >>> open_image(np.zeros((20, 30))).size  # a grey array (H, W) in [0, 1]; PIL's size is (width, height)
        (30, 20)
    """
    if isinstance(source, Tensor):
        return decode.from_array(_channels_last(source), f"a tensor of shape {tuple(source.shape)}")
    if isinstance(source, np.ndarray):
        return decode.from_array(source, f"an array of shape {source.shape}")
    if isinstance(source, Image.Image):
        return decode.from_pil(source)
    if isinstance(source, str | os.PathLike):
        return decode.from_file(Path(source).expanduser())
    raise ImageError(
        f"A picture is a path, a PIL picture, an array or a tensor, and this is a {type(source).__name__}."
    )


def _channels_last(tensor: Tensor) -> np.ndarray:
    """(3, H, W) or (1, 3, H, W) as an array (H, W, 3); bfloat16, which numpy does not know, as float32."""
    tensor = tensor.detach().cpu()
    tensor = tensor.float() if tensor.is_floating_point() else tensor
    shape = tuple(tensor.shape)
    if tensor.ndim == 4 and shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim != 3 or tensor.shape[0] not in (1, 3):
        raise ImageError(f"A picture as a tensor has the shape (1, 3, H, W) or (3, H, W), and this one has {shape}.")
    return tensor.permute(1, 2, 0).numpy()


def to_tensor(image: Source) -> Tensor:
    """A picture (anything that :func:`open_image` takes) as float32 (1, 3, H, W) in [0, 1].

    Example:
        >>> from zmlib.data.images import to_tensor
        >>> to_tensor("photo.jpg").shape
        torch.Size([1, 3, 64, 96])
    """
    if isinstance(image, Image.Image) and image.mode == "RGB" and not image.info:
        pixels = np.array(image)  # already settled: no copy
    else:
        pixels = np.array(open_image(image))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous().float().div_(255)


def to_bytes(image: Image.Image) -> Tensor:
    """A picture of mode RGB as uint8 (1, 3, H, W): a quarter of `to_tensor`'s memory."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]


def to_image(tensor: Tensor) -> Image.Image:
    """A tensor (1, 3, H, W) or (3, H, W) in [0, 1] as a PIL picture, rounded to the nearest of 256 values.

    Raises :class:`ImageError`, naming shape and range, for any other.
    """
    return open_image(tensor)


def short_to(size: tuple[int, int], short: int | None) -> tuple[int, int]:
    """The (width, height) of a picture scaled so that its short side is ``short`` pixels; None leaves it as it is.

    >>> short_to((800, 600), 300)
    (400, 300)
    """
    if short is None:
        return size
    scale = short / min(size)
    return max(short, round(size[0] * scale)), max(short, round(size[1] * scale))


def resize_short(image: Image.Image, size: int) -> Image.Image:
    """``image`` scaled (Lanczos, antialiased) so that its short side is ``size`` pixels, its proportions kept."""
    return image.resize(short_to(image.size, size), Image.Resampling.LANCZOS)


def centre_square(image: Image.Image, size: int) -> Image.Image:
    """The largest centred square of ``image``, scaled (Lanczos, antialiased) to ``size`` pixels: what the judges see.

    The same as scaling the short side to ``size`` and cropping the centre, without rounding the long side first.
    """
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box)


def window(
    image: Image.Image, size: int, scales: tuple[float, float], rng: np.random.Generator | None, flip: bool = True
) -> np.ndarray:
    """A square window, (size, size, 3) uint8; a picture with enough pixels is not enlarged.

    Args:
        image: RGB, any size.
        size: side of the result in pixels.
        scales: lower and upper end, log-uniform, of the picture's short side over the window's: (1, 1) is a square of
            the whole short side, (2, 2) of half of it.
        rng: decides scale, place and flip; None takes the middle of the scales and of the picture, unflipped.
        flip: mirror half of them.
    """
    short = min(image.size)
    if rng is None:
        scale, across, down = float(np.sqrt(scales[0] * scales[1])), 0.5, 0.5
    else:
        scale, across, down = float(np.exp(rng.uniform(*np.log(scales)))), rng.random(), rng.random()
    side = min(short, short / min(scale, max(1.0, short / size)))  # of the window, in the picture's own pixels
    left, top = across * (image.width - side), down * (image.height - side)
    box = (left, top, left + side, top + side)
    array = np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box))
    return array[:, ::-1] if flip and rng is not None and rng.random() < 0.5 else array


def save_image(image: Source, path: str | os.PathLike[str], *, quality: int | None = None) -> Path:
    """Write a picture, whole or not at all, in the format of the suffix; an existing file is replaced.

    ``quality`` (1 to 100) is for JPEG and WebP; without it they are written at 94 and 92.
    Raises :class:`UserError` for a suffix outside :data:`FORMATS`, a missing folder, or a disk that refuses.

    Example:
        >>> import torch
        >>> from zmlib.data.images import open_image, save_image
        >>> file = save_image(torch.rand(1, 3, 64, 96), "noise.png")
        >>> open_image(file).size
        (96, 64)
    """
    path = check_target(path)
    kind, options = FORMATS[path.suffix.lower()]
    if quality is not None and "quality" in options:
        options = options | {"quality": quality}
    picture = open_image(image)
    try:
        with atomic(path) as beside:
            picture.save(beside, format=kind, **options)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} could not be written ({_reason(error)}): choose another place or format.") from error
    return path


def check_target(path: str | os.PathLike[str]) -> Path:
    """``path`` if a picture can be written there, judged by suffix and folder; raises :class:`UserError`.

    To be asked before the work.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise UserError(f"{path} is a folder: name a file in it, such as {path / 'picture.png'}.")
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(suffix for suffix in FORMATS if suffix not in (".jpeg", ".tiff"))
        raise UserError(f"{path} does not end in a picture format that can be written: use one of {known}.")
    if not path.parent.is_dir():
        raise UserError(f"{path} cannot be written because there is no folder {path.parent}: make it, or name another.")
    return path


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


def as_float(images: Tensor) -> Tensor:
    """Pictures in [0, 1]: uint8 ones divided by 255, others as they are."""
    return images if images.is_floating_point() else images / 255


def check_images(what: str, images: Tensor, least: int) -> None:
    """Check a batch of pictures.

    Args:
        what: what the sentence calls them, such as "content".
        images: (N, 3, H, W), float in [0, 1] or uint8.
        least: the smallest H and W in pixels.

    Raises:
        UserError: another shape, type or range, or a picture that is too small.
    """
    known = images.is_floating_point() or images.dtype == torch.uint8
    if images.dim() != 4 or images.shape[1] != 3 or not known:
        raise UserError(
            f"{what} must be a float tensor of shape (N, 3, H, W), got {tuple(images.shape)} {images.dtype}; "
            "add the batch axis, or convert it with zmlib.data.images.to_tensor"
        )
    if min(images.shape[-2:]) < least:
        raise UserError(
            f"{what} is {images.shape[-1]} x {images.shape[-2]} pixels; give a picture of at least {least} x {least}"
        )
    if images.dtype == torch.uint8:
        return
    low, high = images.aminmax()
    if not (low >= -1e-3 and high <= 1 + 1e-3):
        raise UserError(f"{what} must lie in [0, 1], got {low:.3g} to {high:.3g}; divide 8-bit values by 255")
