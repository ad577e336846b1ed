"""How the package is laid out: rooms on floors, imports that only go down, and a size that stays small.

A room is a folder of `zmlib/`, or a module that lies in it directly. Imports inside functions count; what only a type
checker runs does not.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Container, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from zmlib.experiments.dependencies import running_nodes

PACKAGE = Path(__file__).parents[1] / "zmlib"
#: Low to high. A room imports from rooms on lower floors only, and from itself.
FLOORS = (
    ("errors", "affine", "kernels"),
    ("atomic", "device", "layers"),
    ("data", "tnet"),
    ("signals", "styleset.painter"),
    ("sources", "perceptual"),
    ("pnet",),
    ("fast", "baselines"),
    ("zmnet", "styleset"),
    ("weights", "passes"),
    ("stylize", "train"),
    ("__init__", "video", "widgets"),
    ("export", "evaluate", "experiments", "neighbours"),
    ("cli",),
    ("__main__",),
)
FILES, LINES, FLAT = 155, 17_700, 15
NEIGHBOURS = 50, 5_500  # files and lines of the other texts' systems, which nothing but the command line imports


@cache
def imports() -> dict[str, set[str]]:
    """Module -> the modules of the package that it imports; names without "zmlib.", packages without "__init__"."""
    paths = {_name(path): path for path in PACKAGE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        nodes = running_nodes(ast.parse(path.read_text(encoding="utf-8")))
        named = {name for node in nodes for name in _named(node, paths)}
        found[module] = named - {module}
    return found


def _named(node: ast.AST, known: Container[str]) -> Iterator[str]:
    """What an import statement names: of `from a import b` the module a.b where there is one, else a."""
    if isinstance(node, ast.Import):
        yield from (_short(alias.name) for alias in node.names if alias.name.split(".")[0] == "zmlib")
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, "write imports in full"
        if node.module.split(".")[0] == "zmlib":
            both = [(_short(f"{node.module}.{alias.name}"), _short(node.module)) for alias in node.names]
            yield from (inner if inner in known else outer for inner, outer in both)


def _short(name: str) -> str:
    return name.removeprefix("zmlib").removeprefix(".") or "__init__"


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    inner = ".".join(module.split(".")[:2])
    return inner if any(inner in floor for floor in FLOORS) else module.split(".")[0]


def test_every_room_has_a_floor() -> None:
    rooms = [one for floor in FLOORS for one in floor]
    assert sorted(rooms) == sorted({room(module) for module in imports()})


def test_no_import_goes_up() -> None:
    floor = {one: number for number, rooms in enumerate(FLOORS) for one in rooms}
    up = [
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in sorted(others)
        if room(module) != room(other) and floor[room(other)] >= floor[room(module)]
    ]
    assert not up, "\n".join(up)


def test_no_modules_import_one_another_in_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_only_the_registry_and_the_readings_know_the_kinds_of_sources() -> None:
    """Whatever depends on a network's signal or source asks its reading or its entry in the registry."""
    asks = re.compile(r'\bkind [=!]=|endswith\("(image|vector)"\)|card(\.get\(|\[)"reads"')
    found = [path for path in PACKAGE.rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))]
    assert {path.relative_to(PACKAGE).as_posix() for path in found} <= {"sources.py", "signals/reading.py"}


def test_the_package_is_small() -> None:
    beside = PACKAGE / "neighbours"
    files = [path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(beside)]
    lines, flat = _lines(files), len(list(PACKAGE.glob("*.py")))
    assert len(files) <= FILES and lines <= LINES and flat <= FLAT, f"{len(files)} files, {lines:,} lines, {flat} flat"
    files = list(beside.rglob("*.py"))
    assert len(files) <= NEIGHBOURS[0] and _lines(files) <= NEIGHBOURS[1], (
        f"{len(files)} files, {_lines(files):,} lines"
    )


def _lines(files: list[Path]) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def test_only_the_command_line_imports_the_neighbours() -> None:
    users = {room(module) for module, others in imports().items() if any(room(one) == "neighbours" for one in others)}
    assert users <= {"neighbours", "cli"}


def test_loading_a_network_imports_no_loss_network() -> None:
    """Nor what evaluates, trains or shows it, nor a chapter."""
    code = "import sys, zmlib; zmlib.load('styles'); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    heavy = ("zmlib.perceptual", "zmlib.evaluate", "zmlib.train", "zmlib.widgets", "zmlib.experiments", "chapters")
    assert not [name for name in done.stdout.split() if name.startswith(heavy)]
