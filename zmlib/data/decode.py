"""From any picture file or array to upright 8-bit sRGB: the inside of :func:`zmlib.data.images.open_image`."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from zmlib.errors import UserError

#: the largest picture that is opened, in pixels; Pillow alone refuses from 179 million
LARGEST = 200_000_000

#: first bytes of the common formats: a file that begins with these and cannot be read is damaged
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"BM")

_opening = threading.Lock()


class ImageError(UserError):
    """A picture that cannot be used; its text is one sentence for a person."""


def from_file(path: Path) -> Image.Image:
    """The picture in a file, as RGB; :class:`ImageError` where there is none."""
    if path.is_dir():
        raise ImageError(f"{path} is a folder, not a picture: name one of the pictures in it.")
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if not start:
                raise ImageError(f"{path} is empty (0 bytes): copy or download it again.")
            file.seek(0)
            with _open(file, path) as image:
                _check_size(image.size, str(path))
                image.load()
                return _settle(image)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {path}: check the name and the folder.") from error
    except PermissionError as error:
        raise ImageError(f"{path} may not be read by you: change its permissions, or copy it.") from error
    except UnidentifiedImageError as error:
        if start.startswith(_MAGIC):
            raise ImageError(f"{path} is damaged or cut short: copy or download it again.") from error
        raise ImageError(
            f"{path} is not a picture that can be read here: save it as PNG or JPEG with the program that made it."
        ) from error
    except (MemoryError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path} is too large for this machine's memory: make it smaller first.") from error
    except Exception as error:  # a broken file makes a decoder raise nearly anything: struct, zlib, Syntax, Index ...
        raise ImageError(f"{path} is damaged or cut short: copy or download it again.") from error


def _open(file: io.BufferedReader, path: Path) -> Image.Image:
    """Read the header. Pillow's limit, a global, is lifted only here, because ours is checked next."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(file)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def from_pil(image: Image.Image) -> Image.Image:
    """A PIL picture of any mode, as a new RGB one; the frame at which it stands."""
    name = str(getattr(image, "filename", "") or f"a picture of mode {image.mode}")
    _check_size(image.size, name)
    try:
        image.load()
        return _settle(image)
    except Exception as error:
        raise ImageError(f"{name} is damaged or cannot be turned into RGB ({error}): save it again as PNG.") from error


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height}): choose another picture.")
    if width * height > LARGEST:
        raise ImageError(
            f"{name} claims {width} x {height} pixels, above the limit of {LARGEST // 1_000_000} million:"
            " make it smaller first."
        )


def _settle(image: Image.Image) -> Image.Image:
    """Orientation, then bit depth, then transparency apart from colour, then profile; over white."""
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # EXIF that cannot be parsed has no orientation
        pass
    profile = image.info.get("icc_profile")
    alpha = None
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Image.fromarray(_eight_bit(np.asarray(image), image.mode))
    elif image.has_transparency_data:
        if image.mode in ("La", "LA"):
            image = image.convert("LA")
            image, alpha = image.getchannel("L"), image.getchannel("A")
        else:
            image = image.convert("RGBA")
            image, alpha = image.convert("RGB"), image.getchannel("A")
    elif image.mode in ("P", "PA", "1", "HSV", "YCbCr", "RGBX"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    colour = _to_srgb(image, profile)
    if alpha is not None:
        colour = Image.composite(colour, Image.new("RGB", colour.size, "white"), alpha)
    colour = colour.copy() if colour is image else colour
    colour.info = {}  # a profile or an orientation that was applied must not be written again
    return colour


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """``image`` (L, RGB, CMYK or LAB) as sRGB by its profile; without one, or with one of another kind, plainly."""
    srgb = ImageCms.createProfile("sRGB")
    if image.mode == "LAB":
        return _convert(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), srgb)
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = own.profile.xcolor_space.strip()
            if space == "RGB" and image.mode == "L":
                image = image.convert("RGB")
            if {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}.get(space) == image.mode:
                return _convert(image, own, srgb)
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that cannot be read counts as none
    return image.convert("RGB")


def _convert(image: Image.Image, own: ImageCms.ImageCmsProfile, srgb: ImageCms.core.CmsProfile) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        own,
        srgb,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # None only when converting in place
    return converted


def _eight_bit(values: np.ndarray, mode: str) -> np.ndarray:
    """Greys of more than 8 bits as uint8.

    ``I;16`` goes from 0 to 65535. ``I`` and ``F`` do not say their range: it ends at the first of 1 (``F`` only), 255
    and 65535 that no value exceeds, or at the largest value.
    """
    values = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(values.max())
    ranges = [65535.0] if mode.startswith("I;16") else [255.0, 65535.0] if mode == "I" else [1.0, 255.0, 65535.0]
    full = next((top for top in ranges if peak <= top), peak)
    return np.rint(values.clip(0, full) * (255.0 / full)).astype(np.uint8)


def from_array(values: np.ndarray, name: str) -> Image.Image:
    """An array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), bool, uint8, uint16 or float in [0, 1], as RGB."""
    if values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (1, 3, 4)) or values.size == 0:
        raise ImageError(f"A picture as an array has the shape (H, W), (H, W, 3) or (H, W, 4), and this is {name}.")
    _check_size((values.shape[1], values.shape[0]), name)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * 255
    elif values.dtype == np.uint16:
        values = np.rint(values / 257.0).astype(np.uint8)
    elif np.issubdtype(values.dtype, np.floating):
        low, high = float(values.min()), float(values.max())
        # float16 and bfloat16 rounding, and a resampling's last bit, are forgiven; 0 to 255 is not
        if not (low >= -1e-3 and high <= 1 + 1e-3):
            raise ImageError(
                f"A picture of floats lies in [0, 1], and {name} goes from {low:.4g} to {high:.4g}: scale or clamp it."
            )
        values = np.rint(values.astype(np.float64).clip(0, 1) * 255).astype(np.uint8)
    elif values.dtype != np.uint8:
        raise ImageError(
            f"A picture is an array of uint8, uint16 or floats in [0, 1], and {name} is of {values.dtype}: convert it."
        )
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    return _settle(Image.fromarray(np.ascontiguousarray(values)))
