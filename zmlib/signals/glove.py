"""GloVe's word vectors: finding, fetching and reading `glove.6B.50d.txt`.

Pennington, Socher and Manning, "GloVe: Global vectors for word representation" (EMNLP 2014), reference 18 of the paper.
The vectors are in the public domain (PDDL 1.0).
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.error import URLError

import numpy as np
import torch

from zmlib.atomic import atomic
from zmlib.errors import UserError

NAME = "glove.6B.50d.txt"
URL = "https://nlp.stanford.edu/data/glove.6B.zip"  # 862 MB, and the only official place
SHA256 = "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb"
SIZE = 50


def glove_file(
    given: str | Path | None = None, *, url: str = URL, sha256: str = SHA256, fetch: bool = False, progress: bool = True
) -> Path:
    """The file of vectors: `given`, `$ZMLIB_DATA/words`, torch's hub cache or, with `fetch`, downloaded into it.

    The download is whole or not at all, checked against its SHA-256, and thrown away but for the one file.

    Raises:
        UserError: `given` is no file; nothing was found; there is no network; or the download was damaged.
    """
    if given is not None:
        path = Path(given).expanduser()
        if not path.is_file():
            raise UserError(f"There is no file {path}: give the path of {NAME}.")
        return path
    cache = Path(torch.hub.get_dir()) / "glove"
    root = os.environ.get("ZMLIB_DATA")
    found = [*(sorted((Path(root) / "words").glob("glove.6B.50d*.txt")) if root else ()), cache / NAME]
    for path in found:
        if path.is_file():
            return path
    if not fetch:
        raise UserError(
            f"{NAME} was not found: put it into words/ of the folder that ZMLIB_DATA names, or fetch it once (862 MB) "
            "with zmlib.signals.glove.glove_file(fetch=True)."
        )
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / "download.zip"
    try:
        torch.hub.download_url_to_file(url, str(archive), hash_prefix=sha256, progress=progress)
        with zipfile.ZipFile(archive) as inside, inside.open(NAME) as stream, atomic(cache / NAME) as beside:
            with beside.open("wb") as file:
                shutil.copyfileobj(stream, file)
    except (URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise UserError(f"{url} could not be fetched ({reason}): give the path of {NAME} instead.") from None
    except (RuntimeError, zipfile.BadZipFile, KeyError) as error:
        raise UserError(f"{url}: the download was damaged ({error}): try again, or give the path of {NAME}.") from None
    finally:
        archive.unlink(missing_ok=True)
    return cache / NAME


def read_vectors(path: Path, words: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """The vectors of a GloVe file, or of some of its words: word -> (D,) float32.

    Words that the file lacks are left out.

    Raises:
        UserError: the file cannot be read, or a line is not a word and as many numbers as the first line has.
    """
    wanted, found, size = None if words is None else set(words), {}, 0
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                word, *numbers = line.rstrip("\n").split(" ")
                size = size or len(numbers)
                if len(numbers) != size or not size:
                    wrong = f"expected a word and {size or SIZE} numbers, found {len(numbers)}"
                    raise UserError(f"{path}, line {number}: {wrong}: give a file of GloVe vectors.")
                if wanted is None or word in wanted:
                    found[word] = np.array(numbers, dtype=np.float32)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}): give a file of GloVe vectors.") from None
    except ValueError:
        raise UserError(f"{path}, line {number}: an entry is not a number: give a file of GloVe vectors.") from None
    return found
