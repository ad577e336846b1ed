"""Sphinx extension: make reST of docstrings that are written to be read in the source.

They are reST already but for some habits: |x|^2 is a norm, where reST sees a substitution; a table is drawn with bars,
as in Markdown; and a role names a thing as the module's own code would, so that Sphinx must search for it. The pages
list few names: a reference to anything else in the project is shown as code, and one to nothing at all is reported.
"""

from __future__ import annotations

import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

from docutils.nodes import Element, Node
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

CODE = re.compile(r"(``.+?``|`.+?`|::\n\n(?: [^\n]*\n|\n)+)", re.DOTALL)  # also what stands indented below ::
ROW = re.compile(r"^\|.*\|$")
ROLE = re.compile(r":(class|func|meth|data):`(?=\w)")
RULE = re.compile(r"^\|( *:?-+:? *\|)+$")
OWN = ("zmlib", "chapters", "bench")
COLON = "\ue000"  # stands in for one that napoleon would take for the end of a type


def to_rest(lines: list[str]) -> list[str]:
    """A docstring's lines, indented as autodoc hands them over, with its tables and bars as reST wants them."""
    out: list[str] = []
    prose: list[str] = []
    rows = iter(enumerate(lines))
    for i, line in rows:
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if ROW.match(line) and RULE.match(following):
            out += _without_bars(prose)
            prose = []
            table = [line]
            next(rows)
            while i + 1 + len(table) < len(lines) and ROW.match(lines[i + 1 + len(table)]):
                table.append(lines[i + 1 + len(table)])
                next(rows)
            out += _list_table(table)
        else:
            prose.append(line)
    return [ROLE.sub(r":\1:`.", line) for line in out + _without_bars(prose)]


def _without_bars(lines: list[str]) -> list[str]:
    """Bars escaped, but not in code, where a backslash would show."""
    parts = CODE.split("\n".join(lines))
    return "".join(part if i % 2 else part.replace("|", r"\|") for i, part in enumerate(parts)).split("\n")


def _list_table(rows: list[str]) -> list[str]:
    out = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        out += [f"   {'  ' if i else '* '}- {cell}" for i, cell in enumerate(cells)]
    return [*out, ""]


def _docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = to_rest(lines)
    if what in ("attribute", "data", "property"):
        lines[:1] = [line.replace(":", COLON) for line in lines[:1]]


def _colons(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = [line.replace(COLON, ":") for line in lines]


def _signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """`<factory>` in a dataclass's signature is no Python, and Sphinx would cut the signature at every comma."""
    return signature.replace("<factory>", "...") if signature else signature, returns


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """A named tuple's fields have a docstring that says nothing."""
    return True if (getattr(obj, "__doc__", "") or "").startswith("Alias for field number") else None


def exists(target: str, module: str | None = None) -> bool:
    """Whether a reference names something of this project: in full, or as the code of `module` would."""
    places = [target] if target.split(".")[0] in OWN else []
    if module is not None:
        places.append(f"{module}.{target.lstrip('.')}")
    return any(_found(place) for place in places)


def _found(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return False
    return True


def _as_code(app: Sphinx, env: BuildEnvironment, node: Element, contnode: Node) -> Node | None:
    """What to show for a reference to a thing that no page lists: its name, if the thing exists."""
    if node.get("refdomain") == "py" and exists(node["reftarget"], node.get("py:module")):
        return contnode
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    sys.path.append(str(Path(app.confdir).parent / "notebooks"))  # where chapters and bench are
    app.connect("autodoc-process-docstring", _docstring, priority=400)  # before napoleon, which leaves prose alone
    app.connect("autodoc-process-docstring", _colons, priority=600)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skip)
    app.connect("missing-reference", _as_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
