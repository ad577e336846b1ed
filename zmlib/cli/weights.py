"""`zmlib weights`: train every network that ships, by the graph in weights.smk, and write their model cards."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zmlib.cli import register
from zmlib.cli.options import ChangedPictures, Device, Exclude, Strict, check_folders, folder, recipes_own
from zmlib.errors import UserError, at_least

if TYPE_CHECKING:
    from rich.table import Table

    from zmlib.train.jobs import Jobs
    from zmlib.train.settings import GraphSettings

weights = typer.Typer(no_args_is_help=True, help="Train every network that ships, and describe what came out.")
weights.command()(register.add)
NICE = 15
SAVING = 60.0  # seconds that trainings have to save their states
SETTINGS = "settings.json"  # in the folder of the runs
ONLY = 'Networks by name; "extras": those of single figures, which zmlib/train/jobs.yml lists with their groups.'


@weights.command()
def train(
    photos: Annotated[Path, folder("A folder of photos, or one that holds train/.")],
    paintings: Annotated[Path, folder("A folder of paintings; the same.")],
    runs: Annotated[Path, folder("A folder for the results; nothing else is touched.")],
    only: Annotated[list[str] | None, typer.Argument(help=ONLY, show_default="all that ship")] = None,
    length: Annotated[str, typer.Option(help="evening, or long: days.")] = "evening",
    tagged: Annotated[Path | None, folder("A folder of photos for each word.", "no networks of words")] = None,
    jobs: Annotated[int, typer.Option(help="Trainings at a time.")] = 2,
    threads: Annotated[int, typer.Option(help="Processor threads for each.")] = 1,
    memory: Annotated[float, typer.Option(help="Gigabytes of measured crops that each keeps.")] = 3.0,
    loss: Annotated[
        str | None, recipes_own("As for zmlib train; auto is the best that this machine has.", "--loss-network")
    ] = None,
    exclude: Exclude = None,
    shards: Annotated[int, typer.Option(help="Parts of the style set that may be derived at the same time.")] = 1,
    device: Device = "auto",
    save_every: Annotated[float, typer.Option(help="Seconds between two saves of a training's state.")] = 180.0,
    judge: Annotated[bool, typer.Option(help="Measure each network before its card is written.")] = True,
    table: Annotated[Path | None, folder("A table of trainings instead of zmlib/train/jobs.yml.")] = None,
    strict: Strict = False,
    changed_pictures: ChangedPictures = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show each training, its steps and hours.")] = False,
) -> None:
    """Train every network that ships, from a folder of photos and a folder of paintings.

    A style set is derived, then each network is trained, judged and described in card.md. Interrupt at any time, or
    switch the machine off; run the command again to resume. On two cores an evening is five hours, and long 28.

    [bold]Examples[/bold]

    zmlib weights train --photos coco/ --paintings wikiart/ --runs runs --dry-run

    zmlib weights train styles --photos coco/ --paintings wikiart/ --runs runs --loss-network vgg16
    """
    from rich.console import Console

    from zmlib.device import choose_device
    from zmlib.experiments.paths import find_root
    from zmlib.perceptual import NAMES, best_available, loss_network
    from zmlib.perceptual.registry import AUTO
    from zmlib.train.jobs import TABLE, load_jobs
    from zmlib.train.settings import GraphSettings

    root = find_root()
    if root is None or not (root / "weights.smk").is_file():
        raise UserError("zmlib weights train runs in a clone of the project: change to its folder.")
    if find_spec("snakemake") is None:
        raise UserError('The graph needs more packages than zmlib itself: install them with pip install -e ".[book]".')
    check_folders(photos, paintings, *([tagged] if tagged else []))
    at_least(1, jobs=jobs)
    if runs.exists() and not runs.is_dir():
        raise UserError(f"{runs} is a file, and --runs wants a folder: name another.")
    if loss == AUTO:
        loss = best_available()
        typer.echo(f"loss network: {loss}, the best that this machine has", err=True)
    if loss is not None and loss not in NAMES:
        raise UserError(f'There is no loss network "{loss}": take one of {", ".join(NAMES)}.')
    settings = GraphSettings(
        photos=photos.resolve(),
        paintings=paintings.resolve(),
        length=length,
        tagged=tagged.resolve() if tagged else None,
        only=tuple(only or ()),
        table=table.resolve() if table else None,
        loss_network=loss,
        exclude=tuple(exclude or ()),
        shards=shards,
        threads=threads,
        memory=memory,
        save_every=save_every,
        device=device,
        judge=judge,
        strict=strict,
        changed_pictures=changed_pictures,
    )
    choose_device(device)
    found = load_jobs(length, tagged=tagged is not None, only=only, path=table or TABLE)
    Console().print(overview(found, runs))
    if dry_run:
        return
    for name in {job.plan.loss_network for job in found.jobs.values()} if loss is None else {loss}:
        loss_network(name)  # to say now, and not after hours, that its weights are missing
    keep_settings(runs, settings)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "weights.smk"), "--directory", str(runs)]
    # The files' dates alone: an edit of the graph is no reason to train for days.
    command += ["--cores", str(jobs * threads), "--rerun-incomplete", "--nolock", "--keep-going"]
    command += ["--rerun-triggers", "mtime", "--quiet", "host", "--configfile", str((runs / SETTINGS).resolve())]
    if gently := shutil.which("nice"):  # trainings give way to whatever else the machine is used for
        command = [gently, "-n", str(NICE), *command]
    try:
        code = run_until_told(command)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"Stopped; the same command resumes from the states saved in {runs}.") from stop
    if code:
        raise typer.Exit(1)
    typer.echo(f"All weights and their cards are in {runs}.")


def keep_settings(runs: Path, settings: GraphSettings) -> None:
    """Write the settings into the folder of the runs, where Snakemake reads them.

    Raises:
        UserError: the folder holds runs of the other length.
    """
    from zmlib.atomic import atomic

    kept = runs / SETTINGS
    with suppress(OSError, ValueError, AttributeError):
        before = json.loads(kept.read_text(encoding="utf-8")).get("length")
        if before is not None and before != settings.length:
            raise UserError(f"{runs} holds runs of the length {before}: name another folder for {settings.length}.")
    runs.mkdir(parents=True, exist_ok=True)
    with atomic(kept) as beside:
        beside.write_text(json.dumps(settings.config(), indent=1), encoding="utf-8")


def run_until_told(command: list[str]) -> int:
    """Run a program to its end and return its exit code. SIGTERM and Ctrl-C are passed on to all that it has started.

    Raises:
        KeyboardInterrupt: the program was told to stop, and has ended.
    """
    import psutil  # type: ignore[import-untyped]

    from zmlib.train.stopping import until_told_to_stop

    process = subprocess.Popen(command)
    with until_told_to_stop() as told:
        while process.poll() is None and not told:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        if not told:
            return process.returncode
        below = psutil.Process().children(recursive=True)
        for one in below:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        process.wait()
        psutil.wait_procs(below, timeout=SAVING)  # they may still have to save
    raise KeyboardInterrupt


@weights.command()
def card(
    file: Annotated[Path, typer.Argument(help="Weights that zmlib train wrote.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", readable=False, help="The file for the card.", show_default="stdout")
    ] = None,
    judge: Annotated[bool, typer.Option("--judge", help="Measure it first, as zmlib evaluate does.")] = False,
) -> None:
    """Write a model card: what the file says about its training, and what can be measured.

    [bold]Example[/bold]

    zmlib weights card runs/mine/weights.safetensors --judge --out runs/mine/card.md
    """
    from zmlib.atomic import atomic, check_folder
    from zmlib.evaluate.evaluation import evaluate
    from zmlib.evaluate.pairs import load_pairs
    from zmlib.evaluate.report import describe_weights
    from zmlib.weights import load

    if not file.is_file():
        raise UserError(f"There is no file {file}: check the name.")
    if out is not None:
        check_folder(out.parent, [out.name])
    net = load(file)
    found = evaluate(net, load_pairs(), progress=False) if judge and net.reading.is_picture else None
    text = describe_weights(file, net.card, found)
    if out is None:
        typer.echo(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic(out) as beside:
        beside.write_text(text, encoding="utf-8")
    typer.echo(f"{out} is written.")


def overview(jobs: Jobs, runs: Path) -> Table:
    """What is to be done, in order of priority: each training with its steps and the hours that remain."""
    from rich.table import Table

    from zmlib.train.jobs import WEIGHTS, hours_left, steps_done

    out = Table("what", "after", "steps", "done", "hours left (one core)")
    wanted = {word for job in jobs.jobs.values() for word in job.needs(frozenset(jobs.jobs))}
    total = 0.0
    for word in [word for word in jobs.pictures if word in wanted]:
        count = sum(1 for _ in (runs / word).rglob("*.jpg"))
        left = jobs.hours[word] * max(0.0, 1 - count / jobs.pictures[word])
        total += left
        out.add_row(word, "", f"{jobs.pictures[word]:,} pictures", f"{count:,}", f"{left:.1f}")
    for job in sorted(jobs.jobs.values(), key=lambda job: -job.priority):
        own, left = runs / job.name, hours_left(runs / job.name, job)
        total += left
        steps = " + ".join(f"{phase.steps:,} of {phase.batch} x {phase.size} px" for phase in job.plan.phases)
        done = "all" if (own / WEIGHTS).exists() else f"{steps_done(own):,}"
        out.add_row(job.name, ", ".join(job.needs(frozenset(jobs.jobs))), steps, done, f"{left:.1f}")
    out.add_section()
    out.add_row("together", "", "", "", f"{total:.1f}")
    return out
