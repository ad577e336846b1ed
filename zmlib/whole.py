"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """A name beside `path` to write to: it takes `path`'s place when the block ends well, and else vanishes.

    The bytes reach the disk before the name does, so that a kill or a power cut leaves the old file or the new one.
    """
    beside = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield beside
        beside.chmod(mode)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
