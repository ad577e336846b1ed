"""Moving pictures: frames in, frames out, by PyAV (MP4, WebM) and Pillow (GIF)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from zmlib.atomic import atomic
from zmlib.errors import UserError

#: suffix -> (container, codec, the encoder's options)
CODECS: dict[str, tuple[str, str, dict[str, str]]] = {
    ".mp4": ("mp4", "libx264", {"crf": "18", "movflags": "faststart"}),
    ".webm": ("webm", "libvpx-vp9", {"crf": "28", "b:v": "0", "row-mt": "1"}),
}
SUFFIXES = (".gif", *CODECS)
BT709 = 1  # its number in the standard (H.273)
#: suffixes of videos; a GIF may also be a picture
VIDEOS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")


@dataclass(frozen=True)
class Video:
    """A video that can be read.

    Attributes:
        fps: mean frames per second.
        count: the number of frames that the file states, or None.
        frames: RGB, upright, one by one; can be read once.
    """

    fps: float
    count: int | None
    frames: Iterator[Image.Image]


def _av() -> Any:
    try:
        import av
    except ImportError:
        raise UserError("Videos need PyAV, which is not installed: pip install av (a GIF needs nothing).") from None
    return av


def check_video(path: Path) -> None:
    """Check, before any work, that a video can be written there.

    Raises:
        UserError: the suffix is none of `SUFFIXES`, there is no such folder, or the encoder is missing.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(f"{path}: a moving picture ends in {', '.join(SUFFIXES)}; choose one of these.")
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {path.parent}: make it first.")
    if path.is_dir():
        raise UserError(f"{path} is a folder, and a file is needed: name another.")
    if suffix in CODECS and CODECS[suffix][1] not in _av().codecs_available:
        raise UserError(f"This PyAV cannot encode {suffix} ({CODECS[suffix][1]} is missing): write a .gif instead.")


def write_video(path: Path, frames: Iterable[Image.Image], fps: float, crf: int | None = None) -> int:
    """Write RGB frames of one size and return their number. The file appears whole or not at all.

    An odd row or column at the end is left out of an MP4 or a WebM, whose chroma is stored at half the size.

    crf: the loss of an MP4 or a WebM in the encoder's own scale; more makes a smaller file.

    Raises:
        UserError: as `check_video`; or there is no frame.
    """
    check_video(path)
    with atomic(path) as beside:
        count = _gif(beside, frames, fps) if path.suffix.lower() == ".gif" else _encode(path, beside, frames, fps, crf)
        if not count:
            raise UserError(f"{path}: there is no frame to write.")
    return count


def _gif(path: Path, frames: Iterable[Image.Image], fps: float) -> int:
    pictures = list(frames)
    if pictures:
        ends = [round(100 * (i + 1) / fps) for i in range(len(pictures))]  # a GIF counts in hundredths of a second
        durations = [10 * (end - start) for start, end in zip([0, *ends], ends, strict=False)]
        pictures[0].save(path, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    return len(pictures)


def _encode(path: Path, beside: Path, frames: Iterable[Image.Image], fps: float, crf: int | None) -> int:
    av, count = _av(), 0
    container, codec, options = CODECS[path.suffix.lower()]
    options = options if crf is None else options | {"crf": str(crf)}
    with av.open(str(beside), "w", format=container) as file:
        stream: Any = None
        for picture in frames:
            width, height = picture.width // 2 * 2, picture.height // 2 * 2
            if stream is None:
                stream = file.add_stream(codec, rate=Fraction(fps).limit_denominator(1000), options=options)
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                _tag(stream.codec_context)
            frame = av.VideoFrame.from_image(picture.crop((0, 0, width, height)))
            file.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace=BT709)))
            count += 1
        if stream is not None:
            file.mux(stream.encode())
    return count


def _tag(codec: Any) -> None:
    """State how colours are encoded; players guess it from the size otherwise, and shift the colours."""
    codec.colorspace = codec.color_primaries = codec.color_trc = BT709
    codec.color_range = 1  # black is 16 and white 235


def read_video(path: Path) -> Video:
    """A video or an animated picture, upright, without its sound. Frames at uneven steps are taken as even.

    Raises:
        UserError: the file is missing, not a video, or holds no frame; from the frames: it is damaged.
    """
    if not path.is_file():
        raise UserError(f"There is no video {path}: check the name.")
    av = _av()
    try:
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            rate = float(stream.average_rate or stream.guessed_rate or 25)
            seconds = float(file.duration or 0) / 1e6  # PyAV's unit for a whole file is a microsecond
            count = stream.frames or round(seconds * rate) or None
            empty = next(file.decode(stream), None) is None
    except (av.FFmpegError, IndexError):
        raise UserError(f"{path} is no video that can be read: give an MP4, WebM, MOV or GIF.") from None
    if empty:
        raise UserError(f"{path} holds no frame: give another video.")

    def frames() -> Iterator[Image.Image]:
        try:
            with av.open(str(path)) as file:
                for frame in file.decode(file.streams.video[0]):
                    yield upright(frame.to_image(), frame.rotation)
        except av.FFmpegError as error:
            raise UserError(f"{path} is damaged ({error.strerror}): give another video.") from None

    return Video(rate, count, frames())


def upright(picture: Image.Image, degrees: float) -> Image.Image:
    """A picture turned counterclockwise by a multiple of 90 degrees, as a phone's video asks for."""
    quarters = round(degrees / 90) % 4
    turn = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270}
    return picture.transpose(turn[quarters]) if quarters else picture
