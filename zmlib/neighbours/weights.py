"""The neighbours' networks: several of them in one safetensors file, and the registry of those that ship."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.weights import MEND, Entry, digest, registry

ASSETS = (
    "assets/neighbours/registry.toml",
    "assets/neighbours/*.safetensors",
)  # read by zmlib.experiments.dependencies
REGISTRY = Path(__file__).parents[1] / ASSETS[0]
FORMAT = "zmlib-neighbours-1"
KINDS: dict[str, Callable[..., nn.Module]] = {}
Kind = TypeVar("Kind", bound=Callable[..., nn.Module])


class Networks(NamedTuple):
    """Networks out of one file, by name, and its card."""

    nets: dict[str, nn.Module]
    card: dict[str, Any]


def network(kind: str) -> Callable[[Kind], Kind]:
    """Decorator: a class of networks that files may name. Its instances have `config`, the arguments to make them."""

    def note(cls: Kind) -> Kind:
        KINDS[kind] = cls
        cls.kind = kind  # type: ignore[attr-defined]
        return cls

    return note


def save_network(nets: Mapping[str, nn.Module], path: Path, card: dict[str, Any]) -> Path:
    """Write networks whose classes are known by `network`, in float16, with structure and card. It appears whole."""
    plan: dict[str, Any] = {name: [net.kind, net.config] for name, net in nets.items()}
    tensors = {}
    for name, net in nets.items():
        kept = {key for key, _ in net.named_buffers()}  # statistics: beyond float16's range, or whole numbers
        for key, tensor in net.state_dict().items():
            tensor = tensor.detach().cpu()
            tensors[f"{name}.{key}"] = (tensor if key in kept else tensor.half()).contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"format": FORMAT, "networks": json.dumps(plan), "card": json.dumps(card)}
    with atomic(path) as beside:
        save_file(tensors, beside, metadata=header)
    return path


def shipped() -> dict[str, Entry]:
    """The neighbours' networks that ship, by name. UserError: the registry is missing or damaged."""
    return registry(REGISTRY)


def load_networks(name_or_path: str | Path) -> Networks:
    """Networks by the name of a shipped file, or from a file that `save_network` wrote; in evaluation mode.

    Raises:
        UserError: no such name or file, a damaged one, one of another program, or one that is not what shipped.
    """
    entries = shipped()
    entry = entries.get(str(name_or_path))
    path = entry.file if entry else Path(name_or_path)
    if not path.is_file():
        known = ", ".join(entries) or "none"
        hint = MEND if entry else f"give a .safetensors file, or one of the shipped names ({known})"
        raise UserError(f"There are no weights {path}: {hint}.")
    if entry and digest(path) != entry.sha256:
        raise UserError(f'{path} is damaged, or not the weights "{name_or_path}" that ship: {MEND}.')
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (safe_open is no dict)
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} cannot be read as safetensors ({error}): copy or train it again.") from error
    if header.get("format") != FORMAT:
        raise UserError(
            f"{path} holds no networks of a neighbour (format {header.get('format')!r}): name another file."
        )
    try:
        nets = {}
        for name, (kind, config) in json.loads(header["networks"]).items():
            nets[name] = KINDS[kind](**config)
            own = {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
            nets[name].load_state_dict({k: v.float() if v.dtype == torch.float16 else v for k, v in own.items()})
            nets[name].eval().requires_grad_(False)
        return Networks(nets, json.loads(header["card"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{path} does not hold the networks that its own header describes: train it again.") from error
