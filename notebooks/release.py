"""Run the committed notebooks in place, and keep their results in figures/: what a release does (`make figures`).

Only this writes there; `make book` does not. A second run changes what a clock measured, and the line below each
picture (preset, machine, seconds), and nothing else: the notebooks do not say when a cell ran.

Some chapters need more than the samples that ship. These are measured on larger data for figures/, and then run in
place on the samples, as every reader's build runs them. Where the data are not given, their kept results stay as they
are. Environment variables name the data:

| variable | what it names | what needs it |
| --- | --- | --- |
| ZMLIB_DATA | the folder of photographs, paintings and weights | chapters that compare seen with unseen styles |
| ZMLIB_RUNS | a folder of runs by `zmlib train --snapshots` | J against training steps |
| ZMLIB_COUNTS | a folder of runs by `zmlib train --pictures` | J against the number of styles |
| ZMLIB_FST | a folder of FST networks for unseen styles | a claim of Figure 6, which counts as not run without it |
| ZMLIB_TAGGED | a folder that holds a folder of held-out photos for each word | Figure 10 |
| ZMLIB_BENCH | the bench.json of a whole `make bench` | the tables of the chapter on real time |
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import papermill
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parent / "figures"
FOLDERS = {  # parameter -> folder in ZMLIB_DATA
    "contents": "photos/test",
    "styles": "paintings/test",
    "seen": "paintings/train",
    "photos": "photos/train",
    "validation": "paintings/val",
}
JUDGE = "vgg16-caffe"
RUNS = {
    "runs": "ZMLIB_RUNS",
    "counts": "ZMLIB_COUNTS",
    "fst": "ZMLIB_FST",
    "tagged": "ZMLIB_TAGGED",
    "measured": "ZMLIB_BENCH",
}  # parameter -> the environment variable that gives it
LARGER: dict[str, dict[str, object]] = {
    "fig8": {"iterations": 200, "seeds": 3},
    "fig9": {"seeds": 3},
    "fig10": {"judge": "vgg19-normalised", "contents": ""},  # no network was trained on this judge; photos of noon
}  # chapter -> more parameters of the kept run


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
    given = {name: str(data / folder) for name, folder in FOLDERS.items() if name in known}
    given |= {name: os.environ.get(variable, "") for name, variable in RUNS.items() if name in known}
    given |= {"judge": JUDGE} if "judge" in known else {}
    given |= LARGER.get(path.stem, {})
    # A machine that trains at the same time may need longer than papermill's four seconds to hand over a figure.
    papermill.execute_notebook(path, executed, given, cwd=HERE, progress_bar=False, iopub_timeout=120)


def main(names: list[str]) -> None:
    """Run the named notebooks, or all of them."""
    data = os.environ.get("ZMLIB_DATA")
    for path in [HERE / f"{Path(name).stem}.ipynb" for name in names] or sorted(HERE.glob("*.ipynb")):
        known = set(papermill.inspect_notebook(path))
        compares = bool({"seen", "counts", "tagged", "measured"} & known)
        complete = all(os.environ.get(RUNS[name]) for name in ("tagged", "measured") if name in known)
        with tempfile.TemporaryDirectory() as temporary:
            start = time.monotonic()
            if compares and data and complete:
                print(f"== Measuring {path.name} on the data", flush=True)
                measure(path, Path(data), Path(temporary) / path.name)
                print(f"   {time.monotonic() - start:.0f} s")
                start = time.monotonic()
            print(f"== Running {path.name} in place", flush=True)
            run(path, Path(temporary) if compares else FIGURES)
            print(f"   {time.monotonic() - start:.0f} s, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
