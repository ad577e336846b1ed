"""Frames for the pages of the book that a reader moves: JPEGs and one JSON, which a page's script reads with no kernel.

They are made anew by every build and are megabytes, so the project keeps none: a run that writes into `figures/` drops
them.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from zmlib.errors import UserError
from zmlib.experiments.plain import plain
from zmlib.experiments.run import Run
from zmlib.whole import whole_folder

FOLDER, INDEX = "play", "frames.json"
FORMAT = "zmlib-frames-1"
QUALITY = 85  # of JPEG; stylised pictures are all texture, and below this the blocks show


@dataclass
class Shelf:
    """A folder that is being filled.

    Attributes:
        folder: where the files go.
        data: what the page reads, beside where it comes from; numbers of numpy and torch are taken.
        sizes: file -> its bytes, of the pictures written so far.
    """

    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

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
        page.save(self.folder / file, "JPEG", quality=quality, optimize=True, progressive=True)
        self.sizes[file] = (self.folder / file).stat().st_size
        return {"file": file, "frames": len(images), "width": width, "height": height}


@contextmanager
def keep_frames(run: Run) -> Iterator[Shelf]:
    """A shelf to fill: it becomes `play/` in the run's folder of results when the block ends well, and else vanishes.

    It takes the place of an earlier run's. Its `frames.json` has "format", "chapter", "data" and "provenance"; see
    `zmlib.experiments.run.Run.provenance`. Where the run's folder is the one in `figures/` that the project keeps,
    nothing is left there.

    Raises:
        UserError: a value that JSON cannot hold, or a folder that cannot be written.
    """
    kept = run.root is not None and (run.root / "figures" / run.chapter).resolve() == run.place.resolve()
    try:
        if kept:
            with tempfile.TemporaryDirectory() as folder:
                shelf = Shelf(Path(folder))
                yield shelf
                _write(run, shelf)
        else:
            run.place.mkdir(parents=True, exist_ok=True)
            with whole_folder(run.place / FOLDER) as folder_beside:
                shelf = Shelf(folder_beside)
                yield shelf
                _write(run, shelf)
    except OSError as error:
        raise UserError(
            f"{run.place / FOLDER} could not be written ({error.strerror or error}): "
            "set ZMLIB_RESULTS to another folder."
        ) from error


def _write(run: Run, shelf: Shelf) -> None:
    content = {
        "format": FORMAT,
        "chapter": run.chapter,
        "data": plain(shelf.data, "data"),
        "provenance": run.provenance(),
    }
    # Without spaces: thousands of numbers.
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (shelf.folder / INDEX).write_text(text + "\n", encoding="utf-8")
