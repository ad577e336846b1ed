"""`make bench`: how fast ZM-Net is on this machine, and the networks that one would otherwise take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zmlib.cli.guard import Guard
from zmlib.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

FILES = ("bench.json", "table.md", "times.png", "roofline.png")


def bench(
    out: Annotated[Path, typer.Option("-o", "--out", readable=False, help="The folder for the four files.")],
    sizes: Annotated[
        str, typer.Option(help="Sides of the pictures in pixels, with commas between.")
    ] = "128,256,512,1024,2048",
    batches: Annotated[
        str, typer.Option(help="Pictures at once, with commas between; several up to 512 px only.")
    ] = "1,8",
    seconds: Annotated[float, typer.Option(help="For each size and batch; at least three rounds are made.")] = 45.0,
    threads: Annotated[int | None, typer.Option(help="Threads to use.", show_default="torch's choice")] = None,
    iterations: Annotated[int, typer.Option(help="Iterations of OST to count; one is measured.")] = 300,
    device: Annotated[str, typer.Option(help="The device: cpu or cuda.")] = "cpu",
    quick: Annotated[bool, typer.Option("--quick", help="Skip the large photos, and repeat less.")] = False,
    compile: Annotated[
        bool, typer.Option("--compile", help="Also time torch.compile, which needs a C++ compiler and takes minutes.")
    ] = False,
) -> None:
    """Time ZM-Net beside Johnson's network, AdaIN, Ghiasi's and OST, in turns, and measure this machine's limits.

    Run nothing else meanwhile. It writes bench.json (everything), table.md, times.png and roofline.png.

    [bold]Examples[/bold]

    make bench OUT=bench

    make bench OUT=bench ARGS="--sizes 256,512 --batches 1 --quick"
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from bench.run import run
    from bench.settings import Settings
    from zmlib.atomic import check_folder

    check_folder(out, FILES)
    given: dict[str, Any] = {"sizes": numbers("--sizes", sizes), "batches": numbers("--batches", batches)}
    given |= {"budget_seconds": seconds, "threads": threads, "device": device, "quick": quick}
    given |= {"iterations": iterations, "compile": compile}
    plan = Settings(**given).plan()
    typer.echo(f"This takes about {max(1, round(sum(plan.values()) / 60))} minutes on two cores.")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        names = [*plan, "writing"]
        task = progress.add_task(names[0], total=sum(plan.values()))

        def watch(stage: str, rows: list[dict[str, Any]]) -> None:
            if rows:
                progress.console.print(times(stage, rows))
            progress.update(task, advance=plan[stage], description=names[names.index(stage) + 1])

        result = run(**given, watch=watch)
    write(out, result)
    Console().print(verdicts(result))
    for name in FILES:
        typer.echo(f"{out / name}")


def numbers(option: str, text: str) -> list[int]:
    """The whole numbers in "128,256".

    Raises:
        UserError: something else is among them; the message names the option.
    """
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise UserError(f"{option} takes whole numbers separated by commas, not {text!r}.") from None


def write(out: Path, result: dict[str, Any]) -> None:
    """Write the four files: all of them or none."""
    import json
    from contextlib import ExitStack

    from bench import plots, report
    from zmlib.atomic import atomic

    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        data, table, times, roofline = (stack.enter_context(atomic(out / name)) for name in FILES)
        data.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        table.write_text(report.document(result), encoding="utf-8")
        plots.times(result).savefig(times, format="png", dpi=130)
        plots.roofline(result).savefig(roofline, format="png", dpi=130)


def times(stage: str, rows: list[dict[str, Any]]) -> Table:
    """What a stage measured, for the screen."""
    from rich.table import Table

    table = Table("method", "style", "type", "ms per picture", "quartiles", "rounds", title=stage)
    for row in rows:
        scale = 1000 / row["batch"]
        spread = f"{scale * row['low']:.3g} to {scale * row['high']:.3g}"
        table.add_row(row["method"], row["style"], row["precision"], f"{row['ms']:.3g}", spread, f"{row['rounds']}")
    return table


def verdicts(result: dict[str, Any]) -> Table:
    """The targets, for the screen."""
    from rich.table import Table

    table = Table("target", "wanted", "measured", "", title="targets")
    for row in result["targets"]:
        measured = "" if row["measured"] is None else f"{row['measured']:,.4g} {row['unit']}"
        verdict = {True: "met", False: "not met", None: "not measured"}[row["met"]]
        table.add_row(row["what"], f"{row['wanted']} {row['unit']}", measured, verdict)
    return table


app = typer.Typer(cls=Guard, add_completion=False, pretty_exceptions_enable=False)
app.command()(bench)
app.callback()(lambda: None)  # with one command and no callback typer would not use the Guard

if __name__ == "__main__":
    app(["bench", *sys.argv[1:]], prog_name="python -m")
