"""What a notebook shows besides figures: a film inside the notebook, and the progress of a long cell.

When the book is built, book/_ext/films.py takes each film out into a file.
"""

from __future__ import annotations

import base64
import html
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from zmlib.data.sheet import GAP, PAPER, Sheet
from zmlib.video.files import write_video

CRF = 23  # stylized pictures are all texture: at 18, the package's default, a film is twice as large


@dataclass(frozen=True, repr=False)
class Film:
    """An MP4 without sound.

    Attributes:
        mp4: its bytes.
        poster: a JPEG that is shown until the film is played.
        size: (width, height) in pixels.
        says: what it shows, for readers who cannot see it.
    """

    mp4: bytes
    poster: bytes
    size: tuple[int, int]
    says: str

    def __repr__(self) -> str:
        return f"<an MP4 of {len(self.mp4) / 1e6:.2f} MB: {self.says}>"

    def _repr_html_(self) -> str:
        width, height = self.size
        return (
            f'<video controls loop muted playsinline preload="none" width="{width}" height="{height}"'
            f' aria-label="{html.escape(self.says)}" poster="{_inline("image/jpeg", self.poster)}"'
            f' src="{_inline("video/mp4", self.mp4)}"></video>'
        )


def film(pictures: Sequence[Image.Image], fps: float, says: str, crf: int = CRF) -> Film:
    """Make a film of RGB pictures of one size; fps: pictures per second; crf: lower is better and larger.

    Raises:
        UserError: no picture, or no encoder.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        write_video(path, pictures, fps, crf)
        mp4 = path.read_bytes()
    poster = io.BytesIO()
    pictures[len(pictures) // 6].save(poster, "JPEG", quality=85)
    return Film(mp4, poster.getvalue(), pictures[0].size, says)


def _inline(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


T = TypeVar("T")


def counted(items: Sequence[T], what: str) -> Iterator[T]:
    """The items one by one, while one line below the cell counts them: "trainings: 3 of 27".

    It is no widget, whose saved state would make the page load scripts from other hosts.
    """
    from IPython.display import display

    def line(done: int) -> dict[str, str]:
        return {"text/plain": f"{what}: {done} of {len(items)}"}

    shown = display(line(0), raw=True, display_id=True)  # type: ignore[no-untyped-call]
    for done, item in enumerate(items, 1):
        yield item
        if shown is not None:  # outside of a notebook there is nothing to update
            shown.update(line(done), raw=True)


def stacked(*sheets: Sheet) -> Sheet:
    """Sheets one below the other, each with its own titles; a narrower one stands at the left."""
    images = [one.image for one in sheets]
    height = sum(image.height for image in images) + GAP * (len(images) - 1)
    page, top = Image.new("RGB", (max(image.width for image in images), height), PAPER), 0
    for image in images:
        page.paste(image, (0, top))
        top += image.height + GAP
    return Sheet(page)
