"""`zmlib doctor`: what is installed, what is missing and how to get it, and the time to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table


def doctor(
    device: Annotated[str, typer.Option(help="Where to measure times: auto, cpu, cuda or mps.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    measure: Annotated[bool, typer.Option("--time/--no-time", help="Measure times, some seconds.")] = True,
) -> None:
    """Show what is installed, what is missing and how to get it, and the time to expect.

    [bold]Examples[/bold]

    zmlib doctor

    zmlib doctor --json --no-time
    """
    import json

    from zmlib.cli.checkup import examine

    found = examine(device, measure)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console

    Console().print(table(found))


def table(found: dict[str, Any]) -> Table:
    """What `zmlib.cli.checkup.examine` found, for people."""
    from rich.table import Table
    from rich.text import Text

    out = Table(title=f"zmlib {found['zmlib']}", show_header=False, title_justify="left")
    out.add_column(style="bold", no_wrap=True)
    out.add_column(overflow="fold")

    def row(what: str, text: str, style: str = "") -> None:
        out.add_row(what, Text(text, style=style))  # Text: a path with [brackets] is not markup

    torch = found["torch"]
    cuda = f"CUDA {torch['cuda']}" if torch["cuda"] else "built without CUDA"
    row("python", f"{found['python']} on {found['system']}")
    row("torch", f"{torch['version']}, {cuda}, {torch['threads']} threads")
    for i, device in enumerate(torch["devices"]):
        free = "" if device["free_bytes"] is None else f", {gigabytes(device['free_bytes'])} free"
        auto = " (auto)" if device["device"] in (torch["used_by_auto"], f"{torch['used_by_auto']}:0") else ""
        row("" if i else "devices", f"{device['device']}: {device['name']}, bfloat16 {device['bf16']}{free}{auto}")
    out.add_section()
    for i, network in enumerate(found["loss_networks"]):
        detail = f"found {(network['sha256'] or '')[:12] or network['how']}" if network["found"] else network["how"]
        text = f"{network['name']}: {detail if network['found'] else 'missing; ' + detail}"
        row("" if i else "loss networks", text, "" if network["found"] else "yellow")
    out.add_section()
    for i, weights in enumerate(found["weights"]):
        text = f"{weights['name']}: {weights['bytes'] / 1e6:.1f} MB, sha256 {weights['sha256'][:12]}"
        card = ", ".join(f"{key} {value}" for key, value in weights["card"].items() if short(value))
        shown = weights["error"] or "\n".join(filter(None, (text, card)))
        row("" if i else "weights", shown, "red" if weights["error"] else "")
    if not found["weights"]:
        row("weights", "none ship with this copy: give --model FILE.safetensors, or train some (zmlib train)", "red")
    out.add_section()
    for i, place in enumerate(found["disk"]):
        row("" if i else "disk free", f"{gigabytes(place['free_bytes'])} {place['what']} ({place['folder']})")
    if "time" in found:
        out.add_section()
        for i, line in enumerate(expected(found["time"])):
            row("" if i else "time", line)
    return out


def expected(times: dict[str, Any]) -> list[str]:
    """The times in words."""
    step = times["train_step_expected"]
    load = times["load_average"]
    return [
        f"on {times['device']}, weights: {times['model']}" + (f", load {load:.1f}" if load is not None else ""),
        f"a new style: {times['encode_256']:.2f} s; a picture of 256 px: {times['stylize_256']:.2f} s (measured)",
        f"512 px: about {times['stylize_512_expected']:.1f} s; 1024 px: about {times['stylize_1024_expected']:.1f} s",
        "a training step (4 pictures of 128 px, slim): "
        + (f"about {step:.1f} s in float32" if step is not None else "not measured, slim is missing"),
    ]


def gigabytes(count: int) -> str:
    """Bytes as GB, powers of ten."""
    return f"{count / 1e9:.1f} GB"


def short(value: object) -> bool:
    """Whether an entry of a card fits on a line with others."""
    return isinstance(value, (str, int, float)) and len(str(value)) <= 40
