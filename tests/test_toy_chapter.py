"""A chapter that the book does not know: a notebook, its module beside it, and a line in the table of contents."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml

from zmlib.experiments.paths import chapters

ROOT = Path(__file__).parents[1]
MODULE = '''
"""How dark a style makes a photo."""

from torch import Tensor

from chapters import common


def darker(photo: Tensor, output: Tensor) -> float:
    return float((photo - output).mean())
'''
PARAMETERS = 'preset = "smoke"\nseed = 0\ndevice = "cpu"\ncontents = ""\nstyles = ""'
CELLS = (
    "import zmlib\nfrom chapters import common, toy\nfrom zmlib.experiments import start\n\n"
    'run = start("toy", globals())\nnet = run.used(zmlib.load("styles"), "styles")',
    "photos = common.squares(list(run.photos().values()), run.size)\n"
    "paintings = common.squares(list(run.paintings().values()), run.size)\n"
    "outputs = net.stylize(photos[:1], net.encode(paintings[:1]))",
    'run.keep("toy", None, {"darker": toy.darker(photos[:1], outputs)})',
)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package and the chapters' modules, with the toy beside them."""
    for name in ("zmlib", "notebooks/chapters", "notebooks/claims"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "book").mkdir()
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / "book" / name, tmp_path / "book")
    (tmp_path / "notebooks/chapters/toy.py").write_text(MODULE)
    cells = [nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(text) for text in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "notebooks/toy.ipynb")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("ZMLIB_RESULTS", raising=False)
    return tmp_path


def test_a_notebook_a_module_and_a_line_make_a_chapter(clone: Path) -> None:
    toc = clone / "book/_toc.yml"
    toc.write_text(toc.read_text().replace("      - file: executed/table1\n", "      - file: executed/toy\n", 1))
    assert "executed/toy" in {
        one["file"] for part in yaml.safe_load(toc.read_text())["parts"] for one in part["chapters"]
    }
    assert "toy" in chapters(clone)
    out = clone / "executed.ipynb"
    papermill.execute_notebook(clone / "notebooks/toy.ipynb", out, cwd=clone / "notebooks", progress_bar=False)
    kept = json.loads((clone / "book/results/toy/toy.json").read_text())
    assert -1 < kept["values"]["darker"] < 1
    assert {"notebooks/toy.ipynb", "notebooks/chapters/toy.py", "notebooks/chapters/common.py", "zmlib/tnet.py"} <= set(
        kept["provenance"]["sources"]
    )
