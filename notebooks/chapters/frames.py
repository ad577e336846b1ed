"""Frames for the pages of the book that a reader moves: JPEGs and one JSON, which a page's script reads with no kernel.

They are made anew by every build and are megabytes, so the project keeps none: a run that writes into `figures/` drops
them.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from zmlib.atomic import atomic_folder
from zmlib.data.samples import photo_credits, style_credits
from zmlib.errors import UserError
from zmlib.experiments.results import plain
from zmlib.experiments.run import Run

FOLDER, INDEX = "play", "frames.json"
FORMAT = "zmlib-frames-1"
HASH = 12  # hexadecimal digits
QUALITY = 85  # of JPEG; stylised pictures are all texture, and below this the blocks show


@dataclass
class Shelf:
    """A folder that is being filled.

    Attributes:
        folder: where the files go.
        data: what the page reads, beside where it comes from; numbers of numpy and torch are taken.
        place: the folder that an error names, where it is another one.
        sizes: file -> its bytes, of the pictures written so far.
        files: file -> a hash of its content, which a page adds to the address: the names stay from build to build, and
            a browser may hold an older build's pictures.
    """

    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    place: Path | None = None
    sizes: dict[str, int] = field(default_factory=dict, init=False)
    files: dict[str, str] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        return f"{len(self.sizes)} files of frames, {sum(self.sizes.values()) / 1e6:.1f} MB"

    def picture(self, name: str, image: Image.Image, quality: int = QUALITY) -> dict[str, Any]:
        """Write one picture; what the page needs to know of it, as `strip` says."""
        return self.strip(name, [image], quality)

    def strip(self, name: str, images: Sequence[Image.Image], quality: int = QUALITY) -> dict[str, Any]:
        """Write RGB pictures of one size side by side, as one file, which is one request of a browser.

        Args:
            name: of the file, without suffix: small letters, digits and -.
            images: one or more. quality: of JPEG, 1 to 95.

        Returns:
            "file", "frames", and "width" and "height" of one frame in pixels.

        Raises:
            ValueError: no picture, pictures of several sizes, or a name that is no file's or is taken.
            UserError: the file cannot be written.
        """
        file = f"{name}.jpg"
        if not re.fullmatch(r"[a-z0-9-]+", name) or file in self.sizes:
            raise ValueError(f"{name!r} cannot be the name of new frames")
        if len({image.size for image in images}) != 1:
            raise ValueError(f"{name} needs pictures of one size, and has {sorted({image.size for image in images})}")
        width, height = images[0].size
        page = Image.new("RGB", (width * len(images), height))
        for i, image in enumerate(images):
            page.paste(image, (i * width, 0))
        with _writing(self.place or self.folder):
            page.save(self.folder / file, "JPEG", quality=quality, optimize=True, progressive=True)
            content = (self.folder / file).read_bytes()
        self.sizes[file], self.files[file] = len(content), hashlib.sha256(content).hexdigest()[:HASH]
        return {"file": file, "frames": len(images), "width": width, "height": height}


def credited(photos: Iterable[str], paintings: Iterable[str]) -> dict[str, list[Any]]:
    """Whose pictures a page shows, which it prints below them.

    photos, paintings: their names, as a run has them. A reader's own are named as their files are, and have no credit.

    Returns:
        "photos": the fields of `zmlib.data.samples.Credit`, once for each sample. "paintings": "author, licence", each
        once.
    """
    shot, painted = photo_credits(), style_credits()
    makers = [painted[name] for name in paintings if name in painted]
    return {
        "photos": [asdict(shot[name]) for name in dict.fromkeys(photos) if name in shot],
        # how the painter was set for each of them is nobody's name
        "paintings": list(dict.fromkeys(f"{one.author.partition(' (')[0]}, {one.licence}" for one in makers)),
    }


@contextmanager
def keep_frames(run: Run) -> Iterator[Shelf]:
    """A shelf to fill: it becomes `play/` in the run's folder of results when the block ends well, and else vanishes.

    It takes the place of an earlier run's. Its `frames.json` has "format", "chapter", "data", "files" and "provenance";
    see `Shelf` and `zmlib.experiments.run.Run.provenance`. Where the run's folder is the one in `figures/` that the
    project keeps, nothing is left there.

    Raises:
        UserError: a value that JSON cannot hold, or a folder that cannot be written. What the block itself raises
            goes through.
    """
    kept = run.root is not None and (run.root / "figures" / run.chapter).resolve() == run.place.resolve()
    place = run.place / FOLDER
    with ExitStack() as stack:
        with _writing(place):
            if kept:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            else:
                run.place.mkdir(parents=True, exist_ok=True)
                folder = stack.enter_context(atomic_folder(place))
        shelf = Shelf(folder, place=place)
        yield shelf
        with _writing(place):
            _write(run, shelf)
            stack.close()  # puts the folder in its place


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{place} could not be written ({error.strerror or error}): set ZMLIB_RESULTS to another folder."
        ) from error


def _write(run: Run, shelf: Shelf) -> None:
    content = {
        "format": FORMAT,
        "chapter": run.chapter,
        "data": plain(shelf.data, "data"),
        "files": shelf.files,
        "provenance": run.provenance(),
    }
    # Without spaces: thousands of numbers.
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (shelf.folder / INDEX).write_text(text + "\n", encoding="utf-8")
