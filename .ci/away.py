"""Trainings on a borrowed machine that has a GPU and no network, and is lent for minutes.

    python .ci/away.py pack runs/pack photos=my-photos paintings=my-paintings                            (here)
    python .ci/away.py run runs/pack parts --minutes 8 many:styles:paintings: ten:styles-10:paintings:   (there)
    python .ci/away.py join parts runs/away                                                              (here)

`pack` makes small copies of the pictures, `run` trains several networks at once until the time is up and leaves their
states in parts of a size that travels, `join` puts the parts together again. A later `run` there resumes from these
states; on another kind of device `zmlib train --start` continues from their weights, or from those of the last
snapshot.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # where the package is not installed

from zmlib.atomic import atomic
from zmlib.data.check import usable
from zmlib.data.folders import at_most, list_images
from zmlib.data.images import open_image, resize_short, save_image
from zmlib.errors import UserError
from zmlib.train.state import LOSSES, RESUME, WEIGHTS
from zmlib.weights import SNAPSHOTS

app = typer.Typer(add_completion=False, no_args_is_help=True)
KEPT = (RESUME, WEIGHTS, LOSSES)
PART = 15 << 20  # bytes


@app.command()
def pack(
    out: Path, pictures: Annotated[list[str], typer.Argument(help="NAME=FOLDER")], size: int = 288, most: int = 2000
) -> None:
    """Copy each FOLDER to OUT/NAME as JPEGs of short side `size`, at most `most` of them, evenly spread."""
    for word in pictures:
        name, _, folder = word.partition("=")
        files = usable(list_images(folder)).good
        for number, path in enumerate(track(at_most(files, most), f"packing {name}")):
            image = open_image(path)
            (out / name).mkdir(parents=True, exist_ok=True)
            small = resize_short(image, size) if min(image.size) > size else image
            save_image(small, out / name / f"{number:05d}.jpg", quality=85)
    total = sum(path.stat().st_size for path in out.rglob("*.jpg"))
    typer.echo(f"{out} holds {total / 2**20:.1f} MiB.")


@app.command()
def run(
    pictures: Path,
    out: Path,
    jobs: Annotated[list[str], typer.Argument(help="NAME:RECIPE:FOLDERS:OPTIONS, e.g. ten:styles-10:paintings:")],
    minutes: Annotated[float, typer.Option(help="When all are told to save and stop.")] = 8.0,
    work: Annotated[Path, typer.Option(help="A folder for the runs; those in it resume.")] = Path("runs/away"),
    threads: Annotated[int, typer.Option(help="Processor threads for each.")] = 2,
) -> None:
    """Train all jobs at once on the packed pictures, for some minutes, and leave their states in OUT, in parts.

    FOLDERS are names of packed folders joined by +; OPTIONS are words for `zmlib train`, separated by spaces.
    """
    end, started = time.monotonic() + 60 * minutes, {}
    for job in jobs:
        name, recipe, folders, options = job.split(":", 3)
        command = [sys.executable, "-m", "zmlib", "train", recipe, "--photos", str(pictures / "photos")]
        command += [word for folder in folders.split("+") for word in ("--styles", str(pictures / folder))]
        command += ["--out", str(work / name), "--snapshots", "10", *options.split()]
        work.mkdir(parents=True, exist_ok=True)
        log = (work / f"{name}.log").open("ab")
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)}
        started[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    while time.monotonic() < end and any(process.poll() is None for process in started.values()):
        time.sleep(0.5)
    for process in started.values():
        process.terminate()  # each saves the state of that step
    for name, process in started.items():
        process.wait()
        typer.echo(f"{name}: {(work / f'{name}.log').read_text(errors='replace').strip().splitlines()[-1:]}")
    split(work, out)


def split(work: Path, out: Path, size: int = PART) -> int:
    """One archive of the runs in `work`, in parts of `size` bytes in `out`; returns the number of parts."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("part-*"):
        old.unlink()
    archive = out / "runs.tar"
    with tarfile.open(archive, "w") as tar:
        for run_folder in sorted(path for path in work.iterdir() if path.is_dir()):
            reached = sorted((run_folder / SNAPSHOTS).glob("*.safetensors"))[-1:]
            for path in [*(run_folder / name for name in KEPT), *reached]:
                if path.exists():
                    tar.add(path, path.relative_to(work))
        for path in sorted(work.glob("*.log")):
            tar.add(path, path.name)
    with archive.open("rb") as file:
        for number in range(-(-archive.stat().st_size // size)):
            (out / f"part-{number:03d}").write_bytes(file.read(size))
    archive.unlink()
    return number + 1


@app.command()
def join(parts: Path, out: Path) -> None:
    """Unpack the parts in PARTS into OUT, over older files of the same names."""
    files = sorted(parts.glob("part-*"))
    if not files:
        raise typer.BadParameter(f"{parts} holds no part-000")
    out.mkdir(parents=True, exist_ok=True)
    with atomic(out / "runs.tar") as beside:
        with beside.open("wb") as file:
            for part in files:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, file)
        with tarfile.open(beside) as tar:
            tar.extractall(out, filter="data")
    (out / "runs.tar").unlink()
    typer.echo(f"{out} holds {', '.join(sorted(path.name for path in out.iterdir() if path.is_dir()))}.")


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        sys.exit(f"zmlib: {error}")
