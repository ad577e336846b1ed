"""Where `zmlib stylize` writes: which photo goes to which file, decided before any work is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from zmlib.errors import UserError


@dataclass(frozen=True)
class Job:
    """One photo and the file for its stylized picture."""

    photo: Path
    out: Path


def plan(photos: Sequence[Path], styles: Sequence[Path], out: Path | None, keep: Iterable[Path] = ()) -> list[Job]:
    """The file for every photo.

    | photos | `out` | result |
    | --- | --- | --- |
    | one file | a file | that file |
    | files | a folder | `<out>/<photo>`, or `<out>/<photo>-<style>.png` for one file |
    | files | None | `<photo>-<style>.png` beside each photo |
    | a folder | a folder | `<out>/<photo>`, sub-folders kept |
    | a folder | None | `<folder>-<style>/<photo>` beside the folder |

    A photo whose format cannot be written (a GIF, say) gets the suffix .png.

    Args:
        photos: files and folders as given.
        styles: the style files, for the default names.
        out: what `-o` says.
        keep: further files that must not be overwritten; photos and styles never are.

    Raises:
        UserError: something is missing, two photos would share a file, or a picture given would be written over.
    """
    for path in photos:
        if not path.exists():
            raise UserError(f"There is no file or folder {path}: check the name.")
    name = "+".join(style.stem for style in styles)
    many = len(photos) > 1 or photos[0].is_dir()
    if many and out is not None and not out.is_dir() and _writable_suffix(out):
        raise UserError(f"{out} is one picture and there are several photos: name a folder with -o.")
    jobs = [job for path in photos for job in _of(path, out, name, many)]
    _check_distinct(jobs)
    inputs = {path.resolve() for path in [*(job.photo for job in jobs), *styles, *keep]}
    for job in jobs:
        if job.out.resolve() in inputs:
            raise UserError(f"{job.out} is one of the pictures given and would be overwritten: choose another -o.")
    _check_places(jobs, out, many)
    return jobs


def _of(path: Path, out: Path | None, name: str, many: bool) -> list[Job]:
    from zmlib.data.folders import list_images

    if path.is_dir():
        folder = out if out is not None else path.resolve().with_name(f"{path.resolve().name}-{name}")
        # A result folder inside the photo folder is not input for the next run.
        inside = folder.resolve().is_relative_to(path.resolve()) and folder.resolve() != path.resolve()
        found = [p for p in list_images(path) if not (inside and p.resolve().is_relative_to(folder.resolve()))]
        return [Job(photo, _suffixed(folder / photo.relative_to(path))) for photo in found]
    default = f"{path.stem}-{name}.png"
    if out is None:
        return [Job(path, path.with_name(default))]
    if many:
        return [Job(path, _suffixed(out / path.name))]
    return [Job(path, out / default if out.is_dir() else out)]


def _check_distinct(jobs: Sequence[Job]) -> None:
    seen: dict[str, Path] = {}
    for job in jobs:
        key = str(job.out).casefold()  # on macOS and Windows A.png and a.png are one file
        if key in seen:
            raise UserError(f"{seen[key]} and {job.photo} would both be written to {job.out}: rename one of them.")
        seen[key] = job.photo


def _check_places(jobs: Sequence[Job], out: Path | None, many: bool) -> None:
    from zmlib.atomic import check_folder
    from zmlib.data.images import check_target

    top = out if many else None
    if top is not None and not top.exists() and not top.resolve().parent.is_dir():
        raise UserError(f"There is no folder {top.resolve().parent} to make {top.name} in: make it, or name another.")
    for folder in {job.out.parent for job in jobs}:
        check_folder(folder)
    for job in jobs:
        if job.out.parent.is_dir() or not many:
            check_target(job.out)


def _suffixed(path: Path) -> Path:
    return path if _writable_suffix(path) else path.with_name(f"{path.name}.png")


def _writable_suffix(path: Path) -> bool:
    from zmlib.data.images import FORMATS

    return path.suffix.lower() in FORMATS
