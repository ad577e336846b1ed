"""The data that the kept results were measured on: a list of names and hashes, and how to get the pictures.

`book/data.tsv` has of each file its path, source (repository@commit:path), licence, SHA-256 and, of a picture, the size
and quality at which we keep it: scaled by Lanczos, and saved by Pillow as an optimised JPEG. From the same source the
same Pillow makes the same file, and only that counts. What has no such source is got by hand.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

from zmlib.atomic import atomic
from zmlib.errors import UserError

LIST = Path(__file__).resolve().parents[2] / "book" / "data.tsv"
BASE, VARIABLE = "https://raw.githubusercontent.com", "ZMLIB_DATA_URL"


class Unreachable(UserError):
    """The server could not be asked; another try may succeed."""


@dataclass(frozen=True)
class Entry:
    """One line of the list; width and height in pixels, and with `quality` 0 where it is no picture."""

    path: str
    source: str
    licence: str
    width: int
    height: int
    quality: int
    sha256: str

    def address(self, base: str | None = None) -> str | None:
        """Where its source is to be had; None where it is got by hand. base: `$ZMLIB_DATA_URL`, or GitHub."""
        found = re.fullmatch(r"([^/@]+/[^/@]+)@([0-9a-f]{40}):(.+)", self.source)
        base = base or os.environ.get(VARIABLE) or BASE
        return f"{base.rstrip('/')}/{found[1]}/{found[2]}/{quote(found[3])}" if found and self.quality else None


def read_list(file: Path | None = None) -> list[Entry]:
    """The entries of a list; without a file those of `book/data.tsv`."""
    lines = (file or LIST).read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines[1:]:
        path, source, licence, width, height, quality, sha256 = line.split("\t")
        found.append(Entry(path, source, licence, int(width or 0), int(height or 0), int(quality or 0), sha256))
    return found


def is_there(entry: Entry, folder: Path) -> bool:
    """Whether the folder holds the file, bit for bit."""
    file = folder / entry.path
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == entry.sha256


def fetch(entry: Entry, folder: Path, base: str | None = None) -> None:
    """Get one picture into a folder, under its path, whole or not at all.

    Raises:
        Unreachable: the server does not answer, or is overburdened.
        UserError: it has no such file, or one that differs from what we measured on.
    """
    address = entry.address(base)
    assert address is not None, entry.path
    original = _download(address)
    for content in _made(original, entry):
        if hashlib.sha256(content).hexdigest() == entry.sha256:
            (folder / entry.path).parent.mkdir(parents=True, exist_ok=True)
            with atomic(folder / entry.path) as beside:
                beside.write_bytes(content)
            return
    raise UserError(
        f"{entry.path} differs from what we measured on: sha256 expected {entry.sha256}, and neither the file at its "
        "source nor what this machine's Pillow makes of it has that"
    )


def _download(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            content: bytes = answer.read()
            return content
    except HTTPError as error:
        busy = error.code == 429 or error.code >= 500
        raise (Unreachable if busy else UserError)(f"{address} answers {error.code} ({error.reason})") from None
    except (OSError, HTTPException) as error:  # no network, a connection that breaks
        raise Unreachable(f"{address} could not be reached ({getattr(error, 'reason', error)})") from None


def _made(original: bytes, entry: Entry) -> Iterator[bytes]:
    """What the file may be: the original itself, or scaled in one of the two ways in which Pillow does it."""
    from PIL import Image

    yield original
    size = entry.width, entry.height
    for at_once in (True, False):  # the other one leaves part of a large reduction to the decoder
        try:
            with Image.open(io.BytesIO(original)) as image:
                if not at_once:
                    image.thumbnail(size, Image.Resampling.LANCZOS)
                made, out = image.convert("RGB"), io.BytesIO()
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return
        made = made if made.size == size else made.resize(size, Image.Resampling.LANCZOS)
        made.save(out, "JPEG", quality=entry.quality, optimize=True)
        yield out.getvalue()
