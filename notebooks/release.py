"""Run the committed notebooks in place, and keep their results in figures/: what a release does (`make figures`).

Only this writes there; `make book` does not. A second run changes what a clock measured, and the line below each
picture (preset, machine, seconds), and nothing else: the notebooks do not say when a cell ran. Results are kept from
committed code only, so that the commit that a result names has the sources that it names. At the end figures/older.yml
is written anew (see kept.py).

Some chapters need more than the samples that ship: those listed in zmlib/experiments/presets.yml under `kept`. They
are measured on larger data at that preset for figures/, and then run in place on the samples, as every reader's build
runs them. Where the data are not given, their kept results stay as they are. Environment variables name the data:

| variable | what it names | what needs it |
| --- | --- | --- |
| ZMLIB_DATA | the folder of photographs, paintings, weights and pairs.tsv (`zmlib data fetch`) | all of them |
| ZMLIB_RUNS | a folder of runs by `zmlib train --snapshots` | J against training steps |
| ZMLIB_COUNTS | a folder of runs by `zmlib train --pictures` | J against the number of styles |
| ZMLIB_FST | a folder of FST networks for unseen styles | a claim of Figure 6, which counts as not run without it |
| ZMLIB_TAGGED | a folder that holds a folder of held-out photos for each word | Figure 10, the evidence, some curves |
| ZMLIB_TAGGED_TRAIN | the same of photos of training: see chapters/tagged.py | Figure 10's tone curve |
| ZMLIB_BENCH | the bench.json of a whole `make bench` | the tables of the chapter on real time |
| ZMLIB_LARGE | a folder of photos of 8 megapixels or more | the chapter on any size |
| ZMLIB_FAITHFUL | the folder of a run of `zmlib train paper-10 --snapshots` | the chapter on the faithful run |
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import papermill
from kept import Kept, duration, mark, require_clean
from nbclient import NotebookClient

from zmlib.errors import UserError
from zmlib.experiments.presets import measured_on_data

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parent / "figures"
FOLDERS = {  # parameter -> what is meant in ZMLIB_DATA
    "contents": "photos/test",
    "styles": "paintings/test",
    "seen": "paintings/train",
    "photos": "photos/train",
    "validation": "paintings/val",
    "pairs": "pairs.tsv",
}
JUDGE = "vgg16-caffe"
RUNS = {
    "runs": "ZMLIB_RUNS",
    "counts": "ZMLIB_COUNTS",
    "fst": "ZMLIB_FST",
    "tagged": "ZMLIB_TAGGED",
    "tagged_train": "ZMLIB_TAGGED_TRAIN",
    "measured": "ZMLIB_BENCH",
    "training": "ZMLIB_FAITHFUL",
    "large": "ZMLIB_LARGE",
}  # parameter -> the environment variable that gives it
FIRST = ("networks", "fig4")  # whose kept results others read
LARGER: dict[str, dict[str, object]] = {
    **{name: {"contents": "", "styles": ""} for name in ("gan_codes", "gan_editing")},  # faces are drawn
    "blind": {"contents": "", "styles": ""},  # its pictures are shown, so its photos must be the samples
    "fig4": {"ost_photos": 1},  # OST to its plateau, a minute a picture
    "fig10": {"judge": "vgg19-normalised", "contents": ""},  # no network was trained on this judge; photos of noon
}  # chapter -> parameters of the kept run that are no settings of a preset


def run(path: Path, results: Path) -> None:
    """Execute one notebook in its own folder, and write it if every cell succeeds."""
    os.environ["ZMLIB_RESULTS"] = str(results)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)  # the state of an earlier run
    NotebookClient(
        notebook, record_timing=False, iopub_timeout=120, resources={"metadata": {"path": str(HERE)}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


def measure(path: Path, data: Path, executed: Path) -> None:
    """Run a chapter on the larger data, for figures/; executed: where the executed notebook goes, a temporary file."""
    os.environ["ZMLIB_RESULTS"] = str(FIGURES)
    known = papermill.inspect_notebook(path)
    given: dict[str, object] = {name: str(data / folder) for name, folder in FOLDERS.items() if name in known}
    given |= {name: os.environ.get(variable, "") for name, variable in RUNS.items() if name in known}
    given |= {"judge": JUDGE} if "judge" in known else {}
    given |= {"preset": "kept"} | LARGER.get(path.stem, {})
    # A machine that trains at the same time may need longer than papermill's four seconds to hand over a figure.
    papermill.execute_notebook(path, executed, given, cwd=HERE, progress_bar=False, iopub_timeout=120)


def is_measured(name: str) -> bool:
    """Whether a chapter is measured on the data now: it needs them, and all that it needs are given."""
    known = set(papermill.inspect_notebook(HERE / f"{name}.ipynb"))
    needed = {"tagged", "measured", "training", "large"} & known - ({"tagged"} if name == "networks" else set())
    complete = all(os.environ.get(RUNS[one]) for one in needed)
    return name in measured_on_data() and bool(os.environ.get("ZMLIB_DATA")) and complete


def announce(names: list[str]) -> None:
    """Say how long this will take, from what the kept runs took."""
    kept = Kept(FIGURES.parent)
    took = {name: kept.seconds(name) for name in names if is_measured(name) or name not in measured_on_data()}
    unknown = [name for name, seconds in took.items() if seconds is None]
    print(
        f"== {len(names)} notebooks, about {duration(sum(filter(None, took.values())))}, as the kept runs took", end=""
    )
    print(f", and of {', '.join(unknown)} nothing is kept yet" if unknown else "", flush=True)


def renew(name: str) -> None:
    """Measure one chapter for figures/, and run its notebook in place."""
    path, measured = HERE / f"{name}.ipynb", is_measured(name)
    require_clean(FIGURES.parent, [name])  # hours may have passed since main asked
    with tempfile.TemporaryDirectory() as temporary:
        start = time.monotonic()
        if measured:
            print(f"== Measuring {path.name} on the data", flush=True)
            measure(path, Path(os.environ["ZMLIB_DATA"]), Path(temporary) / path.name)
            print(f"   {time.monotonic() - start:.0f} s")
            start = time.monotonic()
        print(f"== Running {path.name} in place", flush=True)
        run(path, Path(temporary) if name in measured_on_data() else FIGURES)
        print(f"   {time.monotonic() - start:.0f} s, {path.stat().st_size / 1e6:.1f} MB")
    require_clean(FIGURES.parent, [name])  # a module that a late cell imports could have been edited on the way


def main(names: list[str]) -> int:
    """Renew the named notebooks, or all of them; 2 where their sources are not committed."""
    chosen = [Path(name).stem for name in names] or sorted(path.stem for path in HERE.glob("*.ipynb"))
    chosen.sort(key=lambda name: name not in FIRST)
    try:
        require_clean(FIGURES.parent, chosen)
        announce(chosen)
        for name in chosen:
            renew(name)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    finally:  # also of what was renewed before another chapter failed
        print(f"== figures/older.yml marks {len(mark(FIGURES.parent))} results as measured on older code")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
