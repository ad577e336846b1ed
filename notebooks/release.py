"""Run the committed notebooks in place, and keep their results in figures/: what a release does (`make figures`).

`make book` never writes here. Of a second run, what a clock measured and the line below each picture (preset, machine,
seconds) differ, and nothing else: when a cell ran stays out of the notebooks.

A chapter with a parameter `seen` compares with styles that the networks were trained on. Where ZMLIB_DATA names the
folder of data, it is measured on that for figures/, and then run in place as every reader's build runs it, on the
samples. Without the data its kept results stay as they are. ZMLIB_RUNS names a folder of runs by `zmlib train
--snapshots`, for the chapter that has curves against steps, and ZMLIB_COUNTS one of runs by `zmlib train --pictures`,
for J against the number of styles; without them the kept curves stay. ZMLIB_FST names a folder of FST networks for
unseen styles, without which the claim that needs them counts as not run. ZMLIB_TAGGED names a folder with a folder of
held-out photos for each word of Figure 10; without it its kept results stay as they are. ZMLIB_BENCH names the
bench.json of a whole `make bench`, for the tables of the chapter on real time; the same holds.
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
}  # parameter -> the variable that names the folder
LARGER: dict[str, dict[str, object]] = {
    "fig8": {"iterations": 200, "seeds": 3},
    "fig9": {"seeds": 3},
    "fig10": {"judge": "vgg19-normalised", "contents": ""},  # not trained on it; the photos are those of noon
}  # chapter -> of the kept run, beyond those


def run(path: Path, results: Path) -> None:
    """Execute one notebook in its own folder; it is written only when every cell has succeeded."""
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
    """Run a chapter on the data, for figures/; the executed notebook goes to a file that nobody keeps."""
    os.environ["ZMLIB_RESULTS"] = str(FIGURES)
    known = papermill.inspect_notebook(path)
    given = {name: str(data / folder) for name, folder in FOLDERS.items() if name in known}
    given |= {name: os.environ.get(variable, "") for name, variable in RUNS.items() if name in known}
    given |= {"judge": JUDGE} if "judge" in known else {}
    given |= LARGER.get(path.stem, {})
    # A machine that trains beside it may take longer than papermill's four seconds to hand over a figure.
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
