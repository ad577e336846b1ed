"""The parts of a notebook file that were written, as against those that running it makes."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from zmlib.errors import UserError

# Cell magics whose cell is Python; below any other (%%bash, %%html) is another language.
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")
_WRITTEN = ("tags", "mystnb")  # of a cell's metadata: what papermill and the pages read


def read_cells(file: Path) -> list[ast.Module]:
    """The code cells, parsed; IPython's own lines (`%magic`, `!command`, `name?`) are left out.

    Raises:
        UserError: no notebook, or a cell that is no Python.
    """
    return [
        _parse("".join(cell["source"]), f"Code cell {number} of {file}")
        for number, cell in enumerate((cell for cell in _cells(file) if cell["cell_type"] == "code"), 1)
    ]


def text_of(file: Path) -> str:
    """Everything in a notebook that a person wrote: type, source, tags and captions of each cell. No outputs.

    Raises:
        UserError: no notebook.
    """
    written = [
        [
            cell["cell_type"],
            "".join(cell["source"]),
            {key: cell["metadata"][key] for key in _WRITTEN if key in cell.get("metadata", {})},
        ]
        for cell in _cells(file)
    ]
    return json.dumps(written, sort_keys=True)


def _cells(file: Path) -> list[dict[str, Any]]:
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] and "source" in cell]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} cannot be read as a notebook ({type(error).__name__}): mend it first.") from None


def _parse(source: str, where: str) -> ast.Module:
    if source.startswith("%%") and not source.startswith(_PYTHON_CELLS):
        return ast.Module([], [])
    try:
        return ast.parse(source)
    except SyntaxError:  # only then: a line of an expression may begin with % as well
        plain = re.sub(r"^(\s*)(?:[%!?].*|.*\?|[\w, ]+=\s*[%!].*)$", r"\1pass", source, flags=re.M)
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        raise UserError(f"{where} is no Python ({error.msg}): mend it first.") from None
