"""A video in, the same video repainted out: frame by frame, denoised and steady."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zmlib.affine import Affine
from zmlib.data.images import resize_short, to_image, to_tensor
from zmlib.device import choose_device, memory_errors
from zmlib.errors import UserError
from zmlib.passes import blank, keep_for
from zmlib.passes.levels import MEDIUM, Stroke, at_levels
from zmlib.passes.steady import Steady, keep_of
from zmlib.sources import require_affine
from zmlib.stylize import STYLE_SIZE, Picture, at_strength, check_fits, check_options, encode_style, read_style
from zmlib.video.denoise import Denoise
from zmlib.video.files import check_video, read_video, write_video
from zmlib.video.flicker import StillChange
from zmlib.weights import load
from zmlib.zmnet import ZMNet

SECONDS = 3.0  # for which statistics are held by default
CUT = 0.15  # frames whose thumbnails differ by more than this share of the range belong to two scenes


@dataclass(frozen=True)
class Painted:
    """What became of a video.

    Attributes:
        frames: their number.
        size: (width, height) in pixels.
        seconds: spent on painting; reading and writing do not count.
        still: change from frame to frame where nothing moves, in the clip and as painted, in grey levels of 255; None
            where nothing stands still.
    """

    frames: int
    size: tuple[int, int]
    seconds: float
    still: tuple[float, float] | None


class FramePainter:
    """Repaints the frames of a video in their order, and at each cut forgets what it holds from frame to frame.

    Args:
        net: any network that gives gamma and beta.
        affine: of the style, one signal.
        keep: what a frame keeps of the statistics, see `zmlib.passes.steady.Steady`; 0: each frame by itself.
        denoise: whether noise is averaged away first.
        strength: from 0 (the clip) to 1 (the full style), by the formula of `zmlib.stylize.stylize`; the clip's own
            affine parameters are those of its first frame.
        keep_colour: keep the clip's colours.
        stroke_size, finest: as for `zmlib.stylize.stylize`, at the same sizes in all frames. With `denoise` a coarser
            painting is averaged as the frames are: one thing that moves would disturb large strokes everywhere.
    """

    def __init__(
        self,
        net: ZMNet,
        affine: Affine,
        keep: float = 0.0,
        *,
        denoise: bool = False,
        strength: float = 1.0,
        keep_colour: bool = False,
        stroke_size: Stroke = MEDIUM,
        finest: int | None = None,
    ) -> None:
        self._net, self._affine, self._strength, self._keep_colour = net, affine, strength, keep_colour
        self._sizes = stroke_size, finest
        self._steady, self._own_steady = Steady(net, keep), Steady(net, keep)
        self._denoise = Denoise() if denoise else None
        self._held: defaultdict[Any, Denoise] = defaultdict(Denoise)  # of the coarser paintings, by size
        self._own: Affine | None = None
        self._thumbnail: np.ndarray | None = None

    @torch.inference_mode()
    def __call__(self, frame: Image.Image) -> Image.Image:
        """The next frame, RGB, repainted: the same size."""
        self._look_for_a_cut(frame)
        with memory_errors(frame.size):
            x = to_tensor(frame).to(self._net.device)
            share = keep_for(self._net, x)  # of each frame, or a film that fades in would keep it
            if self._denoise is not None:
                x = self._denoise(x)
            out = to_image(self._paint(x, frame, share).clamp(0, 1).cpu())
        if self._keep_colour:
            from zmlib.data import colour  # here, because scikit-image takes half a second to import

            out = colour.keep_colour(out, frame)
        return out

    def _paint(self, x: Tensor, frame: Image.Image, share: float) -> Tensor:
        if self._strength == 1:
            return self._pass(self._steady, x, self._affine, share)
        if self._own is None:
            self._own = encode_style(self._net, frame)
        t = self._strength
        plain = self._pass(self._own_steady, x, self._own, share)
        return at_strength(self._pass(self._steady, x, self._own.lerp(self._affine, t), share), x, plain, t)

    def _pass(self, steady: Steady, x: Tensor, affine: Affine, share: float) -> Tensor:
        steady.lean(share, blank.reference(), affine)

        def level(picture: Tensor) -> Tensor:
            painted = steady.stylize(picture, affine)
            if self._denoise is None or picture.shape == x.shape:
                return painted
            return self._held[steady, picture.shape](torch.cat([picture, painted], 1))[:, 3:]

        return at_levels(level, x, *self._sizes)

    def _look_for_a_cut(self, frame: Image.Image) -> None:
        thumbnail = np.asarray(frame.resize((16, 16), Image.Resampling.BOX), np.float32) / 255
        if self._thumbnail is None or float(np.abs(thumbnail - self._thumbnail).mean()) > CUT:
            for one in (self._steady, self._own_steady, self._denoise):
                if one is not None:
                    one.forget()
            self._held.clear()
        self._thumbnail = thumbnail


def stylize_video(
    source: Path,
    out: Path,
    style: Picture | Affine | Sequence[Picture | Affine],
    *,
    model: str | Path | ZMNet = "styles",
    strength: float = 1.0,
    keep_colour: bool = False,
    weights: Sequence[float] | None = None,
    size: int | None = None,
    style_size: int | None = STYLE_SIZE,
    stroke_size: Stroke = MEDIUM,
    finest: int | None = None,
    steady: float = SECONDS,
    device: str | torch.device = "cpu",
    progress: Callable[[Iterator[Image.Image], int | None], Iterable[Image.Image]] = lambda frames, count: frames,
) -> Painted:
    """Repaint a video. The new one appears whole or not at all, and has no sound.

    Args:
        source: the video.
        out: the .mp4, .webm or .gif to write.
        style, model, strength, keep_colour, weights, size, style_size, stroke_size, finest, device: as for
            `zmlib.stylize.stylize`. PNet reads each style once.
        steady: the seconds for which statistics are held and noise is averaged; 0: each frame by itself.
        progress: called with the frames and their number (None: unknown); returns the frames to write.

    Raises:
        UserError: as `zmlib.stylize.stylize`; the video cannot be read or written; a network with nothing to hold.

    Example:
        >>> from pathlib import Path
        >>> from zmlib.video.stylize_video import stylize_video
        >>> painted = stylize_video(Path("clip.mp4"), Path("out.mp4"), "painting.jpg")
        >>> painted.frames, painted.size
        (6, (96, 64))
    """
    styles = list(style) if isinstance(style, (list, tuple)) else [style]
    shares = check_options(len(styles), strength, weights, None, size, style_size, stroke_size, finest)
    if not 0 <= steady < float("inf"):
        raise UserError(f"Statistics are held for 0 seconds or more, not {steady:g}.")
    check_video(out)
    video = read_video(source)
    net = model if isinstance(model, ZMNet) else load(model, device=str(choose_device(device)))
    require_affine(net.kind)
    affines = [read_style(net, one, style_size) for one in styles]
    affine = affines[0] if len(affines) == 1 else Affine.mix(affines, shares)
    keep = keep_of(steady, video.fps)
    options: Any = {"strength": strength, "keep_colour": keep_colour, "stroke_size": stroke_size, "finest": finest}
    paint = FramePainter(net, affine, keep, denoise=keep > 0, **options)
    given = (frame if size is None else resize_short(frame, size) for frame in video.frames)
    first = next(given)
    check_fits(net, first, None, name=source, finest=finest)
    still, taken = StillChange(), 0.0

    def painted() -> Iterator[Image.Image]:
        nonlocal taken
        for frame in chain([first], given):
            start = time.perf_counter()
            picture = paint(frame)
            taken += time.perf_counter() - start
            still.add(frame, picture)
            yield picture

    count = write_video(out, progress(painted(), video.count), video.fps)
    return Painted(count, first.size, taken, still.value)
