"""`zmlib stylize` on a video: which files are videos, where the result goes, and a progress bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

from zmlib.errors import UserError


def is_video(path: Path, out: Path | None) -> bool:
    """Whether a file is to be read as a video: by its suffix; a GIF where a video is to be written."""
    from zmlib.video.files import SUFFIXES, VIDEOS

    suffix, target = path.suffix.lower(), "" if out is None else out.suffix.lower()
    return not path.is_dir() and (suffix in VIDEOS or (suffix == ".gif" and target in SUFFIXES))


def stylize_film(
    given: Sequence[Path],
    styles: Sequence[Path],
    out: Path | None,
    masks: Sequence[Path],
    device: str,
    **options: Any,
) -> None:
    """Repaint the one video given and report on it. options: of `zmlib.video.stylize_video.stylize_video`.

    Raises:
        UserError: several files, a mask, a place where nothing can be written, and what `stylize_video` raises.
    """
    if len(given) > 1:
        raise UserError("Give one video at a time, and no photos beside it.")
    if masks:
        raise UserError("Masks are for photos: leave out --mask for a video.")
    target = _target(given[0], styles, out)
    from zmlib.device import choose_device
    from zmlib.video.files import check_video
    from zmlib.video.stylize_video import stylize_video

    check_video(target)  # before anything is loaded
    done = stylize_video(given[0], target, list(styles), device=choose_device(device), progress=bar, **options)
    width, height = done.size
    speed = f"{done.frames / done.seconds:.1f} painted a second"
    typer.echo(f"{target}  {done.frames} frames of {width} x {height} pixels, {speed}")
    if done.still is not None:
        clip, painted = done.still
        changes = f"{painted:.1f} grey levels of 255 from frame to frame, {clip:.1f} in the video given"
        typer.echo(f"where nothing moves: {changes}")


def _target(video: Path, styles: Sequence[Path], out: Path | None) -> Path:
    """The file to write: `VIDEO-STYLE.mp4` where none is named."""
    if not video.is_file():
        raise UserError(f"There is no video {video}: check the name.")
    name = f"{video.stem}-{'+'.join(style.stem for style in styles)}.mp4"
    target = video.with_name(name) if out is None else out / name if out.is_dir() else out
    if target.resolve() in {path.resolve() for path in (video, *styles)}:
        raise UserError(f"{target} is one of the files given and would be overwritten: choose another -o.")
    return target


def bar(frames: Iterable[Any], count: int | None) -> Iterable[Any]:
    """The frames, with a bar on a terminal that says how many of `count` are painted; None: unknown."""
    from rich.console import Console
    from rich.progress import track

    return track(frames, "painting", total=count, console=Console(stderr=True), transient=True)
