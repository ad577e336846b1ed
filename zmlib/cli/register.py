"""`zmlib weights add`: for maintainers, a trained file and its hash into the package."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file

from zmlib import weights
from zmlib.atomic import atomic
from zmlib.errors import UserError
from zmlib.zmnet import ZMNet


def add(
    name: Annotated[str, typer.Argument(help="What people will call them.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="What the training wrote: a .safetensors file.", show_default=False)],
    card: Annotated[
        Path | None, typer.Option(help="The model card.", show_default="NAME.md, already in the folder")
    ] = None,
) -> None:
    """Put trained weights and their model card into the package, replacing those of that name; for maintainers."""
    typer.echo(f"{put(name, file, card)} is registered.")


def put(name: str, file: Path, card: Path | None = None) -> Path:
    """Copy weights and card beside the registry and write the hash into it. Returns the new file.

    Where PNet alone was trained, the file that ships holds only PNet and names the weights whose TNet it guides.

    Raises:
        UserError: an impossible name, a PNet for another TNet than the one that ships, no ZM-Net, weights in another
            precision than float16 (statistics float32), no card or one that does not name the recipe, or more than
            60 MiB in all.
    """
    folder = weights.REGISTRY.parent
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise UserError(f'Weights are named in small letters, digits and hyphens, and not "{name}".')
    if not file.is_file():
        raise UserError(f"There is no file {file}: check the name.")
    net = weights.load(file)
    text = _card(card or folder / f"{name}.md", net.card.get("recipe", ""))
    with tempfile.TemporaryDirectory() as place:
        if net.card.get("guides") and not net.card.get("tnet"):
            file = _without_tnet(net, Path(place) / "pnet.safetensors")
        return _register(name, file, text)


def _register(name: str, file: Path, text: str) -> Path:
    if precisions(file) != (True, True):
        raise UserError(f"{file} is not in float16 with statistics in float32: write it by zmlib.save.")
    entries = {key: entry for key, entry in weights.registry().items() if key != name}
    total = file.stat().st_size + sum(entry.file.stat().st_size for entry in entries.values())
    if total > weights.LIMIT:
        raise UserError(
            f"With {file} the weights take {total / 2**20:.1f} MB, and {weights.LIMIT >> 20} is the limit: omit one."
        )
    made = weights.REGISTRY.parent / f"{name}.safetensors"
    entries[name] = weights.Entry(made, weights.digest(file), made.with_suffix(".md"))
    with atomic(entries[name].card) as beside:
        beside.write_text(text, encoding="utf-8")
    with atomic(made) as beside:
        shutil.copyfile(file, beside)
    with atomic(weights.REGISTRY) as beside:
        beside.write_text("\n".join(_line(key, entry) for key, entry in sorted(entries.items())), encoding="utf-8")
    return made


def _without_tnet(net: ZMNet, made: Path) -> Path:
    """A file of PNet alone, whose TNet is that of weights that already ship."""
    name = net.card["guides"]
    try:
        return weights.save(net, made, net.card | {"tnet": name})
    except ValueError as error:
        raise UserError(
            f"these weights guide another TNet than that of the shipped {name}: add the {name} that they were trained "
            "for first"
        ) from error


def precisions(file: Path) -> tuple[bool, bool]:
    """Whether all parameters are float16, and whether all statistics (beyond its range) are float32."""
    types = {name: tensor.dtype for name, tensor in load_file(file).items()}
    statistics = types.keys() & {name for name, _ in weights.load(file).named_buffers()}  # without the constants
    return (
        all(types[name] == torch.float16 for name in types.keys() - statistics),
        all(types[name] == torch.float32 for name in statistics),
    )


def _card(path: Path, recipe: str) -> str:
    if not path.is_file():
        raise UserError(f"There is no model card {path}: write it, or name it with --card.")
    text = path.read_text(encoding="utf-8")
    if not recipe or f"`{recipe}`" not in text:
        raise UserError(f"{path} does not name the recipe that the weights say they are by, `{recipe}`: mention it.")
    return text


def _line(name: str, entry: weights.Entry) -> str:
    return f'[{name}]\nfile = "{entry.file.name}"\nsha256 = "{entry.sha256}"\ncard = "{entry.card.name}"\n'
