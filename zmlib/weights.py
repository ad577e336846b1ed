"""Weights: saved to and loaded from one safetensors file, and the registry of those that ship.

The registry (`zmlib/assets/weights/registry.toml`) has name, file, SHA-256 and model card of each. A shipped file is
read only after its hash is found right. A maintainer adds one with `zmlib weights add`.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet

FORMAT = "zmlib-1"
ASSETS = ("assets/weights/registry.toml", "assets/weights/*.safetensors")  # read by zmlib.experiments.dependencies
REGISTRY = Path(__file__).parent / ASSETS[0]
LIMIT = 60 << 20  # bytes of all weights together, in git
SNAPSHOTS = "steps"  # the folder, in that of a training, of the weights along its way
MEND = "install the package again"


@dataclass(frozen=True)
class Entry:
    """Weights that ship: their file, the SHA-256 of it in hex, and their model card, a text for people."""

    file: Path
    sha256: str
    card: Path


def registry(path: Path | None = None) -> dict[str, Entry]:
    """The registry by name, in its order. Files are named relative to it. UserError: it is missing or damaged."""
    path = path or REGISTRY
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            name: Entry(path.parent / row["file"], str(row["sha256"]), path.parent / row["card"])
            for name, row in table.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}, which lists the weights that ship, cannot be read ({error}): {MEND}.") from error


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(path: Path) -> None:
    """UserError where a file that ships is missing or not what it was. A file of the user's own has no hash."""
    for name, entry in registry().items():
        if entry.file == path:
            if not path.is_file():
                raise UserError(f'{path}, the file of the weights "{name}", is not there: {MEND}.')
            if digest(path) != entry.sha256:
                raise UserError(f'{path} is damaged, or not the weights "{name}" that ship: {MEND}.')


def weights_hash(model: nn.Module) -> str:
    """SHA-256, in hex, over the names, types and bytes of all weights."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        tensor = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def available() -> dict[str, Path]:
    """Names and files of the weights that ship with the package.

    Example:
        >>> import zmlib
        >>> zmlib.available()["styles"].name
        'styles.safetensors'
    """
    return {name: entry.file for name, entry in registry().items()}


def save(model: ZMNet, path: str | Path, card: dict[str, Any], dtype: torch.dtype = torch.float16) -> Path:
    """Write the weights as safetensors (float16 unless told otherwise) with structure and card inside.

    Where the card names shipped weights as "tnet", TNet is theirs, and the file holds the source alone. The file
    appears whole.

    Raises:
        ValueError: the card names weights with another TNet.

    Example:
        >>> import zmlib
        >>> net = zmlib.ZMNet(zmlib.TNetConfig(width=(4, 6, 8), blocks=1)).eval()
        >>> file = zmlib.save(net, "small.safetensors", {"recipe": "none: random weights"})
        >>> zmlib.load(file).card["recipe"]
        'none: random weights'
    """
    path = Path(path)
    header = {
        "format": FORMAT,
        "config": json.dumps(model.config.as_dict()),
        "source": model.kind,
        "options": json.dumps(model.options),
        "card": json.dumps(card),
    }
    statistics = {name for name, _ in model.named_buffers()}  # squares among them: beyond float16's range
    tensors = {
        name: tensor.detach().to("cpu", torch.float32 if name in statistics else dtype).contiguous()
        for name, tensor in model.state_dict().items()
    }
    if card.get("tnet"):
        for name, tensor in _shared(card["tnet"]).items():
            if name not in tensors or not torch.equal(tensors.pop(name).float(), tensor.to(dtype).float()):
                raise ValueError(f"{name} is not that of {card['tnet']}, whose TNet the card names")
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as beside:
        save_file(tensors, beside, metadata=header)
    return path


def load(name_or_path: str | Path = "styles", device: str | torch.device = "cpu") -> ZMNet:
    """A trained ZM-Net, by the name of shipped weights or from a .safetensors file that `save` wrote.

    Raises:
        UserError: no such name or file, another format (pickled .pt files are refused: they can run code), a damaged
            file, or one under a shipped name whose SHA-256 is not the registry's.

    Example:
        >>> import zmlib
        >>> net = zmlib.load("styles")
        >>> net.kind, net.wants
        ('serial-image', 'pictures, (N, 3, h, w) in [0, 1]')
        >>> sum(weight.numel() for weight in net.parameters())
        4109347
    """
    path, header, tensors = _read(name_or_path)
    try:
        model = ZMNet(TNetConfig(**json.loads(header["config"])), header["source"], **json.loads(header["options"]))
        model.card = json.loads(header["card"])
        if model.card.get("tnet"):
            tensors |= _shared(model.card["tnet"])
        model.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{path} does not hold the network that its own header describes; export it again") from error
    return model.to(device).eval().requires_grad_(False)


def _read(name_or_path: str | Path) -> tuple[Path, dict[str, str], dict[str, Tensor]]:
    """The file that `load` means, its header and its tensors in float32; UserErrors as there."""
    shipped = available()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    check(path)
    if not path.is_file():
        known = ", ".join(shipped) or "none"
        raise UserError(
            f"no weights named {name_or_path!s}: give a .safetensors file, or one of the shipped names ({known})"
        )
    if path.suffix != ".safetensors":
        raise UserError(
            f"{path} is not a .safetensors file, and no other format is loaded: pickled weights can run code"
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 (safe_open is no dict)
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"{path} cannot be read as safetensors ({error}); it may be damaged: copy or export it again"
        ) from error
    if header.get("format") != FORMAT:
        raise UserError(
            f"{path} holds no ZM-Net of this program (format {header.get('format')!r}, wanted {FORMAT!r}); "
            "export it with zmlib.save"
        )
    return path, header, tensors


def _shared(name: str) -> dict[str, Tensor]:
    """TNet's weights out of shipped ones, by their names in the whole network."""
    return {key: tensor for key, tensor in _read(name)[2].items() if key.startswith("tnet.")}
