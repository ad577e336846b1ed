"""Run the committed notebooks in place, and keep their results in figures/: what a release does (`make figures`).

`make book` never writes here. Of a second run, what a clock measured and the line below each picture (preset, machine,
seconds) differ, and nothing else: when a cell ran stays out of the notebooks.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
os.environ["ZMLIB_RESULTS"] = str(HERE.parent / "figures")


def run(path: Path) -> None:
    """Execute one notebook in its own folder; it is written only when every cell has succeeded."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, record_timing=False, resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


def main(names: list[str]) -> None:
    """Run the named notebooks, or all of them."""
    for path in [HERE / f"{Path(name).stem}.ipynb" for name in names] or sorted(HERE.glob("*.ipynb")):
        start = time.monotonic()
        print(f"== Running {path.name} in place", flush=True)
        run(path)
        print(f"   {time.monotonic() - start:.0f} s, {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
