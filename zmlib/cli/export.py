"""`zmlib export onnx`: a network as two files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

export = typer.Typer(no_args_is_help=True, help="Write a network in a form that other programs run.")


@export.callback()
def _export() -> None:
    """With a callback, typer keeps `onnx` a subcommand although it is the only one."""


@export.command()
def onnx(
    out: Annotated[Path, typer.Option("-o", "--out", readable=False, help="A folder for the two files.")],
    model: Annotated[str, typer.Option(help="Shipped weights, or a .safetensors file.")] = "styles",
    float16: Annotated[
        bool, typer.Option("--float16", help="Store the weights in half the bytes; computation stays in float32.")
    ] = False,
) -> None:
    """Write tnet.onnx and pnet.onnx, for pictures of any size from 32 pixels up.

    It takes half a minute and needs onnx and onnxscript: pip install "zmlib\\[onnx]". If onnxruntime is installed, the
    files paint two photos, and are kept only if torch paints the same.

    [bold]Examples[/bold]

    zmlib export onnx --model styles --out exported

    zmlib export onnx --model runs/mine/weights.safetensors --out exported --float16
    """
    from zmlib.atomic import check_folder
    from zmlib.export import FILES, PARTS, write_onnx
    from zmlib.weights import load

    check_folder(out, FILES)
    found = write_onnx(load(model), out, float16)
    for part in PARTS:
        file = out / f"{part}.onnx"
        typer.echo(f"{file}  {file.stat().st_size / 1e6:.2f} MB")
    if found is None:
        typer.echo("Not checked against torch: onnxruntime is not installed.")
    else:
        typer.echo(f"largest difference from torch {found:.1e} of 1 (two photos, two sizes)")
