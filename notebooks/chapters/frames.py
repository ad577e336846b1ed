"""Frames for the interactive pages of the book: JPEGs and one JSON, which the script of a page reads without a kernel.

They are megabytes, and every build makes them itself. So the project keeps none but those of the blind choice, which
need paintings that do not ship: a run that writes into `figures/` drops them.
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
from torch import Tensor

from zmlib.atomic import atomic_folder
from zmlib.data.images import resize_short, to_image
from zmlib.data.samples import photo_credits, style_credits
from zmlib.errors import UserError
from zmlib.experiments.results import plain
from zmlib.experiments.run import Run

FOLDER, INDEX = "play", "frames.json"
FORMAT = "zmlib-frames-1"
HASH = 12  # hexadecimal digits
QUALITY = 85  # of JPEG; stylized pictures are all texture, and below this the blocks show
SHORT = 224  # pixels: the short side of a frame


@dataclass
class Shelf:
    """A folder that is being filled.

    Attributes:
        folder: where the files go.
        data: what the page reads, besides the provenance; it may hold numbers of numpy and torch.
        place: the folder that an error names, where it is not `folder`.
        sizes: file -> its bytes, of the pictures written so far.
        files: file -> a hash of its content, which a page adds to the address: the names are the same in every build,
            and a browser may hold the pictures of an older one.
    """

    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    place: Path | None = None
    sizes: dict[str, int] = field(default_factory=dict, init=False)
    files: dict[str, str] = field(default_factory=dict, init=False)

    def __repr__(self) -> str:
        return f"{len(self.sizes)} files of frames, {sum(self.sizes.values()) / 1e6:.1f} MB"

    def picture(self, name: str, image: Image.Image, quality: int = QUALITY) -> dict[str, Any]:
        """Write one picture, and return what the page needs to know of it: see `strip`."""
        return self.strip(name, [image], quality)

    def strip(self, name: str, images: Sequence[Image.Image], quality: int = QUALITY) -> dict[str, Any]:
        """Write RGB pictures of one size side by side into one file, so that a browser needs one request.

        Args:
            name: of the file, without suffix: small letters, digits and -.
            images: one or more.
            quality: of JPEG, 1 to 95.

        Returns:
            "file", "frames", and "width" and "height" of one frame in pixels.

        Raises:
            ValueError: no picture, pictures of several sizes, or a name that is taken or cannot be a file's.
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


def framed(picture: Tensor) -> Image.Image:
    """A picture (1, 3, H, W) in [0, 1] as a frame of `SHORT` pixels."""
    return resize_short(to_image(picture.cpu()), SHORT)


def credited(photos: Iterable[str], paintings: Iterable[str]) -> dict[str, list[Any]]:
    """The credits that a page prints below its pictures.

    Args:
        photos, paintings: names, as a run has them. A reader's own pictures have the names of files, and no credit.

    Returns:
        "photos": the fields of `zmlib.data.samples.Credit`, once for each sample. "paintings": "author, licence", each
        once.
    """
    shot, painted = photo_credits(), style_credits()
    makers = [painted[name] for name in paintings if name in painted]
    return {
        "photos": [asdict(shot[name]) for name in dict.fromkeys(photos) if name in shot],
        # an author's name is followed by the painter's settings for this picture, in brackets
        "paintings": list(dict.fromkeys(f"{one.author.partition(' (')[0]}, {one.licence}" for one in makers)),
    }


@contextmanager
def keep_frames(run: Run, always: bool = False) -> Iterator[Shelf]:
    """A shelf to fill. When the block ends well, it becomes `play/` in the run's folder of results; else it vanishes.

    It replaces that of an earlier run. Its `frames.json` has "format", "chapter", "data", "files" and "provenance"; see
    `Shelf` and `zmlib.experiments.run.Run.provenance`. Where the run's folder is the one in `figures/` that the project
    keeps, nothing is left there, but with `always`: those frames no reader's build can make.

    Raises:
        UserError: a value that JSON cannot hold, or a folder that cannot be written. Errors of the block itself pass.
    """
    kept = not always and run.root is not None and (run.root / "figures" / run.chapter).resolve() == run.place.resolve()
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
