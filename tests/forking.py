"""Runs notebooks at preset smoke, each in a process of its own that is forked from this one: the imports are paid once.

A line "CHAPTER FOLDER" of the standard input asks for a run. When its results are in the folder, a line of the standard
output says so: JSON, the folder and an empty text, or the traceback of the cell that failed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
IMPORTED = (
    "IPython.core.interactiveshell",
    "matplotlib.pyplot",
    "scipy.stats",
    "skimage.transform",
    "sklearn.datasets",
    "zmlib.evaluate.judge",
    "zmlib.experiments",
    "zmlib.stylize",
)


def main() -> None:
    sys.path.insert(0, str(NOTEBOOKS))  # as in a kernel, which is started there
    os.chdir(NOTEBOOKS)
    for module in IMPORTED:
        importlib.import_module(module)
    for line in sys.stdin:
        chapter, _, folder = line.strip().partition(" ")
        print(json.dumps([folder, forked(chapter, folder)]), flush=True)


def forked(chapter: str, folder: str) -> str:
    """Run a chapter in a child; what went wrong there, or an empty text."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what the cells show
        try:
            run(chapter, folder)
        except BaseException:
            os.write(there, traceback.format_exc().encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here, encoding="utf-8") as said:
        error = said.read()
    status = os.waitpid(child, 0)[1]
    return error or (f"the process ended with status {status}" if status else "")


def run(chapter: str, folder: str) -> None:
    """All cells in this process, as papermill runs them."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    os.environ["ZMLIB_RESULTS"] = folder
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.showtraceback = lambda *_, **__: None
    for cell in json.loads((NOTEBOOKS / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()
            if "parameters" in cell["metadata"].get("tags", ()):
                shell.user_ns.update(preset="smoke", device="cpu")


if __name__ == "__main__":
    main()
