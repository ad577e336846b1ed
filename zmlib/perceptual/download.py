"""Finding and reading the weights of loss networks.

Weights are looked for in this order: the path that was given, then ``$ZMLIB_DATA/weights``; for torchvision's
VGG-16 also torchvision's own cache and, last, its download. Every failure is a :class:`zmlib.errors.UserError`.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from zmlib.errors import UserError

VGG16_URL = "https://download.pytorch.org/models/vgg16-397923af.pth"


def data_weights() -> Path | None:
    """``$ZMLIB_DATA/weights``, or None where the variable is unset or empty."""
    root = os.environ.get("ZMLIB_DATA")
    return Path(root) / "weights" if root else None


def find(names: Sequence[str], given: Path | None, what: str) -> Path:
    """First of the files ``names`` in ``given`` (a file or a folder), else in ``$ZMLIB_DATA/weights``.

    A given *file* may have any name. UserError: it is missing, or the weights are found nowhere.
    """
    if given is not None:
        given = Path(given)
        if given.is_file():
            return given
        if not given.is_dir():
            raise UserError(f"{given}: no such file or folder; give the path of {what} ({names[0]}).")
    folders = [folder for folder in (given, data_weights()) if folder is not None]
    for folder in folders:
        for name in names:
            if (folder / name).is_file():
                return folder / name
    looked = " and ".join(str(folder) for folder in folders) or "nowhere, since ZMLIB_DATA is not set"
    raise UserError(
        f"{names[0]} ({what}) was not found (looked in {looked}); give its path, or set ZMLIB_DATA to a folder whose "
        "weights/ holds it, or use the loss network 'slim', which ships with the package."
    )


def read(path: Path) -> dict[str, Tensor]:
    """Tensors of a ``.safetensors`` file, or of a ``.pth`` file (``weights_only=True``); float32, on the CPU."""
    try:
        if path.suffix == ".safetensors":
            tensors = load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor.float() for name, tensor in tensors.items()}
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such weights file; give the path of one.") from None
    except (
        SafetensorError,
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        AttributeError,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path}: not a readable weights file ({reason}); delete it and fetch it again.") from None


def pick(tensors: dict[str, Tensor], name: str, shape: Sequence[int], path: Path) -> Tensor:
    """The tensor ``name`` of ``path``, checked against ``shape``; UserError: it is missing or of another shape."""
    if name not in tensors:
        raise UserError(f"{path}: it holds no tensor '{name}', so it is not the weights file that was asked for.")
    if tuple(tensors[name].shape) != tuple(shape):
        raise UserError(f"{path}: '{name}' has shape {tuple(tensors[name].shape)} where {tuple(shape)} is needed.")
    return tensors[name]


def digest(*paths: Path) -> str:
    """SHA-256, in hex, of one file; of several, the SHA-256 of their digests joined."""
    sums = []
    for path in paths:
        with path.open("rb") as stream:
            sums.append(hashlib.file_digest(stream, "sha256").hexdigest())
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def _hub() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def torchvision_cached(url: str = VGG16_URL) -> Path | None:
    """The file of that URL in ``$ZMLIB_DATA/weights`` or torch's hub cache; None where it is in neither."""
    name = url.rsplit("/", 1)[-1]
    places = [folder / name for folder in (data_weights(), _hub()) if folder is not None]
    return next((place for place in places if place.is_file()), None)


def torchvision_file(given: Path | None = None, *, url: str = VGG16_URL, progress: bool = True) -> Path:
    """torchvision's VGG-16: ``given``, else `torchvision_cached`, else downloaded into torch's hub cache.

    The download is complete or absent, and checked against the start of the SHA-256 in its name; no network, or a wrong
    hash, raises UserError. ``url`` is a mirror's, if not torchvision's own.
    """
    name = url.rsplit("/", 1)[-1]
    if given is not None:
        return find([name], given, "torchvision's VGG-16")
    if there := torchvision_cached(url):
        return there
    cache = _hub()
    try:
        torch.hub.load_state_dict_from_url(
            url, map_location="cpu", progress=progress, check_hash=True, weights_only=True
        )
    except (URLError, TimeoutError, ConnectionError) as error:
        raise UserError(
            f"{url} could not be fetched ({getattr(error, 'reason', error)}); put {name} into {cache}, give its path, "
            "or use the loss network 'slim', which ships with the package."
        ) from None
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        (cache / name).unlink(missing_ok=True)  # torch would trust it next time
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{url}: the download was damaged ({reason}); try again, or give the path of {name}.") from None
    return cache / name
