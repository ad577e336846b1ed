"""`zmlib evaluate`: J, its parts and coloured grain over pairs: a table, JSON, and a sheet of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zmlib.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table


def evaluate(
    model: Annotated[str, typer.Option(help="Shipped weights by name, or a .safetensors file.")] = "styles",
    pairs: Annotated[
        Path | None,
        typer.Option(readable=False, help="A table of pairs: lines of photo, tab, style.", show_default=False),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(readable=False, help="A folder of photos, each judged with one style.", show_default=False),
    ] = None,
    styles: Annotated[Path | None, typer.Option(readable=False, help="A folder of styles.", show_default=False)] = None,
    limit: Annotated[
        int | None, typer.Option(help="Judge only this many pairs, the first ones.", show_default="all")
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="A loss network to judge with; repeat it for several. By default vgg16-caffe and vgg19-normalised "
            "where ZMLIB_DATA holds their weights, else slim.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="A known measure beside J: ssim, gatys, retrieval or halo; lpips or artfid with a package of its own. "
            "Repeat it for several.",
            show_default=False,
        ),
    ] = None,
    ost: Annotated[int, typer.Option(help="The number of pairs to optimise, for the OST-equivalent (slow).")] = 0,
    curve: Annotated[
        bool, typer.Option("--curve", help="With --ost: also OST's own J after 1, 5, 10, 20, 50, 100 iterations.")
    ] = False,
    size: Annotated[int, typer.Option(help="Side of the judged pictures in pixels; numbers compare at 256.")] = 256,
    style_size: Annotated[int, typer.Option(help="The size at which a style is read.")] = 256,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", readable=False, help="A folder for results.json and grid.jpg.", show_default=False),
    ] = None,
    rows: Annotated[int, typer.Option(help="Pairs shown in grid.jpg.")] = 8,
    seed: Annotated[int, typer.Option(help="For drawing styles and for the intervals.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Judge a network: J (style and content part), and whether it uses its style at all.

    J is 1 for the untouched photo, and lower is better; its content part should stay under 0.15. J misses coloured
    grain, which is measured beside it: speckle, the output's fine colour over the style's (median at most 1.2, largest
    tenth at most 2), and noise gain, how much the network amplifies noise in flat areas (at most 1.2 in both colours).
    Without --pairs, or --photos and --styles, it takes the pairs in ZMLIB_DATA, or the pictures that ship.

    [bold]Examples[/bold]

    zmlib evaluate --out runs/judged

    zmlib evaluate --model runs/mine/weights.safetensors --photos photos/ --styles paintings/ --ost 4
    """
    if rows < 1:
        raise UserError(f"grid.jpg needs at least one row (--rows), not {rows}.")
    if curve and not ost:
        raise UserError("--curve is the curve of OST: say on how many pairs, for example --ost 4.")
    from rich.console import Console

    from zmlib.atomic import check_folder
    from zmlib.device import choose_device
    from zmlib.evaluate.evaluation import Ost, Settings
    from zmlib.evaluate.evaluation import evaluate as judge_network
    from zmlib.evaluate.grid import grid
    from zmlib.evaluate.judge import Judge, default_judges
    from zmlib.evaluate.metrics import check
    from zmlib.evaluate.ost_equivalent import CURVE
    from zmlib.evaluate.pairs import load_pairs
    from zmlib.evaluate.report import known, report, write_results
    from zmlib.evaluate.speckle import lines
    from zmlib.perceptual import loss_network
    from zmlib.weights import load

    if out is not None:
        check_folder(out, ["results.json", "grid.jpg"])
    check(metric or ())
    chosen = load_pairs(photos, styles, table=pairs, limit=limit, seed=seed)
    judges = [Judge(loss_network(name)) for name in judge] if judge else default_judges()
    net = load(model, device=choose_device(device))
    settings = Settings(size, style_size, seed)
    against = Ost(ost, steps=CURVE if curve else ()) if ost else None
    try:
        found = judge_network(net, chosen, judges=judges, settings=settings, ost=against, known=metric or ())
        if out is not None:
            write_results(found, out / "results.json")
            grid(net, chosen, out / "grid.jpg", judge=judges[0], rows=rows, settings=settings)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt("Stopped; nothing was written.") from stop
    Console().print(table(found))
    for line in lines(found) + known(found):
        typer.echo(line)
    if found["ost"] is not None:
        for line in report(found)[-1 - bool(found["ost"]["curve"]) :]:
            typer.echo(line)
    if out is not None:
        typer.echo(f"{out / 'results.json'} and {out / 'grid.jpg'} are written.")


def table(found: dict[str, Any]) -> Table:
    """A row for each judge: medians over the pairs with their 95 % intervals, and the signal test."""
    from rich.table import Table

    settings = found["settings"]
    out = Table(
        title=f"{settings['pairs']} pairs, {settings['styles']} styles, {settings['size']} px: medians [95 %]",
        title_justify="left",
    )
    headings = ("J", "style part", "content part", "J, another style", "J, mean style", "right beats another")
    for heading in ("", *headings):
        out.add_column(heading)
    for name, judge in found["judges"].items():
        cells = [interval(judge[part], "median") for part in ("value", "style", "content")]
        signal = judge["signal"]
        if signal is None:
            cells += ["(one style only)", "", ""]
        else:
            cells += [interval(signal[other], "median") for other in ("other", "mean")]
            cells.append(interval(signal["right_below_other"], "share"))
        out.add_row(f"{name} ({judge['network']})", *cells)
    return out


def interval(value: dict[str, Any], what: str) -> str:
    """A summary of `zmlib.evaluate` with its interval, which a single pair lacks."""
    low, high, form = value["low"], value["high"], "{:.0%}" if what == "share" else "{:.3f}"
    text = form.format(value[what])
    return text if low is None else f"{text} \\[{form.format(low)}, {form.format(high)}]"
